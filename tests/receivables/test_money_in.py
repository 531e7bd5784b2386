"""Statements, matches and what takes them back, on the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from counterfoil.audit import services as audit
from counterfoil.decisions import selectors as decided
from counterfoil.flows import receive_money
from counterfoil.flows.receive_money import HandPayment
from counterfoil.kernel.currency import GBP, USD
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as journal
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain.settlement import AccountPart, DocumentKind, ItemFacts, Part
from counterfoil.receivables.domain.undoing import What
from tests.builders import EUR, NOW, TESTER, eur
from tests.receivables.bank_files import document, entry
from tests.receivables.company import Company, a_company, csv_of, part

pytestmark = pytest.mark.database


def refused_code(act: Callable[..., object], *args: object, **kwargs: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def open_minor(company: Company, *items: ItemFacts) -> list[int]:
    return [company.item(item).open.minor for item in items]


# ------------------------------------------------------------------------------------ statements


def test_a_file_again_changes_nothing_and_an_overlapping_one_adds_only_what_is_new() -> None:
    company = a_company()
    first = document(entry("100.00", bank_id="A", text="one"))
    done = company.statement(first)
    assert done.accepted == 1
    again = company.statement(first)
    assert (again.accepted, again.unchanged, again.batch) == (0, 1, done.batch)
    monthly = document(
        entry("100.00", bank_id="A", text="one"),
        entry("5.00", bank_id="B", text="two", day="2026-10-21"),
        closing="1105.00",
        statement="S-MONTH",
    )
    done = company.statement(monthly)
    assert (done.read, done.accepted, done.unchanged) == (2, 1, 1)
    assert company.position().statement.minor == 110500
    assert company.is_sound()


def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    company = a_company()
    done = company.statement(document(entry("100.00")), dry_run=True)
    assert (done.accepted, done.batch, done.is_dry_run) == (1, None, True)
    assert (company.lines(), reads.bank_positions(company.id)) == ([], [])


def test_the_opening_balance_is_shown_until_somebody_enters_it() -> None:
    company = a_company()
    company.statement(document(entry("100.00")))
    assert company.position().brought_forward.minor == 100000
    for _ in range(2):
        receive_money.enter_opening_balance(
            books_id=company.id, bank_account_id=company.position().id, on=date(2026, 10, 1), actor=TESTER, at=NOW
        )
    assert company.position().brought_forward.minor == 0
    assert (company.balance("1000"), company.balance("3000")) == (100000, -100000)
    assert company.is_sound()


def test_a_missing_statement_shows_as_unexplained_until_it_comes() -> None:
    company = a_company()
    company.statement(document(entry("100.00"), statement="1", day="2026-10-20"))
    third = document(entry("7.00"), opening="1150.00", closing="1157.00", statement="3", day="2026-10-22")
    company.statement(third)
    assert company.position().unexplained.minor == 5000
    second = document(entry("50.00"), opening="1100.00", closing="1150.00", statement="2", day="2026-10-21")
    company.statement(second)
    assert company.is_sound()


def test_a_csv_without_balances_follows_from_what_was_there() -> None:
    company = a_company()
    company.statement(csv_of("2026-10-20,,100.00,EUR,A,,T,B1,"))
    company.statement(csv_of("2026-10-20,,100.00,EUR,A,,T,B1,", "2026-10-21,,30.00,EUR,A,,T,B2,"))
    assert company.position().statement.minor == 13000
    assert company.is_sound()


def test_files_without_balances_may_come_in_any_order_beside_statements_with_them() -> None:
    company = a_company()
    company.statement(csv_of("2026-10-20,,100.00,EUR,A,,T,B1,"))
    company.statement(csv_of("2026-10-05,,40.00,EUR,A,,T,B0,"))
    assert company.position().statement.minor == 14000
    assert company.is_sound()
    stated = document(
        entry("7.00", day="2026-10-21", bank_id="C"), opening="140.00", closing="147.00", day="2026-10-21"
    )
    company.statement(stated)
    assert (company.position().statement.minor, company.position().brought_forward.minor) == (14700, 0)
    company.statement(csv_of("2026-10-22,,-2.00,EUR,A,,T,B9,", "2026-10-01,,3.00,EUR,A,,T,B8,"))
    assert company.position().statement.minor == 14500
    assert company.position().brought_forward.minor == -300


def test_a_line_far_ahead_is_kept_apart_and_counted() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.statement(document(entry("100.00", day="2027-05-01")))
    assert [line.state for line in company.lines()] == ["quarantined"]
    assert company.match().lines == 0
    assert company.is_sound()
    company.by_hand(company.lines()[0], part(item))
    assert company.is_sound()


def test_an_undone_import_counts_for_nothing_and_can_come_again() -> None:
    company = a_company()
    done = company.statement(document(entry("100.00")))
    assert done.batch is not None
    receive_money.undo_bank_import(books_id=company.id, batch_id=done.batch, actor=TESTER, at=NOW)
    assert company.lines() == []
    assert company.position().statement.minor == 0
    assert company.is_sound()
    again = company.statement(document(entry("100.00")))
    assert (again.accepted, [line.state for line in company.lines()]) == (1, ["listed"])
    corrected = document(entry("100.00"), entry("1.00", text="fee"), closing="1101.00")
    receive_money.undo_bank_import(books_id=company.id, batch_id=again.batch or 0, actor=TESTER, at=NOW)
    assert company.statement(corrected).accepted == 2
    assert company.is_sound()
    assert audit.verify().ok


def test_an_import_with_a_posted_line_is_not_undone() -> None:
    company = a_company()
    company.invoices(company.customer(), 10000)
    done = company.statement(document(entry("100.00")))
    company.match()
    code = refused_code(receive_money.undo_bank_import, books_id=company.id, batch_id=done.batch, actor=TESTER, at=NOW)
    assert code == "lines_are_posted"


def test_a_bank_account_opened_by_hand_takes_the_number_of_its_first_statement() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    pay_by_hand(company, item, key="1")
    company.statement(document(entry("100.00"), opening="0.00", closing="100.00"))
    assert [position.iban for position in reads.bank_positions(company.id)] == ["DE89370400440532013000"]


# ------------------------------------------------------------------------------------ automatic matching


def test_exact_lines_are_settled_and_a_second_run_changes_nothing() -> None:
    company = a_company()
    first, second, third = company.invoices(company.customer(), 120000, 50000, 70000)
    company.receives(
        "2026-10-20,1200.00,INV-2026-000017",
        "2026-10-20,500.00,inv 2026 000018 thanks",
        "2026-10-21,1.00,INV-2026-000019",
        "2026-10-21,9.99,no idea",
    )
    done = company.match()
    assert (done.lines, done.matched, done.proposed, done.unmatched) == (4, 2, 1, 1)
    assert open_minor(company, first, second, third) == [0, 0, 70000]
    assert company.balance("1000") == 170000
    assert company.is_sound()
    entries = len(journal.latest_entries(company.id))
    again = company.match()
    assert (again.lines, again.matched, again.decisions) == (2, 0, ())
    assert len(journal.latest_entries(company.id)) == entries
    assert audit.verify().ok


def test_a_match_says_why() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 120000)
    (line,) = company.receives("2026-10-20,1200.00,INV-2026-000017")
    company.match()
    (why,) = decided.why(f"bank_line:{line.id}")
    assert (why.outcome, why.code, why.facts["number"]) == ("matched", "exact_number", "INV-2026-000017")
    assert {effect.partition(":")[0] for effect in why.effects} == {"entry", "payment", "allocation", "invoice"}
    assert decided.why(f"invoice:{item.document_id}") == [why]
    assert matching.replayed(why.inputs).code == why.code
    assert company.lines()[0].decision_id == why.decision_id


def test_a_structured_reference_settles_as_well() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.statement(document(entry("100.00", reference=item.reference, text="")))
    assert company.match().matched == 1
    assert decided.why(f"invoice:{item.document_id}")[0].code == "exact_reference"


def test_a_number_that_fits_two_is_left() -> None:
    """P-09: hitobito/hitobito#4005."""
    company = a_company()
    customer = company.customer()
    company.invoices(customer, 10000, number="A-2026/{:02}", first=17)
    company.invoices(customer, 10000, number="A-20261/{}", first=7)
    assert company.receives("2026-10-20,100.00,A2026017", "2026-10-20,100.00,A202617")
    assert company.match().by_code == {"no_reference": 1, "ambiguous_reference": 1}


