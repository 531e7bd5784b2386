"""Stored decisions made again, and what would have been decided on other inputs."""

from __future__ import annotations

from datetime import date

import pytest

from counterfoil.crm import services as crm
from counterfoil.crm.domain import OpportunityDraft, ProductDraft, ProductKind, ProductStatus
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.selectors import Why
from counterfoil.flows import replay
from counterfoil.kernel.explanation import Explanation
from counterfoil.kernel.money import Money
from counterfoil.standards import services as standards
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database


def said(company: Company, draft: OpportunityDraft) -> int:
    """Store a deal as another CRM says it, past our gate."""
    passed = crm.said_by_hand(draft, external_id=draft.external_id)
    return crm.add_opportunity(draft=draft, books_id=company.books.id, actor=TESTER, at=NOW, passed=passed)


def decided(company: Company, opportunity: int) -> Why:
    return decisions.why(f"opportunity:{opportunity}")[0]


def is_identical() -> bool:
    done = replay.replay()
    assert done.first_difference is None
    return done.n == done.identical > 0


def test_a_held_deal_keeps_what_was_consulted_and_the_nearest_change_that_passes() -> None:
    company = a_company()
    opportunity = said(company, a_won_deal(company, product="SVCs"))
    company.closes()
    held = decided(company, opportunity)
    assert (held.outcome, held.code) == ("held", "unknown_product")
    assert held.money == Money(120_000, EUR)
    assert [one.quote for one in held.evidence] == ["SVCs"]
    assert held.counterfactual == Explanation("would_pass_with", {"changes": ["product:SVCs = SVC"]})
    assert is_identical()


def test_a_verdict_comes_out_the_same_whatever_the_catalogue_and_the_standards_hold_by_now() -> None:
    company = a_company()
    said(company, a_won_deal(company, product="SVCs"))
    said(company, a_won_deal(company, close_date=date(2026, 10, 3)))
    company.closes()
    assert replay.replay().by_kind == {"alias": 1, "close_deal": 2, "tax_choice": 1}
    standards.confirm_alias(kind="product", text="SVCs", target="SUB", actor=TESTER, at=NOW)
    gone = ProductDraft("SVC", "Gone", ProductKind.SUBSCRIPTION, status=ProductStatus.RETIRED, term_months=1)
    crm.update_product(code="SVC", draft=gone, actor=TESTER, at=NOW)
    assert is_identical()
