"""What happened with a customer or on a deal, as a timeline."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import ActivityKind
from counterfoil.crm.selectors import ActivityRow
from counterfoil.people.domain import BooksFacts
from counterfoil.web.pages import owners
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


def of_customer(books: BooksFacts, customer_id: int, *, limit: int = 12) -> tuple[Happened, ...]:
    """Return what happened with a customer, newest first."""
    names = owners.names(books.id)
    return tuple(_happened(row, names) for row in crm.activities(customer_id=customer_id, limit=limit))


def of_deal(books: BooksFacts, opportunity_id: int, *, limit: int = 20) -> tuple[Happened, ...]:
    """Return what happened on a deal, newest first."""
    names = owners.names(books.id)
    return tuple(_happened(row, names) for row in crm.activities(opportunity_id=opportunity_id, limit=limit))


def _happened(row: ActivityRow, names: Mapping[str, str]) -> Happened:
    words = ", ".join(part for part in (row.kind.value.capitalize(), owners.name(row.owner, names)) if part)
    text = f"{words}: {row.subject}" if row.subject else words
    return Happened(row.happened_at, text, ICONS[row.kind], quote=_quoted(row.text))


def _quoted(text: str) -> str:
    """Quote a text, at most so much of it; one that quotes somebody itself stays as it is."""
    short = text if len(text) <= QUOTED else text[:QUOTED].rsplit(" ", 1)[0] + "…"
    return short if not short or short[0] in '"“' else f"“{short}”"
