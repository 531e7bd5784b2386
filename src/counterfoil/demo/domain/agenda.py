"""What is done on which day of the story, and when: the office's routine, month after month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from counterfoil.demo.domain.calendar import Story, nth_working_day, working_day
from counterfoil.demo.domain.sales import Outcome, Sale
from counterfoil.kernel.spans import Span, add_months

OPEN_MONTHS = 2
"""So many months are left open: the present one and the one before."""


class Task(StrEnum):
    """What somebody, or the system, does."""

    RATES = "rates"
    INSTALMENTS = "instalments"
    STATEMENT = "statement"
    RELEASE = "release"
    CLOSE_MONTH = "close_month"
    HAND_INVOICE = "hand_invoice"
    CREDIT = "credit"
    SELL = "sell"
    EXPORT = "export"
    CLOSE_DEALS = "close_deals"
    FAIR = "fair"


@dataclass(frozen=True, slots=True)
class Step:
    """One task at an instant. `span` is the month or the statement that it is about, or the day itself."""

    at: datetime
    task: Task
    span: Span


def agenda(story: Story, sales: Sequence[Sale], now: datetime) -> list[Step]:
    """Return every step of the story in order; what would lie after now is done now, one after the other."""
    steps = [*_routine(story), *_selling(story, sales)]
    steps.sort(key=lambda step: (step.at, step.task))
    return [Step(min(step.at, now), step.task, step.span) for step in steps]


def _routine(story: Story) -> Iterator[Step]:
    """Yield what finance does each month: rates and instalments first, then bank, revenue, close."""
    for number, month in enumerate(story.spans()):
        first = working_day(month.start)
        yield Step(story.at(month.start, 6, 5), Task.RATES, month)
        if first <= story.today:
            yield Step(story.at(first, 6, 30), Task.INSTALMENTS, Span(first, first + timedelta(days=1)))
        fourteenth = working_day(month.start + timedelta(days=13))
        if fourteenth <= story.today:
            yield Step(story.at(fourteenth, 6, 30), Task.INSTALMENTS, Span(fourteenth, fourteenth + timedelta(days=1)))
            yield Step(story.at(fourteenth, 11, 20), Task.HAND_INVOICE, month)
        if number in (story.months // 3, story.months * 2 // 3, story.months - 2):
            yield Step(story.at(nth_working_day(month.start, 9), 15, 10), Task.CREDIT, month)
        if number == story.months - OPEN_MONTHS:
            yield Step(story.at(nth_working_day(month.start, 6), 13, 40), Task.FAIR, month)
        if month.last < story.today:
            done = nth_working_day(month.end, 5)
            if done <= story.today:
                yield Step(story.at(done, 8, 40), Task.RELEASE, month)
            if number < story.months - OPEN_MONTHS:
                yield Step(story.at(nth_working_day(month.end, 7), 17, 15), Task.CLOSE_MONTH, month)
    spans = story.statements()
    for span in spans:
        day = story.today if span is spans[-1] else nth_working_day(span.end, 2)
        yield Step(story.at(day, 7, 45), Task.STATEMENT, span)


def _selling(story: Story, sales: Sequence[Sale]) -> Iterator[Step]:
    """Yield the days on which the CRM has something that matters: a deal ends, a flaw comes or goes, a month begins."""
    days = {working_day(month.start) for month in story.spans()}
    for sale in sales:
        days |= {day for day in (sale.flawed, sale.mended_on) if day}
        if sale.outcome is not Outcome.OPEN:
            days.add(sale.closes)
    days.add(story.today)
    for day in sorted(days):
        if day <= story.today:
            span = Span(day, day + timedelta(days=1))
            minute = day.toordinal() * 7 % 40
            yield Step(story.at(day, 10, minute), Task.SELL, span)
            yield Step(story.at(day, 16, minute), Task.EXPORT, span)
            yield Step(story.at(day, 16, minute + 1), Task.CLOSE_DEALS, span)


def is_quarter_over(month: Span) -> bool:
    """Whether a month is the last one of a quarter."""
    return add_months(month.start, 1).month in (1, 4, 7, 10)


def changed(sales: Sequence[Sale], before: date | None, day: date) -> list[Sale]:
    """Return the opportunities that look different from the export before, or are new since."""
    return [
        sale
        for sale in sales
        if sale.created <= day
        and (before is None or sale.created > before or _looks(sale, before) != _looks(sale, day))
    ]


def _looks(sale: Sale, day: date) -> tuple[Sale, str, str]:
    return sale.seen(day), sale.stage(day), sale.amount_state(day)
