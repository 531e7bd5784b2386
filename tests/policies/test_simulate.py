"""What a proposal would have done to past deals, before anybody signs it; and its case in the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries

from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, LineDraft, OpportunityDraft
from counterfoil.flows import policies as flow
from counterfoil.flows.policies import Of
from counterfoil.people.domain import Role
from counterfoil.policies.domain import (
    SHIPPED,
    AlwaysAllow,
    AnomalyPolicy,
    ApprovalLimit,
    ApprovalMatrix,
    CreditProfile,
    CreditProfiles,
    DataStandard,
    FourEyes,
    Kind,
    QualityPolicy,
    RequiredField,
    ReviewPolicy,
    RiskClass,
    RuleSetting,
    Side,
)
from counterfoil.receivables import selectors as receivables
from counterfoil.review import selectors as review
from counterfoil.standards.domain import UncheckableSetting
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.policies.people import in_force, proposed, somebody

pytestmark = pytest.mark.database
SINCE = date(2026, 1, 1)


def store(company: Company, draft: OpportunityDraft) -> int:
    said = crm.said_by_hand(draft, external_id=draft.external_id)
    return crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)


def a_discounted_deal(company: Company, percent: str, minor: int = 100_000, owner: str = "rep@example.test") -> int:
    line = LineDraft("SVC", unit_price=eur(minor), discount_percent=Decimal(percent))
    net = minor * (100 - int(percent)) // 100
    return store(company, replace(a_won_deal(company, net), lines=(line,), owner=owner))


def limits(percent: str = "10", amount: int | None = None) -> ApprovalMatrix:
    rep = ApprovalLimit(Role.SALES, max_discount_percent=Decimal(percent), max_amount_minor=amount)
    return ApprovalMatrix((rep, ApprovalLimit(Role.CONTROLLER)))


def test_limits_are_held_against_what_was_sold() -> None:
    company = a_company()
    somebody(company.books, Role.CONTROLLER)
    a_discounted_deal(company, "10")
    a_discounted_deal(company, "20", 200_000)
    a_discounted_deal(company, "30", 50_000)
    a_discounted_deal(company, "30", 900_000, owner="controller@tidewater.example")
    done = flow.simulate(books_id=company.books.id, kind=Kind.APPROVAL_MATRIX, content=limits(), since=SINCE)
    assert (done.tested, done.stopped_count, done.stopped_amount) == (4, 2, eur(160_000 + 35_000))
    assert done.by_code == (("discount_over_limit", 2),)
    assert [row.amount for row in done.stopped] == [eur(160_000), eur(35_000)]
    later = flow.simulate(
        books_id=company.books.id, kind=Kind.APPROVAL_MATRIX, content=limits(), since=date(2026, 12, 1)
    )
    assert (later.tested, later.stopped_count) == (0, 0)


def test_a_proposal_is_compared_with_what_is_in_force() -> None:
    company = a_company()
    a_discounted_deal(company, "15")
    in_force(company.books, Kind.APPROVAL_MATRIX, limits("10"))
    looser = flow.simulate(books_id=company.books.id, kind=Kind.APPROVAL_MATRIX, content=limits("20"), since=SINCE)
    assert (looser.against, looser.stopped_count, looser.released_count) == ("approval_matrix-1", 0, 1)
    assert looser.released_amount == eur(85_000)


def test_a_standard_says_whom_it_would_have_held() -> None:
    company = a_company()
    store(company, a_won_deal(company, 120_000))
    store(company, replace(a_won_deal(company, 80_000), po_number=""))
    shipped = SHIPPED[Kind.DATA_STANDARD]
    assert isinstance(shipped, DataStandard)
    stricter = replace(shipped, required=(*shipped.required, RequiredField("won", "po_number", "All ask for it.")))
    done = flow.simulate(books_id=company.books.id, kind=Kind.DATA_STANDARD, content=stricter, since=SINCE)
    assert (done.tested, done.stopped_count, done.stopped_amount) == (2, 1, eur(80_000))
    assert done.stopped[0].findings[0].field == "po_number"


def test_credit_is_told_from_what_was_owed_on_the_day() -> None:
    company = a_company()
    for day in (1, 5, 9):
        store(company, a_won_deal(company, 100_000, close_date=date(2026, 10, day)))
    company.closes()
    profiles = CreditProfiles(CreditProfile(250_000, RiskClass.C))
    done = flow.simulate(books_id=company.books.id, kind=Kind.CREDIT_PROFILES, content=profiles, since=SINCE)
    # Invoiced only now, so that nothing was owed on the close dates.
    assert (done.tested, done.stopped_count) == (3, 0)
    late = store(company, a_won_deal(company, 1, close_date=date(2099, 12, 1)))
    done = flow.simulate(books_id=company.books.id, kind=Kind.CREDIT_PROFILES, content=profiles, since=SINCE)
    assert [row.opportunity_id for row in done.stopped] == [late]
    assert done.stopped[0].findings[0].facts["open_minor"] == 3 * 119_000


def test_exposure_is_open_unbilled_and_overdue_for_many_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    company = a_company()
    other = crm.add_customer(draft=CustomerDraft("Dunmore", "DE"), external_ids=(("crm", "D-1"),), actor=TESTER, at=NOW)
    store(company, a_won_deal(company, 120_000, product="SUB", billing_type="quarterly"))
    store(company, replace(a_won_deal(company, 50_000), customer_id=other))
    company.closes()
    today = NOW.date()
    with django_assert_num_queries(3):
        found = receivables.exposures(company.books.id, [company.customer_id, other], today)
    assert (found[other].open_minor, found[other].unbilled_minor) == (59_500, 0)
    assert found[company.customer_id].unbilled_minor == 90_000
    assert found[company.customer_id].total_minor == 30_000 * 119 // 100 + 90_000
    much_later = date(2099, 1, 1)
    assert found == receivables.exposures(company.books.id, [other, company.customer_id], today)
    aged = receivables.exposures(company.books.id, [other], much_later)[other]
    assert (aged.overdue_minor, aged.overdue_days > 100) == (59_500, True)
    past = receivables.past_exposures(company.books.id, [(other, date(2020, 1, 1)), (other, much_later)])
    assert (past[0].total_minor, past[1].open_minor, past[1].overdue_days) == (0, 59_500, aged.overdue_days)
    profiles = CreditProfiles(CreditProfile(), {"D-1": CreditProfile(1)})
    in_force(company.books, Kind.CREDIT_PROFILES, profiles)
    standings = receivables.credit_standings(company.books.id, [company.customer_id, other], today)
    assert {id_: one.profile.limit_minor for id_, one in standings.items()} == {company.customer_id: None, other: 1}
    assert standings[other].policy == "credit_profiles-1"


def test_past_and_present_exposure_agree_today() -> None:
    company = a_company()
    for minor, billing in ((120_000, "monthly"), (60_000, "up_front"), (240_000, "quarterly")):
        store(company, a_won_deal(company, minor, product="SUB", billing_type=billing))
    company.closes()
    for day in (date(2099, 1, 1), date(2099, 7, 1)):
        now = receivables.exposures(company.books.id, [company.customer_id], day)[company.customer_id]
        (past,) = receivables.past_exposures(company.books.id, [(company.customer_id, day)])
        assert (past.open_minor, past.overdue_minor, past.overdue_days) == (
            now.open_minor,
            now.overdue_minor,
            now.overdue_days,
        )


def test_what_stops_nothing_cannot_be_simulated() -> None:
    company = a_company()
    with pytest.raises(flow.NothingToSimulate):
        flow.simulate(books_id=company.books.id, kind=Kind.FOUR_EYES, content=FourEyes(solo=False), since=SINCE)


def test_rates_thresholds_and_drops_are_held_against_what_was_done() -> None:
    company = a_company()
    for minor in (120_000, 120_000, 1_200_000):
        store(company, a_won_deal(company, minor))
    company.closes()
    simulated = partial(flow.simulate, books_id=company.books.id, since=SINCE)
    all_seen = simulated(kind=Kind.REVIEW, content=ReviewPolicy(default_sample_micro=1_000_000))
    assert (all_seen.of, all_seen.tested, all_seen.released_count) == (Of.DECISIONS, 3, 0)
    assert all_seen.stopped_count >= 2
    invoices = simulated(kind=Kind.ANOMALIES, content=AnomalyPolicy())
    assert (invoices.of, invoices.tested, invoices.stopped_count, invoices.released_count) == (Of.INVOICES, 3, 0, 0)
    allowed = simulated(kind=Kind.ALWAYS_ALLOW, content=AlwaysAllow())
    assert (allowed.tested, allowed.stopped_count) == (3, 0)
    assert simulated(kind=Kind.DATA_QUALITY, content=QualityPolicy()).of is Of.WEEKS


def test_a_proposal_waits_in_the_queue_until_it_is_in_force_or_taken_back() -> None:
    company = a_company()
    ann, ben = somebody(company.books, Role.SALES_OPS, "ann"), somebody(company.books, Role.CONTROLLER, "ben")
    one = proposed(ann, Kind.APPROVAL_MATRIX, limits())
    for side, signer, waiting in ((Side.SALES, ann, 1), (Side.FINANCE, ben, 0)):
        flow.sign_policy(
            person=signer, version_id=one.id, side=side, content_hash=one.content_hash, actor=TESTER, at=NOW
        )
        assert review.waiting_count(company.books.id, NOW) == waiting
    second = proposed(ben, Kind.APPROVAL_MATRIX, limits("20"))
    assert review.waiting_count(company.books.id, NOW) == 1
    flow.withdraw_policy(books_id=company.books.id, version_id=second.id, reason="No.", actor=TESTER, at=NOW)
    assert review.waiting_count(company.books.id, NOW) == 0


def test_reps_do_not_propose_and_nobody_proposes_what_cannot_be_checked() -> None:
    company = a_company()
    with pytest.raises(flow.MayNotPropose):
        proposed(somebody(company.books, Role.SALES), Kind.APPROVAL_MATRIX, limits())
    odd = DataStandard((), (RuleSetting("vibes", "Because."),))
    with pytest.raises(UncheckableSetting):
        proposed(somebody(company.books, Role.CONTROLLER), Kind.DATA_STANDARD, odd)
