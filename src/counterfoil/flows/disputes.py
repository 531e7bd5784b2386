"""Disputing a decision: what somebody says against it, who answers, and how it ends; it is a case meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import DisputeState
from counterfoil.decisions.selectors import Why
from counterfoil.kernel import canonical
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase

CASE = "dispute"


@transaction.atomic
def raise_dispute(*, item: Why, reason: str, actor: Actor, at: datetime) -> int:
    """Dispute a decided item: on record, and a case for whoever answers; the same person's open one stands.

    Raises:
        ReasonNeeded: it does not say why.
    """
    dispute_id, is_new = decisions.dispute(
        books_id=item.books_id, item_id=item.item_id, reason=reason, actor=actor, at=at
    )
    if is_new:
        case = NewCase(
            CASE,
            f"dispute:{dispute_id}",
            canonical.hash_of([item.item_id, reason]),
            "decision_disputed",
            {"decision": item.number, "reason": reason[:200], "by": actor.name, "subject": item.subject},
            item.money,
            decision_id=item.decision_id,
            requested_by=str(actor),
        )
        review.open_cases(books_id=item.books_id, cases=[case], actor=actor, at=at)
    return dispute_id


@transaction.atomic
def answer_dispute(
    *, books_id: int, dispute_id: int, step: DisputeState, text: str, actor: Actor, at: datetime
) -> DisputeState:
    """Answer a dispute or end it; with its end its case leaves the queue.

    Raises:
        NoSuchDispute, DisputeIsClosed, OwnDispute, ReasonNeeded.
    """
    state = decisions.answer_dispute(books_id=books_id, dispute_id=dispute_id, step=step, text=text, actor=actor, at=at)
    if state.is_end:
        review.resolve_cases(
            books_id=books_id,
            kind=CASE,
            subjects=[f"dispute:{dispute_id}"],
            outcome=state.value,
            actor=actor,
            at=at,
        )
    return state
