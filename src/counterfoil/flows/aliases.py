"""A person says once what a text of the CRM means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards import services as standards


@dataclass(frozen=True, slots=True)
class AliasConfirmed:
    """What a text means from now on, how many opportunities name it, and how many held deals it lets through."""

    kind: str
    text: str
    target: str
    target_id: int
    opportunities: int
    held: int


@transaction.atomic
def confirm_alias(*, kind: str, text: str, target: str, books_id: int, actor: Actor, at: datetime) -> AliasConfirmed:
    """Confirm that a text means a known product (by code) or customer (by name or external id).

    Deals that are held for this alone pass the next time they are closed. Confirming again changes nothing.

    Raises:
        NoSuchProduct, NoSuchCustomer: the target is not known.
        AliasTaken: the text means something else.
    """
    target_id = standards.confirm_alias(kind=kind, text=text, target=target, actor=actor, at=at)
    if kind == standard_reads.CUSTOMER:
        crm.attach_customer(text=text, customer_id=target_id, actor=actor, at=at)
    return AliasConfirmed(
        kind,
        text,
        target,
        target_id,
        crm_reads.opportunities_naming(kind, text),
        standard_reads.held_only_for(books_id, f"unknown_{kind}", text),
    )