def test_two_payments_of_one_invoice_settle_it_once() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017", "2026-10-20,100.00,INV-2026-000017")
    assert company.match().by_code == {"already_paid": 1}
    assert open_minor(company, item) == [0]
    assert company.is_sound()


def test_a_closed_period_leaves_the_line_with_its_reason() -> None:
    company = a_company()
    company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017")
    ledger.close_period(books_id=company.id, month=date(2026, 10, 1), actor=TESTER, at=NOW)
    assert company.match().by_code == {"period_is_closed": 1}
    assert company.lines()[0].left_code == "period_is_closed"


def test_a_payment_before_its_invoice_is_settled_and_shown_as_credit_until_then() -> None:
    company = a_company()
    company.invoices(company.customer(), 10000, issued=date(2026, 11, 5), due=date(2026, 12, 5))
    company.receives("2026-10-20,100.00,INV-2026-000017")
    assert company.match().matched == 1
    aged = reads.aged_receivables(company.id, date(2026, 10, 31))
    assert aged.totals["not_due"] == -10000
    assert company.is_sound()


# ------------------------------------------------------------------------------------ by hand


def test_two_receipts_pay_one_invoice() -> None:
    """alyf-de/banking#59, LedgerSMB single-payments: 50 of 100, then 50."""
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,50.00,INV-2026-000017", "2026-10-27,50.00,INV-2026-000017")
    assert company.match().by_code == {"amount_differs": 2}
    first, _ = company.lines()
    company.by_hand(first, part(item, 5000))
    assert open_minor(company, item) == [5000]
    assert company.is_sound()
    assert company.match().matched == 1
    assert open_minor(company, item) == [0]
    assert [payment.amount.minor for payment in reads.payments(company.id)] == [5000, 5000]
    assert company.is_sound()


