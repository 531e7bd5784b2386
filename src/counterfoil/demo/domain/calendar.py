"""Days and instants of the story: working days, and what the clock of the office showed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from counterfoil.kernel.spans import Span, add_months

FRIDAY, SATURDAY = 4, 5


@dataclass(frozen=True, slots=True)
class Story:
    """When the story plays: `months` calendar months, of which the last is the month of `today`."""

    today: date
    months: int
    time_zone: str

    @property
    def start(self) -> date:
        """The first day of the first month."""
        return add_months(self.today.replace(day=1), 1 - self.months)

    def month(self, number: int) -> Span:
        """Return a month by its number from 0; the last ends with today."""
        first = add_months(self.start, number)
        return Span(first, min(add_months(first, 1), self.today + timedelta(days=1)))

    def spans(self) -> Iterator[Span]:
        """Yield the months in their order."""
        for number in range(self.months):
            yield self.month(number)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return the instant at which the office's clock showed a time, in UTC."""
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.time_zone)).astimezone(UTC)

    def statements(self) -> tuple[Span, ...]:
        """Return what each bank statement covers: a month each, and a last one of 14 days or more up to today."""
        spans = list(self.spans())
        if spans[-1].days < 14 and len(spans) > 1:
            last = spans.pop()
            spans[-1] = Span(spans[-1].start, last.end)
        return tuple(spans)


def working_day(day: date) -> date:
    """Return the day itself, or the Monday after it when it falls on a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= SATURDAY else 0)


def working_day_before(day: date) -> date:
    """Return the day itself, or the Friday before it when it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def nth_working_day(first: date, number: int) -> date:
    """Return the working day with a number from 1, counted from `first` on."""
    day = working_day(first)
    for _ in range(number - 1):
        day = working_day(day + timedelta(days=1))
    return day


def friday_from(day: date) -> date:
    """Return the day itself when it is a Friday, else the next Friday: many pay in a weekly run."""
    return day + timedelta(days=(FRIDAY - day.weekday()) % 7)


def working_days(span: Span) -> list[date]:
    """Return the working days of a span."""
    days = [span.start + timedelta(days=number) for number in range(span.days)]
    return [day for day in days if day.weekday() < SATURDAY]
