"""What both syntaxes share: reading typed values out of a tree, and building one whose bytes never differ.

The tree comes from the one XML reader. Namespaces are checked at the root and then dropped, since each syntax uses a
local name for one thing only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, indent, tostring

from counterfoil.kernel.errors import Refused

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_LONGEST: Final = 30
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_SHOWN: Final = 80
_MOST_TEXT: Final = 10_000
_TAG: Final = re.compile(r"\{([^}]*)\}(.*)", re.DOTALL)


class NotAnEInvoice(Refused):
    """Well-formed XML, but no UBL Invoice, UBL CreditNote or CII CrossIndustryInvoice."""

    code = "not_an_einvoice"


class UnreadableValue(Refused):
    """A number or a date that is none."""

    code = "einvoice_value"


def parts(tag: str) -> tuple[str, str]:
    """A tag's namespace and local name."""
    found = _TAG.fullmatch(tag)
    return (found[1], found[2]) if found else ("", tag)


def drop_namespaces(root: Element) -> None:
    """Leave the local names alone, in place."""
    for element in root.iter():
        element.tag = parts(element.tag)[1]


def text(element: Element | None, path: str) -> str:
    """The text at a path, empty where there is none."""
    return tidy(None if element is None else element.findtext(path))


def tidy(value: str | None) -> str:
    """A text without the blanks around it."""
    return (value or "").strip()[:_MOST_TEXT]


def texts(element: Element, path: str) -> tuple[str, ...]:
    """The texts at a path that say something."""
    return tuple([said for found in element.findall(path) if (said := tidy(found.text))])


def number(element: Element | None, path: str, term: str) -> Decimal | None:
    """The decimal at a path, None where there is none.

    Raises:
        UnreadableValue: it is no decimal of XML Schema, or longer than 30 signs.
    """
    said = text(element, path)
    return decimal(said, term) if said else None


def decimal(said: str, term: str) -> Decimal:
    """Read a decimal as XML Schema writes it: a point, no grouping, no exponent."""
    if len(said) > _LONGEST or not _NUMBER.fullmatch(said):
        raise UnreadableValue(field=term, term=term, text=said[:_SHOWN])
    return Decimal(said)


def day(element: Element | None, path: str, term: str) -> date | None:
    """The day at a path (2026-11-15, or 20261115 as CII writes it), None where there is none.

    Raises:
        UnreadableValue: it is no day of the calendar.
    """
    said = text(element, path)
    if not said:
        return None
    found = _DAY.fullmatch(said)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else _no_day(said, term)
    except ValueError:
        return _no_day(said, term)


def _no_day(said: str, term: str) -> date:
    raise UnreadableValue(field=term, term=term, text=said[:_SHOWN])


def amounts_by_currency(element: Element | None, path: str, term: str) -> list[tuple[str, Decimal]]:
    """The amounts at a path with the currency that each names."""
    found = [] if element is None else element.findall(path)
    return [(one.get("currencyID", ""), decimal(tidy(one.text), term)) for one in found if tidy(one.text)]


def stated(
    amounts: list[tuple[str, Decimal]], currency: str, tax_currency: str
) -> tuple[tuple[Decimal, ...], Decimal | None]:
    """The VAT in the invoice's currency (BT-110), each time it is stated, and in the other one (BT-111).

    One that names no currency is in the invoice's.
    """
    own = tuple([amount for code, amount in amounts if not currency or code in ("", currency)])
    other = [amount for code, amount in amounts if tax_currency and code == tax_currency != currency]
    return own, other[0] if other else None


# ------------------------------------------------------------------------------------------------- writing


def add(parent: Element, path: str, value: str | None = None, /, **attributes: str) -> Element:
    """Add elements along a path, the last with a text; nothing is added where the text is empty.

    Returns the last element, or the parent where nothing was added.
    """
    if value == "":
        return parent
    for name in path.split("/"):
        child = Element(name)
        parent.append(child)
        parent = child
    parent.text = value
    for name, said in attributes.items():
        parent.set(name, said)
    return parent


def root_element(tag: str, namespaces: Mapping[str, str]) -> Element:
    """A root that declares its namespaces; names below it are written with their prefixes."""
    root = Element(tag)
    for prefix, address in namespaces.items():
        root.set(f"xmlns:{prefix}" if prefix else "xmlns", address)
    return root


def address_lines(lines: Sequence[str]) -> tuple[str, str, str]:
    """The three lines of an address that EN 16931 has; what is beyond stands together in the third."""
    first, second = (*lines[:2], "", "")[:2]
    return first, second, ", ".join(lines[2:])


def to_bytes(root: Element) -> bytes:
    """Write a tree as UTF-8, indented, the same bytes each time."""
    indent(root)
    body: str = tostring(root, encoding="unicode")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode("utf-8") + b"\n"
