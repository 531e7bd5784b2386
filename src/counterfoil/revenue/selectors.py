"""Reading schedules and what was released of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet, Sum

from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.infra import bulk
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.people import selectors as people
from counterfoil.revenue import domain
from counterfoil.revenue.domain import Obligation
from counterfoil.revenue.models import Release, Schedule
from counterfoil.standards.domain import Recognition


@dataclass(frozen=True, slots=True)
class ReleasedMonth:
    """What was released of some schedules in one month, by the month in which it was earned."""

    earned_on: date
    posted_on: date
    amount: Money
    entry_id: int


@dataclass(frozen=True, slots=True)
class MonthPlanned:
    """What a schedule earns in one month, and whether it was released."""

    earned_on: date
    amount: Money
    is_released: bool


def _obligation(row: Schedule, base: Currency) -> Obligation:
    money = currency(row.currency)
    return Obligation(
        row.pk,
        row.source,
        row.contract_id,
        row.customer_id,
        Money(row.amount_minor, money),
        Money(row.base_minor, base),
        Recognition(row.recognition),
        row.earned_from,
        row.earned_until,
        Money(row.credited_minor, money),
        Money(row.base_credited_minor, base),
        Money(row.released_minor, money),
        Money(row.base_released_minor, base),
        row.released_through,
        row.reference,
    )


def _all(books_id: int, rows: QuerySet[Schedule]) -> list[Obligation]:
    base = people.books_facts(books_id).base_currency
    return [_obligation(row, base) for row in rows]


def obligations_to_release(
    books_id: int, through: date, *, ids: Sequence[int] | None = None, after: int = 0, limit: int = 2_000
) -> list[Obligation]:
    """Return and lock obligations that have begun by a day and are not released in full, by id from a keyset on."""
    rows = Schedule.objects.filter(books_id=books_id, earned_from__lte=through, id__gt=after)
    rows = rows.exclude(released_minor=F("amount_minor") - F("credited_minor"))
    if ids is not None:
        rows = rows.filter(bulk.is_any_of("id", list(ids)))
    return _all(books_id, rows.select_for_update().order_by("id")[:limit])


def ids_to_release(books_id: int, through: date, *, after: int = 0, limit: int = 5_000) -> list[int]:
    """Return the ids of obligations that have begun by a day and are not released in full, from a keyset on."""
    rows = Schedule.objects.filter(books_id=books_id, earned_from__lte=through, id__gt=after)
    rows = rows.exclude(released_minor=F("amount_minor") - F("credited_minor"))
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


def obligations_by_source(books_id: int, sources: Sequence[str], *, lock: bool = False) -> dict[str, Obligation]:
    """Return the schedules of some lines; one statement, and one for the books."""
    rows = Schedule.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id).order_by("id")
    if lock:
        rows = rows.select_for_update()
    return {obligation.source: obligation for obligation in _all(books_id, rows)}


def obligation_ids_by_source(books_id: int, sources: Sequence[str]) -> dict[str, int]:
    """Return the ids of the schedules of some lines; one statement."""
    rows = Schedule.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    return dict(rows.values_list("source", "id"))


def contract_obligations(books_id: int, contract_id: int) -> list[Obligation]:
    """Return what a contract promises, in the order of its lines."""
    return _all(books_id, Schedule.objects.filter(books_id=books_id, contract_id=contract_id).order_by("id"))


def contract_amounts(books_id: int, contract_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return (promised less credited, released) of contracts in minor units of their currency; one statement."""
    rows = Schedule.objects.filter(bulk.is_any_of("contract_id", list(contract_ids)), books_id=books_id)
    sums = rows.values_list("contract_id").annotate(
        promised=Sum(F("amount_minor") - F("credited_minor")), released=Sum("released_minor")
    )
    return {contract_id: (int(promised), int(released)) for contract_id, promised, released in sums}


def releases(books_id: int, obligation_ids: Sequence[int]) -> list[ReleasedMonth]:
    """Return what was released of some obligations, step by step, in the order it was posted."""
    rows = Release.objects.filter(bulk.is_any_of("schedule_id", list(obligation_ids)), books_id=books_id)
    fields = rows.order_by("id").values_list("earned_on", "posted_on", "amount_minor", "schedule__currency", "entry_id")
    return [
        ReleasedMonth(earned_on, posted_on, Money(minor, currency(code)), entry_id)
        for earned_on, posted_on, minor, code, entry_id in fields
    ]


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """What one entry released of one schedule, as far as taking it back needs it.

    `later` are the entries that released more of the schedule after it; `is_credited`: a credit note shrank it since.
    """

    entry_id: int
    schedule_id: int
    reference: str
    earned_on: date
    posted_on: date
    amount: Money
    base: Money
    is_taken_back: bool
    is_credited: bool
    later: tuple[int, ...]
    before: date | None
    """Through which day the schedule stood as released before it."""


def release_steps(books_id: int, entry_ids: Sequence[int], *, lock: bool = False) -> list[ReleaseStep]:
    """Return what some entries released, and what was released on top of it; two statements and one for the books."""
    own = Release.objects.filter(bulk.is_any_of("entry_id", list(entry_ids)), books_id=books_id)
    schedule_ids = sorted(set(own.values_list("schedule_id", flat=True)))
    rows = Schedule.objects.filter(bulk.is_any_of("id", schedule_ids), books_id=books_id).order_by("id")
    schedules = {one.id: one for one in _all(books_id, rows.select_for_update() if lock else rows)}
    every = Release.objects.filter(bulk.is_any_of("schedule_id", schedule_ids), books_id=books_id).order_by("id")
    steps: dict[int, list[Release]] = {}
    for row in every:
        steps.setdefault(row.schedule_id, []).append(row)
    wanted = set(entry_ids)
    return [
        step
        for schedule_id, of_schedule in steps.items()
        for step in _release_steps(schedules[schedule_id], of_schedule, wanted)
    ]


