"""How a file writes days and decimals where its format does not say: found from all of it, or refused as ambiguous."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import AmbiguousDate, AmbiguousNumber, BadDate, parse_amount
from counterfoil.receivables.domain.formats.reading import SHOWN, day_of

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
ORDERS: Final = (DAY_FIRST, MONTH_FIRST)
"""What a person may name as the profile of a file whose days can be read either way."""
_DAY: Final = re.compile(r"([0-9]{1,4})\s*([/.-])\s*([0-9]{1,2})\s*[/.'-]\s*('?)\s*([0-9]{1,4})")
_LAST_MARK: Final = re.compile(r"([.,])([0-9]*)[^0-9.,]*\Z")
_BLANKS: Final = re.compile(r"[ \t\xa0\u202f\u2009]")


def order_of(texts: Iterable[str], named: str = "") -> str:
    """Return whether the days of a file begin with the day or the month; empty where its days do not leave it open.

    One day above the 12th settles it for the whole file; 13.2. and 2026-02-13 leave nothing open.
    """
    firsts: set[bool] = set()
    for text in texts:
        found = _DAY.fullmatch(text.strip())
        if found is None or len(found[1]) > 2 or found[2] == ".":
            continue
        one, other = int(found[1]), int(found[3])
        if one > 12 >= other:
            firsts.add(True)
        elif other > 12 >= one:
            firsts.add(False)
    if len(firsts) == 1:
        return DAY_FIRST if firsts.pop() else MONTH_FIRST
    return named if named in ORDERS else ""


def day(text: str, order: str) -> date:
    """Read a day as the file writes its days.

    Raises:
        AmbiguousDate: the order is not known and both readings are days.
        BadDate: it is no day.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise BadDate(text=text[:SHOWN])
    one, mark, other, tick, last = found.groups()
    if len(one) == 4:
        return day_of(int(one), other, last, text)
    if len(last) == 3:
        raise BadDate(text=text[:SHOWN])
    year: str | int = 2000 + int(last) if tick and len(last) <= 2 else last.rjust(2, "0")
    if mark == "." or order == DAY_FIRST:
        return day_of(year, other, one, text)
    if order == MONTH_FIRST:
        return day_of(year, one, other, text)
    if one.lstrip("0") == other.lstrip("0"):
        return day_of(year, one, other, text)
    raise AmbiguousDate(text=text[:SHOWN], profile=" or ".join(ORDERS))


def decimal_mark_of(texts: Iterable[str]) -> str:
    """Return the decimal mark of a file, from the amounts that leave no doubt; empty where none does."""
    marks: set[str] = set()
    for text in texts:
        packed = _BLANKS.sub("", text)
        found = _LAST_MARK.search(packed)
        if found is None:
            continue
        before = packed[: found.start()]
        other = "," if found[1] == "." else "."
        if found[1] in before:  # 1,000,000: a mark that comes twice parts groups.
            marks.add(other)
        elif other in before or len(found[2]) != 3:
            marks.add(found[1])
    return marks.pop() if len(marks) == 1 else ""


def amount(text: str, mark: str, own: Currency) -> Money:
    """Read an amount as the file writes its amounts.

    Raises:
        AmbiguousNumber: 1,000 where nothing in the file says what a comma is.
        BadNumber, TooManyDecimals, OutOfRange: as `kernel.text.parse_amount`.
    """
    packed = _BLANKS.sub("", text)
    if not mark and _LAST_MARK.search(packed):
        raise AmbiguousNumber(text=text[:SHOWN], profile="decimal mark")
    return parse_amount(packed, own, "de-DE" if mark == "," else "en-US")
