"""Where heads of the chain are kept outside the database, and what is kept there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from counterfoil.audit.domain import Head, StoreKind
from counterfoil.audit.models import Anchor, AnchorStore
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused

HOME = "home"
"""The store that is always there: a file beside the database."""
FILE = "heads.jsonl"


class NoSuchStore(Refused):
    """No store of heads has this name."""

    code = "no_such_store"


@dataclass(frozen=True, slots=True)
class Exported:
    """A head that left the house, and when."""

    head: Head
    at: datetime


@dataclass(frozen=True, slots=True)
class Store:
    """A place outside the database that keeps heads."""

    name: str
    kind: StoreKind
    target: str
    every_minutes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a store stands: the head that left for it last, and why the last try failed, if it did."""

    store: Store
    last: Exported | None
    tried_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """A head that left the house for a store."""

    store: str
    head: Head
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The heads that one store holds; `problem` says why it cannot be read."""

    store: str
    heads: tuple[Head, ...]
    problem: str = ""


def exported_heads(folder: Path) -> list[Exported]:
    """Return the heads that left the house into a folder's `heads.jsonl`, oldest first."""
    path = folder / FILE
    return _heads_of(path.read_text("ascii")) if path.is_file() else []


def _heads_of(text: str) -> list[Exported]:
    lines = [json.loads(line) for line in text.splitlines() if line]
    return [Exported(Head(line["sequence"], line["hash"]), datetime.fromisoformat(line["at"])) for line in lines]


def stores(folder: Path) -> list[Store]:
    """Return every store: the folder beside the database, then those that were added, by name."""
    added = AnchorStore.objects.order_by("name")
    return [
        Store(HOME, StoreKind.FOLDER, str(folder), 60),
        *(Store(row.name, StoreKind(row.kind), row.target, row.every_minutes) for row in added),
    ]


def standings(folder: Path) -> list[Standing]:
    """Return how each store stands; two statements a store."""
    found = []
    for store in stores(folder):
        rows = Anchor.objects.filter(store=store.name).order_by("-id")
        last = rows.filter(problem="").first()
        tried = rows.first()
        found.append(
            Standing(
                store,
                Exported(Head(last.sequence, last.hash), last.left_at) if last else None,
                tried.left_at if tried else None,
                tried.problem if tried else "",
            )
        )
    return found


def kept_heads(folder: Path) -> Iterator[Kept]:
    """Yield what each store holds, as far as it can be read; of mail, what the database says was sent."""
    for store in stores(folder):
        match store.kind:
            case StoreKind.FOLDER:
                try:
                    yield Kept(store.name, tuple(one.head for one in exported_heads(Path(store.target))))
                except (OSError, ValueError, KeyError):
                    yield Kept(store.name, (), "store_unreadable")
            case StoreKind.URL:
                try:
                    text = world.current().http("GET", store.target).decode("ascii")
                    yield Kept(store.name, tuple(one.head for one in _heads_of(text)))
                except Refused as refused:
                    yield Kept(store.name, (), refused.code)
                except (OSError, ValueError, KeyError):
                    yield Kept(store.name, (), "store_unreadable")
            case StoreKind.MAIL:
                sent = Anchor.objects.filter(store=store.name, problem="").order_by("id")
                yield Kept(store.name, tuple(Head(*row) for row in sent.values_list("sequence", "hash")))
    rows = Anchor.objects.filter(problem="").order_by("id").values_list("sequence", "hash").distinct()
    yield Kept("anchors in the database", tuple(Head(*row) for row in rows))


def first_anchor_from(sequence: int) -> int | None:
    """Return the place of the first head at or after a place that left the house."""
    rows = Anchor.objects.filter(problem="", sequence__gte=sequence).order_by("sequence")
    return rows.values_list("sequence", flat=True).first()


def anchor_lines(first: int, last: int) -> list[AnchorLine]:
    """Return the heads of a part of the chain that left the house, each where it left first."""
    rows = Anchor.objects.filter(problem="", sequence__gte=first, sequence__lte=last).order_by("sequence", "id")
    seen: dict[int, AnchorLine] = {}
    for row in rows:
        seen.setdefault(row.sequence, AnchorLine(row.store, Head(row.sequence, row.hash), row.left_at))
    return list(seen.values())
