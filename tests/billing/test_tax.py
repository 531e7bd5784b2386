"""Tax and rounding: worked examples, and what holds for every document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.billing.domain import TaxRate, TaxTable, line_net, opening_rates, tax_sums
from counterfoil.billing.domain.taxes import NoTaxRate, UnknownTaxCode
from counterfoil.kernel.currency import EUR, JPY, KWD
from counterfoil.kernel.money import Money

TABLE = TaxTable("DE", opening_rates())
DAY = date(2026, 11, 15)


def taxed(minor: int, percent: str) -> int:
    (one,) = tax_sums([(TaxRate("X", "", "standard", "VAT", Decimal(percent)), Money(minor, EUR))])
    return one.tax.minor


@pytest.mark.parametrize(
    ("minor", "percent", "tax"),
    [
        (-62_574_354, "25", -15_643_589),  # N-69: -156435.885, half away from zero
        (649_134, "25", 162_284),  # N-70: 1622.835
        (-649_134, "25", -162_284),
        (128, "16", 20),  # N-71: 0.2048
        (-171_050, "19", -32_500),  # ORACLES section 6: -324.995
        (-7_250, "19", -1_378),  # N-76: -13.775; the official rule also passes -12.78 and -14.78
        (866_800, "25", 216_700),  # N-74
        (6_918_000, "27", 1_867_860),  # N-77
        (38_000_000, "25", 9_500_000),  # N-73
    ],
)
def test_tax_is_rounded_half_away_from_zero(minor: int, percent: str, tax: int) -> None:
    assert taxed(minor, percent) == tax


def test_two_rates_and_a_negative_exempt_sum() -> None:
    """N-68 (ubl-tc434-example2): 25 % of 1460.50, 15 % of 1.00, exempt -25.00: 365.13 + 0.15 + 0 = 365.28."""
    high, low, exempt = (TaxRate(p, "", "", "VAT", Decimal(p)) for p in ("25", "15", "0"))
    sums = tax_sums([(high, Money(146_050, EUR)), (low, Money(100, EUR)), (exempt, Money(-2_500, EUR))])
    assert [one.tax.minor for one in sums] == [36_513, 15, 0]
    assert sum(one.base.minor + one.tax.minor for one in sums) == 180_178


def test_a_rate_is_rounded_once_on_the_sum_of_its_nets() -> None:
    """33.33 three times at 19 %: 18.9981 is 19.00, where each line apart would be 6.33 and 18.99 in all."""
    (one,) = tax_sums([(TABLE.rate("DE-19", DAY), Money(3_333, EUR))] * 3)
    assert (one.base.minor, one.tax.minor) == (9_999, 1_900)


def test_one_line_has_the_same_tax_by_line_and_by_document() -> None:
    """odoo/odoo#37896: 348.35 x 16 less 4 % at 22 % is 6527.81 in every view."""
    net = line_net(16 * 10**6, Money(34_835, EUR), Decimal(4))
    (one,) = tax_sums([(TABLE.rate("IT-22", DAY), net)])
    assert (net.minor, one.tax.minor, net.minor + one.tax.minor) == (535_066, 117_715, 652_781)


@pytest.mark.parametrize(
    ("quantity", "price", "net"),
    [
        (2_500_000, Money(101, EUR), 253),  # 2.5 x 1.01 = 2.525
        (333_333, Money(10_000, EUR), 3_333),
        (3_000_000, Money(10, EUR), 30),
        (1_000_000, Money(1_200, JPY), 1_200),
        (1_000_000, Money(1_234, KWD), 1_234),
        (1_000_000, Money(999_999_999_999_999, EUR), 999_999_999_999_999),
        (-2_500_000, Money(101, EUR), -253),
    ],
)
def test_a_line_is_rounded_once(quantity: int, price: Money, net: int) -> None:
    assert line_net(quantity, price, Decimal(0)).minor == net


def test_a_tax_class_means_the_rate_of_the_books_country_on_the_day() -> None:
    assert TABLE.code_for("standard", date(2019, 1, 1)) == "DE-19"
    assert TABLE.code_for("standard", date(2020, 12, 31)) == "DE-16"
    assert TABLE.code_for("standard", date(2021, 1, 1)) == "DE-19"
    assert TABLE.code_for("reduced", DAY) == "DE-7"
    assert TABLE.code_for("none", DAY) == "NONE"
    with pytest.raises(NoTaxRate):
        TaxTable("US", opening_rates()).code_for("standard", DAY)


def test_a_code_that_is_not_known_or_not_yet_in_force_is_refused() -> None:
    with pytest.raises(UnknownTaxCode):
        TABLE.rate("DE-20", DAY)
    with pytest.raises(UnknownTaxCode):
        TABLE.rate("DE-16", date(1997, 1, 1))


@given(
    nets=st.lists(
        st.tuples(st.sampled_from(["DE-19", "DE-7", "ZERO", "IT-22"]), st.integers(-(10**10), 10**12)), max_size=30
    )
)
def test_bases_sum_to_the_nets_and_tax_is_within_half_a_cent_for_each_rate(nets: list[tuple[str, int]]) -> None:
    sums = tax_sums([(TABLE.rate(code, DAY), Money(minor, EUR)) for code, minor in nets])
    assert sum(one.base.minor for one in sums) == sum(minor for _, minor in nets)
    assert len({one.rate.code for one in sums}) == len(sums)
    for one in sums:
        assert abs(one.base.minor * one.rate.percent / 100 - one.tax.minor) <= Decimal("0.5")


@given(quantity=st.integers(1, 10**10), price=st.integers(0, 10**8), discount=st.decimals(0, 100, places=4))
def test_a_discount_never_raises_a_line_and_a_full_one_leaves_nothing(
    quantity: int, price: int, discount: Decimal
) -> None:
    full = line_net(quantity, Money(price, JPY), Decimal(0))
    assert 0 <= line_net(quantity, Money(price, JPY), discount).minor <= full.minor
    assert line_net(quantity, Money(price, JPY), Decimal(100)).minor == 0
