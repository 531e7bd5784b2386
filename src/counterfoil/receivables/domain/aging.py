"""Aging by due date: which days overdue fall in which bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

BUCKETS: Final = ("not_due", "1-30", "31-60", "61-90", "91+")
_LAST_DAYS: Final = (0, 30, 60, 90, None)
"""The last day overdue of each bucket: due today is not overdue, day 30 is in 1-30, day 91 in 91+."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as a range of due dates, both inclusive; None is open-ended."""

    name: str
    due_from: date | None
    due_to: date | None


def buckets(as_of: date) -> tuple[Bucket, ...]:
    """Return the buckets of a day as ranges of due dates, the least overdue first."""
    found = []
    due_to: date | None = None
    for name, last_day in zip(BUCKETS, _LAST_DAYS, strict=True):
        due_from = None if last_day is None else as_of - timedelta(days=last_day)
        found.append(Bucket(name, due_from, due_to))
        due_to = due_from - timedelta(days=1) if due_from else None
    return tuple(found)


def bucket_of(due_date: date, as_of: date) -> str:
    """Return the bucket of one due date: days overdue are `as_of` less due date."""
    overdue = (as_of - due_date).days
    return next(
        name for name, last_day in zip(BUCKETS, _LAST_DAYS, strict=True) if last_day is None or overdue <= last_day
    )
