"""Aliases that a person confirms once, and the list of won deals that finance holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.connectors.embedded import EmbeddedCrm
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import LineDraft, OpportunityDraft
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.flows import aliases
from counterfoil.kernel.explanation import Finding
from counterfoil.standards import selectors as standards_reads
from counterfoil.standards import services as standards
from counterfoil.standards.services import Hold
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database


def store(company: Company, draft: OpportunityDraft) -> int:
    """Store a deal as a mirror of another CRM does: as it is, past the gate."""
    said = crm.said_by_hand(draft, external_id=draft.external_id)
    return crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)


def a_deal_with_an_odd_product(company: Company, product: str = "S-V-C") -> int:
    return store(company, replace(a_won_deal(company), lines=(LineDraft(product, amount=eur(120_000)),)))


def hold(company: Company, *opportunity_ids: int) -> set[int]:
    _, held = standards_reads.validated_deals(company.books.id, opportunity_ids)
    holds = [Hold(one.opportunity_id, one.version_hash, one.findings, one.snapshot) for one in held]
    return standards.record_held(books_id=company.books.id, held=holds, actor=TESTER, at=NOW)


def confirm(company: Company, kind: str, text: str, target: str) -> aliases.AliasConfirmed:
    return aliases.confirm_alias(kind=kind, text=text, target=target, books_id=company.books.id, actor=TESTER, at=NOW)


def test_a_confirmed_alias_lets_held_deals_pass() -> None:
    company = a_company()
    first, second = a_deal_with_an_odd_product(company), a_deal_with_an_odd_product(company, "s-v-c ")
    assert hold(company, first, second) == {first, second}
    confirmed = confirm(company, "product", "S-V-C", "svc")
    assert (confirmed.opportunities, confirmed.held) == (2, 1)
    deals, held = standards_reads.validated_deals(company.books.id, [first, second])
    assert ([deal.lines[0].product_code for deal in deals], held) == (["SVC", "SVC"], [])
    (row,) = standards_reads.aliases()
    assert (row.kind, row.text, row.target, row.confirmed_by) == ("product", "S-V-C", "SVC", str(TESTER))


def test_an_alias_for_a_customer_attaches_its_opportunities() -> None:
    company = a_company()
    draft = replace(a_won_deal(company), customer_id=None)
    said = crm.said_by_hand(draft, external_id="")
    id_ = crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)
    assert crm_reads.opportunity(id_).customer_id is None
    confirmed = confirm(company, "customer", "Kestrel", "Kestrel Water AG")
    assert confirmed.target_id == company.customer_id
    meant, _ = standards_reads.customers_meant("hand", ["KESTREL"])
    assert meant == {"KESTREL": company.customer_id}


def test_confirming_again_changes_nothing_and_another_meaning_is_refused() -> None:
    company = a_company()
    confirm(company, "product", "S-V-C", "SVC")
    before = len(record.events(limit=1_000))
    confirm(company, "product", " s-v-c", "SVC")
    assert len(record.events(limit=1_000)) == before
    with pytest.raises(standards.AliasTaken):
        confirm(company, "product", "S-V-C", "SUB")
    with pytest.raises(standards.AliasTaken):
        confirm(company, "product", "SUB", "SVC")
    with pytest.raises(crm_reads.NoSuchProduct):
        confirm(company, "product", "S-V-C", "nothing")
    with pytest.raises(crm_reads.NoSuchCustomer):
        confirm(company, "customer", "K", "nobody")


def test_what_is_held_for_the_same_reasons_is_not_written_again() -> None:
    company = a_company()
    id_ = a_deal_with_an_odd_product(company)
    assert hold(company, id_) == {id_}
    before = record.events(limit=1_000)
    assert hold(company, id_) == set()
    assert record.events(limit=1_000) == before
    (row,) = standards_reads.held_deals(books_id=company.books.id)
    assert (row.opportunity_id, row.findings[0].facts["text"], row.before) == (id_, "S-V-C", None)
    assert row.now["name"] == "Kestrel rollout"


def test_held_deals_are_counted_by_reason_and_filtered() -> None:
    company = a_company()
    odd, other = a_deal_with_an_odd_product(company), a_deal_with_an_odd_product(company, "X")
    bare = store(company, replace(a_won_deal(company), terms="", po_number=""))
    hold(company, odd, other, bare)
    expected = {("unknown_product", "S-V-C"), ("unknown_product", "X"), ("missing_field", "")}
    counts = {
        (count.code, count.value): (count.count, count.amount)
        for count in standards_reads.held_by_reason(company.books.id)
    }
    assert counts == dict.fromkeys(expected, (1, eur(120_000)))
    filtered = standards_reads.held_deals(books_id=company.books.id, code="unknown_product", value="X")
    assert [row.opportunity_id for row in filtered] == [other]
    assert standards_reads.held_count(company.books.id) == 3
    assert standards_reads.held_opportunities(company.books.id, [odd, bare, 10**9]) == {
        odd: "unknown_product",
        bare: "missing_field",
    }
    latest = standards_reads.held_deals(books_id=company.books.id, limit=1)
    older = standards_reads.held_deals(books_id=company.books.id, before=latest[0].id)
    assert len(older) == 2


def test_a_hold_is_resolved_and_comes_back_when_it_must() -> None:
    company = a_company()
    id_ = a_deal_with_an_odd_product(company)
    hold(company, id_)
    assert standards.resolve_held(books_id=company.books.id, opportunity_ids=[id_], at=NOW) == 1
    assert standards.resolve_held(books_id=company.books.id, opportunity_ids=[id_], at=NOW) == 0
    assert standards_reads.held_deal(company.books.id, id_) is None
    assert hold(company, id_) == {id_}
    assert standards_reads.held_deal(company.books.id, id_) is not None


def test_a_deal_is_kept_once_in_the_version_that_passed_and_verifies() -> None:
    company = a_company()
    id_ = store(company, a_won_deal(company))
    (judged,) = EmbeddedCrm().judged(books_id=company.books.id, opportunity_ids=[id_])
    assert judged.deal is not None
    asked = ("standards", "invoiced_before", "anomalies", "accounting")
    checks: dict[str, list[tuple[Finding, ...]]] = {check: [()] for check in asked}
    cleared, _ = decisions.clear(Act.CLOSE_DEAL, (judged.deal,), checks)
    for expected in (1, 0):
        kept = standards.keep_deals(
            books_id=company.books.id, cleared=cleared, snapshots={id_: judged.snapshot}, actor=TESTER, at=NOW
        )
        assert kept == expected
    version = standards_reads.deal_versions(company.books.id, [id_])[id_]
    assert (version.version_hash, version.snapshot) == (judged.version_hash, judged.snapshot)
    assert audit.verify().ok
    finding = Finding("invoiced_before", "changed_after_invoicing", {})
    changed = Hold(id_, "other", (finding,), {"name": "New"}, is_changed=True)
    standards.record_held(books_id=company.books.id, held=[changed], actor=TESTER, at=NOW)
    row = standards_reads.held_deal(company.books.id, id_)
    assert row is not None
    assert (row.before, row.now) == (judged.snapshot, {"name": "New"})


def test_judging_takes_a_number_of_statements_that_does_not_grow(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    company = a_company()
    one = [a_deal_with_an_odd_product(company)]
    many = [*one, *(store(company, a_won_deal(company)) for _ in range(6))]
    for ids in (one, many):
        with django_assert_num_queries(6):
            judged = standards_reads.judged(company.books.id, ids)
        assert [judgement.opportunity_id for judgement in judged] == ids


def test_only_won_opportunities_of_the_books_are_judged() -> None:
    company = a_company()
    id_ = store(company, a_won_deal(company))
    assert standards_reads.judged(company.books.id + 1, [id_]) == []
    assert standards_reads.judged(company.books.id, [10**9]) == []
