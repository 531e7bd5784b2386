"""How values are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.currency import EUR, JPY, KWD, currency
from counterfoil.kernel.money import Money
from counterfoil.web import writing

EN = Locale("en")
DE = Locale("de")


@pytest.mark.parametrize(
    ("minor", "code", "written"),
    [
        (102965950, "EUR", "1,029,659.50"),
        (0, "EUR", "0.00"),
        (-1000000, "EUR", "\u221210,000.00"),
        (5, "EUR", "0.05"),
        (123456, "JPY", "123,456"),
        (1234567, "KWD", "1,234.567"),
        (10**15 - 1, "EUR", "9,999,999,999,999.99"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency_and_a_true_minus(minor: int, code: str, written: str) -> None:
    assert writing.amount(Money(minor, currency(code)), EN) == written


def test_a_plus_stands_only_where_a_change_is_meant() -> None:
    assert writing.amount(Money(100, EUR), EN, plus=True) == "+1.00"
    assert writing.amount(Money(0, EUR), EN, plus=True) == "0.00"
    assert writing.amount(Money(-100, EUR), EN, plus=True) == "\u22121.00"


def test_the_locale_decides_points_and_groups() -> None:
    assert writing.amount(Money(102965950, EUR), DE) == "1.029.659,50"
    assert writing.amount_parts(Money(102965950, EUR), DE) == ("€", "1.029.659", ",50")


def test_headlines_have_a_symbol_or_else_the_code() -> None:
    assert writing.amount_parts(Money(-128431022, EUR), EN) == ("\u2212€", "1,284,310", ".22")
    assert writing.amount_parts(Money(500, JPY), EN) == ("¥", "500", "")
    assert writing.amount_parts(Money(1, KWD), EN)[0] == "KWD\u202f"


@given(st.integers(-(10**14), 10**14))
def test_what_is_written_reads_back_as_the_same_amount(minor: int) -> None:
    written = writing.amount(Money(minor, EUR), EN)
    assert int(written.replace(",", "").replace(".", "").replace(writing.MINUS, "-")) == minor


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_shares_in_a_row_sum_to_a_hundred(weights: list[int]) -> None:
    shares = writing.shares_of_hundred(weights)
    assert sum(shares) == (1 if sum(weights) else 0)
    assert all(share >= 0 for share in shares)


def test_percent_has_a_space_and_one_decimal() -> None:
    assert writing.percent(Decimal("0.893"), EN) == "89.3\u00a0%"
    assert writing.percent(Decimal("-0.05"), EN, 0) == "\u22125\u00a0%"


def test_dates_name_the_year_only_when_it_is_another_one() -> None:
    assert writing.day(date(2026, 10, 14), EN, 2026) == "14 Oct"
    assert writing.day(date(2025, 10, 14), EN, 2026) == "14 Oct 2025"
    assert writing.full_day(date(2026, 10, 14), EN) == "14 Oct 2026"
    assert writing.long_day(date(2026, 11, 4), EN) == "Wednesday, 4 November"
    moment = datetime(2026, 10, 30, 16, 42, 7, tzinfo=UTC)
    assert writing.moment(moment, EN, 2026) == "30 Oct, 16:42"
    assert writing.moment(moment, EN, 2027, seconds=True) == "30 Oct 2026, 16:42:07"


def test_quantities_have_no_idle_zeros() -> None:
    assert writing.quantity(40_000_000, EN) == "40"
    assert writing.quantity(2_500_000, EN) == "2.5"
    assert writing.quantity(-1, EN) == "\u22120.000001"


def test_initials_are_at_most_two_letters() -> None:
    assert [writing.initials(name) for name in ("Ines Marchetti", "ada@x.example", "Cher", "")] == [
        "IM",
        "AX",
        "C",
        "?",
    ]


def test_a_language_nobody_knows_is_read_as_english() -> None:
    assert writing.locale_of("xx-YY") == EN
    assert writing.locale_of("de-ch").territory == "CH"
