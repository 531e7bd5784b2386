"""A held instalment is a decision: kept once, explained, replayed, answered in the queue, overruled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import pytest
from django.test import Client

from counterfoil.audit import services as audit
from counterfoil.audit.domain import person
from counterfoil.autonomy.models import Verdict
from counterfoil.cli.commands.why import decided_about
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions.domain import Mode
from counterfoil.decisions.selectors import Why
from counterfoil.flows import bill_due, replay
from counterfoil.flows import review as flow
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.spans import Span
from counterfoil.ledger import services as ledger
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.policies.domain import ApprovalLimit, ApprovalMatrix, Kind
from counterfoil.review import selectors as reviews
from counterfoil.review.domain import Answer
from counterfoil.review.selectors import CaseRow, Wanted
from tests.autonomy.tables import changed, fingerprints
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.flows.test_gating import OWN_TABLES, lower
from tests.policies.people import in_force, somebody

pytestmark = pytest.mark.database
LATER: Final = datetime(2026, 12, 31, 12, tzinfo=UTC)
MATRIX: Final = ApprovalMatrix((ApprovalLimit(Role.SALES, "", "", 1_000_00), ApprovalLimit(Role.CONTROLLER)))


def signed(company: Company) -> str:
    """Sign a contract by the month, of which all but what is due in December is invoiced; returns its number."""
    year = Span(date(2026, 10, 15), date(2027, 10, 15))
    draft = a_won_deal(company, 1_200_000, product="SUB", service=year, billing_type="monthly")
    with world.using(World(clock=lambda: NOW)):
        deal = enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
        assert company.closes().invoiced == 1
    return contracts.contracts_by_opportunity(company.books.id, [deal])[deal].number


def bills(company: Company) -> bill_due.Billed:
    with world.using(World(clock=lambda: LATER)):
        return bill_due.bill_due(
            books_id=company.books.id, through=LATER.date(), sink=EmbeddedAccounting(), actor=TESTER
        )


def held(company: Company, number: str) -> Why:
    (why,) = [one for one in decided_about(company.books.id, number) if one.outcome == "held"]
    return why


def the_case(company: Company) -> CaseRow:
    (case,) = reviews.cases(company.books.id, Wanted(LATER, kinds=("bill",)))
    return case


def answers(who: Person, case: CaseRow, answer: Answer, reason: str) -> flow.Answered:
    with world.using(World(clock=lambda: LATER)):
        return flow.answer_case(
            person=who, case_id=case.id, answer=answer, reason=reason, actor=person(who.email), at=LATER
        )


def test_a_held_instalment_is_explained_replayed_and_overruled_in_the_queue() -> None:
    company = a_company()
    number = signed(company)
    in_force(company.books, Kind.APPROVAL_MATRIX, MATRIX)
    billed = bills(company)
    assert (billed.invoiced, len(billed.held)) == (0, 1)
    why = held(company, number)
    assert (why.kind, why.mode, why.code, why.money) == ("bill", "act", billed.held[0][1].code, eur(100_000))
    before = fingerprints()
    assert len(bills(company).held) == 1
    assert changed(before) == set()

    case = the_case(company)
    assert (case.code, case.decision_id, case.facts["customer"]) == (why.code, why.decision_id, "Kestrel Water AG")
    ines = somebody(company.books, Role.CONTROLLER, "ines")
    client = Client()
    user = people.User.objects.get(id=ines.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/review?case={case.number}").content.decode()
    for words in (f"{number}/{why.inputs['instalment']}", "Approve as it is", why.rule_version):
        assert words in page
    assert "Replays" in client.get(f"/decisions/{why.number}/{why.position + 1}").content.decode()

    assert answers(ines, case, Answer.APPROVE, "Agreed with their board").outcome == "invoiced"
    assert reviews.cases(company.books.id, Wanted(LATER, kinds=("bill",))) == []
    played = replay.replay(last=1_000, kinds=["bill"])
    assert played.n == played.identical == 2
    assert audit.verify().ok


def test_a_closed_month_holds_an_instalment_and_nobody_overrules_that() -> None:
    company = a_company()
    number = signed(company)
    ledger.close_period(books_id=company.books.id, month=date(2026, 12, 1), actor=TESTER, at=LATER)
    assert bills(company).invoiced == 0
    why = held(company, number)
    assert "accounting" in str(why.facts["all"])
    case, ines = the_case(company), somebody(company.books, Role.CONTROLLER, "ines")
    with pytest.raises(flow.CannotAnswerSo):
        answers(ines, case, Answer.APPROVE, "let it pass")
    assert answers(ines, case, Answer.REJECT, "waits for January").outcome == "left"
    before = fingerprints()
    assert len(bills(company).held) == 1
    assert changed(before) == set()
    ledger.reopen_period(books_id=company.books.id, month=date(2026, 12, 1), reason="forgotten", actor=TESTER, at=LATER)
    assert bills(company).invoiced == 1
    assert replay.replay(last=1_000, kinds=["bill"]).first_difference is None


def test_what_would_be_held_is_observed_and_shown_to_nobody() -> None:
    company = a_company()
    number = signed(company)
    in_force(company.books, Kind.APPROVAL_MATRIX, MATRIX)
    lower(company.books.id, Mode.OBSERVE, bill_due.KIND, bill_due.RULE_VERSION)
    before = fingerprints()
    assert bills(company).invoiced == 0
    assert changed(before) <= OWN_TABLES
    assert [one.outcome for one in Verdict.objects.all()] == ["held"]
    assert [one for one in decided_about(company.books.id, number) if one.outcome == "held"] == []
    before = fingerprints()
    bills(company)
    assert changed(before) == set()
