"""How values are written on a page: money, dates, percentages, counts.

Pure functions of a value and a locale (Babel). The rules are those of the house style: minus is U+2212, never
parentheses; unknown is an en dash; `14 Oct`, with the year when it is not the current one; percent with a space.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol

from counterfoil.kernel.money import Money

MINUS = "\u2212"
UNKNOWN = "\u2013"
MICRO = 1_000_000
MILLION = 1_000_000


def locale_of(language: str) -> Locale:
    """Return Babel's locale for a language tag; English when Babel has none."""
    known = Locale.negotiate(
        [language.replace("-", "_")], ["en", "en_GB", "en_US", "de", "de_CH", "fr", "nl", "es", "it"]
    )
    return known or Locale("en")


def amount(value: Money, locale: Locale, *, plus: bool = False) -> str:
    """Write an amount without its currency: `1,029,659.50`. `plus` writes the sign of a change."""
    exponent = value.currency.exponent
    figure = format_decimal(Decimal(abs(value.minor)).scaleb(-exponent), format=_pattern(exponent), locale=locale)
    sign = MINUS if value.minor < 0 else "+" if plus and value.minor > 0 else ""
    return sign + figure


def amount_parts(value: Money, locale: Locale) -> tuple[str, str, str]:
    """Split a headline amount into symbol with sign, whole and cents: `€`, `1,284,310`, `.22`."""
    written = amount(value, locale)
    sign = MINUS if value.minor < 0 else ""
    exponent = value.currency.exponent
    figure = written.removeprefix(sign)
    whole, cents = (figure[: -exponent - 1], figure[-exponent - 1 :]) if exponent else (figure, "")
    return sign + symbol(value.currency.code, locale), whole, cents


def symbol(code: str, locale: Locale) -> str:
    """Return what stands before a headline amount: a symbol, or the code and a thin space."""
    written = get_currency_symbol(code, locale=locale)
    return code + "\u202f" if written == code else written


def with_code(value: Money, locale: Locale) -> str:
    """Write code and amount for columns of mixed currencies: `USD 1,200.00`."""
    return f"{value.currency.code}\u00a0{amount(value, locale)}"


def with_symbol(value: Money, locale: Locale) -> str:
    """Write symbol and amount for sentences: `€1,800.00`."""
    head, whole, cents = amount_parts(value, locale)
    return head + whole + cents


def round_figure(value: Money, locale: Locale) -> str:
    """Write an amount for a chart, to whole units, or in millions from one million on: `16,900`, `1.28 m`."""
    major = Decimal(value.minor).scaleb(-value.currency.exponent)
    sign = MINUS if value.minor < 0 else ""
    if abs(major) >= MILLION:
        return f"{sign}{format_decimal(abs(major) / MILLION, format='#,##0.00', locale=locale)}\u00a0m"
    return sign + format_decimal(abs(major), format="#,##0", locale=locale)


def decimal(text: str, locale: Locale) -> str:
    """Write decimal text as it stands, with groups and a true minus: `4200.00` as `4,200.00`."""
    places = len(text.partition(".")[2])
    figure = format_decimal(abs(Decimal(text)), format=_pattern(places), locale=locale)
    return (MINUS if text.startswith("-") else "") + figure


def count(value: int, locale: Locale) -> str:
    """Write a whole number with its groups: `1,204`."""
    return (MINUS if value < 0 else "") + format_decimal(abs(value), format="#,##0", locale=locale)


def quantity(micro: int, locale: Locale) -> str:
    """Write a quantity held in millionths, without trailing zeros: `40`, `2.5`."""
    figure = format_decimal(Decimal(abs(micro)) / MICRO, format="#,##0.######", locale=locale)
    return (MINUS if micro < 0 else "") + figure


def percent(share: Decimal, locale: Locale, places: int = 1) -> str:
    """Write a share of one as a percentage with a space: `89.3 %`."""
    figure = format_decimal(abs(share) * 100, format=_pattern(places), locale=locale)
    return (MINUS if share < 0 else "") + figure + "\u00a0%"


def shares_of_hundred(weights: list[int]) -> list[Decimal]:
    """Share 100.0 % out in proportion to `weights`, in tenths, by largest remainder, so that a row sums to 100.0."""
    total = sum(weights)
    if total <= 0:
        return [Decimal(0) for _ in weights]
    tenths = [weight * 1000 // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: -(weights[place] * 1000 % total))
    for place in order[: 1000 - sum(tenths)]:
        tenths[place] += 1
    return [Decimal(value) / 1000 for value in tenths]


def day(value: date, locale: Locale, this_year: int) -> str:
    """Write a day: `14 Oct`, with the year when it is another one."""
    return format_date(value, "d MMM" if value.year == this_year else "d MMM y", locale=locale)


def full_day(value: date, locale: Locale) -> str:
    """Write a day as on a document: `14 Oct 2026`."""
    return format_date(value, "d MMM y", locale=locale)


def long_day(value: date, locale: Locale) -> str:
    """Write a day as a heading: `Wednesday, 4 November`."""
    return format_date(value, "EEEE, d MMMM", locale=locale)


def month(value: date, locale: Locale, *, short: bool = False) -> str:
    """Write a month: `October 2026`, or `Oct`."""
    return format_date(value, "LLL" if short else "LLLL y", locale=locale)


def month_name(value: date, locale: Locale) -> str:
    """Write a month of the current year: `November`."""
    return format_date(value, "LLLL", locale=locale)


def moment(value: datetime, locale: Locale, this_year: int, *, seconds: bool = False) -> str:
    """Write an instant that is already in the reader's zone: `30 Oct, 16:42`; seconds only in the trail."""
    head = "d MMM" if value.year == this_year else "d MMM y"
    return format_datetime(value, f"{head}, HH:mm{':ss' if seconds else ''}", locale=locale)


def initials(name: str) -> str:
    """Return up to two letters that stand for a person: `IM` for Ines Marchetti."""
    words = [word for word in name.replace("@", " ").split() if word[:1].isalpha()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words[:1]]
    return "".join(letters).upper() or "?"


def _pattern(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")
