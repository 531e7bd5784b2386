"""Taking numbers: one UPDATE for a block, late in the transaction; never read, add and write back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import Kind, SeriesState
from counterfoil.billing.models import Invoice, Series
from counterfoil.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive numbers of one series, the first of them `first`."""

    series: SeriesState
    first: int


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Which documents of a year (counted from its earliest) are dated before the last number given, and that date."""

    count: int
    earliest: date


def too_early(
    states: Sequence[SeriesState], dates: Sequence[date], branch: str | None, is_historical: bool
) -> TooEarly:
    """Look which documents of one year a series would refuse, before anything is written.

    Args:
        states: the series of the year. dates: the dates of the documents in order.
    """
    series = _chosen(states, dates[0], branch, is_historical)
    if series is None or series.last_date is None:
        return TooEarly(0, dates[0])
    return TooEarly(sum(day < series.last_date for day in dates), series.last_date)


def take_block(
    *, books_id: int, kind: Kind, dates: Sequence[date], branch: str | None, is_historical: bool
) -> Block | TooEarly:
    """Take numbers for documents of one year, in the order of their dates.

    The series' row stays locked until the transaction ends, so that numbers are gapless: whoever fails gives them
    back. In a historical load a further branch of the year is opened when the dates lie before the last number given
    (docs/adr); otherwise documents dated before it are named, and nothing is taken.
    """
    year, first, last = dates[0].year, dates[0], dates[-1]
    while True:
        states = selectors.series_states(books_id, kind, [year])
        series = _chosen(states, first, branch, is_historical)
        if series is None:
            name = branch if branch is not None else domain.branch_after([state.branch for state in states])
            _open(books_id, kind, year, "" if not states and branch is None else name)
            continue
        taken = _take(series, len(dates), first, last)
        if taken is not None:
            return Block(series, taken)
        if branch is not None or not is_historical:
            earliest = next(s.last_date for s in selectors.series_states(books_id, kind, [year]) if s.id == series.id)
            assert earliest is not None, "a series without a date takes every date"
            return TooEarly(sum(day < earliest for day in dates), earliest)


def _chosen(states: Sequence[SeriesState], first: date, branch: str | None, is_historical: bool) -> SeriesState | None:
    """The series that numbers documents from a date on: the one named, else the first of the year that may.

    None means that one must be opened.
    """
    if branch is not None:
        return next((state for state in states if state.branch == branch), None)
    if not is_historical:
        return next((state for state in states if not state.branch), None)
    return next((state for state in states if state.takes(first)), None)


def _take(series: SeriesState, count: int, first: date, last: date) -> int | None:
    """Take a block from a series and return its first number; None where the dates would run backwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_series SET next_no = next_no + %s, last_date = %s"
            " WHERE id = %s AND (last_date IS NULL OR last_date <= %s) RETURNING next_no",
            [count, last.isoformat(), series.id, first.isoformat()],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0]) - count


def _open(books_id: int, kind: Kind, year: int, branch: str) -> None:
    """Open a series; somebody else may have opened it meanwhile."""
    row = Series(books_id=books_id, kind=kind.value, year=year, branch=branch, pattern=domain.pattern_of(kind, branch))
    Series.objects.bulk_create([row], ignore_conflicts=True)


def check_series(*, books_id: int) -> list[selectors.SeriesFault]:
    """Say which series would not continue gaplessly after their highest number; run at start-up and by `doctor`."""
    return selectors.series_faults(books_id)


@transaction.atomic
def repair_series(*, books_id: int, series_id: int, actor: Actor, at: datetime) -> bool:
    """Set a series' counter to follow its highest number, with the old value on record. Returns whether it moved.

    Documents are never touched: a number that is missing stays missing, and in the gap report.
    """
    series = Series.objects.select_for_update().get(id=series_id, books_id=books_id)
    last = Invoice.objects.filter(series_id=series_id).order_by("-no").values_list("no", "issue_date").first()
    should_be = (last[0] or 0) + 1 if last else 1
    if series.next_no == should_be:
        return False
    body: dict[str, Fact] = {"series": str(series), "from": series.next_no, "to": should_be}
    Series.objects.filter(id=series_id).update(next_no=should_be, last_date=last[1] if last else None)
    audit.record(
        kind="billing.series_repaired",
        actor=actor,
        subject=f"series:{series_id}",
        body=body,
        at=at,
        books_id=books_id,
    )
    return True