def test_one_line_settles_several_less_a_bank_charge() -> None:
    company = a_company()
    first, second = company.invoices(company.customer(), 6000, 4200)
    (line,) = company.receives("2026-10-20,100.00,LESS CHG")
    company.by_hand(line, part(first), part(second), accounts=[AccountPart("6000", eur(-200))])
    assert open_minor(company, first, second) == [0, 0]
    assert company.balance("6000") == 200
    assert company.is_sound()


def test_an_overpayment_stays_the_customers_and_is_applied_later() -> None:
    company = a_company()
    first, second = company.invoices(company.customer(), 10000, 3000)
    (line,) = company.receives("2026-10-20,120.00,INV-2026-000017")
    done = company.by_hand(line, part(first))
    assert company.balance("2300") == -2000
    assert company.is_sound()
    company.apply(done.payment_id or 0, 2000, part(second, 1500))
    assert open_minor(company, second) == [1500]
    assert company.balance("2300") == -500
    assert company.is_sound()


def test_the_same_application_in_two_windows_happens_once() -> None:
    """P-33: frappe/erpnext PR #50797."""
    company = a_company()
    first, second = company.invoices(company.customer(), 10000, 9000)
    (line,) = company.receives("2026-10-20,140.00,x")
    payment = company.by_hand(line, part(first)).payment_id or 0
    company.apply(payment, 4000, part(second, 1000))
    assert refused_code(company.apply, payment, 4000, part(second, 1000)) == "changed_since_seen"
    assert open_minor(company, second) == [8000]


def test_the_same_match_sent_again_is_unchanged_and_another_one_is_refused() -> None:
    """P-16: frappe/press#1175, the reply is lost after the commit, ten times."""
    company = a_company()
    first, second = company.invoices(company.customer(), 10000, 10000)
    (line,) = company.receives("2026-10-20,100.00,x")
    done = company.by_hand(line, part(first))
    for _ in range(10):
        again = company.by_hand(line, part(first))
        assert (again.kind, again.payment_id) == (OutcomeKind.UNCHANGED, done.payment_id)
    assert refused_code(company.by_hand, line, part(second)) == "line_was_posted"
    assert len(reads.settlings(company.id, first.document_id)) == 1


@pytest.mark.parametrize(("minor", "code"), [(10001, "exceeds_open"), (10000, "exceeds_payment")])
def test_nothing_is_settled_beyond_what_is_open_or_what_came(minor: int, code: str) -> None:
    """P-34: frappe/erpnext#31138, #40877."""
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    (line,) = company.receives("2026-10-20,99.99,x")
    assert refused_code(company.by_hand, line, part(item, minor)) == code
    assert open_minor(company, item) == [10000]
    assert company.is_sound()


