"""Limits that people signed: overruled by who may, asked for and approved, or always allowed after two signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.audit import services as audit
from counterfoil.audit.domain import person
from counterfoil.billing import selectors as billing
from counterfoil.crm.domain import LineDraft
from counterfoil.flows import policies as policy_flow
from counterfoil.flows import review as flow
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import AlwaysAllow, ApprovalLimit, ApprovalMatrix, Kind, Side
from counterfoil.review import domain, selectors
from counterfoil.review.domain import Answer
from counterfoil.review.selectors import CaseRow, Wanted
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.review.people import somebody

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> Iterator[World]:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def answers(who: Person, case: CaseRow, answer: Answer, **more: Any) -> flow.Answered:
    return flow.answer_case(
        person=who, case_id=case.id, answer=answer, content_hash=case.content_hash, actor=person(who.email), at=NOW,
        **more,
    )  # fmt: skip


def signs(who: Person, version: policies.Version, side: Side) -> None:
    policy_flow.sign_policy(
        person=who, version_id=version.id, side=side, content_hash=version.content_hash, actor=person(who.email), at=NOW
    )


@pytest.fixture
def company() -> Company:
    return a_company()


@pytest.fixture
def ines(company: Company) -> Person:
    return somebody(company.books.id, "ines", Role.CONTROLLER)


@pytest.fixture
def held(company: Company, ines: Person) -> CaseRow:
    """A deal with 27 % off, where a seller may give 15 and a controller 50."""
    ops = somebody(company.books.id, "priya", Role.SALES_OPS)
    matrix = ApprovalMatrix(
        (
            ApprovalLimit(Role.SALES, max_discount_percent=Decimal(15)),
            ApprovalLimit(Role.CONTROLLER, max_discount_percent=Decimal(50)),
        )
    )
    version = policy_flow.propose_policy(
        person=ops, kind=Kind.APPROVAL_MATRIX, content=matrix, reason="limits", owner=ops.email,
        review_date=date(2027, 11, 1), actor=person(ops.email), at=NOW,
    )  # fmt: skip
    signs(ops, version, Side.SALES)
    signs(ines, version, Side.FINANCE)
    amount = eur(73_000)
    line = LineDraft("SVC", unit_price=eur(100_000), discount_percent=Decimal(27), amount=amount)
    enter_deal(
        books_id=company.books.id,
        draft=replace(a_won_deal(company), amount=amount, lines=(line,)),
        actor=TESTER,
        at=NOW,
    )
    company.closes()
    (case,) = selectors.cases(company.books.id, Wanted(NOW, kinds=("close_deal",)))
    assert case.code == "discount_over_limit"
    return case


def test_who_has_the_authority_overrules_with_a_reason_and_the_deal_is_invoiced(
    company: Company, ines: Person, held: CaseRow
) -> None:
    with pytest.raises(domain.RoleMayNotApprove):
        answers(somebody(company.books.id, "jonas", Role.ACCOUNTANT), held, Answer.APPROVE, reason="fine")
    assert billing.document_summaries(company.books.id) == []
    assert answers(ines, held, Answer.APPROVE, reason="strategic customer").outcome == "invoiced"
    assert len(billing.document_summaries(company.books.id)) == 1
    (label,) = selectors.labels(company.books.id)
    assert (label.machine, label.person, label.reason) == ("held", "invoiced", "strategic customer")
    assert audit.verify().ok


def test_a_fix_as_suggested_brings_the_discount_under_the_limit(company: Company, ines: Person, held: CaseRow) -> None:
    assert answers(ines, held, Answer.FIX).outcome == "fixed"
    (invoice,) = billing.document_summaries(company.books.id)
    assert invoice.gross == eur(101_150)  # 1,000.00 less 15 %, and 19 % tax


def test_an_approval_that_was_asked_for_lets_the_deal_through(company: Company, ines: Person, held: CaseRow) -> None:
    sam = somebody(company.books.id, "sam", Role.SALES)
    flow.ask_approval(
        person=sam, opportunity_id=int(held.subject.partition(":")[2]), codes=[held.code], reason="They renew",
        actor=person(sam.email), at=NOW,
    )  # fmt: skip
    (asked,) = selectors.cases(company.books.id, Wanted(NOW, kinds=("approval",)))
    with pytest.raises(domain.RequesterMayNotApprove):
        answers(replace(sam, role=Role.CONTROLLER), asked, Answer.APPROVE)
    assert answers(ines, asked, Answer.APPROVE).facts == {"then": "invoiced"}
    assert len(billing.document_summaries(company.books.id)) == 1
    assert selectors.cases(company.books.id, Wanted(NOW)) == []


def asked_by_jonas(company: Company, held: CaseRow) -> tuple[Person, CaseRow]:
    jonas = somebody(company.books.id, "jonas", Role.ACCOUNTANT)
    assert not flow.may_overrule(jonas, held, NOW)
    assert answers(jonas, held, Answer.ASK, reason="They renew for three years").outcome == "asked"
    (asked,) = selectors.cases(company.books.id, Wanted(NOW, kinds=("approval",)))
    return jonas, asked


def for_whom(company: Company, who: Person) -> list[str]:
    wanted = Wanted(NOW, answered_by=flow.answerer(who, NOW))
    return [case.kind for case in selectors.cases(company.books.id, wanted)]


def test_who_may_not_overrule_asks_and_the_case_rests_until_that_is_answered(
    company: Company, ines: Person, held: CaseRow
) -> None:
    assert flow.may_overrule(ines, held, NOW)
    jonas, asked = asked_by_jonas(company, held)
    assert (for_whom(company, jonas), for_whom(company, ines)) == ([], ["approval"])
    assert not flow.is_turn_of(jonas, asked, NOW)
    assert answers(ines, asked, Answer.APPROVE).facts == {"then": "invoiced"}
    assert len(billing.document_summaries(company.books.id)) == 1
    assert (for_whom(company, jonas), for_whom(company, ines)) == ([], [])


def test_a_refusal_wakes_the_case_and_taking_the_question_back_voids_it(
    company: Company, ines: Person, held: CaseRow
) -> None:
    jonas, asked = asked_by_jonas(company, held)
    assert answers(ines, asked, Answer.REJECT, reason="Not this year").outcome == "refused"
    assert for_whom(company, jonas) == ["close_deal"]
    assert answers(jonas, held, Answer.ASK, reason="The board wants it").outcome == "asked"
    flow.take_back(person=jonas, case_id=held.id, actor=person(jonas.email), at=NOW)
    assert (for_whom(company, jonas), for_whom(company, ines)) == (["close_deal"], ["close_deal"])
    states = [one.state for one in selectors.asked_approvals(company.books.id, held.subject)]
    assert states == ["void", "refused"]


def test_always_allow_is_a_policy_that_takes_effect_after_its_second_signature(
    company: Company, ines: Person, held: CaseRow
) -> None:
    mira = somebody(company.books.id, "mira", Role.CONTROLLER)
    done = answers(ines, held, Answer.ALWAYS, reason="frame contract", fix={"expires_on": "2027-01-31"})
    assert (done.outcome, done.is_closed) == ("proposed", False)
    assert policies.active(Kind.ALWAYS_ALLOW, company.books.id).number == 0
    (case,) = selectors.cases(company.books.id, Wanted(NOW, kinds=("policy",)))
    assert answers(mira, case, Answer.APPROVE).outcome == "in_force"
    (allowed,) = policies.active(Kind.ALWAYS_ALLOW, company.books.id).as_a(AlwaysAllow).allowances
    assert (allowed.code, allowed.max_amount_minor, allowed.expires_on) == (
        "discount_over_limit",
        73_000,
        date(2027, 1, 31),
    )
