"""Answers: held against what was seen, and written down with what followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact
from counterfoil.review.domain import RESTING, Answer, CaseIsClosed, ChangedSinceSeen, State, StepKind
from counterfoil.review.models import Case
from counterfoil.review.selectors import WAITING
from counterfoil.review.services.recording import locked, step


def insist_answerable(*, books_id: int, case_id: int, answer: Answer, content_hash: str, actor: Actor) -> bool:
    """Hold a case until the transaction ends; returns whether this answer is news, and not the one it has already.

    Args:
        content_hash: of what the person saw.

    Raises:
        NoSuchCase: these books have none with this number.
        ChangedSinceSeen: what is judged is another version by now.
        CaseIsClosed: it was answered otherwise, or resolved itself.
    """
    row = locked(books_id, case_id)
    if row.content_hash != content_hash:
        raise ChangedSinceSeen(seen=content_hash, now=row.content_hash)
    if row.state == State.ANSWERED and (row.answer, row.answered_by) == (answer.value, str(actor)):
        return False
    if row.state not in WAITING:
        raise CaseIsClosed(case=row.pk, state=row.state, answer=row.answer, by=row.answered_by)
    return True


@transaction.atomic
def write_answer(
    *,
    books_id: int,
    case_id: int,
    answer: Answer,
    reason: str,
    outcome: str,
    is_closed: bool = True,
    until: datetime | None = None,
    facts: Mapping[str, Fact] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep what a person said of a case that `insist_answerable` holds, and what followed.

    Args:
        is_closed: nothing waits any more; else the case goes on waiting, with the answer among its steps.
        until: when a case that rests, because it is snoozed or an approval was asked for, waits again.
    """
    row = locked(books_id, case_id)
    if answer in RESTING:
        Case.objects.filter(id=case_id).update(state=State.SNOOZED.value, snoozed_until=until, reason=reason)
    elif is_closed:
        Case.objects.filter(id=case_id).update(
            state=State.ANSWERED.value,
            answer=answer.value,
            outcome=outcome,
            reason=reason,
            answered_by=str(actor),
            answered_at=at,
            snoozed_until=None,
        )
    kind = StepKind.SNOOZED if answer is Answer.SNOOZE else StepKind.ANSWERED
    body: dict[str, Fact] = {"answer": answer.value, "outcome": outcome, "reason": reason, **(facts or {})}
    if until is not None:
        body["until"] = until.isoformat()
    step(books_id, row, kind, body, actor, at)


@transaction.atomic
def answer(
    *,
    books_id: int,
    case_id: int,
    answer: Answer,
    content_hash: str,
    reason: str,
    outcome: str,
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Keep an answer from which nothing else follows; returns whether it was news. Raises as `insist_answerable`."""
    if not insist_answerable(books_id=books_id, case_id=case_id, answer=answer, content_hash=content_hash, actor=actor):
        return False
    write_answer(
        books_id=books_id,
        case_id=case_id,
        answer=answer,
        reason=reason,
        outcome=outcome,
        until=until,
        actor=actor,
        at=at,
    )
    return True
