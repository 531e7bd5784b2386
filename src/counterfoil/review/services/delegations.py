"""Lending a role for approvals to somebody for some days, and ending that."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.review import domain
from counterfoil.review.models import DelegationRow


@transaction.atomic
def delegate(
    *,
    books_id: int,
    giver_id: int,
    taker_id: int,
    start: date,
    end: date,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> int:
    """Let somebody approve with another's role, from a first to a last day; the same again is the same.

    Raises:
        DelegationSpan: the days are the wrong way round, or both are one person.
    """
    if start > end or giver_id == taker_id:
        raise domain.DelegationSpan(start=start.isoformat(), end=end.isoformat())
    same = DelegationRow.objects.filter(
        books_id=books_id, giver_id=giver_id, taker_id=taker_id, start_date=start, end_date=end, revoked_at=None
    ).first()
    if same is not None:
        return same.pk
    row = DelegationRow.objects.create(
        books_id=books_id,
        giver_id=giver_id,
        taker_id=taker_id,
        start_date=start,
        end_date=end,
        reason=reason,
        made_by=str(actor),
        made_at=at,
    )
    audit.record(
        kind="review.delegated",
        actor=actor,
        subject=f"user:{giver_id}",
        body={
            "delegation": row.pk,
            "taker": f"user:{taker_id}",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "reason": reason,
        },
        at=at,
        books_id=books_id,
    )
    return row.pk


@transaction.atomic
def revoke_delegation(*, books_id: int, delegation_id: int, actor: Actor, at: datetime) -> bool:
    """End a delegation at once; ending it again changes nothing. What was approved by it stands."""
    changed = DelegationRow.objects.filter(books_id=books_id, id=delegation_id, revoked_at=None).update(revoked_at=at)
    if changed:
        audit.record(
            kind="review.delegation_revoked",
            actor=actor,
            subject=f"delegation:{delegation_id}",
            body={},
            at=at,
            books_id=books_id,
        )
    return bool(changed)
