"""Writing without waiting for the disk, where everything is made anew if the machine fails meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

SAFE: Final = "FULL"
"""What `home` asks of SQLite: a commit has reached the disk when it returns."""


@contextmanager
def unsynced() -> Iterator[None]:
    """Let SQLite's commits not wait for the disk; at the end all of them are there, whatever happens.

    Only for a database that nobody keeps until the end: cut short, it may be damaged. PostgreSQL is left as it is.
    """
    if connection.vendor != "sqlite":
        yield
        return
    _set("OFF")
    try:
        yield
    finally:
        _set(SAFE)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _reach_the_disk(str(connection.settings_dict["NAME"]))


def _set(synchronous: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={synchronous}")


def _reach_the_disk(path: str) -> None:
    """Wait until the file is on the disk: pages that were written before need not be in the last checkpoint."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
