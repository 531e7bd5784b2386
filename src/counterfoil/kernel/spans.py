"""Spans of days, the end not included, and arithmetic by calendar months."""

from __future__ import annotations

import calendar
import dataclasses
from datetime import date, timedelta


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `start` up to, and not including, `end`. An empty span cannot exist.

    Raises:
        ValueError: the end is not after the start. What a person types is compared before it becomes a span.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a span must end after it starts: {self.start} to {self.end}")

    @classmethod
    def through(cls, first: date, last: date) -> Span:
        """The span with both days in it, as people write spans.

        Raises:
            ValueError: the last day is before the first.
        """
        return cls(first, last + timedelta(days=1))

    @property
    def last(self) -> date:
        """The last day in the span."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has, at least one."""
        return (self.end - self.start).days

    def months(self) -> tuple[Span, ...]:
        """The span cut at the first of each month: one part for each calendar month that it touches, in order."""
        parts = []
        start = self.start
        while start < self.end:
            end = min(month_end(start) + timedelta(days=1), self.end)
            parts.append(Span(start, end))
            start = end
        return tuple(parts)

    def overlap(self, other: Span) -> Span | None:
        """The days in both spans, or None where there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def contains(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return self.start <= day < self.end


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_of(day: date) -> Span:
    """The calendar month that `day` lies in."""
    return Span.through(month_start(day), month_end(day))


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier), or the last day of that month where it is shorter.

    29 February 2028 plus 12 months is 28 February 2029.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
