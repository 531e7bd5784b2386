"""Random samples for an auditor, that anybody can draw again from the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, drawn
from counterfoil.billing import selectors as billing
from counterfoil.decisions import selectors as decisions
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people

MOST = 10_000


class BadSample(Refused):
    """A sample has at least one item and at most 10,000, and its last day is not before its first."""

    code = "bad_sample"


class SampleOf(StrEnum):
    """What a sample is drawn from."""

    INVOICES = "invoices"
    ENTRIES = "entries"
    DECISIONS = "decisions"


Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn: the items in the order of their numbers, of how many, and by which seed.

    `population_sha256` is the hash of all keys in their order, so that the same population can be shown later.
    """

    of: SampleOf
    seed: str
    start: date
    end: date
    population: int
    population_sha256: str
    rows: tuple[Row, ...]


def draw_sample(
    *, books_id: int, of: SampleOf, size: int, seed: str, start: date, end: date, actor: Actor, at: datetime
) -> Sample:
    """Draw a random sample of what is dated from `start` to before `end`, and note the seed on the record.

    The same seed draws the same items from the same population, on any machine: those whose SHA-256 with the seed is
    lowest.

    Raises:
        BadSample: the size or the span cannot be.
    """
    if not 1 <= size <= MOST or end <= start or not seed:
        raise BadSample(field="size", size=size)
    rows = {row["key"]: row for row in _POPULATIONS[of](books_id, start, end)}
    chosen = set(drawn(seed, rows, size))
    sha256 = hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()
    found = Sample(of, seed, start, end, len(rows), sha256, tuple(row for key, row in rows.items() if key in chosen))
    with transaction.atomic():
        audit.record(
            kind="audit.sample_drawn",
            actor=actor,
            subject=f"sample:{of.value}",
            body={
                "seed": seed,
                "size": size,
                "start": start.isoformat(),
                "end": end.isoformat(),
                "population": len(rows),
                "population_sha256": sha256,
                "drawn": [row["key"] for row in found.rows],
            },
            at=at,
            books_id=books_id,
        )
    return found


def _invoices(books_id: int, start: date, end: date) -> list[Row]:
    return [
        {
            "key": number,
            "date": day.isoformat(),
            "kind": kind,
            "currency": code,
            "gross": Money(minor, currency(code)).decimal_text(),
        }
        for number, day, kind, code, minor in billing.document_lines(books_id, start, end)
    ]


def _entries(books_id: int, start: date, end: date) -> list[Row]:
    return [
        {"key": f"J-{id_}", "date": day.isoformat(), "memo": memo, "source": source}
        for id_, day, memo, source in ledger.entry_lines(books_id, start, end)
    ]


def _decisions(books_id: int, start: date, end: date) -> list[Row]:
    zone = ZoneInfo(people.books_facts(books_id).time_zone)
    begins, ends = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (start, end))
    return [
        {
            "key": f"CF-{decision}/{position + 1}",
            "date": at.astimezone(zone).date().isoformat(),
            "kind": kind,
            "subject": subject,
            "outcome": outcome,
            "code": code,
        }
        for decision, position, at, kind, subject, outcome, code in decisions.item_lines(books_id, begins, ends)
    ]


_POPULATIONS: Final[Mapping[SampleOf, Callable[[int, date, date], list[Row]]]] = {
    SampleOf.INVOICES: _invoices,
    SampleOf.ENTRIES: _entries,
    SampleOf.DECISIONS: _decisions,
}
