"""Strict readers: text as people and systems write it, into amounts, quantities, dates and clean text.

Each reads one declared profile and guesses nothing: what another profile would read differently is refused as
ambiguous. Only ASCII digits count; `Decimal()` and `int()` never see raw input (they take 12_000, full-width digits,
NaN and 1E+999999999).
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import MAX_MAJOR, Money, OutOfRange


class BadNumber(Refused):
    """Not as the profile writes numbers: letters, exponents, NaN, hexadecimal, underscores, other scripts."""

    code = "bad_number"


class AmbiguousNumber(Refused):
    """A number, but written for another profile or with a currency sign: its meaning depends on who reads it."""

    code = "ambiguous_number"


class TooManyDecimals(Refused):
    """More decimals than the currency or the field has. They are not rounded away."""

    code = "scale"


class BadDate(Refused):
    """No day of the calendar from 1990-01-01 to 2199-12-31 as the profile writes it."""

    code = "bad_date"


class AmbiguousDate(Refused):
    """Day, month and year in an order that was not declared: 03/04/2026 is in March or in April."""

    code = "ambiguous_date"


class TooLong(Refused):
    """More characters than the field holds."""

    code = "too_long"


class MalformedText(Refused):
    """A NUL, another control character or half a character; the fact names it by its code point, never the text."""

    code = "malformed_text"


FIRST_DATE: Final = date(1990, 1, 1)
LAST_DATE: Final = date(2199, 12, 31)
QUANTITY_PLACES: Final = 6
"""Quantities are counted in millionths."""

_SHOWN: Final = 40
"""How many characters of what was refused a fact repeats."""
_WHOLE_DIGITS: Final = len(str(MAX_MAJOR)) - 1


@dataclasses.dataclass(frozen=True, slots=True)
class NumberProfile:
    """How a country or a system writes numbers. Groups have three digits; a plain number without groups is fine."""

    name: str
    decimal_mark: str
    group_marks: str
    pattern: re.Pattern[str]
    """Matches sign, whole digits with group marks, and decimals."""


def _profile(name: str, decimal_mark: str, group_marks: str) -> NumberProfile:
    """A profile of people: blanks around the number and a plus sign are allowed."""
    mark, groups = re.escape(decimal_mark), f"[{re.escape(group_marks)}]"
    whole = rf"[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]+"
    return NumberProfile(
        name, decimal_mark, group_marks, re.compile(rf"[ \t\xa0]*([+-]?)({whole})(?:{mark}([0-9]+))?[ \t\xa0]*")
    )


NUMBER_PROFILES: Final = {
    profile.name: profile
    for profile in (
        _profile("en-US", ".", ","),
        _profile("de-DE", ",", "."),
        _profile("de-CH", ".", "'\N{RIGHT SINGLE QUOTATION MARK}"),
        NumberProfile("api", ".", "", re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")),
    )
}
"""By name. "api" is for machines: a minus, digits, a point, digits, and nothing else."""

_SIGNS: Final = "(?:[€$£¥]|[A-Z]{3})?"
_NUMBER_OF_SOME_PROFILE: Final = re.compile(
    rf"[ \xa0]*[+-]?[ \xa0]?{_SIGNS}[ \xa0]?[+-]?[0-9][0-9.,'\u2019 \xa0\u2009\u202f]*{_SIGNS}[ \xa0]*"
)
_NOT_A_DIGIT: Final = re.compile("[^0-9]")


def parse_amount(text: str, currency: Currency, profile: str = "en-US") -> Money:
    """Read an amount in major units: "1,234.56" in en-US, "1.234,56" in de-DE, "1'234.56" in de-CH.

    Args:
        text: the number alone; a currency sign or code in it is refused, the currency is given apart.
        currency: decides how many decimals there may be.
        profile: a key of `NUMBER_PROFILES`.

    Raises:
        BadNumber: no number as the profile writes it.
        AmbiguousNumber: a number of another profile, or with a currency sign.
        TooManyDecimals: more decimals than the currency has; nothing is rounded.
        OutOfRange: 10^13 major units or more.
        ValueError: no such profile.
    """
    return Money(parse_minor(text, currency, profile), currency)


def parse_minor(text: str, currency: Currency, profile: str = "en-US") -> int:
    """Read an amount as `parse_amount` does, into a count of minor units, for who keeps many of one currency.

    Raises:
        As `parse_amount`.
    """
    exponent = currency.exponent
    if text.isdigit() and text.isascii() and len(text) <= _WHOLE_DIGITS and profile in NUMBER_PROFILES:
        return int(text + "0" * exponent)  # Digits alone mean the same in every profile.
    sign, whole, fraction = _number(text, profile)
    if len(fraction) > exponent:
        raise TooManyDecimals(text=text[:_SHOWN], decimals=exponent, currency=currency.code)
    minor = int(whole + fraction.ljust(exponent, "0"))
    return -minor if sign == "-" else minor


def parse_decimal(text: str, max_places: int, profile: str = "en-US") -> Decimal:
    """Read an exact number that is not money, such as a rate in percent.

    Raises:
        BadNumber, AmbiguousNumber: as for an amount.
        TooManyDecimals: more than `max_places` decimals.
        OutOfRange: 10^13 or more.
        ValueError: no such profile.
    """
    sign, whole, fraction = _number(text, profile)
    if len(fraction) > max_places:
        raise TooManyDecimals(text=text[:_SHOWN], decimals=max_places)
    number = Decimal(f"{whole}.{fraction}" if fraction else whole)
    return -number if sign == "-" and number else number


def parse_quantity(text: str, profile: str = "en-US") -> int:
    """Read a quantity of at most six decimals, as a count of millionths. Its sign is kept; zero is zero.

    Raises:
        BadNumber, AmbiguousNumber, TooManyDecimals, OutOfRange: as for an amount.
        ValueError: no such profile.
    """
    sign, whole, fraction = _number(text, profile)
    if len(fraction) > QUANTITY_PLACES:
        raise TooManyDecimals(text=text[:_SHOWN], decimals=QUANTITY_PLACES)
    micro = int(whole + fraction.ljust(QUANTITY_PLACES, "0"))
    if micro >= MAX_MAJOR * 10**QUANTITY_PLACES // 10:
        raise OutOfRange(text=text[:_SHOWN], below=str(MAX_MAJOR // 10))
    return -micro if sign == "-" else micro


def number_text(value: object) -> str:
    """The text of a number that came in as JSON, text or number, for a reader above with the profile "api".

    Raises:
        BadNumber: it is neither (a boolean, null, a list, an object), or a Decimal that is not finite.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if type(value) is int:
        return str(value)
    raise BadNumber(type=_JSON_NAMES.get(type(value), "value"))


