"""Full credit notes: everything that was posted is taken back, once, in its own base amounts."""

from __future__ import annotations

from datetime import date

import pytest

from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.kernel.spans import Span
from counterfoil.kernel.strict_json import Json
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.standards.domain import Billing
from tests.billing.test_entering import set_rate
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.documents import a_deal, a_deal_line, a_line, a_request_with, bill, credit, enter, release, sign

pytestmark = pytest.mark.database


def invoiced(company: Company, **changed: Json) -> int:
    """Enter an invoice and return its id."""
    (entered,) = enter(company, a_request_with(changed))
    assert entered.invoice_id is not None, entered.refusals
    return entered.invoice_id


def test_a_full_credit_note_takes_everything_back_on_its_date() -> None:
    company = a_company()
    invoice_id = invoiced(company)
    (credited,) = credit(company, invoice_id, on=date(2026, 11, 20))
    assert (credited.kind, credited.number) == (OutcomeKind.DONE, "CN-2026-0001")
    assert company.balances() == {}
    assert company.balances(date(2026, 11, 19))["1100"] == 11_900
    note = billing.document_content(company.books.id, credited.credit_note_id or 0)
    assert (note["kind"], note["gross"]) == ("credit_note", "119.00")
    tax = {"base": "100.00", "code": "DE-19", "label": "VAT 19 %", "percent": "19", "tax": "19.00"}
    assert note["taxes"] == [tax]
    assert note["credits"] == {"issue_date": "2026-11-15", "number": "2026-0001"}
    assert audit.verify().ok


def test_an_invoice_is_credited_once() -> None:
    company = a_company()
    invoice_id = invoiced(company)
    (first,) = credit(company, invoice_id)
    one, other = credit(company, invoice_id, invoice_id)
    assert (one.kind, one.credit_note_id) == (OutcomeKind.UNCHANGED, first.credit_note_id)
    assert one == other
    assert company.balances() == {}


def test_several_are_credited_at_once_and_a_refused_one_stops_none() -> None:
    company = a_company()
    ids = [invoiced(company) for _ in range(3)]
    answers = credit(company, ids[0], 999_999, ids[1], ids[2])
    assert [one.number for one in answers] == ["CN-2026-0001", "", "CN-2026-0002", "CN-2026-0003"]
    assert answers[1].refusals[0].code == "unknown_invoice"


def test_a_credit_note_or_a_date_before_the_invoice_is_refused() -> None:
    company = a_company()
    invoice_id = invoiced(company)
    (early,) = credit(company, invoice_id, on=date(2026, 11, 14))
    assert (early.refusals[0].code, early.refusals[0].facts["earliest"]) == ("credit_before_invoice", "2026-11-15")
    (note,) = credit(company, invoice_id)
    (again,) = credit(company, note.credit_note_id or 0)
    assert again.refusals[0].code == "not_an_issued_invoice"


def test_a_credit_in_a_closed_period_is_refused_and_changes_nothing() -> None:
    company = a_company()
    invoice_id = invoiced(company, issue_date="2026-10-01")
    before = company.balances()
    ledger.close_period(books_id=company.books.id, month=date(2026, 10, 1), actor=TESTER, at=NOW)
    (refused,) = credit(company, invoice_id, on=date(2026, 10, 31))
    assert (refused.refusals[0].code, refused.refusals[0].facts["first_open"]) == ("period_is_closed", "2026-11-01")
    assert company.balances() == before
    assert credit(company, invoice_id, on=date(2026, 11, 1))[0].number == "CN-2026-0001"


def test_the_original_rate_and_base_amounts_are_taken_back() -> None:
    company = a_company()
    set_rate(company.books.id, "USD", date(2026, 11, 1), "0.9")
    invoice_id = invoiced(
        company, currency="USD", lines=[a_line(unit_price="33.33"), a_line(unit_price="0.01"), a_line(tax_code="IT-22")]
    )
    set_rate(company.books.id, "USD", date(2026, 11, 16), "0.5")
    credit(company, invoice_id, on=date(2026, 11, 20))
    assert company.balances() == {}


def test_a_credit_note_stops_the_schedule_and_reverses_what_was_released() -> None:
    """P-37 (frappe/erpnext#51020), Stripe credit note example: 90 for January to March, credited on 10 March."""
    company = a_company()
    invoice_id = invoiced(
        company, issue_date="2026-01-01", service_start="2026-01-01", service_months=3,
        lines=[a_line(unit_price="90.00", tax_code="ZERO")],
    )  # fmt: skip
    release(company, date(2026, 2, 28))
    assert company.balances(date(2026, 2, 28)) == {"1100": 9_000, "2200": -3_100, "4000": -5_900}
    credit(company, invoice_id, on=date(2026, 3, 10))
    assert company.balances() == {}
    assert company.balances(date(2026, 3, 9))["4000"] == -5_900
    assert release(company, date(2026, 11, 30)) == []
    assert company.balances() == {}


def test_a_contract_whose_invoices_are_all_credited_has_ended() -> None:
    company = a_company()
    (contract,) = sign(company, a_deal(company, a_deal_line(10_000, delivered_on=date(2026, 1, 1))))
    bill(company, contract, date(2026, 1, 1))
    assert company.balances() == {"1100": 10_000, "4000": -10_000}
    (invoice,) = billing.document_summaries(company.books.id, kind=Kind.INVOICE)
    credit(company, invoice.id, on=date(2026, 2, 1))
    (summary,) = contracts.contract_summaries(company.books.id)
    assert summary.state is ContractState.ENDED
    assert company.balances() == {}


def test_crediting_one_instalment_takes_back_its_share_and_the_contract_goes_on() -> None:
    """A year for 1,200.00, billed quarterly: 295.89 is earned by March; with 300.00 of it credited, 221.92 is."""
    company = a_company()
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    deal = a_deal(company, a_deal_line(120_000, service=year), billing_in=Billing.QUARTERLY)
    (contract,) = sign(company, deal)
    bill(company, contract, date(2026, 1, 1))
    bill(company, contract, date(2026, 4, 1), no=2)
    release(company, date(2026, 3, 31))
    assert company.balances(date(2026, 3, 31)) == {"1100": 30_000, "2200": -411, "4000": -29_589}
    first = billing.document_id(company.books.id, "2026-0001")
    credit(company, first or 0, on=date(2026, 4, 1))
    assert company.balances(date(2026, 4, 1)) == {"1100": 30_000, "2200": -7_808, "4000": -22_192}
    (summary,) = contracts.contract_summaries(company.books.id)
    assert summary.state is ContractState.LIVE
    release(company, date(2026, 12, 31))
    assert company.balances()["4000"] == -90_000
    assert audit.verify().ok
