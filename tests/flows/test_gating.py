"""What a flow may do in each mode: observe writes nothing but what it decided, suggest asks, a sample is drawn."""

from __future__ import annotations

import socket
from datetime import date
from typing import Any

import pytest

from counterfoil.audit import services as audit
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.models import Answer, Verdict
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.contracts.models import Contract
from counterfoil.decisions import selectors as decision_reads
from counterfoil.decisions.domain import Mode
from counterfoil.decisions.models import Decision, DecisionItem
from counterfoil.flows import bill_due, receive_money
from counterfoil.flows import close_deals as closing
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.kernel.currency import currency
from counterfoil.kernel.spans import Span
from counterfoil.receivables.domain import matching
from counterfoil.review.models import Case
from tests.autonomy.tables import changed, fingerprints, guarded_network
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.receivables import company as receivables_company

OWN_TABLES = {
    "decisions_decision",
    "decisions_consulted",
    "decisions_item",
    "autonomy_verdict",
    "audit_event",
    "audit_pending",
    "sqlite_sequence",
}

pytestmark = pytest.mark.database


def won(company: Company, minor: int = 120_000, **said: Any) -> int:
    return enter_deal(books_id=company.books.id, draft=a_won_deal(company, minor, **said), actor=TESTER, at=NOW)


def set_mode(company: Company, mode: Mode) -> None:
    lower(company.books.id, mode, closing.KIND, EmbeddedCrm().rule_version)


def lower(books_id: int, mode: Mode, kind: str, version: str) -> None:
    autonomy.set_level(books_id=books_id, kind=kind, version=version, mode=mode, actor=TESTER, at=NOW)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def connect(self: socket.socket, address: object) -> None:
        asked.append(str(address))
        raise AssertionError(f"reached for {address}")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


def test_observing_writes_its_own_tables_alone_and_sends_nothing(no_sockets: list[str]) -> None:
    company = a_company()
    set_mode(company, Mode.OBSERVE)
    won(company)
    won(company, product="SUB", billing_type="monthly", service=Span(date(2026, 10, 15), date(2027, 10, 15)))
    won(company, money=currency("USD"))
    before = fingerprints()
    with guarded_network() as asked:
        closed = company.closes()
    assert (closed.observed, closed.invoiced, closed.held) == (3, 0, 1)
    assert changed(before) <= OWN_TABLES
    assert asked == []
    assert no_sockets == []
    assert set(Decision.objects.values_list("mode", flat=True)) == {"observe"}
    assert audit.verify().ok


def test_what_is_observed_is_what_would_be_done_to_the_cent() -> None:
    company = a_company()
    set_mode(company, Mode.OBSERVE)
    deal = won(company, 333_33)
    company.closes()
    verdict = Verdict.objects.get()
    assert (verdict.outcome, verdict.currency, verdict.total_minor) == ("invoiced", "EUR", 39_666)
    closed = company.closes(only=[deal], is_confirmed=True)
    assert closed.invoiced == 1
    answer = Answer.objects.get()
    assert (answer.outcome, answer.total_minor, answer.answer) == (verdict.outcome, verdict.total_minor, verdict.answer)


def test_who_decides_does_not_see_what_the_machine_would_do() -> None:
    company = a_company()
    set_mode(company, Mode.OBSERVE)
    deal = won(company)
    company.closes()
    assert decision_reads.why(f"opportunity:{deal}") == []
    assert decision_reads.latest_items(company.books.id) == []
    assert decision_reads.latest_about([f"opportunity:{deal}"]) == {}
    company.closes(only=[deal], is_confirmed=True)
    assert [why.outcome for why in decision_reads.why(f"opportunity:{deal}")] == ["invoiced"]


def test_the_same_deal_is_judged_once_until_something_changes() -> None:
    company = a_company()
    set_mode(company, Mode.OBSERVE)
    won(company)
    assert company.closes().observed == 1
    before = fingerprints()
    assert company.closes().observed == 0
    assert changed(before) == set()
    won(company, 500_00)
    assert company.closes().observed == 1
    assert DecisionItem.objects.count() == 2


def test_suggesting_asks_a_person_who_confirms() -> None:
    company = a_company()
    set_mode(company, Mode.SUGGEST)
    deal = won(company)
    closed = company.closes()
    assert (closed.suggested, closed.invoiced) == (1, 0)
    case = Case.objects.get()
    assert (case.kind, case.subject, case.money_minor) == ("close_deal", f"opportunity:{deal}", 120_000)
    assert not Contract.objects.exists()
    assert company.closes(only=[deal], is_confirmed=True).invoiced == 1
    assert Answer.objects.get().source == "hand"


