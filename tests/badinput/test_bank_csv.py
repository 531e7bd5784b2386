"""Bad bank statements as delimited text: each case has its expected outcome."""

from __future__ import annotations

import pytest

from counterfoil.flows import receive_money
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.settlement import Part
from tests.badinput.bank_world import case, posted, refusals, the_world
from tests.builders import EUR, TESTER
from tests.receivables.company import Company

pytestmark = pytest.mark.database


def feed_again(company: Company, name: str) -> None:
    """A second feed of an accepted case changes nothing."""
    before = [(line.id, line.state) for line in company.lines()]
    again = company.statement(case(name))
    assert again.accepted == 0
    assert [(line.id, line.state) for line in company.lines()] == before


def test_a_running_balance_that_is_off_refuses_the_file() -> None:
    company, *_ = the_world()
    before = posted(company)
    with pytest.raises(Refused) as refused:
        company.statement(case("csv_bank/running_balance_broken.csv"))
    assert refused.value.code == "balance_mismatch"
    assert refused.value.facts["row"] == 3
    assert company.lines() == []
    assert posted(company) == before
    assert refusals() == ["balance_mismatch"]


def test_two_equal_lines_without_id_stay_two_however_often_they_come() -> None:
    company, *_ = the_world()
    assert company.statement(case("csv_bank/twice_same_line_no_id.csv")).accepted == 2
    feed_again(company, "csv_bank/twice_same_line_no_id.csv")
    assert [line.amount.minor for line in company.lines()] == [350, 350]
    assert company.is_sound()


def test_a_second_amount_for_one_bank_id_is_refused_by_its_row() -> None:
    company, *_ = the_world()
    done = company.statement(case("csv_bank/same_id_other_amount.csv"))
    assert [(error.row, error.code) for error in done.errors] == [(3, "duplicate_bank_id")]
    assert [line.amount.minor for line in company.lines()] == [120000]
    feed_again(company, "csv_bank/same_id_other_amount.csv")


def test_dates_out_of_range_and_far_ahead_are_refused_by_their_rows() -> None:
    company, *_ = the_world()
    done = company.statement(case("csv_bank/future_and_year1.csv"))
    assert [(error.row, error.field, error.code) for error in done.errors] == [
        (2, "booking_date", "bad_date"),
        (3, "booking_date", "bad_date"),
        (4, "booking_date", "bad_date"),
    ]
    assert (done.accepted, company.lines()) == (0, [])


def test_a_wrong_check_digit_is_stored_flagged_and_never_matched_by_itself() -> None:
    company, first, _ = the_world()
    done = company.statement(case("csv_bank/iban_checksum_wrong.csv"))
    assert (done.accepted, [note.code for note in done.notes]) == (1, ["iban_checksum"])
    (line,) = company.lines()
    assert line.has_bad_iban
    assert company.match().matched == 0
    assert company.lines()[0].left_code == "iban_checksum"
    assert company.item(first).open == first.open
    feed_again(company, "csv_bank/iban_checksum_wrong.csv")


def test_one_payment_for_two_invoices_never_exceeds_either_nor_itself() -> None:
    company, first, second = the_world()
    company.statement(case("csv_bank/reference_two_invoices.csv"))
    assert company.match().by_code == {"ambiguous_reference": 1}
    (line,) = company.lines()
    parts = [Part(first.id, first.open), Part(second.id, second.open)]
    receive_money.match_by_hand(books_id=company.id, line_id=line.id, parts=parts, actor=TESTER, at=company.at)
    assert [company.item(item).open.minor for item in (first, second)] == [0, 0]
    assert company.is_sound()
    feed_again(company, "csv_bank/reference_two_invoices.csv")


def test_short_stays_open_and_over_stays_the_customers() -> None:
    company, first, second = the_world()
    company.statement(case("csv_bank/overpay_underpay_fee.csv"))
    assert company.match().by_code == {"amount_differs": 2}
    short, over = company.lines()
    for line, item, minor in ((short, first, 119900), (over, second, 120000)):
        receive_money.match_by_hand(
            books_id=company.id,
            line_id=line.id,
            parts=[Part(item.id, Money(minor, EUR))],
            actor=TESTER,
            at=company.at,
        )
    assert [company.item(item).open.minor for item in (first, second)] == [100, 0]
    assert company.balance("2300") == -500
    assert company.is_sound()


def test_nothing_moved_is_ignored_and_a_return_opens_the_invoice_again() -> None:
    company, first, _ = the_world()
    paid = "booking_date,amount,reference,bank_tx_id\n2026-10-10,1200.00,INV-2026-000017,P-1\n"
    company.statement(paid)
    assert company.match().matched == 1
    assert company.item(first).open.minor == 0
    done = company.statement(case("csv_bank/zero_and_negative.csv"))
    assert [note.code for note in done.notes] == ["zero_amount"]
    assert [line.state for line in company.lines()] == ["posted", "ignored", "listed"]
    assert company.match().matched == 1
    assert company.item(first).open.minor == 120000
    assert company.lines()[-1].state == "posted"
    assert company.is_sound()
    feed_again(company, "csv_bank/zero_and_negative.csv")
