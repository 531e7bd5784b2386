"""Reading the record and checking it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from django.db.models import Max, Min

from counterfoil.audit import domain
from counterfoil.audit.domain import Head
from counterfoil.audit.models import Event, LinkRow, Pending
from counterfoil.audit.registry import HashedRow, Loader
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found. `first_bad` names the first place that does not hold, empty when all do."""

    events: int
    rows: int
    ok: bool
    first_bad: str
    head: Head


@dataclass(frozen=True, slots=True)
class Exported:
    """A head that left the house, and when."""

    head: Head
    at: datetime


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as people read it; `sequence` is None while it waits for the sealer."""

    id: int
    sequence: int | None
    at: datetime
    actor: str
    kind: str
    subject: str
    body: dict[str, Fact]
    items_count: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """One link of the chain with its event; `text` is what the event's hash covers, None for other books."""

    sequence: int
    event_id: int
    hash: str
    link: str
    text: str | None


def event_content(
    at: datetime, actor: str, books: int | None, kind: str, subject: str, body: str, count: int, root: str, form: int
) -> dict[str, Fact]:
    """Return exactly what an event's hash covers (form 1)."""
    return {
        "actor": actor,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "body": body,
        "books": books,
        "form": form,
        "items_count": count,
        "items_root": root,
        "kind": kind,
        "subject": subject,
    }


def head() -> Head:
    """Return the chain's last link, or sequence 0 for an empty chain."""
    row = LinkRow.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Head(*row) if row else Head(0, domain.GENESIS)


def exported_heads(folder: Path) -> list[Exported]:
    """Return the heads that left the house into `heads.jsonl`, oldest first."""
    path = folder / "heads.jsonl"
    if not path.is_file():
        return []
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines() if line]
    return [Exported(Head(line["sequence"], line["hash"]), datetime.fromisoformat(line["at"])) for line in lines]


def events(
    *, subject: str | None = None, before: int | None = None, limit: int = 50, kind: str = ""
) -> list[EventLine]:
    """Return events newest first, `limit` of them, older than the event id `before` (keyset)."""
    rows = Event.objects.order_by("-id")
    if subject is not None:
        rows = rows.filter(subject=subject)
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(id__lt=before)
    fields = ("id", "linkrow__sequence", "at", "actor", "kind", "subject", "body", "items_count", "hash")
    return [
        EventLine(id_, sequence, at, actor, kind_, subject_, json.loads(body), count, hash_)
        for id_, sequence, at, actor, kind_, subject_, body, count, hash_ in rows.values_list(*fields)[:limit]
    ]


def kinds() -> list[str]:
    """Return the kinds of event that occur, in alphabetical order."""
    return list(Event.objects.order_by("kind").values_list("kind", flat=True).distinct())


def sequence_of(event_id: int) -> int | None:
    """Return the place of an event in the chain, None while it waits."""
    return LinkRow.objects.filter(event_id=event_id).values_list("sequence", flat=True).first()


def first_sequence(books_id: int, start: datetime, end: datetime, from_event: int | None) -> int | None:
    """Return the lowest place of events of some books in a span of time, and of events from an id on."""
    found = [LinkRow.objects.filter(event__books=books_id, event__at__gte=start, event__at__lt=end)]
    if from_event is not None:
        found.append(LinkRow.objects.filter(event_id__gte=from_event))
    lowest = [rows.aggregate(lowest=Min("sequence"))["lowest"] for rows in found]
    return min((sequence for sequence in lowest if sequence is not None), default=None)


def last_event(kind: str, subject: str, books_id: int) -> int | None:
    """Return the newest event of a kind about something in some books."""
    rows = Event.objects.filter(subject=subject, kind=kind, books=books_id).order_by("-id")
    return rows.values_list("id", flat=True).first()


def link_at(sequence: int) -> Head:
    """Return the link at a place; for 0 what stands before the first."""
    if sequence == 0:
        return Head(0, domain.GENESIS)
    return Head(*LinkRow.objects.values_list("sequence", "hash").get(sequence=sequence))