def _release_steps(schedule: Obligation, rows: Sequence[Release], wanted: set[int]) -> list[ReleaseStep]:
    standing: dict[date, tuple[int, int]] = {}
    for row in rows:
        amount, base = standing.get(row.earned_on, (0, 0))
        standing[row.earned_on] = (amount + row.amount_minor, base + row.base_minor)
    in_force = {day for day, sums in standing.items() if any(sums)}
    last = {row.earned_on: row for row in rows if row.earned_on in in_force}
    found = []
    for row in rows:
        if row.entry_id not in wanted or (row.amount_minor, row.base_minor) == (0, 0):
            continue
        is_back = row.earned_on not in in_force or last[row.earned_on].pk != row.pk
        found.append(
            ReleaseStep(
                row.entry_id,
                schedule.id,
                schedule.reference,
                row.earned_on,
                row.posted_on,
                Money(row.amount_minor, schedule.amount.currency),
                Money(row.base_minor, schedule.base.currency),
                is_back,
                bool(schedule.credited) or bool(schedule.base_credited),
                tuple(sorted({one.entry_id for day, one in last.items() if day > row.earned_on})),
                max((day for day in in_force if day < row.earned_on), default=None),
            )
        )
    return found


def released_since(books_id: int, sources: Sequence[str]) -> list[tuple[str, int, date, Money]]:
    """Return what was released of the schedules of some lines, as (source, entry, posted on, amount); one statement."""
    rows = Release.objects.filter(bulk.is_any_of("schedule__source", list(sources)), books_id=books_id)
    fields = ("schedule__source", "entry_id", "posted_on", "amount_minor", "schedule__currency")
    return [
        (source, entry_id, day, Money(minor, currency(code)))
        for source, entry_id, day, minor, code in rows.order_by("id").values_list(*fields)
    ]


def obligations_of_contracts(books_id: int, contract_ids: Sequence[int]) -> list[Obligation]:
    """Return what some contracts promise; one statement, and one for the books."""
    return _all(
        books_id,
        Schedule.objects.filter(bulk.is_any_of("contract_id", list(contract_ids)), books_id=books_id).order_by("id"),
    )


def months(obligation: Obligation, *, limit: int = 1_200) -> list[MonthPlanned]:
    """Return what an obligation earns month by month, as computed: nothing of it is stored ahead."""
    if obligation.earned_until is None:
        return []
    total = obligation.amount - obligation.credited
    whole = domain.fresh(obligation, total)
    through = obligation.released_through
    return [
        MonthPlanned(piece.earned_on, piece.amount, through is not None and piece.earned_on <= through)
        for piece in domain.pieces(whole, obligation.earned_until)[:limit]
    ]


def hashed_schedules() -> Iterator[HashedRow]:
    """Yield every schedule with the hash of its present promise, for `verify`; streams, never all at once.

    A schedule whose releases do not sum to what it says was released has no present hash.
    """
    rows = Schedule.objects.order_by("event_id", "id").annotate(
        steps=Sum("release__amount_minor"), base_steps=Sum("release__base_minor")
    )
    for row in rows.iterator(chunk_size=5_000):
        present = ""
        if (row.steps or 0, row.base_steps or 0) == (row.released_minor, row.base_released_minor):
            present = schedule_hash(row)
        yield HashedRow(row.event_id, f"schedule {row.source}", row.item_hash, present)


def schedule_hash(row: Schedule) -> str:
    """The hash of a schedule's promise as the row has it now."""
    return hashlib.sha256(_promise(row)).hexdigest()


def _promise(row: Schedule) -> bytes:
    return domain.schedule_content(
        row.source,
        row.contract_id,
        row.customer_id,
        row.currency,
        row.amount_minor,
        row.base_minor,
        row.recognition,
        row.earned_from.isoformat() if row.earned_from else None,
        row.earned_until.isoformat() if row.earned_until else None,
    )


def binder_schedules(part: Slice) -> Iterator[BinderRow]:
    """Yield what was promised within the events of a slice."""
    rows = Schedule.objects.filter(
        books_id=part.books_id, event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    for row in rows.iterator(chunk_size=5_000):
        texts = canonical.canonical_bytes(_promise(row).decode("utf-8").split("\n")).decode("utf-8")
        yield BinderRow(row.event_id, f"schedule {row.source}", row.item_hash, texts)


def binder_releases(part: Slice) -> Iterator[dict[str, Fact]]:
    """Yield what was released with each entry of a slice, line by line."""
    entries = ledger_reads.entries_from(part, "release:")
    rows = Release.objects.filter(books_id=part.books_id, posted_on__gte=part.start, posted_on__lt=part.end)
    fields = ("entry_id", "schedule__source", "schedule__currency", "earned_on", "amount_minor", "base_minor")
    for entry_id, source, code, earned_on, amount, base in (
        rows.order_by("entry_id", "id").values_list(*fields).iterator(chunk_size=5_000)
    ):
        if entry_id in entries:
            yield {
                "amount_minor": amount,
                "base_minor": base,
                "currency": code,
                "earned_on": earned_on.isoformat(),
                "entry": f"entry J-{entry_id}",
                "schedule": f"schedule {source}",
            }
