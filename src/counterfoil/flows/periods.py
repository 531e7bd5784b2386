"""Closing and reopening a month."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import world
from counterfoil.infra.home import home
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger


@transaction.atomic
def close_period(*, books_id: int, month: date, actor: Actor) -> bool:
    """Release the revenue that belongs to the month, then close it; returns whether it was open.

    The head of the record then leaves the house for every store, so that the closed month can be proven from outside.
    """
    at = world.now()
    transaction.on_commit(_let_the_head_leave)
    release_revenue(books_id=books_id, through=ledger_reads.last_day(month), actor=actor)
    return ledger.close_period(books_id=books_id, month=month, actor=actor, at=at)


def _let_the_head_leave() -> None:
    audit.seal()
    audit.export_head(home() / "anchors", everywhere=True)


def reopen_period(*, books_id: int, month: date, reason: str, actor: Actor) -> bool:
    """Open a closed month again with a reason that stays on record; returns whether it was closed."""
    return ledger.reopen_period(books_id=books_id, month=month, reason=reason, actor=actor, at=world.now())