def test_a_bank_charge_is_assigned_to_its_account() -> None:
    company = a_company()
    (line,) = company.receives("2026-10-20,-38.40,charges October")
    receive_money.assign(books_id=company.id, line_id=line.id, account="6000", actor=TESTER, at=NOW)
    assert (company.balance("6000"), company.balance("1000")) == (3840, -3840)
    assert company.is_sound()
    company.undo(What.LINE, line.id)
    assert (company.balance("6000"), company.balance("1000")) == (0, 0)
    assert company.is_sound()


@pytest.mark.parametrize("account", ["1000", "1100", "1150", "2200", "2300"])
def test_accounts_with_a_sub_ledger_take_no_line(account: str) -> None:
    company = a_company()
    (line,) = company.receives("2026-10-20,1.00,x")
    act = {"books_id": company.id, "line_id": line.id, "account": account, "actor": TESTER, "at": NOW}
    assert refused_code(receive_money.assign, **act) == "account_is_kept"


def pay_by_hand(company: Company, item: ItemFacts, key: str, minor: int | None = None) -> int:
    amount = item.open if minor is None else eur(minor)
    payment = HandPayment(amount, date(2026, 10, 15), key, (part(item, amount.minor),), text="cheque")
    done = receive_money.record_payment(books_id=company.id, payment=payment, actor=TESTER, at=NOW)
    return done.payment_id or 0


def test_a_payment_by_hand_is_recognised_when_its_line_comes() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    payment = pay_by_hand(company, item, "form-1")
    assert company.position().outstanding.minor == 10000
    assert company.is_sound()
    company.receives("2026-10-20,100.00,INV-2026-000017")
    assert company.is_sound()
    assert company.match().matched == 1
    assert (company.balance("1000"), company.position().outstanding.minor) == (10000, 0)
    assert company.is_sound()
    (line,) = company.lines()
    assert refused_code(company.undo, What.PAYMENT, payment) == "line_recognised"
    company.undo(What.LINE, line.id)
    assert (company.balance("1000"), company.position().outstanding.minor) == (10000, 10000)
    company.undo(What.PAYMENT, payment)
    assert open_minor(company, item) == [10000]
    assert company.is_sound()


def test_one_key_is_one_payment() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    assert pay_by_hand(company, item, "k", 4000) == pay_by_hand(company, item, "k", 4000)
    assert refused_code(pay_by_hand, company, item, "k", 5000) == "key_was_used"
    assert pay_by_hand(company, item, "rest", 6000) == pay_by_hand(company, item, "rest", 6000)
    assert open_minor(company, item) == [0]


# ------------------------------------------------------------------------------------ taking back


def test_an_undo_of_one_match_touches_nothing_else() -> None:
    """odoo/odoo#279278: un-reconciling one line wiped all reconciliations of the invoice."""
    company = a_company()
    item, other = company.invoices(company.customer(), 10000, 7000)
    company.receives("2026-10-20,40.00,x", "2026-10-21,60.00,x", "2026-10-22,70.00,INV-2026-000018")
    first, second, third = company.lines()
    company.by_hand(first, part(item, 4000))
    company.by_hand(second, part(item, 6000))
    company.match()
    before = company.balance("1000")
    done = company.undo(What.LINE, first.id)
    assert open_minor(company, item, other) == [4000, 0]
    assert [line.state for line in company.lines()] == ["listed", "posted", "posted"]
    assert company.balance("1000") == before - 4000
    entry = journal.entries_by_id(company.id, [done.entry_id or 0])[done.entry_id or 0]
    assert (entry.entry.entry_date, entry.reverses_id is not None) == (date(2026, 11, 1), True)
    assert company.is_sound()
    assert company.undo(What.LINE, first.id).kind is OutcomeKind.UNCHANGED
    assert company.is_sound()
    assert third.id
    assert audit.verify().ok


def test_a_line_that_a_person_took_a_match_of_back_is_left_to_people() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017")
    company.match()
    (line,) = company.lines()
    company.undo(What.LINE, line.id)
    assert company.match().by_code == {"match_was_undone": 1}
    company.by_hand(company.lines()[0], part(item))
    assert open_minor(company, item) == [0]
    assert company.is_sound()
    company.undo(What.LINE, line.id)
    assert open_minor(company, item) == [10000]
    assert company.is_sound()


