"""Revenue through the books: the illustrative examples on the balance sheet, closed months, and each thing once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions import services as deciding
from counterfoil.decisions.domain import Act
from counterfoil.flows import receive_money
from counterfoil.flows.deliver import deliver
from counterfoil.flows.receive_money import HandPayment
from counterfoil.infra import world
from counterfoil.kernel.spans import Span
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from counterfoil.revenue import selectors, services
from counterfoil.revenue.domain import contract_obligations
from counterfoil.revenue.models import Release, Schedule
from counterfoil.standards.domain import Billing
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company
from tests.documents import a_deal, a_deal_line, a_line, a_request, balance_sheet_of, bill, enter, release, sign

pytestmark = pytest.mark.database
CONDITIONAL = "Invoiced, right to payment still conditional (net)"


def pays(company: Company, number: str, minor: int, on: date) -> None:
    """Receive money for an invoice and record it by hand."""
    books_id = company.books.id
    invoice_id = billing.document_id(books_id, number)
    assert invoice_id is not None
    item_id = receivables.items_by_document(books_id, [invoice_id])[invoice_id]
    payment = HandPayment(eur(minor), on, key=f"paid:{number}:{minor}", parts=(Part(item_id, eur(minor)),))
    settled = receive_money.record_payment(books_id=books_id, payment=payment, actor=TESTER, at=NOW)
    assert settled.refusal is None, settled.refusal


def test_ifrs_15_example_38a_a_cancellable_contract() -> None:
    """1,000 due 31 January, paid 1 March, goods 31 March (IFRS 15 IE198-200; Deloitte roadmap 14.2).

    31 January: nothing. 1 March: cash and a contract liability. 31 March: revenue.
    """
    company = a_company()
    goods = a_deal_line(100_000, delivered_on=date(2026, 3, 31))
    deal = a_deal(company, goods, term="Due on receipt", cancellable_until=date(2026, 3, 31))
    (contract,) = sign(company, deal)
    number = bill(company, contract, date(2026, 1, 31))
    assert balance_sheet_of(company, date(2026, 1, 31)) == {}
    pays(company, number, 100_000, date(2026, 3, 1))
    assert balance_sheet_of(company, date(2026, 3, 1)) == {"Bank": 100_000, "Contract liabilities": 100_000}
    release(company, date(2026, 3, 31))
    assert balance_sheet_of(company, date(2026, 3, 31)) == {"Bank": 100_000, "Result of 2026": 100_000}
    assert balance_sheet_of(company, date(2026, 2, 28)) == {}
    assert audit.verify().ok


def test_ifrs_15_example_38b_a_contract_that_cannot_be_cancelled() -> None:
    """The same, not cancellable: receivable and contract liability on the due date, cash clears the receivable."""
    company = a_company()
    goods = a_deal_line(100_000, delivered_on=date(2026, 3, 31))
    (contract,) = sign(company, a_deal(company, goods, term="Due on receipt"))
    number = bill(company, contract, date(2026, 1, 31))
    assert balance_sheet_of(company, date(2026, 1, 31)) == {
        "Trade receivables": 100_000,
        "Contract liabilities": 100_000,
    }
    pays(company, number, 100_000, date(2026, 3, 1))
    assert balance_sheet_of(company, date(2026, 3, 1)) == {"Bank": 100_000, "Contract liabilities": 100_000}
    release(company, date(2026, 3, 31))
    assert balance_sheet_of(company, date(2026, 3, 31)) == {"Bank": 100_000, "Result of 2026": 100_000}


def test_invoiced_before_the_due_date_nothing_is_grossed_up() -> None:
    """IFRS 15 IE200: invoiced on 1 January, due 31 January. The right is not unconditional until then."""
    company = a_company()
    goods = a_deal_line(100_000, delivered_on=date(2026, 3, 31))
    deal = a_deal(company, goods, term="Net 30", cancellable_until=date(2026, 1, 31))
    (contract,) = sign(company, deal)
    bill(company, contract, date(2026, 1, 1))
    assert balance_sheet_of(company, date(2026, 1, 30)) == {}
    assert company.balances(date(2026, 1, 30)) == {"1150": 100_000, "2150": -100_000}
    (entry,) = release(company, date(2026, 1, 31))
    posted = ledger_reads.entries_by_id(company.books.id, [entry])[entry].entry
    assert posted.entry_date == date(2026, 1, 31)
    assert balance_sheet_of(company, date(2026, 1, 31)) == {
        "Trade receivables": 100_000,
        "Contract liabilities": 100_000,
    }
    assert company.balances(date(2026, 1, 31)) == {"1100": 100_000, "2200": -100_000}
    assert release(company, date(2026, 2, 28)) == []


def test_delivery_before_the_contract_binds_makes_the_right_unconditional() -> None:
    company = a_company()
    (known, unknown) = sign(
        company,
        a_deal(company, a_deal_line(10_000, delivered_on=date(2026, 2, 10)), cancellable_until=date(2026, 6, 30)),
        a_deal(company, a_deal_line(50_000), cancellable_until=date(2026, 6, 30)),
    )
    bill(company, known, date(2026, 1, 31))
    bill(company, unknown, date(2026, 1, 31))
    assert balance_sheet_of(company, date(2026, 1, 31)) == {}
    release(company, date(2026, 2, 10))
    first = {"Trade receivables": 10_000, "Result of 2026": 10_000}
    assert balance_sheet_of(company, date(2026, 2, 10)) == first
    with world.using(world.World(clock=lambda: NOW)):
        deliver(books_id=company.books.id, number=unknown.number, on=date(2026, 3, 5), actor=TESTER)
    assert balance_sheet_of(company, date(2026, 3, 4)) == first
    assert balance_sheet_of(company, date(2026, 3, 5)) == {"Trade receivables": 60_000, "Result of 2026": 60_000}
    assert audit.verify().ok


def test_a_part_payment_of_a_conditional_invoice_shows_that_part_only() -> None:
    company = a_company()
    goods = a_deal_line(100_000, delivered_on=date(2026, 3, 31))
    deal = a_deal(company, goods, term="Due on receipt", cancellable_until=date(2026, 3, 31))
    (contract,) = sign(company, deal)
    number = bill(company, contract, date(2026, 1, 31))
    pays(company, number, 40_000, date(2026, 3, 1))
    assert balance_sheet_of(company, date(2026, 3, 1)) == {"Bank": 40_000, "Contract liabilities": 40_000}
    release(company, date(2026, 3, 31))
    assert balance_sheet_of(company, date(2026, 3, 31)) == {
        "Bank": 40_000, "Trade receivables": 60_000, "Result of 2026": 100_000,
    }  # fmt: skip


def test_ifrs_15_example_39_a_contract_asset() -> None:
    """A for 400 and B for 600, payable only after both (IE201-204): a contract asset of 400 until B is delivered."""
    company = a_company()
    first = a_deal_line(40_000, delivered_on=date(2026, 1, 10))
    (contract,) = sign(company, a_deal(company, first, a_deal_line(60_000)))
    promise(company, contract.id, date(2026, 1, 10))
    assert balance_sheet_of(company, date(2026, 1, 31)) == {"Contract assets": 40_000, "Result of 2026": 40_000}
    second = selectors.contract_obligations(company.books.id, contract.id)[1]
    services.mark_delivered(
        books_id=company.books.id, deliveries={second.source: date(2026, 2, 20)}, actor=TESTER, at=NOW
    )
    release(company, date(2026, 2, 20))
    bill(company, contract, date(2026, 2, 20))
    assert balance_sheet_of(company, date(2026, 2, 20)) == {"Trade receivables": 100_000, "Result of 2026": 100_000}
    assert balance_sheet_of(company, date(2026, 2, 19)) == {"Contract assets": 40_000, "Result of 2026": 40_000}
    assert audit.verify().ok


def promise(company: Company, contract_id: int, through: date) -> None:
    """Schedule a contract that is not invoiced yet, and release what is earned."""
    contract = contracts.contracts_by_id(company.books.id, [contract_id])[contract_id]
    drafts = contract_obligations(contract, contract.total)
    nothing = [()] * len(drafts)
    cleared, _ = deciding.clear(
        Act.CLOSE_DEAL, drafts, {"standards": nothing, "invoiced_before": nothing, "anomalies": nothing}
    )
    services.schedule_obligations(
        books_id=company.books.id, cleared=cleared, released_through=through, actor=TESTER, at=NOW
    )


def test_a_service_is_released_month_by_month_and_each_month_once() -> None:
    company = a_company()
    enter(
        company,
        a_request(
            issue_date="2026-06-15", service_start="2026-06-15", service_end="2026-10-13",
            lines=[a_line(unit_price="120.00", tax_code="ZERO")],
        ),
    )  # fmt: skip
    earned = {through: company.balances(through).get("4000", 0) for through in month_ends(2026, 6, 10)}
    assert earned == {
        date(2026, 6, 30): -1_600, date(2026, 7, 31): -4_700, date(2026, 8, 31): -7_800,
        date(2026, 9, 30): -10_800, date(2026, 10, 31): -12_000,
    }  # fmt: skip
    assert release(company, date(2026, 11, 15)) == []
    assert Release.objects.count() == 5
    assert company.balances() == {"1100": 12_000, "4000": -12_000}


def month_ends(year: int, first: int, last: int) -> list[date]:
    """Return the last days of some months."""
    return [date(year, month + 1, 1) - timedelta(days=1) for month in range(first, last + 1)]


def test_what_was_earned_in_a_closed_month_is_caught_up_in_the_first_open_one() -> None:
    """P-37: frappe/erpnext#49473, a deferral that posted into a past month."""
    company = a_company()
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    (contract,) = sign(company, a_deal(company, a_deal_line(36_500, service=year)))
    for month in (1, 2):
        ledger.close_period(books_id=company.books.id, month=date(2026, month, 1), actor=TESTER, at=NOW)
    bill(company, contract, date(2026, 3, 5))
    release(company, date(2026, 3, 31))
    assert company.balances(date(2026, 2, 28)) == {}
    assert company.balances(date(2026, 3, 1))["4000"] == -5_900
    assert company.balances(date(2026, 3, 31))["4000"] == -9_000
    caught_up = record.events(kind="revenue.caught_up")[-1]
    assert caught_up.body == {"posted_on_by_closed_month": {"2026-01": "2026-03-01", "2026-02": "2026-03-01"}}
    assert audit.verify().ok


