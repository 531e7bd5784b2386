"""What sales and finance agreed to ask of a deal, as a signed content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from counterfoil.policies.domain.typed import Parameter, Settings


@dataclass(frozen=True, slots=True)
class RequiredField(Settings):
    """A field that must be there from a stage on, and why finance needs it; not for the systems in `not_for`."""

    KEY: ClassVar[tuple[str, ...]] = ("stage", "field")

    stage: str
    field: str
    why: str
    not_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSetting(Settings):
    """A rule across fields with its parameters, and why finance needs it."""

    KEY: ClassVar[tuple[str, ...]] = ("kind",)

    kind: str
    why: str
    params: Mapping[str, Parameter] = field(default_factory=dict)
    not_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataStandard(Settings):
    """Required fields by stage, and rules for what is won. Which fields and rules there are, `standards` knows."""

    required: tuple[RequiredField, ...]
    rules: tuple[RuleSetting, ...]


_AT_FIRST = "Everybody must be able to tell it from the others."
_MONEY = "An amount without a currency is not money."
_ADDRESSED = "An invoice is addressed to somebody."
SHIPPED = DataStandard(
    required=tuple(
        RequiredField(*row)
        for row in (
            ("prospecting", "name", _AT_FIRST),
            ("engaging", "name", _AT_FIRST),
            ("proposal", "name", "The customer will read it on the offer."),
            ("proposal", "customer", "An offer is made to somebody."),
            ("proposal", "currency", _MONEY),
            ("won", "name", "It stands on the contract."),
            ("won", "customer", _ADDRESSED),
            ("won", "amount", "The invoice is made out for it."),
            ("won", "currency", _MONEY),
            ("won", "close_date", "The contract begins on it."),
            ("won", "product", "The product decides tax and when revenue is recognised."),
            ("won", "quantity", "The invoice says how many."),
            ("won", "terms", "The due date follows from them."),
            ("won", "billing_type", "It says when the invoices are sent."),
        )
    ),
    rules=(
        RuleSetting("amount_is_signed", "An estimate or a quote is not owed."),
        RuleSetting("amount_is_positive", "Nothing is owed for it; a correction is a credit note."),
        RuleSetting("lines_sum_to_the_amount", "The invoice shows the lines and asks for the amount."),
        RuleSetting(
            "lines_follow_from_prices", "Quantity, price and discount stand on the invoice.", {"tolerance_minor": 1}
        ),
        RuleSetting("product_is_active", "It is not sold any more."),
        RuleSetting("po_where_the_customer_asks", "This customer does not pay without it."),
        RuleSetting("customer_is_not_blocked", "Nothing is sold to this customer for the time being."),
        RuleSetting("service_is_not_too_long", "A longer span is mostly a slip of the pen.", {"most_months": 120}),
    ),
)
"""What a new installation demands of a deal; sales and finance change it to what they agree on."""