def test_a_match_is_not_taken_back_under_what_was_built_on_it() -> None:
    company = a_company()
    first, second = company.invoices(company.customer(), 10000, 2000)
    (line,) = company.receives("2026-10-20,120.00,x")
    payment = company.by_hand(line, part(first)).payment_id or 0
    company.apply(payment, 2000, part(second), on=date(2026, 10, 25))
    assert refused_code(company.undo, What.LINE, line.id) == "cash_was_applied"
    (used,) = reads.settlings(company.id, second.document_id)
    company.undo(What.ALLOCATION, used.allocation_id)
    assert (company.balance("2300"), open_minor(company, second)) == (-2000, [2000])
    assert company.is_sound()
    company.undo(What.LINE, line.id)
    assert (company.balance("2300"), open_minor(company, first)) == (0, [10000])
    assert company.is_sound()


def test_a_part_of_a_match_goes_only_with_all_of_it() -> None:
    company = a_company()
    first, second = company.invoices(company.customer(), 10000, 2000)
    (line,) = company.receives("2026-10-20,120.00,x")
    company.by_hand(line, part(first), part(second))
    (used,) = reads.settlings(company.id, second.document_id)
    assert refused_code(company.undo, What.ALLOCATION, used.allocation_id) == "part_of_a_match"


@pytest.mark.parametrize(
    ("on", "code"), [(date(2026, 10, 19), "before_original"), (date(2026, 6, 1), "period_is_closed")]
)
def test_a_match_is_taken_back_after_it_was_made_and_in_an_open_period(on: date, code: str) -> None:
    company = a_company()
    company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017")
    company.match()
    ledger.close_period(books_id=company.id, month=date(2026, 6, 1), actor=TESTER, at=NOW)
    assert refused_code(company.undo, What.LINE, company.lines()[0].id, on) == code


def test_a_returned_payment_opens_the_invoice_and_its_undo_closes_it_again() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017", "2026-10-25,-100.00,RETURN INV-2026-000017")
    assert company.match().matched == 2
    paid, returned = company.lines()
    assert (open_minor(company, item), company.balance("1000")) == ([10000], 0)
    assert company.is_sound()
    assert refused_code(company.undo, What.LINE, paid.id) == "payment_was_returned"
    company.undo(What.LINE, returned.id)
    assert (open_minor(company, item), company.balance("1000")) == ([0], 10000)
    assert company.is_sound()
    company.undo(What.LINE, paid.id)
    assert open_minor(company, item) == [10000]
    assert company.is_sound()


def test_the_robot_returns_no_payment_that_a_person_matched() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,x", "2026-10-25,-100.00,RETURN INV-2026-000017")
    paid, returned = company.lines()
    company.by_hand(paid, part(item))
    assert company.match().by_code == {"manual_match": 1}
    (used,) = reads.settlings(company.id, item.document_id)
    company.by_hand(returned, Part(item.id, -item.amount, returns=used.allocation_id))
    assert open_minor(company, item) == [10000]
    assert company.is_sound()


# ------------------------------------------------------------------------------------ credit notes


def test_a_credit_note_settles_its_invoice_first_and_the_rest_stays_the_customers() -> None:
    company = a_company()
    customer = company.customer()
    item, other = company.invoices(customer, 10000, 5000)
    (line,) = company.receives("2026-10-20,40.00,x")
    company.by_hand(line, part(item, 4000))
    (note,) = company.invoices(
        customer, 10000, number="CN-{}", kind=DocumentKind.CREDIT_NOTE, credits_id=item.document_id
    )
    assert open_minor(company, item, note) == [0, 4000]
    assert company.is_sound()
    company.apply_credit(note, 4000, part(other, 3000))
    assert open_minor(company, other, note) == [2000, 1000]
    assert company.is_sound()
    (refund,) = company.receives("2026-11-02,-10.00,refund")
    company.by_hand(refund, part(company.item(note)))
    assert open_minor(company, note) == [0]
    assert company.balance("1100") == 2000
    assert company.is_sound()


# ------------------------------------------------------------------------------------ foreign currency


def rate(company: Company, money: str, value: str, day: date) -> None:
    ledger.set_exchange_rate(
        books_id=company.id, currency_code=money, valid_from=day, base_rate=Decimal(value), actor=TESTER, at=NOW
    )


