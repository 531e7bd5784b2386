"""How far a long preparation is, on a terminal."""

from __future__ import annotations

import sys


def show(label: str, done: int, total: int) -> None:
    """Write a count on standard error; silent when that is not a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{label}: {done:,} of {total:,}{chr(10) if done >= total else ''}")
        sys.stderr.flush()
