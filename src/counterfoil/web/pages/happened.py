"""What happened with a customer or on a deal, as a timeline."""

from __future__ import annotations

from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import ActivityKind
from counterfoil.crm.selectors import ActivityRow
from counterfoil.web.parts import Happened

ICONS = {
    ActivityKind.CALL: "phone",
    ActivityKind.EMAIL: "collect",
    ActivityKind.MEETING: "people",
    ActivityKind.NOTE: "note",
    ActivityKind.TASK: "ok",
}
QUOTED = 280
"""Characters of a text that are quoted in place."""


def of_customer(customer_id: int, *, limit: int = 12) -> tuple[Happened, ...]:
    """Return what happened with a customer, newest first."""
    return tuple(_happened(row) for row in crm.activities(customer_id=customer_id, limit=limit))


def of_deal(opportunity_id: int, *, limit: int = 20) -> tuple[Happened, ...]:
    """Return what happened on a deal, newest first."""
    return tuple(_happened(row) for row in crm.activities(opportunity_id=opportunity_id, limit=limit))


def _happened(row: ActivityRow) -> Happened:
    words = ", ".join(part for part in (row.kind.value.capitalize(), row.owner) if part)
    text = f"{words}: {row.subject}" if row.subject else words
    quote = row.text if len(row.text) <= QUOTED else row.text[:QUOTED].rsplit(" ", 1)[0] + "\u2026"
    return Happened(row.happened_at, text, ICONS[row.kind], quote=quote)
