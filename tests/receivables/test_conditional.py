"""Money for invoices of contracts that may still be cancelled, with the entries of billing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counterfoil.billing import selectors as billing
from counterfoil.flows import receive_money
from counterfoil.flows.receive_money import HandPayment
from counterfoil.ledger import selectors as journal
from counterfoil.ledger.domain import AccountRole
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain.settlement import ItemFacts, Part
from counterfoil.receivables.domain.undoing import Undo, What
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company
from tests.documents import a_deal, a_deal_line, balance_sheet_of, bill, credit, release, sign

pytestmark = pytest.mark.database

CANCELLABLE_UNTIL = date(2026, 3, 31)


def an_invoice(company: Company) -> ItemFacts:
    """1,000.00 due on 31 January, for goods of 31 March, cancellable until then."""
    goods = a_deal_line(100_000, delivered_on=CANCELLABLE_UNTIL)
    deal = a_deal(company, goods, term="Due on receipt", cancellable_until=CANCELLABLE_UNTIL)
    (contract,) = sign(company, deal)
    document = billing.document_id(company.books.id, bill(company, contract, date(2026, 1, 31)))
    assert document is not None
    return reads.items_of_documents(company.books.id, [document])[document]


def pay(company: Company, item: ItemFacts, minor: int, on: date) -> int:
    payment = HandPayment(eur(minor), on, f"{on}:{minor}", (Part(item.id, eur(minor)),))
    done = receive_money.record_payment(books_id=company.books.id, payment=payment, actor=TESTER, at=NOW)
    return done.payment_id or 0


def take_back(company: Company, payment: int, on: date) -> None:
    undo = Undo(What.PAYMENT, payment)
    receive_money.undo_match(books_id=company.books.id, undo=undo, on=on, reason="x", actor=TESTER, at=NOW)


def insist_sound(company: Company) -> None:
    """The sub-ledger equals its two accounts on every day of the year."""
    books_id = company.books.id
    assert reads.faults(books_id) == []
    for step in range(0, 330, 3):
        day = date(2026, 1, 1) + timedelta(days=step)
        aged = reads.aged_receivables(books_id, day)
        for ours, role in (
            (aged.total_base_minor, AccountRole.RECEIVABLE),
            (aged.conditional_base_minor, AccountRole.INVOICED_NOT_DUE),
        ):
            assert ours == journal.account_balance(books_id, role, as_of=day), (role, day)


def test_a_payment_taken_back_makes_the_invoice_conditional_again() -> None:
    company = a_company()
    item = an_invoice(company)
    payment = pay(company, item, 100_000, date(2026, 2, 10))
    assert balance_sheet_of(company, date(2026, 2, 10)) == {"Bank": 100_000, "Contract liabilities": 100_000}
    insist_sound(company)
    take_back(company, payment, date(2026, 2, 20))
    assert balance_sheet_of(company, date(2026, 2, 20)) == {}
    assert company.balances(date(2026, 2, 20)) == {"1150": 100_000, "2150": -100_000}
    insist_sound(company)
    pay(company, item, 100_000, date(2026, 2, 25))
    assert balance_sheet_of(company, date(2026, 2, 25)) == {"Bank": 100_000, "Contract liabilities": 100_000}
    insist_sound(company)


def test_part_payments_leave_the_rest_conditional_until_its_day() -> None:
    company = a_company()
    item = an_invoice(company)
    pay(company, item, 30_000, date(2026, 2, 10))
    second = pay(company, item, 20_000, date(2026, 2, 15))
    take_back(company, second, date(2026, 2, 16))
    aged = reads.aged_receivables(company.books.id, date(2026, 3, 1))
    assert (aged.total_base_minor, aged.conditional_base_minor) == (0, 70_000)
    insist_sound(company)
    release(company, CANCELLABLE_UNTIL)
    aged = reads.aged_receivables(company.books.id, CANCELLABLE_UNTIL)
    assert (aged.total_base_minor, aged.conditional_base_minor) == (70_000, 0)
    insist_sound(company)


def test_a_payment_returned_is_conditional_again_and_its_undo_is_not() -> None:
    company = a_company()
    item = an_invoice(company)
    books_id = company.books.id
    data = (
        "booking_date,amount,reference,bank_tx_id\n"
        f"2026-02-10,1000.00,{item.number},A\n2026-02-20,-1000.00,RETURN {item.number},B\n"
    )
    receive_money.import_bank(books_id=books_id, data=data.encode(), actor=TESTER, at=NOW)
    assert receive_money.match(books_id=books_id, actor=TESTER, at=NOW).matched == 2
    assert company.balances(date(2026, 2, 20)) == {"1150": 100_000, "2150": -100_000}
    insist_sound(company)
    returned = reads.bank_lines(books_id)[0]
    undo = Undo(What.LINE, returned.id)
    on = date(2026, 2, 25)
    receive_money.undo_match(books_id=books_id, undo=undo, on=on, reason="x", actor=TESTER, at=NOW)
    assert balance_sheet_of(company, on) == {"Bank": 100_000, "Contract liabilities": 100_000}
    insist_sound(company)


def test_a_credit_note_ends_what_is_conditional_and_leaves_what_was_paid_as_credit() -> None:
    company = a_company()
    item = an_invoice(company)
    pay(company, item, 30_000, date(2026, 2, 10))
    credit(company, item.document_id, on=date(2026, 3, 1))
    assert company.balances(date(2026, 3, 1)) == {"1000": 30_000, "1100": -30_000}
    (left,) = reads.open_items(company.books.id)
    assert left.open == eur(30_000)
    insist_sound(company)
