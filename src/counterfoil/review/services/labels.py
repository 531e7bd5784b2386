"""Labels that people's answers leave for learning, and the digests that people chose."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact
from counterfoil.review import domain
from counterfoil.review.domain import StepKind
from counterfoil.review.models import DigestChoice, Label
from counterfoil.review.services.recording import locked, step


@transaction.atomic
def label(*, books_id: int, case_id: int, machine: str, person: str, reason: str, actor: Actor, at: datetime) -> int:
    """Keep what a person said against, or for, the machine; it teaches nothing until it was reviewed."""
    row = locked(books_id, case_id)
    return Label.objects.create(
        books_id=books_id,
        case_id=case_id,
        kind=row.kind,
        subject=row.subject,
        content_hash=row.content_hash,
        code=row.code,
        machine=machine,
        person=person,
        reason=reason,
        made_by=str(actor),
        made_at=at,
    ).pk


@transaction.atomic
def review_label(*, books_id: int, label_id: int, is_accepted: bool, actor: Actor, at: datetime) -> bool:
    """Accept or drop a label; only somebody else than who made it does, and only once.

    Raises:
        NoSuchCase: there is no such label. RequesterMayNotApprove: it is their own.
    """
    row = Label.objects.select_for_update().filter(books_id=books_id, id=label_id).first()
    if row is None:
        raise domain.NoSuchCase(field="case", case=label_id)
    if domain.identity(row.made_by) == domain.identity(actor):
        raise domain.RequesterMayNotApprove(requested_by=domain.identity(actor))
    if row.reviewed_at is not None:
        return False
    Label.objects.filter(id=label_id).update(is_accepted=is_accepted, reviewed_by=str(actor), reviewed_at=at)
    body: dict[str, Fact] = {"label": label_id, "is_accepted": is_accepted}
    step(books_id, locked(books_id, row.case_id), StepKind.LABELLED, body, actor, at)
    return True


@transaction.atomic
def choose_digest(*, user_id: int, every: str, actor: Actor, at: datetime) -> None:
    """Keep whether somebody wants a digest by mail: never, each day, or each week.

    Raises:
        ValueError: no such rhythm.
    """
    if every not in ("never", "day", "week"):
        raise ValueError(f"no such rhythm: {every}")
    DigestChoice.objects.update_or_create(user_id=user_id, defaults={"every": every})
    audit.record(kind="review.digest_chosen", actor=actor, subject=f"user:{user_id}", body={"every": every}, at=at)


def claim_digest(*, user_id: int, last: datetime | None, at: datetime | None) -> bool:
    """Set when somebody got their last digest, where it is still `last`; returns whether this call did.

    Whoever claims it sends it, and gives it back where that fails.
    """
    return bool(DigestChoice.objects.filter(user_id=user_id, sent_at=last).update(sent_at=at))