def event_range(first: int, last: int) -> tuple[int, int]:
    """Return the lowest and the highest event of a part of the chain."""
    rows = LinkRow.objects.filter(sequence__gte=first, sequence__lte=last)
    found = rows.aggregate(lowest=Min("event_id"), highest=Max("event_id"))
    return found["lowest"], found["highest"]


def chained_events(first: int, last: int, books_id: int) -> Iterator[ChainedEvent]:
    """Yield a part of the chain in its order; events of other books come without what they say."""
    fields = ("at", "actor", "books", "kind", "subject", "body", "items_count", "items_root", "form", "hash")
    rows = LinkRow.objects.filter(sequence__gte=first, sequence__lte=last).order_by("sequence")
    values = rows.values_list("sequence", "event_id", "hash", *(f"event__{field}" for field in fields))
    for sequence, event_id, link, *content, hash_ in values.iterator(chunk_size=5_000):
        text = canonical.canonical_bytes(event_content(*content)).decode("utf-8")
        yield ChainedEvent(sequence, event_id, hash_, link, text if content[2] in (None, books_id) else None)


def waiting() -> int:
    """Return how many events wait for the sealer."""
    return Pending.objects.count()


def verification(*, anchors: Path | None, loaders: Mapping[str, Loader]) -> Verification:
    """Check the sealed chain from its first link: contents, links, gaps, exported heads, and hashed rows."""
    checked, last, first_bad = _walk([one.head for one in exported_heads(anchors)] if anchors else [])
    rows = 0
    if not first_bad:
        unsealed = Event.objects.filter(linkrow=None, pending=None).values_list("id", flat=True).first()
        if unsealed is not None:
            first_bad = f"event {unsealed} is outside the chain"
    for kind, loader in sorted(loaders.items()):
        if first_bad:
            break
        count, first_bad = _rows_against_roots(kind, loader())
        rows += count
    return Verification(checked, rows, not first_bad, first_bad, last)


def _walk(anchors: list[Head]) -> tuple[int, Head, str]:
    fields = ("at", "actor", "books", "kind", "subject", "body", "items_count", "items_root", "form", "hash")
    rows = LinkRow.objects.order_by("sequence").values_list(
        "sequence", "previous", "hash", *(f"event__{field}" for field in fields)
    )
    wanted = {anchor.sequence: anchor.hash for anchor in anchors}
    previous, count = Head(0, domain.GENESIS), 0
    for sequence, before, hash_, *content, event_hash in rows.iterator(chunk_size=5_000):
        if canonical.hash_of(event_content(*content)) != event_hash:
            return count, previous, f"sequence {sequence}: the event was altered"
        link = domain.Link(previous.sequence + 1, previous.hash, event_hash)
        if sequence != link.sequence or before != link.previous or hash_ != link.hash:
            return count, previous, f"sequence {sequence}: the chain is broken"
        if wanted.pop(sequence, hash_) != hash_:
            return count, previous, f"sequence {sequence}: differs from the head that was exported"
        previous, count = Head(sequence, hash_), count + 1
    if wanted:
        return count, previous, f"sequence {min(wanted)}: was exported and is gone"
    return count, previous, ""


def _rows_against_roots(kind: str, rows: Iterator[HashedRow]) -> tuple[int, str]:
    roots = dict(Event.objects.filter(kind=kind, items_count__gt=0).values_list("id", "items_root"))
    count = 0
    for event_id, group in groupby(rows, key=lambda row: row.event_id):
        hashes = []
        for row in group:
            count += 1
            if row.kept != row.present:
                return count, f"{row.name}: the row was altered"
            hashes.append(row.kept)
        if roots.pop(event_id, "") != domain.root_of(hashes):
            return count, f"{kind} event {event_id}: its rows do not match the record"
    if roots:
        return count, f"{kind} event {min(roots)}: its rows are gone"
    return count, ""
