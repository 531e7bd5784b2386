"""What a rule sees of something that is about to be posted, and how it says what it found. Pure.

Rules see one `DealFacts`, whatever the door: a won deal, an instalment of a contract or an invoice entered by hand is
the same `Candidate` to them. A finding is the kernel's, with a few facts that every finding here has (`noticed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, Protocol

from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.habit import Habit, Recent
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.people.domain import Role
from counterfoil.policies.domain import ApprovalFacts, ApprovalLine, ApprovalMatrix, CreditProfile, Exposure
from counterfoil.receivables.domain.payers import PaidFrom

CHECK: Final = "anomalies"
"""The name under which all rules together speak in `decisions.clear`."""
MICRO: Final = 10**6
_OFF_MONTH: Final = 3 * 48
"""How far a service may lie off whole months: three days, in 48ths of a day."""


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
    is who sold it. `asked_as` is the subject and hash under which an approval was asked for, where these are others.
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
    asked_as: tuple[str, str] | None = None

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
    term_months: int | None = None

    def for_line(self, unit_minor: int, line: Line) -> int | None:
        """What so much a unit comes to for a line, in proportion to its time; None where the time is no whole term."""
        amount = round_half_up(unit_minor * line.quantity_micro, MICRO)
        if not self.is_over_time or line.service is None or not self.term_months:
            return amount
        days = (line.service.end - line.service.start).days
        months = round_half_up(days * 12 * 4, 1461)
        if not months or abs(days * 48 - months * 1461) > _OFF_MONTH:
            return None
        return round_half_up(amount * months, self.term_months)


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A candidate with everything that a rule may compare it with.

    `habit` is the customer's own, `group` that of its segment (of all customers where it has none); `nearby` are other
    deals and invoices of the customer, those of the same batch included. `base_minor` is the net amount in base.
    `role` is whose limits hold, `matrix` and `profile` what people signed, `exposure` what the customer would owe
    without this, and `ahead_minor` what it is asked to owe besides by others of the same batch. `payers` are the bank
    accounts that it paid from. `scored` is what the learned score says, None of an instalment.
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
    role: Role = Role.SALES
    matrix: ApprovalMatrix = field(default_factory=ApprovalMatrix)
    matrix_version: str = ""
    profile: CreditProfile = field(default_factory=CreditProfile)
    profile_version: str = ""
    exposure: Exposure = field(default_factory=Exposure)
    ahead_minor: int = 0
    payers: tuple[PaidFrom, ...] = ()
    scored: Scored | None = None

    def list_minor(self, line: Line) -> int | None:
        """What a line comes to by the price list, in the currency of the deal; None where the list does not say."""
        price = self.prices.get(line.product_code)
        if price is None or price.price_minor is None or price.currency != self.it.currency.code:
            return None
        return price.for_line(price.price_minor, line)

    @property
    def approval_facts(self) -> ApprovalFacts:
        """What is asked of the approval matrix: each line's discount, whatever it is called, and its margin."""
        lines = [
            ApprovalLine(line.product_code, self._discount(line), self._margin(line))
            for line in self.it.lines
            if line.net_minor >= 0
        ]
        if len(lines) < len(self.it.lines):
            lines.append(ApprovalLine("", self._whole_discount()))
        days = max(self.it.term_days, (self.it.term.due_date(self.it.issue_date) - self.it.issue_date).days)
        return ApprovalFacts(abs(self.base_minor), days, self.buyer.segment, tuple(lines))

    def _full_minor(self, line: Line) -> int:
        """What a line would come to without any discount: by its own price or by the list, whichever is more."""
        own = round_half_up(line.unit_price_minor * line.quantity_micro, MICRO)
        return max(own, self.list_minor(line) or 0, 0)

    def _discount(self, line: Line) -> Decimal:
        return max(line.discount_percent, _discount_of(line.net_minor, self._full_minor(line)))

    def _whole_discount(self) -> Decimal:
        """The discount of the whole, where a line takes back what others charge."""
        full = sum(self._full_minor(line) for line in self.it.lines if line.net_minor >= 0)
        return _discount_of(self.it.net.minor, full)

    def _margin(self, line: Line) -> Decimal | None:
        price = self.prices.get(line.product_code)
        if price is None or price.cost_minor is None or price.currency != self.it.currency.code:
            return None
        cost = price.for_line(price.cost_minor, line)
        if cost is None or line.net_minor <= 0:
            return None if cost is None else Decimal(-100)
        return (Decimal(line.net_minor - cost) * 100 / line.net_minor).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def group_name(self) -> str:
        """What the customer is compared with where it has no history of its own."""
        return self.buyer.segment or "all customers"


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """A bank line that is about to be posted for a customer. `account` is the one on its other side, blank if unknown.

    `payers` are the accounts that the customer paid from before.
    """

    subject: str
    content_hash: str
    customer_id: int
    customer: str
    account: str
    amount: Money
    on: date
    payers: tuple[PaidFrom, ...] = ()


class Named(Protocol):
    """What something was found of: a candidate, or money."""

    @property
    def subject(self) -> str: ...

    @property
    def content_hash(self) -> str: ...

    @property
    def customer_id(self) -> int: ...


def _discount_of(net_minor: int, full_minor: int) -> Decimal:
    """The percentage that a net amount lies under the full one; the cent that rounding may take is no discount."""
    if full_minor <= 0 or net_minor + 1 >= full_minor:
        return Decimal(0)
    return (Decimal(full_minor - net_minor - 1) * 100 / full_minor).quantize(Decimal("0.01"), ROUND_DOWN)


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