def sampling(rate: int, company: Company) -> set[str]:
    """Close what is won while chance is a counter, and return what was drawn."""
    drawn = iter(range(1_000))

    def chance(size: int) -> bytes:
        return ((next(drawn) % 20) * 50_000).to_bytes(size, "big")

    now = world.current()
    with world.using(world.World(now.clock, chance, now.http, now.database)):
        company.closes()
    return set(Case.objects.filter(kind="sample").values_list("subject", flat=True))


def test_acting_with_a_sample_acts_and_shows_a_few_to_people() -> None:
    company = a_company()
    set_mode(company, Mode.ACT_WITH_SAMPLE)
    for minor in range(100_00, 140_00, 100):
        won(company, minor)
    drawn = sampling(50_000, company)
    assert Contract.objects.count() == 40
    assert len(drawn) == 2
    assert set(Verdict.objects.values_list("subject", flat=True)) == drawn


def test_acting_as_today_needs_no_level() -> None:
    company = a_company()
    won(company)
    assert company.closes().invoiced == 1
    assert not Verdict.objects.exists()
    assert not Case.objects.exists()


# ------------------------------------------------------------------------------------ instalments and matches


def test_instalments_are_observed_suggested_and_confirmed() -> None:
    company = a_company()
    won(company, 120_000, product="SUB", billing_type="monthly", service=Span(date(2026, 10, 15), date(2027, 10, 15)))
    company.closes()
    lower(company.books.id, Mode.OBSERVE, bill_due.KIND, bill_due.RULE_VERSION)
    through = date(2027, 3, 1)
    before = fingerprints()
    billed = bill_due.bill_due(books_id=company.books.id, through=through, sink=EmbeddedAccounting(), actor=TESTER)
    assert billed.invoiced == 0
    assert billed.observed > 1
    assert changed(before) <= OWN_TABLES
    again = bill_due.bill_due(books_id=company.books.id, through=through, sink=EmbeddedAccounting(), actor=TESTER)
    assert (again.invoiced, again.observed) == (0, 0)
    done = bill_due.bill_due(
        books_id=company.books.id, through=through, sink=EmbeddedAccounting(), is_confirmed=True, actor=TESTER
    )
    assert done.invoiced == billed.observed
    said = sorted(Verdict.objects.values_list("subject", "part", "answer"))
    assert sorted(Answer.objects.values_list("subject", "part", "answer")) == said


def paid() -> receivables_company.Company:
    company = receivables_company.a_company()
    items = company.invoices(company.customer(), 11_900, 23_800)
    company.receives(*[f"2026-10-20,{item.amount.decimal_text()},{item.number}" for item in items])
    return company


def test_matching_observes_and_a_person_matches() -> None:
    company = paid()
    lower(company.id, Mode.OBSERVE, matching.KIND, matching.RULE_VERSION)
    before = fingerprints()
    matched = company.match()
    assert (matched.matched, matched.observed) == (0, 2)
    assert changed(before) <= OWN_TABLES
    assert company.match().observed == 0
    said = sorted(Verdict.objects.values_list("subject", "outcome", "answer"))
    for line in company.lines():
        receive_money.confirm_match(books_id=company.id, line_id=line.id, actor=TESTER, at=NOW)
    assert sorted(Answer.objects.values_list("subject", "outcome", "answer")) == said
    assert company.is_sound()


def test_matching_suggests_and_a_person_confirms() -> None:
    company = paid()
    lower(company.id, Mode.SUGGEST, matching.KIND, matching.RULE_VERSION)
    matched = company.match()
    assert (matched.matched, matched.suggested) == (0, 2)
    assert Case.objects.filter(code="suggested_match", state="open").count() == 2
    read = decision_reads.decision_items(company.id, matched.decisions[0])
    assert [[one.quote for one in item.evidence] for item in read] == [[line.text] for line in company.lines()]
    (line, _) = company.lines()
    receive_money.confirm_match(books_id=company.id, line_id=line.id, actor=TESTER, at=NOW)
    assert Case.objects.filter(code="suggested_match", state="open").count() == 1


def test_all_that_is_exact_is_confirmed_at_once() -> None:
    company = paid()
    lower(company.id, Mode.OBSERVE, matching.KIND, matching.RULE_VERSION)
    assert company.match().observed == 2
    (first, _) = company.lines()
    done = receive_money.match(books_id=company.id, only=[first.id], is_confirmed=True, actor=TESTER, at=NOW)
    assert (done.lines, done.matched, done.observed) == (1, 1, 0)
    (verdict,) = Verdict.objects.filter(subject=f"bank_line:{first.id}")
    answer = Answer.objects.get()
    assert (answer.subject, answer.answer, answer.source) == (verdict.subject, verdict.answer, "hand")
    done = receive_money.match(books_id=company.id, is_confirmed=True, actor=TESTER, at=NOW)
    assert (done.matched, Answer.objects.count()) == (1, 1)  # Who names nothing and sees nothing does not judge.
    assert set(Decision.objects.filter(kind="match").values_list("mode", flat=True)) == {"observe", "suggest"}