_JSON_NAMES: Final[dict[type, str]] = {bool: "boolean", type(None): "null", list: "array", dict: "object"}


def parse_date(text: str, profile: str = "iso") -> date:
    """Read a day from 1990-01-01 to 2199-12-31.

    Args:
        text: the day alone; a time of day, a week date, an ordinal date and a spreadsheet's serial are refused.
        profile: "iso" (2026-04-03), "us" (4/3/2026, month first) or "eu" (3.4.2026 or 3/4/2026, day first).

    Raises:
        AmbiguousDate: day, month and year in an order that the profile does not declare.
        BadDate: anything else that is no such day.
        ValueError: no such profile.
    """
    return _date(text.strip(" \t\xa0"), profile)


_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_PATTERNS: Final = {
    "iso": (_ISO_DATE, (1, 2, 3)),
    "us": (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"), (3, 1, 2)),
    "eu": (re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})"), (4, 3, 1)),
}
_DATE_OF_SOME_ORDER: Final = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})")


@functools.lru_cache(maxsize=8192)
def _date(text: str, profile: str) -> date:
    """Read a day without blanks around it; an import repeats the same few days a great many times."""
    if profile not in _DATE_PATTERNS:
        raise ValueError(f"no such date profile: {profile}")
    pattern, (year, month, day) = _DATE_PATTERNS[profile]
    found = pattern.fullmatch(text)
    if found is None:
        refusal = AmbiguousDate if _DATE_OF_SOME_ORDER.fullmatch(text) else BadDate
        raise refusal(text=text[:_SHOWN], profile=profile)
    try:
        read = date(int(found[year]), int(found[month]), int(found[day]))
    except ValueError:
        raise BadDate(text=text[:_SHOWN], profile=profile) from None
    if not FIRST_DATE <= read <= LAST_DATE:
        raise BadDate(text=text[:_SHOWN], profile=profile, first=FIRST_DATE.isoformat(), last=LAST_DATE.isoformat())
    return read


_BLANKS: Final = " \t\r\n\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""ASCII blanks and the Unicode space separators (Zs)."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab, line feed and carriage return, and halves of a surrogate pair."""


def clean_text(text: str, max_length: int = 255) -> str:
    """Return the text as we keep it: composed (NFC), without blanks around it, no-break spaces included.

    Tabs and line breaks inside stay; what must fit on one line says so itself.

    Raises:
        MalformedText: a NUL or another control character, or half a surrogate pair.
        TooLong: more than `max_length` characters.
    """
    if not (text.isascii() and text.isprintable()):
        if found := _CONTROL.search(text):
            raise MalformedText(character=f"U+{ord(found[0]):04X}", position=found.start() + 1)
        text = unicodedata.normalize("NFC", text)
    text = text.strip(_BLANKS)
    if len(text) > max_length:
        raise TooLong(length=len(text), limit=max_length)
    return text


def _number(text: str, profile: str) -> tuple[str, str, str]:
    """Take a number apart: its sign, at most 13 whole digits, and its decimals."""
    known = NUMBER_PROFILES.get(profile)
    if known is None:
        raise ValueError(f"no such number profile: {profile}")
    found = known.pattern.fullmatch(text)
    if found is None:
        raise _unreadable(text, profile)
    sign, whole, fraction = found.groups("")
    if not whole.isdigit():
        whole = _NOT_A_DIGIT.sub("", whole)
    if len(whole) > _WHOLE_DIGITS:
        whole = whole.lstrip("0") or "0"
        if len(whole) > _WHOLE_DIGITS:
            raise OutOfRange(text=text[:_SHOWN], below=str(MAX_MAJOR))
    return sign, whole, fraction


def _unreadable(text: str, profile: str) -> Refused:
    """Say whether the text is a number that somebody else would read, or none. Machines have no other profile."""
    if profile != "api" and _NUMBER_OF_SOME_PROFILE.fullmatch(text[:_LONGEST_NUMBER]) and len(text) <= _LONGEST_NUMBER:
        return AmbiguousNumber(text=text[:_SHOWN], profile=profile)
    return BadNumber(text=text[:_SHOWN], profile=profile)


_LONGEST_NUMBER: Final = 100
