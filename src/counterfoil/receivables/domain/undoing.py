"""Taking a match back: which entries and allocations belong to it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger.domain import month_of

CHECK: Final = "reversible"


class What(StrEnum):
    """What is taken back: all that a bank line or a payment by hand did, or one later use of cash or credit."""

    LINE = "bank_line"
    PAYMENT = "payment"
    ALLOCATION = "allocation"


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


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """What one undo would take back, as it stands.

    `allocations` are those in force that belong to it; `later` those in force that use what it left. `is_done`: there
    is nothing to take back any more. `is_recognition`: only the tie between a line and a payment by hand.
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
    if facts.is_part:
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
