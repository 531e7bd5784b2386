"""A won deal becomes contract, invoice, postings and schedule, once; what does not pass is held with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.crm.domain import AmountState
from counterfoil.decisions import selectors as decisions
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.close_deals import Closed, DatedBy
from counterfoil.flows.win_deal import NotReady, change_deal, enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger import services as ledger_services
from counterfoil.standards import selectors as standards
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database
YEAR = Span(date(2026, 10, 15), date(2027, 10, 15))


@pytest.fixture
def company() -> Company:
    return a_company()


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> object:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def wins(company: Company, minor: int = 120_000, **said: Any) -> int:
    draft = a_won_deal(company, minor, **said)
    return enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)


def counts(closed: Closed) -> tuple[int, int, int, int]:
    return closed.won, closed.invoiced, closed.held, closed.unchanged


def test_a_won_deal_becomes_cash_to_come(company: Company) -> None:
    opportunity = wins(company, 120_000, delivered_on=date(2026, 10, 15))
    assert counts(company.closes()) == (1, 1, 0, 0)
    (contract,) = contracts.contracts_by_opportunity(company.books.id, [opportunity]).values()
    (invoice,) = billing.document_summaries(company.books.id)
    assert (invoice.number, invoice.issue_date, invoice.due_date) == (
        "2026-0001",
        date(2026, 11, 15),
        date(2026, 12, 15),
    )
    assert (contract.number, contract.total) == ("C-0001", Money(120_000, currency("EUR")))
    assert company.balances() == {"1100": 142_800, "2400": -22_800, "4000": -120_000}


def test_closing_again_changes_nothing(company: Company) -> None:
    wins(company)
    company.closes()
    audit.seal()
    before = (audit.verify().events, company.balances())
    assert counts(company.closes()) == (1, 0, 0, 1)
    assert (audit.verify().events, company.balances()) == before


def test_every_figure_can_be_followed_back_by_its_decision(company: Company) -> None:
    opportunity = wins(company)
    company.closes()
    (invoice,) = billing.document_summaries(company.books.id)
    why, taxed = decisions.why(f"invoice:{invoice.id}")
    assert (taxed.kind, taxed.facts["codes"]) == ("tax_choice", ["DE-19"])
    assert (why.subject, why.outcome, why.code) == (f"opportunity:{opportunity}", "invoiced", "deal_closed")
    assert why.inputs["seen"]["said"]["name"] == "Kestrel rollout"
    kinds = {effect.split(":")[0] for effect in why.effects}
    assert kinds == {"contract", "invoice", "entry"}
    assert audit.verify().ok


def test_a_deal_that_changed_after_invoicing_is_held_with_both_versions(
    company: Company,
) -> None:
    opportunity = wins(company, 120_000)
    company.closes()
    before = company.balances()
    change_deal(opportunity_id=opportunity, draft=a_won_deal(company, 150_000), actor=TESTER, at=NOW)
    assert counts(company.closes()) == (1, 0, 1, 0)
    assert counts(company.closes()) == (1, 0, 1, 0)
    held = standards.held_deal(company.books.id, opportunity)
    assert held is not None
    assert [finding.code for finding in held.findings] == ["changed_after_invoicing"]
    assert held.before is not None
    assert (held.before["amount_minor"], held.now["amount_minor"]) == (120_000, 150_000)
    assert company.balances() == before


def test_one_held_deal_does_not_stop_the_others(company: Company) -> None:
    for minor in (100, 200, 300):
        wins(company, minor)
    draft = replace(a_won_deal(company, 400), terms="Net 30")
    opportunity = enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    ledger_services.close_period(books_id=company.books.id, month=date(2026, 10, 1), actor=TESTER, at=NOW)
    assert counts(company.closes(only=[opportunity], dated_by=DatedBy.CLOSE)) == (1, 0, 1, 0)
    held = standards.held_deal(company.books.id, opportunity)
    assert held is not None
    (finding,) = held.findings
    assert (finding.code, finding.facts) == ("period_is_closed", {"period": "2026-10", "first_open": "2026-11-01"})
    assert counts(company.closes()) == (4, 4, 0, 0)
    assert standards.held_count(company.books.id) == 0


def test_a_currency_without_a_rate_is_held_until_a_rate_is_set(company: Company) -> None:
    wins(company, 110_000, money=currency("USD"))
    assert counts(company.closes()) == (1, 0, 1, 0)
    ledger_services.set_exchange_rate(
        books_id=company.books.id,
        currency_code="USD",
        valid_from=date(2026, 11, 1),
        base_rate=Decimal("0.9"),
        actor=TESTER,
        at=NOW,
    )
    assert counts(company.closes()) == (1, 1, 0, 0)
    assert company.balances()["1100"] == 117_810  # 1,100.00 + 19 % = 1,309.00 USD x 0.9


def test_a_historical_load_dates_invoices_by_the_close_date_in_that_order(company: Company) -> None:
    days = [date(2026, 5, 3), date(2026, 2, 1), date(2026, 3, 9)]
    for number, day in enumerate(days):
        wins(company, 100 + number, close_date=day)
    assert counts(company.closes(dated_by=DatedBy.CLOSE)) == (3, 3, 0, 0)
    issued = sorted((one.number, one.issue_date) for one in billing.document_summaries(company.books.id))
    assert issued == [(f"2026-000{n}", day) for n, day in enumerate(sorted(days), 1)]
    wins(company, 7, close_date=date(2026, 1, 5))
    company.closes(dated_by=DatedBy.CLOSE)
    late = {one.number: one.issue_date for one in billing.document_summaries(company.books.id)}
    assert late["2026-B-0001"] == date(2026, 1, 5)


def test_a_subscription_is_a_contract_liability_that_runs_off_by_day(company: Company) -> None:
    wins(company, 36_500, product="SUB", service=YEAR)
    company.closes()
    assert company.balances()["2200"] == -36_500 + 17 * 100  # 15 to 31 October; November when it has ended
    position = ledger.contract_positions(company.books.id, as_of=date(2026, 11, 15))
    assert [row.base_minor for row in position] == [-34_800]


def test_instalments_are_invoiced_as_their_day_comes_and_sum_to_the_contract(company: Company) -> None:
    wins(company, 100_000, product="SUB", service=YEAR, billing_type="quarterly")
    company.closes()
    billed = [one.gross.minor for one in billing.document_summaries(company.books.id)]
    assert billed == [29_750]
    for day in (date(2027, 1, 15), date(2027, 1, 16), date(2027, 4, 15), date(2027, 7, 15), date(2028, 1, 1)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        with world.using(World(clock=partial(datetime.astimezone, noon))):
            bill_due(books_id=company.books.id, through=day, sink=EmbeddedAccounting(), actor=TESTER)
    billed = [one.gross.minor for one in billing.document_summaries(company.books.id)]
    assert billed == [29_750] * 4


def test_an_estimated_amount_never_reaches_an_invoice(company: Company) -> None:
    draft = a_won_deal(company, amount_state=AmountState.ESTIMATED)
    with pytest.raises(NotReady):
        enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    assert counts(company.closes()) == (0, 0, 0, 0)


def test_closing_takes_a_constant_number_of_statements(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    wins(company, 100)
    company.closes()
    wins(company, 200)
    with django_assert_max_num_queries(140) as few:
        company.closes()
    for number in range(25):
        wins(company, 300 + number, po_number=f"PO-{number}")
    with django_assert_max_num_queries(len(few) + 8):  # On PostgreSQL a single deal's small writes go together.
        company.closes()
