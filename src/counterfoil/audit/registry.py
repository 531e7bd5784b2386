"""Which stations keep a hash in their rows, so that `verify` can hold rows against the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HashedRow:
    """A row as it is now: its event, the hash it keeps and the hash of its present contents."""

    event_id: int
    name: str
    kept: str
    present: str


Loader = Callable[[], Iterator[HashedRow]]
_loaders: dict[str, Loader] = {}


def hashed_rows(kind: str, loader: Loader) -> None:
    """Register how to read the rows behind one kind of event, ordered by event and then as they were hashed."""
    _loaders[kind] = loader


def loaders() -> dict[str, Loader]:
    """Return the registered loaders by kind of event."""
    return dict(_loaders)
