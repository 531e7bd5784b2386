"""Writing down what happened with a customer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.crm import columns
from counterfoil.crm.domain import HAND, ActivityDraft
from counterfoil.crm.models import Activity


@transaction.atomic
def log_activity(*, draft: ActivityDraft, actor: Actor, at: datetime) -> int:
    """Log an activity and return its id. What was written of a person does not enter the record.

    Raises:
        MissingValue: it says nothing.
        Refused: a text cannot be read; the refusal names the field.
    """
    subject = columns.by_hand("activities", "subject", draft.subject)
    text = columns.by_hand("activities", "text", draft.text)
    if not (subject or text):
        raise columns.MissingValue(field="text")
    activity = Activity.objects.create(
        system=HAND,
        kind=draft.kind.value,
        happened_at=draft.happened_at,
        opportunity_id=draft.opportunity_id,
        customer_id=draft.customer_id,
        contact_id=draft.contact_id,
        owner=columns.by_hand("activities", "owner", draft.owner),
        subject=subject,
        text=text,
        updated_at=at,
    )
    audit.record(
        kind="crm.activity_logged",
        actor=actor,
        subject=f"activity:{activity.pk}",
        body={
            "kind": draft.kind.value,
            "opportunity": draft.opportunity_id,
            "customer": draft.customer_id,
            "contact": draft.contact_id,
        },
        at=at,
    )
    return int(activity.pk)
