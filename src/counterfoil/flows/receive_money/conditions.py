"""What is paid of an invoice under a contract that may still be cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from counterfoil.audit.domain import Actor
from counterfoil.billing import services as billing
from counterfoil.decisions.domain import Cleared
from counterfoil.receivables.services import Settled


def follow_conditions(
    books_id: int, cleared: Cleared[Any], outcomes: Sequence[Settled], actor: Actor, at: datetime
) -> None:
    """Show what was paid of conditional invoices as receivable and contract liability, or take that back.

    IFRS 15.106 and Illustrative Example 38A: money received under a contract that may still be cancelled is a contract
    liability.
    """
    conditional = [one for outcome in outcomes for one in outcome.conditional]
    rights = [
        billing.Right(one.document_id, one.on, f"allocation:{one.allocation_id}", one.amount)
        for one in conditional
        if one.amount.minor > 0
    ]
    if rights:
        billing.make_unconditional(books_id=books_id, cleared=cleared, rights=rights, actor=actor, at=at)
    for one in conditional:
        if one.amount.minor < 0:
            billing.take_back_unconditional(
                books_id=books_id,
                cleared=cleared,
                sources=[f"allocation:{one.takes_back}"],
                on=one.on,
                reason=f"allocation:{one.allocation_id}",
                actor=actor,
                at=at,
            )
