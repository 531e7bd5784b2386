"""A stop that is seen before it is written down.

On SQLite one writer waits for another, and a long run takes the next batch as soon as one ends, so that who stops it
may wait long for a turn. A file in the home says it at once: runs look for it, and it goes when the stop is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counterfoil.infra.home import home
from counterfoil.kernel.errors import Refused


def _path(books_id: int, kind: str) -> Path:
    assert kind.replace("_", "").replace(".", "").isalnum(), "a kind of decision is a word"
    return home() / "stops" / f"{books_id}-{kind}"


@contextmanager
def announce(books_id: int, kind: str, name: str) -> Iterator[None]:
    """Say that a kind of decision is stopped for the length of a `with` block that writes it down.

    A process that dies within leaves the file, and the kind stays stopped until it is revived.
    """
    path = _path(books_id, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name, "utf-8")
    try:
        yield
    except Refused:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def announced(books_id: int, kind: str) -> str:
    """Return who announced a stop that is not written down yet, or an empty text."""
    try:
        return _path(books_id, kind).read_text("utf-8") or "somebody"
    except FileNotFoundError:
        return ""


def take_down(books_id: int, kind: str) -> None:
    """Remove what a process left that died while it wrote a stop down."""
    _path(books_id, kind).unlink(missing_ok=True)
