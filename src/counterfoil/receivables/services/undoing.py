"""Taking matches back: linked reversing entries, the same items open again, the line listed again, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.money import Money
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind, Sourced
from counterfoil.receivables import selectors
from counterfoil.receivables.domain import undoing as rules
from counterfoil.receivables.domain.undoing import Undo, UndoFacts, What
from counterfoil.receivables.models import Allocation, BankLine, OpenItem, Payment
from counterfoil.receivables.services import recording
from counterfoil.receivables.services.settling import ALLOCATION_COLUMNS, OnCondition, Settled

_CASH_STAYS = (What.ALLOCATION, What.APPLIED)
"""Taking these back leaves the money with its payment."""


@transaction.atomic
def undo_matches(
    *, books_id: int, cleared: Cleared[tuple[Undo, ...]], on: date, reason: str, actor: Actor, at: datetime
) -> list[Settled]:
    """Take matches back, each once, as of a day.

    Of each exactly its own entry is reversed and exactly its own allocations are taken back; a bank line is listed
    again and left to people from then on. What later acts built on it is not touched: it must be taken back first, and
    the refusal names it.

    Returns:
        One outcome an undo, in order: done, unchanged (taken back before), or refused with its code.
    """
    wanted = list(dict.fromkeys(cleared.value))
    facts = selectors.undo_facts(books_id, wanted, is_locked=True)
    closed = selectors.closed_months(books_id)
    outcomes: dict[Undo, Settled] = {}
    working: list[UndoFacts] = []
    for found in facts:
        against = rules.findings(found, on, closed)
        if against:
            refusal = Refusal(against[0].code, against[0].facts, against[0].field)
            outcomes[found.undo] = Settled(OutcomeKind.REFUSED, refusal=refusal)
        elif found.is_done:
            outcomes[found.undo] = Settled(OutcomeKind.UNCHANGED)
        else:
            working.append(found)
    reversals = _reverse(books_id, cleared, working, on, reason, actor, at)
    reversals |= _take_off(books_id, cleared, working, on, actor, at)
    taken = _take_back_allocations(books_id, working, reversals, on, actor, at)
    _write_balances(working, on)
    effects = {found.undo: _effects(found, reversals) for found in working}
    for found in working:
        entry = reversals.get(-found.undo.id if found.cash is not None else found.entry_id or 0)
        outcomes[found.undo] = Settled(
            OutcomeKind.DONE,
            found.payment_id,
            entry,
            effects[found.undo],
            conditional=tuple(
                OnCondition(taken[made.id], made.document_id, Money(-made.amount_minor, made.currency), on, made.id)
                for made in found.allocations
                if made.is_conditional and made.credit_item_id is None
            ),
        )
    if working:
        audit.record(
            kind="receivables.matches_undone",
            actor=actor,
            subject=f"{working[0].undo.what}:{working[0].undo.id}",
            body={
                "on": on.isoformat(),
                "reason": reason,
                "undone": {f"{undo.what}:{undo.id}": list(touched) for undo, touched in effects.items()},
            },
            at=at,
            books_id=books_id,
        )
    return [outcomes[undo] for undo in cleared.value]


def _reverse(
    books_id: int,
    cleared: Cleared[tuple[Undo, ...]],
    working: Sequence[UndoFacts],
    on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> dict[int, int]:
    """Reverse the entries, and what took single parts of them off before; map each to its reversal."""
    wanted = [entry for found in working for entry in (found.entry_id, *found.taken_off)]
    entry_ids = tuple(dict.fromkeys(entry for entry in wanted if entry is not None))
    if not entry_ids:
        return {}
    outcomes = ledger.reverse_entries(
        books_id=books_id, cleared=cleared.into(entry_ids), on=on, reason=reason, actor=actor, at=at
    )
    made: dict[int, int] = {}
    for entry_id, outcome in zip(entry_ids, outcomes, strict=True):
        if outcome.kind is not OutcomeKind.DONE or outcome.entry_id is None:
            raise ValueError(f"entry {entry_id} could not be reversed: {outcome.code or outcome.kind}")
        made[entry_id] = outcome.entry_id
    return made


def _take_off(
    books_id: int,
    cleared: Cleared[tuple[Undo, ...]],
    working: Sequence[UndoFacts],
    on: date,
    actor: Actor,
    at: datetime,
) -> dict[int, int]:
    """Post what makes single allocations unapplied cash again; the entries by the allocation, negated to be told
    from the ids of entries."""
    wanted = [(made, found.cash) for found in working if found.cash is not None for made in found.allocations]
    if not wanted:
        return {}
    chart = selectors.chart(books_id)
    sourced = tuple(
        [Sourced(f"taken_off:{made.id}", rules.taken_off_entry(made, cash, on, chart)) for made, cash in wanted]
    )
    outcomes = ledger.post_entries(books_id=books_id, cleared=cleared.into(sourced), actor=actor, at=at)
    posted: dict[int, int] = {}
    for (made, _), outcome in zip(wanted, outcomes, strict=True):
        if outcome.kind is not OutcomeKind.DONE or outcome.entry_id is None:
            raise ValueError(f"allocation {made.id} could not be taken off: {outcome.code or outcome.kind}")
        posted[-made.id] = outcome.entry_id
    return posted


def _take_back_allocations(
    books_id: int, working: Sequence[UndoFacts], reversals: dict[int, int], on: date, actor: Actor, at: datetime
) -> dict[int, int]:
    """Write a row that takes back each allocation; map each to it."""
    rows = [
        (
            made.item_id,
            made.payment_id,
            made.credit_item_id,
            -made.amount_minor,
            -made.base_minor,
            -made.paid_minor,
            -made.paid_base_minor,
            on,
            at,
            made.is_manual,
            reversals.get(-made.id if found.cash is not None else made.entry_id or 0),
            made.id,
            None,
        )
        for found in working
        for made in found.allocations
    ]
    ids = recording.add(
        Allocation, ALLOCATION_COLUMNS, rows, books_id=books_id, body={"undo": True}, actor=actor, at=at
    )
    taken = [made.id for found in working for made in found.allocations]
    return dict(zip(taken, ids, strict=True))


def _write_balances(working: Sequence[UndoFacts], on: date) -> None:
    """Open the items again, give cash and credit back, list the lines again."""
    items: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    cash: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for found in working:
        for made in found.allocations:
            _add(items[made.item_id], made.amount_minor, made.base_minor)
            if made.credit_item_id is not None:
                _add(items[made.credit_item_id], made.paid_minor, made.paid_base_minor)
            elif found.undo.what in _CASH_STAYS and made.payment_id is not None:
                _add(cash[made.payment_id], made.sign * made.paid_minor, made.sign * made.paid_base_minor)
    bulk.change(OpenItem, [], ["open_minor", "open_base_minor"], [(id_, *change) for id_, change in items.items()])
    bulk.change(
        Payment, [], ["unapplied_minor", "unapplied_base_minor"], [(id_, *change) for id_, change in cash.items()]
    )
    whole = [found for found in working if found.undo.what not in _CASH_STAYS]
    ended = [found.payment_id for found in whole if found.payment_id is not None and not found.is_recognition]
    bulk.change(
        Payment,
        ["unapplied_minor", "unapplied_base_minor", "undone_on"],
        [],
        [(id_, 0, 0, on) for id_ in ended],
    )
    bulk.change(Payment, ["bank_line_id"], [], [(found.payment_id, None) for found in whole if found.is_recognition])
    bulk.change(
        BankLine,
        ["state", "settlement_hash", "is_hands_off", "is_manual", "entry_id", "posted_at", "decision_id"],
        [],
        [(found.line_id, "listed", "", True, False, None, None, None) for found in whole if found.line_id is not None],
    )


def _add(kept: list[int], minor: int, base_minor: int) -> None:
    kept[0] += minor
    kept[1] += base_minor


def _effects(found: UndoFacts, reversals: dict[int, int]) -> tuple[str, ...]:
    """Name what was touched, in the words that decisions and events keep."""
    effects: list[str] = []
    entries = (found.entry_id or 0, *found.taken_off, *(-made.id for made in found.allocations if found.cash))
    effects += [f"entry:{reversals[entry]}" for entry in entries if entry in reversals]
    if found.line_id is not None:
        effects.append(f"bank_line:{found.line_id}")
    if found.payment_id is not None:
        effects.append(f"payment:{found.payment_id}")
    effects += [f"allocation:{made.id}" for made in found.allocations]
    return tuple(effects)
