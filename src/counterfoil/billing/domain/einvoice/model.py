"""The semantic model of EN 16931-1: what an electronic invoice says, whatever syntax it is written in.

Every field names its business term (BT) or group (BG). What a file leaves out is None or empty, so that an incomplete
invoice can be read, and each rule it breaks be named. Amounts are exact decimals as printed; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

EN_16931: Final = "urn:cen.eu:en16931:2017"
"""BT-24 of an invoice that keeps to the core of EN 16931."""
INVOICE_CODE, CREDIT_NOTE_CODE = "380", "381"
"""BT-3, UNTDID 1001."""
CREDIT_CODES: Final = frozenset({"81", "83", "261", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
"""Types of BT-3 that a UBL CreditNote carries."""
ONE: Final = "C62"
"""BT-130 of what is counted in ones, UN/ECE Recommendation 20."""
CREDIT_TRANSFER, SEPA_TRANSFER = "30", "58"
"""BT-81, UNTDID 4461."""
_EXACT: Final = Context(prec=120)


class Syntax(StrEnum):
    """How an invoice is written."""

    UBL_INVOICE = "UBL Invoice"
    UBL_CREDIT_NOTE = "UBL CreditNote"
    CII = "CII"


class Category(StrEnum):
    """VAT categories, UNTDID 5305 as EN 16931 uses it."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """BG-4 the seller, BG-7 the buyer.

    `lines`, `city`, `post_code`, `country` are BT-35, 36, 162, 37, 38, 40 (buyer: BT-50, 51, 163, 52, 53, 55).
    """

    name: str = ""
    """BT-27, BT-44"""
    ids: tuple[str, ...] = ()
    """BT-29, BT-46"""
    registration: str = ""
    """BT-30, BT-47: number in a register of companies"""
    vat_id: str = ""
    """BT-31, BT-48: with the prefix of its country"""
    tax_number: str = ""
    """BT-32: a seller's tax number other than the VAT id"""
    has_address: bool = False
    """BG-5, BG-8"""
    lines: tuple[str, ...] = ()
    city: str = ""
    post_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """BG-16, BG-17: how and where to pay."""

    means: str = ""
    """BT-81"""
    reference: str = ""
    """BT-83: what the payment should quote"""
    iban: str = ""
    """BT-84"""
    name: str = ""
    """BT-85"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance (BG-20, BG-27) or a charge (BG-21, BG-28). A charge adds, an allowance takes away."""

    is_charge: bool
    amount: Decimal | None = None
    """BT-92, BT-99; BT-136, BT-141"""
    base: Decimal | None = None
    """BT-93, BT-100; BT-137, BT-142"""
    percent: Decimal | None = None
    """BT-94, BT-101; BT-138, BT-143"""
    category: str = ""
    """BT-95, BT-102; empty on a line"""
    rate: Decimal | None = None
    """BT-96, BT-103"""
    reason: str = ""
    """BT-97, BT-104; BT-139, BT-144"""
    reason_code: str = ""
    """BT-98, BT-105; BT-140, BT-145"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """BG-25: one line."""

    id: str = ""
    """BT-126"""
    quantity: Decimal | None = None
    """BT-129"""
    unit: str = ""
    """BT-130"""
    net: Decimal | None = None
    """BT-131"""
    start: date | None = None
    """BT-134"""
    end: date | None = None
    """BT-135: the last day"""
    adjustments: tuple[Adjustment, ...] = ()
    """BG-27, BG-28"""
    price: Decimal | None = None
    """BT-146: of `price_quantity` units, never negative"""
    price_quantity: Decimal | None = None
    """BT-149"""
    gross_price: Decimal | None = None
    """BT-148"""
    category: str = ""
    """BT-151"""
    rate: Decimal | None = None
    """BT-152"""
    name: str = ""
    """BT-153"""
    description: str = ""
    """BT-154"""
    product_code: str = ""
    """BT-155"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VatBreakdown:
    """BG-23: the VAT of one category and rate."""

    base: Decimal | None = None
    """BT-116"""
    tax: Decimal | None = None
    """BT-117"""
    category: str = ""
    """BT-118"""
    rate: Decimal | None = None
    """BT-119"""
    reason: str = ""
    """BT-120: why nothing is charged"""
    reason_code: str = ""
    """BT-121"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """BG-22: the totals as stated."""

    lines: Decimal | None = None
    """BT-106: the lines' nets"""
    allowances: Decimal | None = None
    """BT-107"""
    charges: Decimal | None = None
    """BT-108"""
    without_vat: Decimal | None = None
    """BT-109"""
    vat: Decimal | None = None
    """BT-110"""
    vat_again: tuple[Decimal, ...] = ()
    """BT-110 where a file states it more than once"""
    vat_in_tax_currency: Decimal | None = None
    """BT-111"""
    with_vat: Decimal | None = None
    """BT-112"""
    paid: Decimal | None = None
    """BT-113"""
    rounding: Decimal | None = None
    """BT-114"""
    due: Decimal | None = None
    """BT-115"""

    def by_term(self) -> dict[str, Decimal | None]:
        """The totals by the number of their term, as "BT-106"."""
        return {
            "BT-106": self.lines,
            "BT-107": self.allowances,
            "BT-108": self.charges,
            "BT-109": self.without_vat,
            "BT-110": self.vat,
            "BT-111": self.vat_in_tax_currency,
            "BT-112": self.with_vat,
            "BT-113": self.paid,
            "BT-114": self.rounding,
            "BT-115": self.due,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """An electronic invoice or credit note."""

    syntax: Syntax
    specification: str = ""
    """BT-24"""
    number: str = ""
    """BT-1"""
    issue_date: date | None = None
    """BT-2"""
    type_code: str = ""
    """BT-3"""
    currency: str = ""
    """BT-5"""
    tax_currency: str = ""
    """BT-6: only where VAT is also stated in another currency"""
    due_date: date | None = None
    """BT-9; a UBL credit note has none"""
    buyer_reference: str = ""
    """BT-10"""
    contract: str = ""
    """BT-12"""
    order: str = ""
    """BT-13"""
    terms: str = ""
    """BT-20"""
    notes: tuple[str, ...] = ()
    """BT-22"""
    preceding: tuple[tuple[str, date | None], ...] = ()
    """BT-25, BT-26: the invoices it corrects"""
    seller: Party = Party()
    buyer: Party = Party()
    representative_vat_id: str = ""
    """BT-63: the VAT id of the seller's tax representative"""
    delivery_date: date | None = None
    """BT-72"""
    delivery_country: str = ""
    """BT-80"""
    start: date | None = None
    """BT-73"""
    end: date | None = None
    """BT-74: the last day"""
    account: Account | None = None
    adjustments: tuple[Adjustment, ...] = ()
    """BG-20, BG-21"""
    totals: Totals = Totals()
    vat: tuple[VatBreakdown, ...] = ()
    """BG-23"""
    lines: tuple[Line, ...] = ()
    """BG-25"""


def exact_sum(amounts: Iterable[Decimal | None]) -> Decimal:
    """Add amounts exactly; None counts as nothing."""
    total = Decimal(0)
    for amount in amounts:
        if amount is not None:
            total = _EXACT.add(total, amount)
    return total


def exact_share(base: Decimal, percent: Decimal) -> tuple[int, int]:
    """`percent` of `base` as an exact fraction."""
    return _EXACT.multiply(base, percent).scaleb(-2, _EXACT).as_integer_ratio()


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: "19", "7.7", "0", "-0.5"."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def money_text(amount: Decimal) -> str:
    """An amount with two decimals, or with more where it has more."""
    text = plain(amount)
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(2, '0')}"
