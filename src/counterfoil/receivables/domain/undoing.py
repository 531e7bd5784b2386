"""Taking a match back: which entries and allocations belong to it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import JournalEntry, Posting, month_of
from counterfoil.receivables.domain.settlement import Chart

CHECK: Final = "reversible"


class What(StrEnum):
    """What is taken back: all that a bank line or a payment by hand did, or one later use of cash or credit.

    `APPLIED` takes one allocation off its item and leaves the money with the payment, as unapplied cash: the money
    came, only what it was for is gone.
    """

    LINE = "bank_line"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Undo:
    """Take one thing back, named by what it is and its id."""

    what: What
    id: int


@dataclass(frozen=True, slots=True)
class Made:
    """One allocation as it stands, and what it was made of."""

    id: int
    item_id: int
    document_id: int
    number: str
    currency: Currency
    is_conditional: bool
    payment_id: int | None
    credit_item_id: int | None
    amount_minor: int
    base_minor: int
    paid_minor: int
    paid_base_minor: int
    is_manual: bool
    entry_id: int | None
    is_returned: bool
    sign: int = 1
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Cash:
    """The payment that an allocation is of: whose money it is, and in which currency."""

    payment_id: int
    customer_id: int
    currency: Currency


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """What one undo would take back, as it stands.

    `allocations` are those in force that belong to it; `later` those in force that use what it left. `is_done`: there
    is nothing to take back any more. `is_recognition`: only the tie between a line and a payment by hand.
    `taken_off` are entries by which single allocations of it were taken off before: they are reversed with it.
    """

    undo: Undo
    is_known: bool
    is_done: bool = False
    made_on: date | None = None
    entry_id: int | None = None
    line_id: int | None = None
    payment_id: int | None = None
    allocations: tuple[Made, ...] = ()
    later: tuple[Made, ...] = ()
    is_recognition: bool = False
    is_recognised: bool = False
    """A bank line stands for this payment by hand."""
    is_part: bool = False
    """The allocation was made by the line or payment itself, so it goes only with all of it."""
    taken_off: tuple[int, ...] = ()
    cash: Cash | None = None
    """The payment whose money an allocation is, where it is taken off alone."""


def findings(facts: UndoFacts, on: date, closed: Mapping[date, date]) -> tuple[Finding, ...]:
    """Say what stands against taking it back on a day; nothing found means it may be done."""
    if not facts.is_known:
        return (Finding(CHECK, "unknown_origin", {"what": facts.undo.what.value, "id": facts.undo.id}),)
    if facts.is_done:
        return ()
    found = []
    month = month_of(on)
    if month in closed and not facts.is_recognition:
        seen = {"period": f"{month:%Y-%m}", "first_open": closed[month].isoformat()}
        found.append(Finding(CHECK, "period_is_closed", seen, "date"))
    if facts.made_on is not None and on < facts.made_on and not facts.is_recognition:
        found.append(Finding(CHECK, "before_original", {"original": facts.made_on.isoformat()}, "date"))
    if facts.is_part and facts.undo.what is not What.APPLIED:
        found.append(Finding(CHECK, "part_of_a_match", {"payment": facts.payment_id}))
    if facts.is_recognised:
        found.append(Finding(CHECK, "line_recognised", {"line": facts.line_id}))
    if facts.later:
        numbers = ", ".join(sorted({made.number for made in facts.later}))
        found.append(Finding(CHECK, "cash_was_applied", {"numbers": numbers}))
    returned = [made.number for made in facts.allocations if made.is_returned]
    if returned:
        found.append(Finding(CHECK, "payment_was_returned", {"numbers": ", ".join(sorted(returned))}))
    return tuple(found)


def taken_off_entry(made: Made, cash: Cash, on: date, chart: Chart) -> JournalEntry:
    """Return the entry by which what was applied to an item becomes unapplied cash again.

    It is the mirror of applying it: the item comes back at what it was carried at, the money at what it was worth, and
    the difference that was realised goes back (IAS 21.28 the other way round). No rate of another day comes in.
    """
    use, share = Money(made.sign * made.paid_minor, cash.currency), Money(made.sign * made.paid_base_minor, chart.base)
    settled = Money(made.sign * made.amount_minor, made.currency)
    carried = Money(made.sign * made.base_minor, chart.base)
    sides = [
        Posting(chart.unapplied, -use, -share, cash.customer_id),
        Posting(chart.receivable, settled, carried, made.customer_id),
    ]
    if made.currency != cash.currency:
        sides += [Posting(chart.clearing, use, share), Posting(chart.clearing, -settled, -share)]
    if share != carried:
        sides.append(Posting(chart.fx_difference, Money.zero(cash.currency), share - carried))
    return JournalEntry(on, f"Unapplied from {made.number}"[:255], tuple(sides))
