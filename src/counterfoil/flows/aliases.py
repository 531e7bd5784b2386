"""A person says once what a text of the CRM means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.decisions import selectors as decision_reads
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Evidence, Item, Mode, decided
from counterfoil.flows.verdicts import alias as verdicts
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
    is_known = standard_reads.is_alias(kind, text)
    target_id = standards.confirm_alias(kind=kind, text=text, target=target, actor=actor, at=at)
    if not is_known:
        _record(books_id, kind, text, target, target_id, actor, at)
    if kind == standard_reads.CUSTOMER:
        crm.attach_customer(text=text, customer_id=target_id, actor=actor, at=at)
    return AliasConfirmed(
        kind,
        text,
        target,
        target_id,
        len(crm_reads.opportunities_naming(kind, text)),
        standard_reads.held_only_for(books_id, f"unknown_{kind}", text),
    )


def _record(books_id: int, kind: str, text: str, target: str, target_id: int, actor: Actor, at: datetime) -> None:
    """Write down what a person said that a text means."""
    stored = verdicts.confirmed_inputs(kind, text, target)
    subject = verdicts.subject(kind, text)
    item = decided(subject, stored, verdicts.decide(stored, {}), effects=(f"{kind}:{target_id}",), approver=str(actor))
    decisions.record(
        books_id=books_id, kind=verdicts.KIND, rule_version=verdicts.VERSION, actor=actor, items=[item], at=at
    )


def suggest_aliases(*, books_id: int, suggested: Mapping[tuple[str, str], str], actor: Actor, at: datetime) -> int:
    """Write down what the machine would take texts for, each text once; nothing acts on it. Two statements and more.

    Args:
        suggested: the name that is most alike, by kind and text.

    Returns:
        How many suggestions are new.
    """
    if not suggested:
        return 0
    subjects = {(kind, text): verdicts.subject(kind, text) for kind, text in suggested}
    known = decision_reads.subjects_decided(verdicts.KIND, list(subjects.values()))
    items: dict[str, Item] = {}
    for (kind, text), meant in suggested.items():
        subject = subjects[kind, text]
        if subject not in known:
            stored = verdicts.suggestion_inputs(kind, text, meant)
            evidence = (Evidence("crm", text, 0, len(text)),)
            items[subject] = decided(subject, stored, verdicts.decide(stored, {}), evidence=evidence)
    if items:
        decisions.record(
            books_id=books_id,
            kind=verdicts.KIND,
            rule_version=verdicts.VERSION,
            actor=actor,
            items=list(items.values()),
            at=at,
            mode=Mode.SUGGEST,
        )
    return len(items)