def test_a_month_that_has_not_begun_is_held_back() -> None:
    company = a_company()
    enter(company, a_request(service_start="2026-11-01", service_months=12))
    released = services.release_revenue(books_id=company.books.id, through=date(2027, 10, 31), actor=TESTER, at=NOW)
    assert released.entry_ids == []
    assert [finding.code for _, finding in released.held] == ["release_ahead"]
    assert company.balances().get("4000", 0) == 0


def test_a_release_is_one_decision_with_its_entries() -> None:
    company = a_company()
    enter(company, a_request(service_start="2026-11-01", service_months=12))
    entries = release(company, date(2026, 12, 31))
    (why, *_) = decisions.latest_items(company.books.id)
    assert (why.kind, why.code, why.facts["entries"]) == ("release_revenue", "revenue_released", 2)
    assert why.effects == tuple(f"entry:{id_}" for id_ in entries)


def test_the_months_shown_are_the_months_posted() -> None:
    company = a_company()
    year = Span(date(2026, 1, 31), date(2026, 7, 31))
    (contract,) = sign(company, a_deal(company, a_deal_line(10_000, service=year), billing_in=Billing.MONTHLY))
    bill(company, contract, date(2026, 1, 31))
    release(company, date(2026, 3, 31))
    (obligation,) = selectors.contract_obligations(company.books.id, contract.id)
    months = selectors.months(obligation)
    assert sum(month.amount.minor for month in months) == 10_000
    assert [month.earned_on for month in months if month.is_released] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip
    posted = selectors.releases(company.books.id, [obligation.id])
    assert [one.amount for one in posted] == [month.amount for month in months if month.is_released]
    assert selectors.contract_amounts(company.books.id, [contract.id]) == {
        contract.id: (10_000, sum(one.amount.minor for one in posted))
    }


