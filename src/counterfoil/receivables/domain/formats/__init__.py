"""Statement files of banks: one module a format, each bytes -> statements; `format_of` says by its content which it is.

Delimited text (`bank_csv`) is told by its column profile and answers row by row; it is what remains when no format
recognises a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from counterfoil.receivables.domain.formats import bai2, camt, cfonb120, marks, mt940, n43, ofx, paypal, qif
from counterfoil.receivables.domain.formats.reading import Given, decoded
from counterfoil.receivables.domain.statements import BankStatement, MalformedStatement

DELIMITED: Final = "csv"
ARCHIVE: Final = "zip"
_HEAD: Final = 8_192
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06")
_SHEET: Final = (b"xl/workbook.xml", b"[Content_Types].xml")


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how its first characters are recognised, and what reads it; `title` is what people call it.

    A version never changes once released.
    """

    name: str
    version: int
    title: str
    recognise: Callable[[str], bool]
    read: Callable[[bytes, Given], Sequence[BankStatement]]


FORMATS: Final = {
    one.name: one
    for one in (
        Format("ofx", 1, "OFX", ofx.recognise, ofx.read),
        Format("camt", 1, "CAMT.053, CAMT.052 or CAMT.054", camt.recognise, camt.read),
        Format("mt940", 1, "MT940 or MT942", mt940.recognise, mt940.read),
        Format("qif", 1, "QIF", qif.recognise, qif.read),
        Format("bai2", 1, "BAI2", bai2.recognise, bai2.read),
        Format("cfonb120", 1, "CFONB 120", cfonb120.recognise, cfonb120.read),
        Format("n43", 1, "Norma 43", n43.recognise, n43.read),
        Format("paypal", 1, "PayPal (CSV)", paypal.recognise, paypal.read),
    )
}
"""In the order in which they are tried: OFX before XML, because its second version is both."""

PROFILES: Final = marks.ORDERS
"""What a person may name for a file of these formats, where it leaves open how it writes days."""


def format_of(name: str, data: bytes) -> str:
    """Return which format a file has: a key of `FORMATS`, `zip`, `xlsx`, or `csv` where nothing recognises it.

    The content decides; the file's name is looked at only where an archive could be a workbook.
    """
    if data.startswith(_ARCHIVES):
        is_sheet = name.lower().endswith((".xlsx", ".xlsm", ".ods")) or any(part in data[:4096] for part in _SHEET)
        return "xlsx" if is_sheet else ARCHIVE
    try:
        head = decoded(data[:_HEAD])
    except MalformedStatement:
        return DELIMITED
    return next((one.name for one in FORMATS.values() if one.recognise(head)), DELIMITED)
