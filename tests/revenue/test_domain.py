"""When revenue is earned: worked examples, and what holds for every schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.currency import EUR, USD
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.revenue.domain import Obligation, first_open_days, pieces, shared_base, trued_up
from counterfoil.standards.domain import Recognition

SPANS = st.builds(
    lambda start, days: Span(start, start + timedelta(days=days)),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(1, 4_000),
)


def over(service: Span, minor: int, *, released: int = 0, through: date | None = None, credited: int = 0) -> Obligation:
    money = [Money(value, EUR) for value in (minor, credited, released)]
    return Obligation(
        1, "contract-line:1", 7, 3, money[0], money[0], Recognition.OVER_TIME, service.start, service.end,
        money[1], money[1], money[2], money[2], through, "C-0001",
    )  # fmt: skip


def released(service: Span, minor: int, through: date | None = None) -> list[int]:
    return [piece.amount.minor for piece in pieces(over(service, minor), through or service.end)]


def test_a_service_is_released_by_the_days_of_each_month() -> None:
    """Stripe, revenue settings, "per day": 120 USD, 15 June to 13 October: 16, 31, 31, 30, 12."""
    assert released(Span(date(2026, 6, 15), date(2026, 10, 13)), 12_000) == [1_600, 3_100, 3_100, 3_000, 1_200]


def test_a_month_straddled_is_divided_by_its_days() -> None:
    """Stripe, contra examples: 31 USD for 15 January to 14 February: 17 and 14."""
    assert released(Span(date(2026, 1, 15), date(2026, 2, 15)), 3_100) == [1_700, 1_400]


def test_three_months_are_released_by_days() -> None:
    """Stripe, credit note example: 90 for 1 January to 31 March 2026: 31, 28, 31."""
    assert released(Span(date(2026, 1, 1), date(2026, 4, 1)), 9_000) == [3_100, 2_800, 3_100]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_a_tiny_first_month_does_not_stop_the_schedule(day: int) -> None:
    """P-36: frappe/erpnext#40865, #42647. A cent is earned when half of the time is past."""
    service = Span(date(2027, 1, day), date(2027, 7, 30))
    assert released(service, 1) == [1]
    assert sum(released(service, 100_00)) == 100_00
    assert len(released(service, 100_00)) == 7


def test_a_month_counts_when_its_last_day_of_service_has_come() -> None:
    service = Span(date(2026, 6, 15), date(2026, 10, 13))
    assert released(service, 12_000, date(2026, 6, 29)) == []
    assert released(service, 12_000, date(2026, 6, 30)) == [1_600]
    assert released(service, 12_000, date(2026, 10, 11)) == [1_600, 3_100, 3_100, 3_000]
    assert released(service, 12_000, date(2026, 10, 12)) == [1_600, 3_100, 3_100, 3_000, 1_200]


def test_a_service_of_a_hundred_years_needs_no_table() -> None:
    century = Span(date(2026, 1, 1), date(2126, 1, 1))
    assert released(century, 10_000, date(2026, 1, 30)) == []
    assert sum(released(century, 10_000)) == 10_000


def test_a_full_credit_takes_back_everything_released() -> None:
    service = Span(date(2026, 1, 1), date(2026, 4, 1))
    standing = over(service, 9_000, released=5_900, through=date(2026, 2, 28))
    back = trued_up(standing, standing.amount, standing.base, date(2026, 3, 10))
    assert back is not None
    assert (back.amount.minor, back.posted_on) == (-5_900, date(2026, 3, 10))


def test_a_partial_credit_is_caught_up_at_once() -> None:
    """As if the price had been 60 from the start: 39.33 through February instead of 59.00, the rest in March."""
    service = Span(date(2026, 1, 1), date(2026, 4, 1))
    standing = over(service, 9_000, released=5_900, through=date(2026, 2, 28))
    third = Money(3_000, EUR)
    back = trued_up(standing, third, third, date(2026, 3, 10))
    assert back is not None
    assert back.amount.minor == 3_933 - 5_900
    after = over(service, 9_000, released=3_933, through=date(2026, 2, 28), credited=3_000)
    assert [piece.amount.minor for piece in pieces(after, date(2026, 12, 31))] == [6_000 - 3_933]


def test_what_belongs_to_closed_months_moves_to_the_first_open_day() -> None:
    closed = [date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1)]
    moved = first_open_days([date(2026, 4, 30), date(2026, 5, 12), date(2026, 6, 30), date(2026, 7, 1)], closed)
    assert moved == {
        date(2026, 4, 1): date(2026, 6, 1),
        date(2026, 5, 1): date(2026, 6, 1),
        date(2026, 7, 1): date(2026, 8, 1),
    }


@given(service=SPANS, minor=st.integers(-(10**12), 10**14))
def test_releases_sum_to_the_price_and_never_run_back(service: Span, minor: int) -> None:
    parts = released(service, minor)
    assert sum(parts) == minor
    assert all(part * minor > 0 for part in parts)


@given(service=SPANS, minor=st.integers(1, 10**12), stops=st.lists(st.integers(0, 4_000), max_size=6))
def test_releasing_in_steps_comes_to_the_same_as_at_once(service: Span, minor: int, stops: list[int]) -> None:
    standing, parts = over(service, minor), []
    for stop in [*sorted(stops), service.days]:
        step = pieces(standing, service.start + timedelta(days=stop))
        if step:
            parts += [piece.amount.minor for piece in step]
            standing = over(service, minor, released=sum(parts), through=step[-1].earned_on)
    assert parts == released(service, minor)
    assert pieces(standing, service.end) == []


@given(service=SPANS, minor=st.integers(1, 10**12), share=st.integers(0, 100), through=st.integers(0, 4_000))
def test_after_a_credit_the_rest_sums_to_what_is_left(service: Span, minor: int, share: int, through: int) -> None:
    done = pieces(over(service, minor), service.start + timedelta(days=through))
    sofar = sum(piece.amount.minor for piece in done)
    last = done[-1].earned_on if done else None
    standing = over(service, minor, released=sofar, through=last)
    credited = Money(minor * share // 100, EUR)
    back = trued_up(standing, credited, credited, service.end)
    sofar += back.amount.minor if back else 0
    rest = pieces(over(service, minor, released=sofar, through=last, credited=credited.minor), service.end)
    assert sofar + sum(piece.amount.minor for piece in rest) == minor - credited.minor


@given(total=st.integers(-(10**12), 10**12), amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
def test_base_amounts_are_shared_out_exactly(total: int, amounts: list[int]) -> None:
    shares = shared_base(Money(total, EUR), [Money(minor, USD) for minor in amounts])
    assert sum(share.minor for share in shares) == total
    assert len(shares) == len(amounts)
