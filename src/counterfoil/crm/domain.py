"""What a CRM knows, and what it said about an opportunity: exactly that, even where it makes no sense yet.

Nothing here is checked against anything: an opportunity may be dirty. What comes out of it clean is a
`standards.Deal`.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span

HAND: Final = "hand"
"""The system that stands for people who enter things themselves; a CRM's name stands for its import or connector."""
VERSION_FORM: Final = 1


class Stage(StrEnum):
    """Our own pipeline; a CRM's stages map to it, and the CRM's word is kept beside it."""

    PROSPECTING = "prospecting"
    ENGAGING = "engaging"
    PROPOSAL = "proposal"
    WON = "won"
    LOST = "lost"


class AmountState(StrEnum):
    """How final an amount is. Only a signed one may be invoiced."""

    ESTIMATED = "estimated"
    QUOTED = "quoted"
    SIGNED = "signed"


class ProductKind(StrEnum):
    """What a product is; it decides how its revenue is recognised, whatever words an opportunity uses."""

    GOOD = "good"
    ONE_TIME_SERVICE = "one_time_service"
    SUBSCRIPTION = "subscription"
    USAGE = "usage"
    LICENCE = "licence"

    @property
    def is_over_time(self) -> bool:
        """Whether the customer receives it continuously over a span (ASC 606-10-25-27a).

        A licence is a right to use what exists, and is transferred at a point in time (ASC 606-10-55-58B).
        """
        return self in (ProductKind.SUBSCRIPTION, ProductKind.USAGE)


