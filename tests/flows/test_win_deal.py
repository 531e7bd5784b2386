"""The gate to Won and to every other stage, whichever way an opportunity comes (SCOPE M1.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from counterfoil import words
from counterfoil.audit import selectors as record
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import AmountState, LineDraft, OpportunityDraft, Stage
from counterfoil.flows import win_deal
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database


def enter(company: Company, draft: OpportunityDraft) -> int:
    return win_deal.enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)


def stage_of(opportunity_id: int) -> Stage:
    return crm_reads.opportunity(opportunity_id).stage


def failing(refused: pytest.ExceptionInfo[win_deal.NotReady]) -> Any:
    facts = refused.value.facts
    return facts["fields"]


def test_a_deal_that_has_everything_is_won() -> None:
    company = a_company()
    id_ = enter(company, replace(a_won_deal(company), stage=Stage.PROPOSAL))
    assert win_deal.win_deal(opportunity_id=id_, actor=TESTER, at=NOW)
    assert stage_of(id_) is Stage.WON
    assert not win_deal.win_deal(opportunity_id=id_, actor=TESTER, at=NOW)


def test_the_gate_names_every_failing_field_and_why() -> None:
    company = a_company()
    draft = replace(
        a_won_deal(company),
        stage=Stage.PROPOSAL,
        terms="",
        billing_type="",
        amount_state=AmountState.QUOTED,
        lines=(LineDraft("S-V-C", amount=eur(120_000)),),
    )
    id_ = enter(company, draft)
    before = len(record.events(limit=1_000))
    with pytest.raises(win_deal.NotReady) as refused:
        win_deal.win_deal(opportunity_id=id_, actor=TESTER, at=NOW)
    assert failing(refused) == ["terms", "billing_type", "product", "amount"]
    findings: Any = refused.value.facts["findings"]
    assert [finding["code"] for finding in findings] == [
        "missing_field",
        "missing_field",
        "unknown_product",
        "amount_not_signed",
    ]
    assert all(words.sentence(finding["code"], finding["facts"]) for finding in findings)
    assert stage_of(id_) is Stage.PROPOSAL
    assert len(record.events(limit=1_000)) == before


def test_entering_a_deal_as_won_passes_the_same_gate() -> None:
    company = a_company()
    assert stage_of(enter(company, a_won_deal(company))) is Stage.WON
    with pytest.raises(win_deal.NotReady) as refused:
        enter(company, replace(a_won_deal(company), terms="", customer_id=None))
    assert failing(refused) == ["customer", "terms"]


def test_an_earlier_stage_has_a_gate_of_its_own() -> None:
    company = a_company()
    bare = OpportunityDraft("Rollout")
    id_ = enter(company, bare)
    with pytest.raises(win_deal.NotReady) as refused:
        win_deal.move_deal(opportunity_id=id_, stage=Stage.PROPOSAL, actor=TESTER, at=NOW)
    assert failing(refused) == ["customer", "currency"]
    assert win_deal.move_deal(opportunity_id=id_, stage=Stage.LOST, actor=TESTER, at=NOW)
    with pytest.raises(win_deal.NotReady):
        enter(company, OpportunityDraft(""))


def test_a_won_deal_stays_as_the_standards_ask() -> None:
    company = a_company()
    draft = a_won_deal(company)
    id_ = enter(company, draft)
    with pytest.raises(win_deal.NotReady) as refused:
        win_deal.change_deal(opportunity_id=id_, draft=replace(draft, terms="whenever"), actor=TESTER, at=NOW)
    assert failing(refused) == ["terms"]
    (before,) = crm_reads.opportunity_facts([id_])
    assert win_deal.change_deal(opportunity_id=id_, draft=replace(draft, terms="Net 60"), actor=TESTER, at=NOW)
    (after,) = crm_reads.opportunity_facts([id_])
    assert (after.said.terms_text, after.said.external_id) == ("Net 60", before.said.external_id)
    assert after.version_hash != before.version_hash


def test_what_changed_between_gate_and_store_is_refused() -> None:
    company = a_company()
    id_ = enter(company, replace(a_won_deal(company), stage=Stage.PROPOSAL))
    (seen,) = crm_reads.opportunity_facts([id_])
    draft = replace(a_won_deal(company), stage=Stage.PROPOSAL, terms="Net 60")
    crm.update_opportunity(opportunity_id=id_, draft=draft, actor=TESTER, at=NOW)
    passed = seen.said._replace(stage=Stage.WON.value)
    with pytest.raises(crm.VersionChanged):
        crm.move_stage(opportunity_id=id_, stage=Stage.WON, actor=TESTER, at=NOW, passed=passed)


def test_an_opportunity_that_does_not_exist_is_refused() -> None:
    with pytest.raises(crm_reads.NoSuchOpportunity):
        win_deal.win_deal(opportunity_id=10**9, actor=TESTER, at=NOW)
