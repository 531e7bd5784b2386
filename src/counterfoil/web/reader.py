"""How the present reader reads: values written in the language and time zone in force."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone, translation

from counterfoil.infra import world
from counterfoil.kernel.money import Money
from counterfoil.web import writing


def locale() -> writing.Locale:
    """The reader's locale."""
    return writing.locale_of(translation.get_language() or "en")


def today() -> date:
    """The day it is where the books are: doors run in the time zone of the books."""
    return timezone.localtime(world.now()).date()


def money(value: Money) -> str:
    """`1,029,659.50`."""
    return writing.amount(value, locale())


def symboled(value: Money) -> str:
    """`€1,800.00`, for sentences."""
    return writing.with_symbol(value, locale())


def count(value: int) -> str:
    """`1,204`."""
    return writing.count(value, locale())


def day(value: date) -> str:
    """`14 Oct`, with the year when it is not the current one."""
    return writing.day(value, locale(), today().year)


def full_day(value: date) -> str:
    """`14 Oct 2026`."""
    return writing.full_day(value, locale())


def month(value: date, *, short: bool = False) -> str:
    """`October 2026`, or `Oct`."""
    return writing.month(value, locale(), short=short)


def month_name(value: date) -> str:
    """`November`, with the year when it is another one."""
    return writing.month_name(value, locale()) if value.year == today().year else month(value)


def moment(value: datetime) -> str:
    """`30 Oct, 16:42` in the time zone in force."""
    return writing.moment(timezone.localtime(value), locale(), today().year)


def span(first: date, last: date) -> str:
    """`1 Oct 2026 to 30 Sep 2027`: a range is written with "to", both days inclusive."""
    return f"{full_day(first)} to {full_day(last)}"


def joined(amounts: list[Money]) -> str:
    """Amounts of several currencies in a sentence: `€1,200.00 and $300.00`."""
    written = [symboled(amount) for amount in amounts]
    return " and ".join([", ".join(written[:-1]), written[-1]] if len(written) > 1 else written)


def round_figure(value: Money) -> str:
    """`16,900`, `1.28 m`: for charts only, where nobody posts it."""
    return writing.round_figure(value, locale())