class ProductStatus(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


class TaxClass(StrEnum):
    """What kind of tax a product bears; the books' country says at which rate."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    NONE = "none"


class ActivityKind(StrEnum):
    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    NOTE = "note"
    TASK = "task"


class SaidLine(NamedTuple):
    """One line of an opportunity as it was stated. None is what was not stated; `unit_price` is before discount."""

    product_text: str
    description: str
    quantity_micro: int | None
    unit_price_minor: int | None
    discount_percent: Decimal | None
    amount_minor: int | None


class Said(NamedTuple):
    """An opportunity as it was stated, which is all that its version hash covers.

    Amounts count minor units of `currency`. `service_end` is the first day after the service. A customer's or
    product's text is kept as it came, so that it can be confirmed later as an alias.
    """

    system: str
    external_id: str
    name: str
    customer_text: str
    amount_minor: int | None
    currency: str
    amount_state: str
    stage: str
    close_date: date | None
    terms_text: str
    billing_text: str
    po_number: str
    service_start: date | None
    service_end: date | None
    delivered_on: date | None
    cancellable_until: date | None
    lines: tuple[SaidLine, ...]


class OpportunityFacts(NamedTuple):
    """An opportunity as it is now: what was said, and what we know of it. `customer_id` is read through merges."""

    opportunity_id: int
    books_id: int
    customer_id: int | None
    owner: str
    said: Said
    version_hash: str


class ProductFacts(NamedTuple):
    """A product of the price list. `term_months` is how long one unit of a subscription runs."""

    id: int
    code: str
    name: str
    kind: ProductKind
    tax_class: str
    price_minor: int | None
    currency: str
    status: ProductStatus
    term_months: int | None
    unit_cost_minor: int | None = None


class CustomerFacts(NamedTuple):
    """What a deal needs to know of its customer; `terms` is the credit term that was agreed, where one was."""

    id: int
    name: str
    country: str
    is_po_required: bool
    is_blocked: bool
    segment: str = ""
    terms: str = ""


# ------------------------------------------------------------------------------------ what people enter by hand


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer as it is entered; texts are read strictly when it is stored."""

    name: str
    country: str = ""
    vat_id: str = ""
    currency: str = ""
    terms: str = ""
    email: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    is_po_required: bool = False
    is_blocked: bool = False
    segment: str = ""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A person as they are entered."""

    customer_id: int | None = None
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    vat_id: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as it is entered. `term_months` is needed for what is sold by time.

    `unit_cost` is what one unit costs us, in the currency of the price.
    """

    code: str
    name: str
    kind: ProductKind
    tax_class: TaxClass = TaxClass.STANDARD
    price: Money | None = None
    status: ProductStatus = ProductStatus.ACTIVE
    term_months: int | None = None
    unit_cost: Money | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as it is entered: a price (before discount), or an amount (after it), or both."""

    product: str
    description: str = ""
    quantity_micro: int | None = 10**6
    unit_price: Money | None = None
    discount_percent: Decimal | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class OpportunityDraft:
    """An opportunity as it is entered. Whatever a stage does not need yet may be left out."""

    name: str
    customer_id: int | None = None
    stage: Stage = Stage.PROSPECTING
    currency: str = ""
    amount: Money | None = None
    amount_state: AmountState = AmountState.ESTIMATED
    close_date: date | None = None
    terms: str = ""
    billing_type: str = ""
    owner: str = ""
    po_number: str = ""
    service: Span | None = None
    delivered_on: date | None = None
    cancellable_until: date | None = None
    lines: tuple[LineDraft, ...] = ()
    system: str = HAND
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """An activity as it is entered; `happened_at` is aware."""

    kind: ActivityKind
    happened_at: datetime
    subject: str = ""
    text: str = ""
    opportunity_id: int | None = None
    customer_id: int | None = None
    contact_id: int | None = None
    owner: str = ""


_BLANKS: Final = re.compile(r"\s+")


@functools.lru_cache(maxsize=16_384)
def key_of(text: str) -> str:
    """The form in which codes and names are compared: blanks joined, case folded. "GTX Pro" and "GTXPro" differ."""
    return _BLANKS.sub(" ", text).strip().casefold()


def content(said: Said) -> dict[str, Fact]:
    """Return what was said as canonical JSON data: the snapshot that is kept, compared and hashed (form 1)."""
    return {
        "amount_minor": said.amount_minor,
        "amount_state": said.amount_state,
        "billing": said.billing_text,
        "cancellable_until": _iso_or_none(said.cancellable_until),
        "close_date": _iso_or_none(said.close_date),
        "currency": said.currency,
        "customer": said.customer_text,
        "delivered_on": _iso_or_none(said.delivered_on),
        "external_id": said.external_id,
        "form": VERSION_FORM,
        "lines": [
            {
                "amount_minor": line.amount_minor,
                "description": line.description,
                "discount_percent": None if line.discount_percent is None else _plain(line.discount_percent),
                "product": line.product_text,
                "quantity_micro": line.quantity_micro,
                "unit_price_minor": line.unit_price_minor,
            }
            for line in said.lines
        ],
        "name": said.name,
        "po_number": said.po_number,
        "service_end": _iso_or_none(said.service_end),
        "service_start": _iso_or_none(said.service_start),
        "stage": said.stage,
        "system": said.system,
        "terms": said.terms_text,
    }


def version_hash(said: Said) -> str:
    """Return the SHA-256 over what was said: its fields in their order, parted by a control character (form 1).

    No text that is stored holds one, so two opportunities have one hash only when they say the same. This is not the
    hash of `content`, which takes three times as long to write: an import hashes each of its rows.
    """
    (
        system, external_id, name, customer, amount, unit, state, stage, close_date, terms, billing, po_number, start,
        end, delivered_on, cancellable_until, lines,
    ) = said  # fmt: skip
    written = _BETWEEN_FIELDS.join(
        (
            system, external_id, name, customer, "" if amount is None else str(amount), unit, state, stage,
            "" if close_date is None else _iso(close_date), terms, billing, po_number,
            "" if start is None else _iso(start), "" if end is None else _iso(end),
            "" if delivered_on is None else _iso(delivered_on),
            "" if cancellable_until is None else _iso(cancellable_until), *map(_line_text, lines),
        )
    )  # fmt: skip
    return hashlib.sha256(written.encode("utf-8")).hexdigest()


_BETWEEN_FIELDS: Final = "\x1f"
_BETWEEN_VALUES: Final = "\x1e"


def _line_text(line: SaidLine) -> str:
    product, description, quantity, price, discount, amount = line
    return _BETWEEN_VALUES.join(
        (
            product, description, "" if quantity is None else str(quantity), "" if price is None else str(price),
            "" if discount is None else _plain(discount), "" if amount is None else str(amount),
        )
    )  # fmt: skip


def said_of(snapshot: Mapping[str, Any]) -> Said:
    """Return what was said from its snapshot: the inverse of `content`.

    Raises:
        ValueError: the snapshot has another form.
    """
    if snapshot["form"] != VERSION_FORM:
        raise ValueError(f"no such form of snapshot: {snapshot['form']}")
    lines = tuple(
        SaidLine(
            line["product"],
            line["description"],
            line["quantity_micro"],
            line["unit_price_minor"],
            None if line["discount_percent"] is None else Decimal(line["discount_percent"]),
            line["amount_minor"],
        )
        for line in snapshot["lines"]
    )
    return Said(
        system=snapshot["system"],
        external_id=snapshot["external_id"],
        name=snapshot["name"],
        customer_text=snapshot["customer"],
        amount_minor=snapshot["amount_minor"],
        currency=snapshot["currency"],
        amount_state=snapshot["amount_state"],
        stage=snapshot["stage"],
        close_date=_day(snapshot["close_date"]),
        terms_text=snapshot["terms"],
        billing_text=snapshot["billing"],
        po_number=snapshot["po_number"],
        service_start=_day(snapshot["service_start"]),
        service_end=_day(snapshot["service_end"]),
        delivered_on=_day(snapshot["delivered_on"]),
        cancellable_until=_day(snapshot["cancellable_until"]),
        lines=lines,
    )


def differences(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> dict[str, tuple[Fact, Fact]]:
    """Return the fields of two snapshots that differ, each with both values."""
    return {
        name: (before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso_or_none(day: date | None) -> str | None:
    return None if day is None else _iso(day)


@functools.lru_cache(maxsize=4096)
def _iso(day: date) -> str:
    return day.isoformat()


@functools.lru_cache(maxsize=4096)
def _plain(number: Decimal) -> str:
    """A decimal without trailing zeros or exponent: 5, 2.5. How many zeros a database adds must not change a hash."""
    return f"{number.normalize():f}"
