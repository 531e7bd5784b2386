"""Answers are carried out for exactly what was seen, once, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, ActorKind, person
from counterfoil.billing import selectors as billing
from counterfoil.flows import review as flow
from counterfoil.flows.review import Wish
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people_reads
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review import domain, selectors
from counterfoil.review.domain import Answer, State
from counterfoil.review.selectors import CaseRow, Wanted
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.receivables.company import Company as Bank
from tests.receivables.company import a_company as a_bank
from tests.review.crm_world import imports
from tests.review.people import somebody

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> Iterator[World]:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def the_case(books_id: int, kind: str = "") -> CaseRow:
    (case,) = selectors.cases(books_id, Wanted(NOW, kinds=(kind,) if kind else ()))
    return case


def answers(who: Person, case: CaseRow, answer: Answer, **more: Any) -> flow.Answered:
    asked: dict[str, Any] = {"reason": "", "content_hash": case.content_hash, **more}
    return flow.answer_case(person=who, case_id=case.id, answer=answer, actor=person(who.email), at=NOW, **asked)


def with_alien_product() -> tuple[Company, Person, CaseRow]:
    company = a_company()
    imports(company, "GTX Pro")
    company.closes()
    return company, somebody(company.books.id, "jonas", Role.ACCOUNTANT), the_case(company.books.id)


def test_a_fix_says_what_a_word_means_and_closes_the_deal_once() -> None:
    company, jonas, case = with_alien_product()
    done = answers(jonas, case, Answer.FIX, fix={"means": "SVC"})
    assert (done.outcome, done.is_new) == ("fixed", True)
    assert len(billing.document_summaries(company.books.id)) == 1
    again = answers(jonas, case, Answer.FIX, fix={"means": "SVC"})
    assert (again.is_new, len(billing.document_summaries(company.books.id))) == (False, 1)
    assert audit.verify().ok


def test_a_fix_that_does_not_suffice_leaves_the_case_with_what_is_left() -> None:
    company, jonas, case = with_alien_product()
    with pytest.raises(flow.NothingToFix):
        answers(jonas, case, Answer.FIX)
    with pytest.raises(Refused):
        answers(jonas, case, Answer.FIX, fix={"means": "nobody sells this"})
    assert the_case(company.books.id).state is State.OPEN


def test_nobody_overrules_what_an_invoice_cannot_do_without() -> None:
    _, _, case = with_alien_product()
    ines = somebody(case_books(case), "ines", Role.CONTROLLER)
    with pytest.raises(flow.CannotAnswerSo):
        answers(ines, case, Answer.APPROVE, reason="fine")


def case_books(case: CaseRow) -> int:
    return people_reads.books_facts().id


def test_what_is_sent_back_waits_again_when_sales_answers() -> None:
    company, jonas, case = with_alien_product()
    rep = somebody(company.books.id, "sam", Role.SALES)
    with pytest.raises(Refused):
        answers(jonas, case, Answer.REJECT)
    assert answers(jonas, case, Answer.REJECT, reason="Which product is this, @sam?").outcome == "sent_back"
    assert selectors.cases(company.books.id, Wanted(NOW)) == []
    flow.comment_on(person=rep, case_id=case.id, text="The service, sorry", actor=person(rep.email), at=NOW)
    assert the_case(company.books.id).id == case.id


def test_a_deal_that_changed_meanwhile_is_refused_with_both_versions() -> None:
    company, jonas, case = with_alien_product()
    imports(company, "GTX Max")
    with pytest.raises(domain.ChangedSinceSeen) as refused:
        answers(jonas, case, Answer.FIX, fix={"means": "SVC"})
    assert refused.value.facts["changes"]
    assert billing.document_summaries(company.books.id) == []


def a_proposed_line() -> tuple[Bank, Person, CaseRow]:
    bank = a_bank()
    bank.invoices(bank.customer(), 100_00, 50_00)
    bank.receives("2026-10-20,150.00,INV-2026-000017 and INV-2026-000018")
    bank.match()
    return bank, somebody(bank.id, "jonas", Role.ACCOUNTANT), the_case(bank.id)


def test_a_proposed_line_is_settled_with_one_answer_and_taken_back_with_one() -> None:
    bank, jonas, case = a_proposed_line()
    done = answers(jonas, case, Answer.APPROVE)
    assert (done.outcome, done.may_undo) == ("matched", True)
    assert bank.balance("1100") == 0
    flow.take_back(person=jonas, case_id=case.id, actor=person(jonas.email), at=NOW)
    assert bank.balance("1100") == 150_00
    assert the_case(bank.id).id == case.id
    assert bank.is_sound()


def test_another_set_is_an_override_and_becomes_a_label() -> None:
    bank, jonas, case = a_proposed_line()
    first, _ = receivables.line_candidates(bank.id, int(case.subject.partition(":")[2]))
    assert answers(jonas, case, Answer.FIX, fix={"items": str(first.item_id)}, reason="they said so").is_closed
    assert bank.balance("1100") == 50_00
    (label,) = selectors.labels(bank.id)
    assert (label.machine, label.person, label.reason, label.reviewed_by) == ("proposed", "matched", "they said so", "")


def test_an_invoice_that_was_paid_meanwhile_is_not_settled_by_an_old_answer() -> None:
    bank, jonas, case = a_proposed_line()
    bank.receives("2026-10-21,100.00,INV-2026-000017")
    bank.match()
    with pytest.raises(Refused):
        answers(jonas, case, Answer.APPROVE)
    assert bank.balance("1100") == 50_00
    assert bank.is_sound()


def test_several_answers_each_have_their_result() -> None:
    _, jonas, case = a_proposed_line()
    results = flow.answer_cases(
        person=jonas,
        wishes=[Wish(case.id, Answer.APPROVE), Wish(case.id + 7, Answer.APPROVE), Wish(case.id, Answer.APPROVE)],
        actor=person(jonas.email),
        at=NOW,
    )
    assert [(one.outcome, one.is_new) for one in results] == [("matched", True), ("refused", True), ("matched", False)]
    assert [one.refusal.code for one in results if one.refusal] == ["no_such_case"]


@pytest.mark.parametrize("role", [Role.SALES, Role.AUDITOR])
def test_a_role_answers_only_its_own_kinds(role: Role) -> None:
    bank, _, case = a_proposed_line()
    with pytest.raises((domain.NoSuchCase, domain.NotYoursToAnswer)):
        answers(somebody(bank.id, "other", role), case, Answer.APPROVE)
    assert bank.balance("1100") == 150_00


def a_deal_waiting_for_a_yes() -> tuple[Company, Person, int, int]:
    company = a_company()
    deal = enter_deal(books_id=company.books.id, draft=a_won_deal(company), actor=TESTER, at=NOW)
    rep = somebody(company.books.id, "sam", Role.SALES)
    case_id = flow.ask_approval(
        person=rep, opportunity_id=deal, codes=["discount_over_limit"], reason="strategic", actor=person(rep.email),
        at=NOW,
    )  # fmt: skip
    return company, rep, deal, case_id


def test_an_approval_is_asked_on_the_deal_answered_in_the_queue_and_voided_by_a_change() -> None:
    company, _, deal, case_id = a_deal_waiting_for_a_yes()
    ines = somebody(company.books.id, "ines", Role.CONTROLLER)
    case = the_case(company.books.id, "approval")
    assert case.id == case_id
    assert answers(ines, case, Answer.APPROVE).outcome == "approved"
    ((approval,),) = selectors.approvals(company.books.id, [f"opportunity:{deal}"], NOW).values()
    assert approval.silences("discount_over_limit", case.content_hash)


def test_who_asks_is_refused_by_every_way_there_is() -> None:
    company, rep, _, _ = a_deal_waiting_for_a_yes()
    ines = somebody(company.books.id, "ines", Role.CONTROLLER)
    case = the_case(company.books.id, "approval")
    tries = [
        (rep, person(rep.email)),
        (rep, Actor(ActorKind.TOKEN, rep.email)),
        (replace(rep, role=Role.CONTROLLER), person(rep.email)),
        (replace(rep, role=Role.ADMIN), Actor(ActorKind.TOKEN, rep.email.upper())),
    ]
    for who, actor in tries:
        with pytest.raises(domain.RequesterMayNotApprove):
            flow.answer_case(person=who, case_id=case.id, answer=Answer.APPROVE, actor=actor, at=NOW)
    flow.delegate(
        person=ines, to=rep.email, start=NOW.date(), end=NOW.date(), reason="", actor=person(ines.email), at=NOW
    )
    with pytest.raises(domain.RequesterMayNotApprove):
        answers(rep, case, Answer.APPROVE)
    assert selectors.approvals(company.books.id, [case.subject]) == {}


def test_a_company_of_one_is_let_and_each_use_is_listed() -> None:
    company, rep, _, _ = a_deal_waiting_for_a_yes()
    case = the_case(company.books.id, "approval")
    alone = replace(rep, role=Role.ADMIN)
    assert answers(alone, case, Answer.APPROVE).outcome == "approved"
    (used,) = selectors.relaxations(company.books.id)
    assert used.policy_version == "four_eyes-0"


def test_an_auditor_and_a_mentioned_colleague_see_what_they_are_shown() -> None:
    bank, jonas, case = a_proposed_line()
    sam = somebody(bank.id, "sam", Role.SALES)
    with pytest.raises(domain.NoSuchCase):
        flow.visible_case(person=sam, case_id=case.id, at=NOW)
    flow.comment_on(person=jonas, case_id=case.id, text="@sam do you know?", actor=person(jonas.email), at=NOW)
    assert flow.visible_case(person=sam, case_id=case.id, at=NOW).id == case.id
