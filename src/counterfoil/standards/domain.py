"""What finance needs of a deal, and the deal itself: an opportunity that passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term


class Recognition(StrEnum):
    """When revenue is recognised; the product decides (ASC 606-10-25-27, 25-30)."""

    POINT_IN_TIME = "point_in_time"
    OVER_TIME = "over_time"


class Billing(StrEnum):
    """When a deal is invoiced: at once, or in instalments over the service span."""

    UP_FRONT = "up_front"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class DealLine:
    """One line that was sold. `net` is after discount and before tax; `delivered_on` is None until delivery."""

    product_id: int
    product_code: str
    description: str
    quantity_micro: int
    unit_price: Money
    discount_percent: Decimal
    net: Money
    tax_class: str
    recognition: Recognition
    service: Span | None
    delivered_on: date | None


@dataclass(frozen=True, slots=True)
class Deal:
    """A won opportunity that passed the standards; only `validate` makes one from an opportunity."""

    opportunity_id: int
    reference: str
    name: str
    books_id: int
    customer_id: int
    customer_country: str
    term: Term
    close_date: date
    po_number: str
    billing: Billing
    cancellable_until: date | None
    lines: tuple[DealLine, ...]
    version_hash: str

    @property
    def currency(self) -> Currency:
        """The currency of every line."""
        return self.lines[0].net.currency

    @property
    def total(self) -> Money:
        """What was sold, before tax."""
        return sum((line.net for line in self.lines), Money.zero(self.currency))