def test_two_receipts_of_a_foreign_invoice_realise_their_own_differences() -> None:
    """ORACLES N-51, without the close between: AR 200, cash 100 + 180, realised 20 + 60."""
    company = a_company("USD")
    item, *_ = company.invoices(company.customer(), 10000, money=GBP, rate=2)
    for value, day in (("2.0", 1), ("2.5", 20), ("3.0", 25)):
        rate(company, "GBP", value, date(2026, 10, day))
    company.statement(
        document(
            entry("40.00", money="GBP", day="2026-10-20"),
            entry("60.00", money="GBP", day="2026-10-25"),
            opening="0.00",
            closing="100.00",
            money="GBP",
            day="2026-10-25",
        )
    )
    first, second = company.lines()
    company.by_hand(first, part(item, 4000))
    assert [company.balance(code) for code in ("1000", "1100", "6900")] == [10000, 12000, -2000]
    company.by_hand(second, part(item, 6000))
    assert [company.balance(code) for code in ("1000", "1100", "6900")] == [28000, 0, -8000]
    assert company.is_sound()
    company.undo(What.LINE, first.id)
    assert [company.balance(code) for code in ("1000", "1100", "6900")] == [18000, 8000, -6000]
    assert company.is_sound()


def test_a_foreign_invoice_is_paid_in_base_currency_by_a_person() -> None:
    """ORACLES section 5: invoice 100 USD at 0.8; the bank has 80 EUR; never "$ 80"."""
    company = a_company()
    rate(company, "USD", "0.8", date(2026, 10, 1))
    (item,) = company.invoices(company.customer(), 10000, money=USD)
    (line,) = company.receives("2026-10-20,80.00,INV-2026-000017")
    assert company.match().by_code == {"currency_differs": 1}
    company.by_hand(line, Part(item.id, item.open, paid=eur(8000)))
    assert open_minor(company, item) == [0]
    assert company.balance("1900") == 0
    assert company.is_sound()


def test_without_a_rate_a_foreign_line_is_left_with_its_reason() -> None:
    company = a_company()
    company.invoices(company.customer(), 10000, money=USD)
    company.statement(document(entry("100.00", money="USD"), opening="0.00", closing="100.00", money="USD"))
    assert company.match().by_code == {"no_exchange_rate": 1}


# ------------------------------------------------------------------------------------ reads


def test_candidates_are_named_ones_equal_ones_and_the_payers() -> None:
    company = a_company()
    acme, other = company.customer("Acme Lda"), company.customer("Zenith")
    company.invoices(acme, 10000, 20000)
    company.invoices(other, 20000, 30000, first=30)
    company.statement(csv_of("2026-10-20,,200.00,EUR,ACME LDA,,INV-2026-000031,B1,"))
    (line,) = company.lines()
    found = [(one.number, one.why, one.settle.minor) for one in reads.line_candidates(company.id, line.id)]
    assert found == [
        ("INV-2026-000031", "named", 20000),
        ("INV-2026-000018", "equal_amount", 0),
        ("INV-2026-000030", "equal_amount", 0),
        ("INV-2026-000017", "payer", 0),
    ]


def test_a_statement_of_account_ends_with_what_is_owed_less_what_is_on_account() -> None:
    company = a_company()
    customer = company.customer()
    item, *_ = company.invoices(customer, 10000)
    company.receives("2026-10-20,30.00,x", "2026-10-21,100.00,x")
    first, second = company.lines()
    company.by_hand(first, part(item, 3000))
    company.by_hand(second, part(item, 7000))
    company.undo(What.LINE, first.id)
    span = {"start": date(2026, 10, 15), "end": date(2026, 11, 30)}
    before, lines = reads.statement_of_account(company.id, customer, **span)[EUR]
    assert before == 10000
    assert [(line.what, line.amount.minor, line.balance_minor) for line in lines] == [
        ("payment", -3000, 7000),
        ("payment", -10000, -3000),
        ("undone", 3000, 0),
    ]
    balance = reads.customer_balance(company.id, customer, date(2026, 11, 15))
    assert (balance.open.minor, balance.overdue.minor, balance.unapplied.minor) == (3000, 3000, 3000)


def test_lists_go_on_where_the_page_before_ended() -> None:
    company = a_company()
    company.receives(*(f"2026-10-{day:02},1.00,x" for day in range(1, 10)))
    first = reads.bank_lines(company.id, limit=4)
    rest = reads.bank_lines(company.id, limit=100, after=first[-1].key)
    assert [line.booking_date.day for line in [*first, *rest]] == list(range(9, 0, -1))
    assert reads.bank_line_counts(company.id) == {"listed": 9}
    assert Money.zero(EUR) == company.position().ledger
