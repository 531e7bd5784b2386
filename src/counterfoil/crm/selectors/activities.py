"""Reading what happened with a customer, an opportunity or a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from counterfoil.crm.domain import ActivityKind
from counterfoil.crm.models import Activity


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One line of a timeline; `key` is where the next page begins."""

    id: int
    kind: ActivityKind
    happened_at: datetime
    opportunity_id: int | None
    customer_id: int | None
    contact_id: int | None
    owner: str
    subject: str
    text: str

    @property
    def key(self) -> tuple[datetime, int]:
        return self.happened_at, self.id


def activities(
    *,
    opportunity_id: int | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[ActivityRow]:
    """Return a timeline, the latest first, `limit` of them before the key of the page before; one statement.

    A customer's timeline holds what happened on its opportunities and with its contacts as well.
    """
    rows = Activity.objects.order_by("-happened_at", "-id")
    if opportunity_id is not None:
        rows = rows.filter(opportunity_id=opportunity_id)
    if contact_id is not None:
        rows = rows.filter(contact_id=contact_id)
    if customer_id is not None:
        rows = rows.filter(
            Q(customer_id=customer_id) | Q(opportunity__customer_id=customer_id) | Q(contact__customer_id=customer_id)
        )
    if before is not None:
        rows = rows.filter(Q(happened_at__lt=before[0]) | Q(happened_at=before[0], id__lt=before[1]))
    return [
        ActivityRow(
            row.pk,
            ActivityKind(row.kind),
            row.happened_at,
            row.opportunity_id,
            row.customer_id,
            row.contact_id,
            row.owner,
            row.subject,
            row.text,
        )
        for row in rows[:limit]
    ]
