"""What every reader of a statement file needs: text from bytes, exact amounts, days, and where a refusal stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.kernel.currency import EUR, Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import FIRST_DATE, LAST_DATE, AmbiguousNumber, BadDate, BadNumber, parse_amount
from counterfoil.receivables.domain.statements import MalformedStatement

SHOWN: Final = 40
"""How many characters of what was refused a fact repeats."""
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BLANK: Final = re.compile(r"[ \t\xa0\u202f\u2009]+")
_ONE_MARK: Final = re.compile(r"([+-]?)([0-9]*)(?:([.,])([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Given:
    """What the file itself may not say: whose account it is, in which currency, how it writes days; and the XML reader.

    `profile` is what a person named to settle what a file leaves open (`qif-us`); empty where nobody named anything.
    """

    parse_xml: Callable[[bytes], Element]
    account: str = ""
    currency: Currency | None = None
    base: Currency = EUR
    profile: str = ""

    @property
    def own(self) -> Currency:
        """The currency of a file that names none."""
        return self.currency or self.base


@contextmanager
def at(field: str, line: int, **facts: str | int) -> Iterator[None]:
    """Name the field and the line to blame in what is refused inside."""
    try:
        yield
    except Refused as refused:
        if not refused.facts.get("line"):
            refused.facts["line"] = line
        refused.facts.update(facts)
        raise refused.at(field) from None


def missing(what: str, line: int) -> MalformedStatement:
    """Return the refusal of a statement that lacks something."""
    return MalformedStatement(field=_field(what), what=what, line=line)


def unreadable(what: str, text: str, line: int) -> MalformedStatement:
    """Return the refusal of something that is there and says nothing."""
    return MalformedStatement(field=_field(what), what=what, text=text[:SHOWN], line=line)


def _field(what: str) -> str:
    """Return "closing_balance" for "closing balance (62F)"."""
    return what.partition(" (")[0].replace(" ", "_")


def decoded(data: bytes, named: str = "") -> str:
    """Return the text of a file whose format names no encoding, or often names a wrong one.

    A byte-order mark is believed, then UTF-8 where all bytes are, then what the file names, then Windows-1252; bytes
    that are nothing there are shown as such (U+FFFD). Digits, dates and signs are the same bytes in all of them, so
    that a wrong guess spoils a name and never an amount.

    Raises:
        MalformedStatement: there is a NUL: this is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        text = _first_that_fits(data, named)
    if "\0" in text:
        raise unreadable("text", "NUL", text.count("\n", 0, text.index("\0")) + 1)
    return text.removeprefix("\ufeff")


def _first_that_fits(data: bytes, named: str) -> str:
    for encoding in ("utf-8", named or "cp1252", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", errors="replace")


def lines(text: str) -> list[str]:
    """Return the lines of a text; only line ends part them, no other control character."""
    return _BREAK.split(text)


def exact(sign: str, whole: str, decimals: str, own: Currency) -> Money:
    """Return an amount taken apart already. Zeros beyond the currency's decimals are not decimals.

    Raises:
        TooManyDecimals, OutOfRange: as `kernel.text.parse_amount`.
    """
    kept = decimals[: own.exponent] + decimals[own.exponent :].rstrip("0")
    text = f"{whole or '0'}.{kept}" if kept else whole or "0"
    return parse_amount(f"-{text}" if sign == "-" else text, own, "api")


def loose_amount(text: str, own: Currency) -> Money:
    """Read an amount whose format has no group marks and takes either decimal mark: "-2000,00", "+1 006.60".

    Blanks are dropped. Two different marks, or a comma before three digits, could be groups: they are not guessed at.

    Raises:
        BadNumber, AmbiguousNumber, TooManyDecimals, OutOfRange: as `kernel.text.parse_amount`.
    """
    packed = _BLANK.sub("", text)
    found = _ONE_MARK.fullmatch(packed)
    if found is None or not (found[2] or found[4]):
        both = "." in packed and "," in packed and packed.strip("+-").replace(".", "").replace(",", "").isdecimal()
        refusal = AmbiguousNumber if both else BadNumber
        raise refusal(text=text[:SHOWN], profile="one decimal mark")
    sign, whole, mark, decimals = found[1], found[2], found[3], found[4] or ""
    if mark == "," and len(decimals) == 3 and own.exponent != 3:
        raise AmbiguousNumber(text=text[:SHOWN], profile="one decimal mark")
    return exact(sign, whole, decimals, own)


def digits_amount(text: str, decimals: int, own: Currency) -> Money:
    """Read an amount written as digits alone, the last `decimals` of them after the mark.

    Raises:
        BadNumber: anything but ASCII digits.
    """
    if not (text.isascii() and text.isdigit()):
        raise BadNumber(text=text[:SHOWN], profile="digits")
    padded = text.rjust(decimals + 1, "0")
    cut = len(padded) - decimals
    return exact("", padded[:cut].lstrip("0"), padded[cut:], own)


def short_year(text: str) -> int:
    """Return the year of two digits, as SWIFT means them: 80 to 99 are of the last century."""
    year = int(text)
    return year + (1900 if year >= 80 else 2000)


def day_of(year: str | int, month: str | int, day: str | int, text: str) -> date:
    """Return a day of the calendar; a year of two digits is meant as SWIFT does.

    Raises:
        BadDate: there is no such day, or it is outside 1990 to 2199.
    """
    full = short_year(year) if isinstance(year, str) and len(year) == 2 else int(year)
    try:
        found = date(full, int(month), int(day))
    except ValueError:
        raise BadDate(text=text[:SHOWN]) from None
    if not FIRST_DATE <= found <= LAST_DATE:
        raise BadDate(text=text[:SHOWN], first=FIRST_DATE.isoformat(), last=LAST_DATE.isoformat())
    return found


def six_digits(text: str, order: str) -> date:
    """Read a day of six digits: `order` is "ymd" or "dmy".

    Raises:
        BadDate: it is none.
    """
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise BadDate(text=text[:SHOWN])
    parts = dict(zip(order, (text[:2], text[2:4], text[4:]), strict=True))
    return day_of(parts["y"], parts["m"], parts["d"], text)


def joined(pieces: list[str], width: int) -> str:
    """Join pieces of a text that was cut at `width` characters: a full piece runs on, a shorter one ended a word."""
    text = ""
    for piece in pieces:
        text += piece if len(piece) >= width else f"{piece} "
    return unicodedata.normalize("NFC", text).strip()
