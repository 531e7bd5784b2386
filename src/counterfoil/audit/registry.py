"""What stations add to the record: rows that keep a hash, for `verify`, and their part of an auditor's binder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from counterfoil.kernel.errors import Fact


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


# ------------------------------------------------------------------------------------ the binder


@dataclass(frozen=True, slots=True)
class Slice:
    """What a binder takes in: a month of some books, and the events from `first_event` to `last_event`.

    `end` is exclusive. What later events brought stays out, so that the binder of a closed month is the same file
    whenever it is made.
    """

    books_id: int
    start: date
    end: date
    first_event: int
    last_event: int


@dataclass(frozen=True, slots=True)
class BinderRow:
    """One row under the record: its event, the hash that it keeps, and the text that this hash covers.

    Rows come in the order in which their event hashed them. A row of a batch that lies outside the period comes
    without its text: only its hash is needed to check the batch.

    Args:
        text: JSON, exactly as it is hashed; None for a row outside the period.
        seal: what is hashed where that is not the text itself; `{row}` in it stands for the SHA-256 of the text.
        about: what the reader wants to know beside it; not under the hash.
        attached: further JSON whose SHA-256 stands in the text (`BinderPart.attached` says where).
    """

    event_id: int
    name: str
    hash: str
    text: str | None
    seal: str = ""
    about: Mapping[str, Fact] = field(default_factory=dict)
    attached: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BinderFile:
    """One file of a binder; `prints` is the number of the document that it is the print of."""

    name: str
    data: bytes
    prints: str


@dataclass(frozen=True, slots=True)
class BinderPart:
    """What a station puts under the record into a binder.

    Args:
        member: the file's name without its ending, as `entries`.
        kind: the one kind of event whose root covers these rows.
        sentence: what it is, for the auditor.
        rows: the rows of a slice, ordered by event and then as they were hashed.
        reach: given books, first day and exclusive last day: the lowest event of rows dated in it, None for none.
            Left out where rows are dated by their events and reach no further.
        attached: for each attached text, the field of the row that holds its SHA-256.
        columns: the names of the cells, where a row is a list.
        joined: a row is a list of texts, and its hash covers them joined by line feeds.
    """

    member: str
    kind: str
    rows: Callable[[Slice], Iterator[BinderRow]]
    sentence: str
    reach: Callable[[int, date, date], int | None] | None = None
    attached: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    joined: bool = False


@dataclass(frozen=True, slots=True)
class ContextPart:
    """Rows that no event covers and that an auditor needs to read the others, as the chart of accounts."""

    member: str
    rows: Callable[[Slice], Iterator[Mapping[str, Fact]]]
    sentence: str


Files = Callable[[Slice], Iterator[BinderFile]]
_parts: dict[str, BinderPart | ContextPart] = {}
_files: dict[str, Files] = {}


def binder_part(part: BinderPart | ContextPart) -> None:
    """Register what a station puts into a binder; the binder itself knows no station."""
    _parts[part.member] = part


def binder_files(folder: str, files: Files) -> None:
    """Register files that a station puts into a folder of the binder."""
    _files[folder] = files


def binder_parts() -> list[BinderPart | ContextPart]:
    """Return the registered parts in the order of their names."""
    return [_parts[member] for member in sorted(_parts)]


def binder_folders() -> list[Files]:
    """Return the registered folders of files in the order of their names."""
    return [_files[folder] for folder in sorted(_files)]