def test_a_schedule_that_says_more_was_released_than_its_steps_is_found() -> None:
    company = a_company()
    enter(company, a_request())
    Schedule.objects.update(released_minor=1)
    assert not audit.verify().ok


def test_releases_of_five_years_are_computed_not_stored() -> None:
    company = a_company()
    enter(company, a_request(service_start="2026-01-01", service_end="2031-01-01", issue_date="2026-11-15"))
    assert Schedule.objects.count() == 1
    assert Release.objects.count() == 10  # January to October 2026


@pytest.mark.parametrize("n", [1, 30])
def test_the_number_of_statements_does_not_grow_with_the_schedules(n: int) -> None:
    company = a_company()
    enter(company, *[a_request(service_start="2026-11-01", service_months=12) for _ in range(n)])
    with CaptureQueriesContext(connection) as captured:
        assert len(release(company, date(2026, 11, 30))) == n
    assert len(captured) <= 40, [query["sql"][:100] for query in captured]


def test_a_month_that_was_closed_before_its_release_is_posted_in_the_next() -> None:
    company = a_company()
    enter(company, a_request(service_start="2026-11-01", service_months=12))
    ledger.close_period(books_id=company.books.id, month=date(2026, 11, 1), actor=TESTER, at=NOW)
    release(company, date(2026, 11, 30))
    assert company.balances(date(2026, 11, 30)).get("4000", 0) == 0
    assert company.balances(date(2026, 12, 1))["4000"] == -822
