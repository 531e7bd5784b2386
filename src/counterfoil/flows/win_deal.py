"""The gate: an opportunity enters a stage only with everything that the standards ask for there (SCOPE M1.1)."""

from __future__ import annotations

from datetime import datetime

from counterfoil.audit.domain import Actor
from counterfoil.crm import columns
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import OpportunityDraft, OpportunityFacts, Said, Stage
from counterfoil.flows.preview import Change, changed
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.standards import selectors as standard_reads


class NotReady(Refused):
    """The opportunity lacks what its stage needs. `findings` lists every failing field, and why finance needs it."""

    code = "not_ready"


def move_deal(*, opportunity_id: int, stage: Stage, actor: Actor, at: datetime) -> bool:
    """Move an opportunity to another stage; returns whether it was in another.

    Raises:
        NoSuchOpportunity: there is none.
        NotReady: the standards of the new stage are not met; everything that is missing is named.
        VersionChanged: it changed in the meantime; look again.
    """
    before = _facts(opportunity_id)
    said = before.said._replace(stage=stage.value)
    _insist_ready(before._replace(said=said))
    return crm.move_stage(opportunity_id=opportunity_id, stage=stage, actor=actor, at=at, passed=said)


def win_deal(*, opportunity_id: int, actor: Actor, at: datetime) -> bool:
    """Move an opportunity to Won; as `move_deal`."""
    return move_deal(opportunity_id=opportunity_id, stage=Stage.WON, actor=actor, at=at)


def enter_deal(*, books_id: int, draft: OpportunityDraft, actor: Actor, at: datetime) -> int:
    """Enter an opportunity by hand, in whichever stage, and return its id.

    Raises:
        NotReady: the standards of its stage are not met.
        OpportunityExists: the system has its external id already.
        Refused: a value cannot be read; the refusal names the field.
    """
    said = crm.said_by_hand(draft, external_id=draft.external_id)
    _insist_ready(OpportunityFacts(0, books_id, draft.customer_id, draft.owner, said, ""))
    return crm.add_opportunity(books_id=books_id, draft=draft, actor=actor, at=at, passed=said)


def change_deal(*, opportunity_id: int, draft: OpportunityDraft, actor: Actor, at: datetime) -> bool:
    """Set what is said of an opportunity; returns whether that changed. A won one stays as the standards ask.

    Raises:
        NoSuchOpportunity: there is none.
        NotReady: the standards of its stage are not met.
        VersionChanged: it changed in the meantime.
        Refused: a value cannot be read; the refusal names the field.
    """
    before = _facts(opportunity_id)
    said: Said = crm.said_by_hand(draft, external_id=before.said.external_id)._replace(system=before.said.system)
    _insist_ready(before._replace(said=said, customer_id=draft.customer_id, owner=draft.owner))
    return crm.update_opportunity(opportunity_id=opportunity_id, draft=draft, actor=actor, at=at, passed=said)


def change_terms(*, opportunity_id: int, change: Change, actor: Actor, at: datetime) -> bool:
    """Set what a person typed over a deal: terms, discounts, prices; returns whether that changed anything.

    Raises:
        NoSuchOpportunity: there is none.
        NotReady: it is won, and would no longer be as the standards ask.
        VersionChanged: it changed in the meantime.
        Refused: a value cannot be read; the refusal names the field.
    """
    before = _facts(opportunity_id)
    after = changed(before, change)
    said = after.said._replace(
        terms_text=columns.by_hand("deals", "terms", after.said.terms_text),
        po_number=columns.by_hand("deals", "po_number", after.said.po_number),
    )
    _insist_ready(before._replace(said=said))
    return crm.restate_opportunity(
        opportunity_id=opportunity_id, said=said, seen=before.version_hash, actor=actor, at=at, passed=said
    )


def _facts(opportunity_id: int) -> OpportunityFacts:
    found = crm_reads.opportunity_facts([opportunity_id])
    if not found:
        raise crm_reads.NoSuchOpportunity(field="opportunity", opportunity=str(opportunity_id))
    return found[0]


def _insist_ready(facts: OpportunityFacts) -> None:
    findings = standard_reads.gate(facts)
    if findings:
        listed: list[Fact] = [
            {"code": finding.code, "field": finding.field, "facts": dict(finding.facts)} for finding in findings
        ]
        raise NotReady(
            field=findings[0].field,
            stage=facts.said.stage,
            fields=[finding.field or "" for finding in findings],
            findings=listed,
        )
