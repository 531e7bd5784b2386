"""Reading the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Max, Min

from counterfoil.audit import domain
from counterfoil.audit.domain import Head
from counterfoil.audit.models import Event, LinkRow, Pending
from counterfoil.kernel.errors import Fact


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


def head() -> Head:
    """Return the chain's last link, or sequence 0 for an empty chain."""
    row = LinkRow.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Head(*row) if row else Head(0, domain.GENESIS)


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
        at, *rest = content
        text = domain.event_text(at.astimezone(UTC).isoformat(timespec="microseconds"), *rest)
        yield ChainedEvent(sequence, event_id, hash_, link, text if rest[1] in (None, books_id) else None)


def events_by_year() -> dict[int, int]:
    """Count the events of the record by year."""
    return dict(Event.objects.values_list("at__year").annotate(count=Count("id")).order_by())


def events_about(subject: str) -> int:
    """Count the events about something."""
    return Event.objects.filter(subject=subject).count()


def waiting() -> int:
    """Return how many events wait for the sealer."""
    return Pending.objects.count()
