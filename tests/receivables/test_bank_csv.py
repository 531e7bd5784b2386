"""Delimited statements: profiles, rows, running balances, and how a line is known again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.infra import csv_text
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain import statements
from counterfoil.receivables.domain.formats import bank_csv
from counterfoil.receivables.domain.formats.bank_csv import ReadRows
from counterfoil.receivables.domain.statements import BalanceMismatch, StatementLine
from tests.receivables.company import csv_of

TODAY = date(2026, 11, 15)


def read(text: str | bytes, profile: str = "", today: date = TODAY) -> ReadRows:
    chosen = bank_csv.profile_named(profile)
    data = text.encode() if isinstance(text, str) else text
    table = csv_text.read_table(data, required=chosen.required)
    return bank_csv.read_rows(
        table.header, table.rows, profile=chosen, account="", account_currency=None, base=EUR, today=today
    )


def codes(rows: ReadRows) -> list[tuple[int, str, str | None]]:
    return [(error.row, error.refusal.code, error.refusal.field) for error in rows.errors]


def test_a_row_says_what_came_from_whom_for_what() -> None:
    done = read(csv_of("2026-10-20,2026-10-21,1200.00,EUR,Acme Lda,DE89 3704 0044 0532 0130 00,INV-17,BTX-1,"))
    assert done.statement.lines == (
        StatementLine(
            2,
            date(2026, 10, 20),
            Money(120000, EUR),
            date(2026, 10, 21),
            "Acme Lda",
            "DE89370400440532013000",
            "INV-17",
            bank_tx_id="BTX-1",
        ),
    )


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2027-05-01", "2026-11-21", "20.10.2026", ""])
def test_a_day_out_of_range_or_far_ahead_is_refused_by_its_row(day: str) -> None:
    done = read(csv_of(f"{day},,1.00,EUR,A,,T,B1,", "2026-11-20,,2.00,EUR,A,,T,B2,"))
    assert [(row, field) for row, _, field in codes(done)] == [(2, "booking_date")]
    assert [line.amount.minor for line in done.statement.lines] == [200]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("2026-10-20,,1.005,EUR,A,,T,B1,", "scale", "amount"),
        ("2026-10-20,,abc,EUR,A,,T,B1,", "bad_number", "amount"),
        ('2026-10-20,,"1.234,50",EUR,A,,T,B1,', "ambiguous_number", "amount"),
        ("2026-10-20,,,EUR,A,,T,B1,", "no_amount", "amount"),
        ("2026-10-20,,1.00,EURO,A,,T,B1,", "unknown_currency", None),
        ("2026-10-20,2026-02-30,1.00,EUR,A,,T,B1,", "bad_date", "value_date"),
        ("2026-10-20,,1.00,EUR,A\x07,,T,B1,", "malformed_text", "counterparty"),
        ("2026-10-20,,1.00", "malformed", None),
    ],
)
def test_a_bad_row_is_refused_and_the_others_are_taken(row: str, code: str, field: str | None) -> None:
    done = read(csv_of(row, "2026-10-20,,2.00,EUR,A,,T,B2,"))
    assert codes(done) == [(2, code, field)]
    assert [line.row for line in done.statement.lines] == [3]


def test_a_row_in_another_currency_is_refused() -> None:
    done = read(csv_of("2026-10-20,,1.00,EUR,A,,T,B1,", "2026-10-20,,1.00,USD,A,,T,B2,"))
    assert codes(done) == [(3, "currency_mix", "currency")]


def test_a_bank_id_stands_for_one_line() -> None:
    first = "2026-10-20,,1200.00,EUR,A,,T,BTX-1,"
    done = read(csv_of(first, "2026-10-20,,1300.00,EUR,A,,T,BTX-1,", first))
    assert codes(done) == [(3, "duplicate_bank_id", "bank_tx_id")]
    assert len(done.statement.lines) == 1
    assert done.repeated == 1


def test_each_balance_follows_from_the_one_before() -> None:
    with pytest.raises(BalanceMismatch) as refused:
        read(csv_of("2026-10-20,,1200.00,EUR,A,,T,B1,1200.00", "2026-10-20,,300.00,EUR,A,,T,B2,1500.01"))
    assert (refused.value.facts["row"], refused.value.facts["expected"]) == (3, "1500.00")
    assert refused.value.facts["found"] == "1500.01"


def test_a_running_balance_may_run_from_the_newest_row() -> None:
    rows = ("2026-10-21,,300.00,EUR,A,,T,B2,1500.00", "2026-10-20,,1200.00,EUR,A,,T,B1,1200.00")
    done = read(csv_of(*rows))
    assert (str(done.statement.opening), str(done.statement.closing)) == ("0.00 EUR", "1500.00 EUR")


@given(
    amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
    opening=st.integers(-(10**9), 10**9),
    is_newest_first=st.booleans(),
)
def test_true_running_balances_are_accepted_in_either_order(
    amounts: list[int], opening: int, is_newest_first: bool
) -> None:
    rows, balance = [], Money(opening, EUR)
    for place, minor in enumerate(amounts):
        balance += Money(minor, EUR)
        rows.append(f"2026-10-20,,{Money(minor, EUR).decimal_text()},EUR,A,,T,B{place},{balance.decimal_text()}")
    done = read(csv_of(*(rows[::-1] if is_newest_first else rows)))
    assert done.statement.closing is not None
    assert done.statement.opening is not None
    assert done.statement.closing - done.statement.opening == done.statement.total


def line(minor: int, text: str = "COFFEE", bank_id: str = "", row: int = 2) -> StatementLine:
    return StatementLine(row, date(2026, 10, 20), Money(minor, EUR), text=text, bank_tx_id=bank_id)


def test_equal_lines_without_an_id_are_counted() -> None:
    first, second, other = statements.identities([line(-350), line(-350, row=3), line(-351)])
    assert second == f"{first}-2"
    assert other not in {first, second}
    assert statements.identities([line(-350, row=9)]) == [first]


def test_a_line_with_the_banks_id_is_known_whatever_its_text() -> None:
    assert statements.identities([line(100, "A", "BTX-1")]) == statements.identities([line(100, "B", "BTX-1")])
    assert statements.identities([line(100, "A", "NONREF")]) != statements.identities([line(100, "B", "NONREF")])


# ------------------------------------------------------------------------------------ third-party files


def sheet(corpora: Path, name: str, profile: str = "bank-sheet-us") -> ReadRows:
    return read((corpora / "data" / "bank-statements" / "csv-sheets" / "oca" / name).read_bytes(), profile)


def test_spreadsheets_of_the_oca_suite_are_read_by_their_profile(corpora: Path) -> None:
    done = sheet(corpora, "balance.csv")
    assert [line.amount.minor for line in done.statement.lines] == [-3350, 153350]
    assert (str(done.statement.opening), str(done.statement.closing)) == ("10.00 EUR", "1510.00 EUR")
    done = sheet(corpora, "empty_lines_statement.csv")
    assert [line.amount.minor for line in done.statement.lines] == [-3350, 152500, 80000]
    assert done.errors == ()
    assert sheet(corpora, "empty_statement_en.csv").statement.lines == ()
    assert [line.amount.minor for line in sheet(corpora, "original_currency_empty.csv").statement.lines] == [152500]


def test_a_sheet_of_two_currencies_takes_the_first_and_names_the_other_row(corpora: Path) -> None:
    done = sheet(corpora, "multi_currency.csv")
    assert [str(line.amount) for line in done.statement.lines] == ["-33.50 USD"]
    assert codes(done) == [(3, "currency_mix", "currency")]


def test_which_of_debit_and_credit_is_money_in_is_proven_by_the_balance(corpora: Path) -> None:
    done = sheet(corpora, "debit_credit_amount.csv", "bank-sheet-us-debit-is-in")
    assert [line.amount.minor for line in done.statement.lines] == [-2000, -1350, 3350, 150000]
    with pytest.raises(BalanceMismatch):
        sheet(corpora, "debit_credit_amount.csv", "bank-sheet-us-debit-credit")
