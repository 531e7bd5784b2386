"""One invoice, as the score sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from counterfoil.kernel.currency import UnknownCurrency
from counterfoil.kernel.currency import currency as currency_of


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What is known of an invoice when it is about to be posted.

    `amount_minor` is in `currency`, `base_amount_minor` in the one currency in which sizes are compared.
    `baseline_date` is the day from which the term runs (delivery, or the invoice's own day), `posting_date` the
    accounting day. `unit` is what sells (books, a business code); with the currency it makes the segment that stands in
    for a customer without history. `discount_micro` is a share in millionths, None where it is not known.
    """

    id: str
    unit: str
    customer: str
    customer_name: str
    posting_date: date
    baseline_date: date
    due_date: date
    term_code: str
    currency: str
    amount_minor: int
    base_amount_minor: int
    discount_micro: int | None = None

    @property
    def segment(self) -> str:
        """Whose habits stand in while the customer has few of its own."""
        return f"{self.unit}|{self.currency}"


@cache
def places(currency: str) -> int:
    """Return how many decimals amounts of a currency have; two for a code that ISO 4217 does not know."""
    try:
        return currency_of(currency).exponent
    except UnknownCurrency:
        return 2


def written(minor: int, currency: str) -> str:
    """Return an amount as decimal text in major units."""
    decimals = places(currency)
    digits = f"{abs(minor):0{decimals + 1}d}"
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits
