"""Exact money: worked examples from ORACLES sections 6 and 8, and what must hold for every amount."""

from __future__ import annotations

import copy
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.currency import CHF, CLF, CURRENCIES, EUR, JPY, KWD, Currency, UnknownCurrency, currency
from counterfoil.kernel.money import MAX_MAJOR, Money, OutOfRange, round_half_up

CURRENCY = st.sampled_from(sorted(CURRENCIES.values(), key=lambda known: known.code))
MINOR = st.integers(-(10**13) + 1, 10**13 - 1)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=60).filter(any)


def eur(text: str) -> Money:
    return Money(int(Decimal(text) * 100), EUR)


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("UYW", 4), ("IQD", 3), ("MGA", 2), ("ISK", 0)],
)
def test_a_currency_has_the_decimals_of_iso_4217(code: str, exponent: int) -> None:
    """ORACLES N-66 and N-67: ISO's minor units, not CLDR's display digits."""
    assert currency(code) == Currency(code, exponent)


@pytest.mark.parametrize(
    "code", ["", "eur", "EURO", "XYZ", "XAU", "XDR", "XXX", "XTS", "EUR ", "\N{EURO SIGN}", "A" * 9999]
)
def test_what_is_no_active_code_for_money_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        currency(code)
    assert refused.value.code == "unknown_currency"


@pytest.mark.parametrize(
    ("exact", "expected"),
    [("-324.995", "-325.00"), ("36.645", "36.65"), ("2.525", "2.53"), ("0.004999", "0.00"), ("-0.005", "-0.01")],
)
def test_a_half_is_rounded_away_from_zero(exact: str, expected: str) -> None:
    """eInvoicing-EN16931#303 (VAT of -1,710.50 at 19 %), anskaffelser/ehf-postaward-g2#93 (30.0000 + 6.645)."""
    assert Money.rounded(Decimal(exact), EUR) == eur(expected)


def test_vat_of_a_negative_net_is_rounded_away_from_zero() -> None:
    assert eur("-1710.50").times(19, 100) == eur("-325.00")


def test_rounding_follows_the_decimals_of_the_currency() -> None:
    assert Money.rounded(Decimal("1.2345"), KWD).decimal_text() == "1.235"
    assert Money.rounded(Decimal("100.5"), JPY).decimal_text() == "101"
    assert Money.rounded(Decimal("1.00005"), CLF).decimal_text() == "1.0001"


@pytest.mark.parametrize(("tiny", "expected"), [("1E-999999", 0), ("-1E-41", 0), ("0E+999999", 0), ("5E-3", 1)])
def test_an_amount_too_small_to_see_rounds_to_nothing_at_once(tiny: str, expected: int) -> None:
    assert Money.rounded(Decimal(tiny), EUR).minor == expected


@pytest.mark.parametrize("huge", ["1E+13", "-1E+13", "1E+999999", "9999999999999.995"])
def test_an_amount_of_ten_to_the_thirteen_is_out_of_range(huge: str) -> None:
    with pytest.raises(OutOfRange):
        Money.rounded(Decimal(huge), EUR)


@pytest.mark.parametrize("nonsense", ["NaN", "sNaN", "Infinity"])
def test_what_is_no_finite_decimal_cannot_be_rounded(nonsense: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Money.rounded(Decimal(nonsense), EUR)
    with pytest.raises(ValueError, match="finite"):
        Money.rounded(cast("Decimal", 0.5), EUR)


@given(known=CURRENCY)
def test_the_largest_amount_fits_and_the_next_does_not(known: Currency) -> None:
    limit = MAX_MAJOR * 10**known.exponent
    assert Money(limit - 1, known).minor < 2**63
    for minor in (limit, -limit):
        with pytest.raises(OutOfRange):
            Money(minor, known)


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_an_amount_is_a_whole_number_of_minor_units(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(cast("int", minor), EUR)


def test_an_amount_without_a_currency_cannot_exist() -> None:
    with pytest.raises(TypeError):
        cast("Any", Money)(1)
    with pytest.raises(TypeError):
        Money(1, cast("Currency", "EUR"))


def test_money_cannot_be_changed() -> None:
    amount = eur("1.00")
    with pytest.raises(AttributeError):
        cast("Any", amount).minor = 2
    assert copy.deepcopy(amount) == amount


def test_two_currencies_do_not_meet() -> None:
    francs, euros = Money(1, CHF), Money(1, EUR)
    for meet in (
        lambda: euros + francs,
        lambda: euros - francs,
        lambda: euros < francs,
        lambda: euros <= francs,
        lambda: euros > francs,
        lambda: euros >= francs,
    ):
        with pytest.raises(ValueError, match="without a rate"):
            meet()
    assert euros != francs


def test_money_does_not_meet_a_bare_number() -> None:
    with pytest.raises(TypeError):
        eur("1.00") + cast("Money", 1)


@given(left=MINOR, right=MINOR)
def test_sums_and_comparisons_are_those_of_the_minor_units(left: int, right: int) -> None:
    one, other = Money(left, EUR), Money(right, EUR)
    assert (one + other).minor == left + right
    assert (one - other).minor == left - right
    assert ((one < other), (one <= other), (one > other), (one >= other), (one == other)) == (
        (left < right), (left <= right), (left > right), (left >= right), (left == right),
    )  # fmt: skip
    assert abs(one).minor == abs(left)
    assert -one + one == Money.zero(EUR)
    assert bool(one) is bool(left)
    assert sum([one, other], Money.zero(EUR)) == one + other


@given(minor=MINOR, known=CURRENCY)
def test_the_text_of_an_amount_is_exact(minor: int, known: Currency) -> None:
    amount = Money(minor, known)
    assert amount.as_decimal() * 10**known.exponent == minor
    assert Money.rounded(amount.as_decimal(), known) == amount
    assert len(amount.decimal_text().partition(".")[2]) == known.exponent


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Money(123450, EUR), "1234.50"), (Money(-5, EUR), "-0.05"), (Money(100, JPY), "100"), (Money(0, KWD), "0.000")],
)
def test_the_text_of_an_amount_has_every_decimal_and_no_grouping(amount: Money, text: str) -> None:
    assert amount.decimal_text() == text
    assert str(amount) == f"{text} {amount.currency.code}"


@given(numerator=st.integers(), denominator=st.integers().filter(bool))
def test_rounding_agrees_with_decimal_and_is_symmetric(numerator: int, denominator: int) -> None:
    rounded = round_half_up(numerator, denominator)
    exact = Fraction(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)
    assert round_half_up(-numerator, denominator) == -rounded == round_half_up(numerator, -denominator)


@given(tenths=st.integers(-(10**15), 10**15))
def test_rounding_is_what_decimal_calls_half_up(tenths: int) -> None:
    assert round_half_up(tenths, 10) == int((Decimal(tenths) / 10).quantize(Decimal(1), ROUND_HALF_UP))


def test_nothing_is_divided_by_zero() -> None:
    with pytest.raises(ValueError, match="zero"):
        round_half_up(1, 0)


@given(minor=MINOR, known=CURRENCY, weights=WEIGHTS)
def test_the_parts_of_a_split_sum_to_the_whole(minor: int, known: Currency, weights: list[int]) -> None:
    whole = Money(minor, known)
    parts = whole.split(weights)
    assert len(parts) == len(weights)
    assert sum(parts, Money.zero(known)) == whole
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(minor * weight, sum(weights))
        assert abs(part.minor - exact) < 1
        assert part.minor * minor >= 0
        assert weight or not part
    assert (-whole).split(weights) == tuple(-part for part in parts)


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        ("10.00", [70, 30], ["7.00", "3.00"]),  # RepairDesk#1326
        ("8015.00", [1800, 8200, 4350], ["1005.37", "4580.00", "2429.63"]),  # N-07, Oracle Fusion
        ("2200.00", [900, 720, 480], ["942.86", "754.28", "502.86"]),  # N-09, Zuora prints a cent too much
        ("0.01", [1, 1], ["0.01", "0.00"]),
        ("-0.01", [1, 1], ["-0.01", "0.00"]),
        ("1.00", [1, 1, 1], ["0.34", "0.33", "0.33"]),
    ],
)
def test_a_split_as_worked_by_hand(whole: str, weights: list[int], parts: list[str]) -> None:
    assert eur(whole).split(weights) == tuple(eur(part) for part in parts)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 1], [-1]])
def test_a_split_needs_a_weight_and_none_below_zero(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        eur("1.00").split(weights)
