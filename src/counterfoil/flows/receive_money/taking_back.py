"""What was settled is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.flows import answers as heard
from counterfoil.flows.receive_money.conditions import follow_conditions
from counterfoil.kernel.errors import Refusal
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain import undoing
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.receivables.services import Settled


def undo_match(*, books_id: int, undo: Undo, on: date, reason: str, actor: Actor, at: datetime) -> Settled:
    """Take one match back as of a day: a bank line's, a payment's by hand, or one later use of cash or credit.

    Exactly its own entry is reversed and its own items open again; the line is listed again and left to people. Taking
    it back again is unchanged.

    Raises:
        Refused: something was built on it (cash_was_applied, payment_was_returned), or the day is in a closed period.
    """
    (outcome,) = undo_matches(books_id=books_id, undos=[undo], on=on, reason=reason, actor=actor, at=at)
    if outcome.refusal is not None:
        raise outcome.refusal.error()
    return outcome


@transaction.atomic
def undo_matches(
    *, books_id: int, undos: Sequence[Undo], on: date, reason: str, actor: Actor, at: datetime
) -> list[Settled]:
    """Take several matches back; a refused one does not stop the others."""
    facts = reads.undo_facts(books_id, undos)
    closed = reads.closed_months(books_id)
    found = [undoing.findings(one, on, closed) for one in facts]
    cleared, held = decisions.clear(Act.REVERSE, undos, {undoing.CHECK: found})
    outcomes = iter(
        receivables.undo_matches(books_id=books_id, cleared=cleared, on=on, reason=reason, actor=actor, at=at)
    )
    refused = {item.position: item.findings[0] for item in held}
    answers = [
        Settled(
            OutcomeKind.REFUSED,
            refusal=Refusal(refused[position].code, refused[position].facts, refused[position].field),
        )
        if position in refused
        else next(outcomes)
        for position in range(len(undos))
    ]
    follow_conditions(books_id, cleared, answers, actor, at)
    lines: dict[str, tuple[int, ...]] = {
        f"bank_line:{one.id}": ()
        for one, answer in zip(undos, answers, strict=True)
        if one.what is What.LINE and answer.kind is OutcomeKind.DONE
    }
    heard.taken_back(books_id=books_id, things=lines, reason=reason, actor=actor, at=at)
    return answers
