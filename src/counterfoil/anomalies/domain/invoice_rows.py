"""Invoices from a file of another system: one row of text into `InvoiceFacts`, or a refusal that names the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import round_half_up
from counterfoil.kernel.text import clean_text, parse_date, parse_decimal

REQUIRED: Final = ("id", "cust_number", "posting_date", "due_in_date", "cust_payment_terms", "amount_doc")
OPTIONAL: Final = (
    "business_code",
    "name_customer",
    "baseline_create_date",
    "invoice_currency",
    "amount_usd",
    "discount_pct",
)
"""Without them: one business, no name, the posting date, US dollars, the amount itself, no discount known."""
MOST_PLACES: Final = 18
"""Decimals that are read before rounding to minor units: converted amounts carry what the conversion left."""


_T = TypeVar("_T")


class MissingValue(Refused):
    """A required cell is empty."""

    code = "missing_value"


class NotAShare(Refused):
    """A percentage below 0 or above 100."""

    code = "not_a_share"


class RowReader:
    """Reads the rows of one file by its header."""

    def __init__(self, header: Sequence[str]) -> None:
        self._places: Mapping[str, int] = {
            name: header.index(name) for name in (*REQUIRED, *OPTIONAL) if name in header
        }

    def facts(self, cells: Sequence[str]) -> InvoiceFacts:
        """Read one row.

        Raises:
            Refused: with the field that is to blame.
        """
        unit = self._optional("business_code", cells)
        money = self._read("invoice_currency", cells, currency, "USD")
        posted = self._date("posting_date", cells)
        amount = self._minor("amount_doc", cells, money)
        discount = self._optional("discount_pct", cells)
        return InvoiceFacts(
            id=self._text("id", cells),
            unit=unit,
            customer=self._text("cust_number", cells),
            customer_name=self._optional("name_customer", cells),
            posting_date=posted,
            baseline_date=self._date("baseline_create_date", cells)
            if self._has("baseline_create_date", cells)
            else posted,
            due_date=self._date("due_in_date", cells),
            term_code=self._text("cust_payment_terms", cells),
            currency=money.code,
            amount_minor=amount,
            base_amount_minor=self._minor("amount_usd", cells, money) if self._has("amount_usd", cells) else amount,
            discount_micro=self._read("discount_pct", cells, _share) if discount else None,
        )

    def _has(self, name: str, cells: Sequence[str]) -> bool:
        place = self._places.get(name)
        return place is not None and bool(cells[place].strip())

    def _optional(self, name: str, cells: Sequence[str]) -> str:
        return self._read(name, cells, clean_text) if self._has(name, cells) else ""

    def _text(self, name: str, cells: Sequence[str]) -> str:
        if text := self._optional(name, cells):
            return text
        raise MissingValue(field=name)

    def _date(self, name: str, cells: Sequence[str]) -> date:
        if not self._has(name, cells):
            raise MissingValue(field=name)
        return self._read(name, cells, parse_date)

    def _minor(self, name: str, cells: Sequence[str], money: Currency) -> int:
        if not self._has(name, cells):
            raise MissingValue(field=name)
        return self._read(name, cells, lambda text: _minor(text, money))

    def _read(self, name: str, cells: Sequence[str], reader: Callable[[str], _T], otherwise: str = "") -> _T:
        place = self._places.get(name)
        text = cells[place].strip() if place is not None else ""
        try:
            return reader(text or otherwise)
        except Refused as refused:
            raise refused.at(name) from None


def _minor(text: str, money: Currency) -> int:
    """Read an amount and round it to minor units, half away from zero."""
    numerator, denominator = parse_decimal(text, MOST_PLACES, "api").as_integer_ratio()
    return round_half_up(numerator * 10**money.exponent, denominator)


def _share(text: str) -> int:
    percent = parse_decimal(text, MOST_PLACES, "api")
    if not 0 <= percent <= 100:
        raise NotAShare(percent=str(percent))
    return int(percent * Decimal(10_000))
