"""What a rule sees of something that is about to be posted, and how it says what it found. Pure.

Rules see one `DealFacts`, whatever the door: a won deal, an instalment of a contract or an invoice entered by hand is
the same `Candidate` to them. A finding is the kernel's, with a few facts that every finding here has (`noticed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from counterfoil.anomalies.habit import Habit, Recent
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term

CHECK: Final = "anomalies"
"""The name under which all rules together speak in `decisions.clear`."""
MICRO: Final = 10**6


class What(StrEnum):
    """What is about to be posted."""

    DEAL = "deal"
    INSTALMENT = "instalment"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `unit_price_minor` is before discount, `net_minor` after it; the discount is the one that was stated.

    The tax class is blank where only a tax code was stated.
    """

    product_code: str
    description: str
    quantity_micro: int
    unit_price_minor: int
    discount_percent: Decimal
    net_minor: int
    tax_class: str = ""
    is_over_time: bool = False
    service: Span | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is about to be posted, before any number is taken.

    `subject` names it as the record does (`opportunity:12`), `content_hash` is what an approval of it binds to, `owner`
    is who sold it. `kept_days` are the days from the close of the deal to the day on which it was entered.
    """

    what: What
    subject: str
    reference: str
    name: str
    content_hash: str
    customer_id: int
    owner: str
    currency: Currency
    term: Term
    issue_date: date
    due_date: date
    lines: tuple[Line, ...]
    po_number: str = ""
    billing_text: str = ""
    close_date: date | None = None

    @property
    def net(self) -> Money:
        """What it comes to, before tax."""
        return Money(sum(line.net_minor for line in self.lines), self.currency)

    @property
    def term_days(self) -> int:
        """The days from issue to the last day to pay, as the document would say it."""
        return (self.due_date - self.issue_date).days


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of the customer. `names` are what other systems call it, then its own name."""

    id: int
    name: str
    names: tuple[str, ...] = ()
    segment: str = ""
    term: Term | None = None
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """A product of the price list: what one unit is sold for and costs, in minor units of its currency."""

    code: str
    tax_class: str
    is_over_time: bool
    currency: str
    price_minor: int | None
    cost_minor: int | None


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A candidate with everything that a rule may compare it with.

    `habit` is the customer's own, `group` that of its segment (of all customers where it has none); `nearby` are other
    deals and invoices of the customer, those of the same batch included. `base_minor` is the net amount in base.
    """

    it: Candidate
    today: date
    buyer: Buyer
    base: Currency
    base_minor: int
    habit: Habit = field(default_factory=Habit)
    group: Habit = field(default_factory=Habit)
    nearby: tuple[Recent, ...] = ()
    prices: Mapping[str, Price] = field(default_factory=dict)

    @property
    def group_name(self) -> str:
        """What the customer is compared with where it has no history of its own."""
        return self.buyer.segment or "all customers"


def noticed(
    facts: DealFacts,
    code: str,
    field: str,
    said: Mapping[str, Fact],
    *,
    stake: Money | None = None,
    would_pass: Explanation | None = None,
    evidence: Sequence[str] = (),
    is_minor: bool = False,
) -> Finding:
    """Put a finding together: its code and figures, the money at stake, what would pass, and the evidence.

    Args:
        field: the field of the deal that is to blame.
        stake: what may be lost or moved; the whole net amount where a rule cannot say it better.
        would_pass: the nearest change that this rule would let pass.
        evidence: what it was compared with, quoted, each a line.
        is_minor: worth a note, and never stops anything.
    """
    at_stake = facts.it.net if stake is None else stake
    about: dict[str, Fact] = {
        **said,
        "stake": at_stake.decimal_text(),
        "stake_currency": at_stake.currency.code,
        "evidence": list(evidence),
    }
    if is_minor:
        about["is_minor"] = True
    if would_pass is not None:
        about["would_pass"] = {"code": would_pass.code, "facts": dict(would_pass.facts)}
    return Finding(CHECK, code, about, field)
