"""Instalments divide a contract's lines exactly, whatever the span."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.contracts.domain import billing_periods, instalments
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.standards.domain import Billing, DealLine, Recognition
from tests.builders import EUR, eur

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
SPANS = st.builds(lambda start, days: Span(start, start + timedelta(days=days)), DAYS, st.integers(1, 3_000))


def a_line(minor: int, service: Span | None = None, delivered_on: date | None = None) -> DealLine:
    recognition = Recognition.OVER_TIME if service else Recognition.POINT_IN_TIME
    return DealLine(
        1, "SUB", "x", 10**6, eur(minor), Decimal(0), eur(minor), "standard", recognition, service, delivered_on
    )


def test_a_year_billed_monthly_has_twelve_equal_instalments_on_the_same_day() -> None:
    year = Span(date(2026, 3, 15), date(2027, 3, 15))
    parts = instalments([a_line(120_000, year)], Billing.MONTHLY, date(2026, 3, 1))
    assert [part.net.minor for part in parts] == [10_000] * 12
    assert parts[0].invoice_date == date(2026, 3, 15)
    assert parts[11].invoice_date == date(2027, 2, 15)
    assert parts[11].services == (Span(date(2027, 2, 15), date(2027, 3, 15)),)


def test_what_cannot_be_divided_evenly_goes_to_the_first_instalments() -> None:
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    parts = instalments([a_line(10_000, year)], Billing.QUARTERLY, date(2026, 1, 1))
    assert [part.net.minor for part in parts] == [2_500] * 4
    parts = instalments([a_line(10_001, year)], Billing.QUARTERLY, date(2026, 1, 1))
    assert [part.net.minor for part in parts] == [2_501, 2_500, 2_500, 2_500]


def test_a_service_from_the_last_day_of_a_month_is_billed_on_the_last_days() -> None:
    half = Span(date(2027, 1, 31), date(2027, 7, 31))
    starts = [period.start for period in billing_periods(half, 1)]
    assert starts == [date(2027, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30))]


def test_goods_are_invoiced_with_the_first_instalment() -> None:
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    parts = instalments([a_line(50_000), a_line(120_000, year)], Billing.MONTHLY, date(2026, 1, 1))
    assert [part.net.minor for part in parts] == [60_000] + [10_000] * 11
    assert parts[0].nets == (eur(50_000), eur(10_000))
    assert parts[1].services[0] is None


def test_a_short_last_period_counts_by_its_days() -> None:
    span = Span(date(2026, 1, 1), date(2026, 2, 15))
    parts = instalments([a_line(42_000, span)], Billing.MONTHLY, date(2026, 1, 1))
    assert [part.net.minor for part in parts] == [28_000, 14_000]  # 28 and 14 of February's days


def test_nothing_is_invoiced_before_the_contract_was_signed() -> None:
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    parts = instalments([a_line(120_000, year)], Billing.QUARTERLY, date(2026, 5, 20))
    assert [part.invoice_date for part in parts] == [
        date(2026, 5, 20), date(2026, 5, 20), date(2026, 7, 1), date(2026, 10, 1),
    ]  # fmt: skip


def test_without_a_service_everything_is_invoiced_at_once() -> None:
    parts = instalments([a_line(500, delivered_on=date(2026, 1, 5))], Billing.MONTHLY, date(2026, 1, 1))
    assert [(part.net, part.invoice_date) for part in parts] == [(eur(500), date(2026, 1, 1))]


@given(
    minors=st.lists(st.tuples(st.integers(-(10**9), 10**12), st.none() | SPANS), min_size=1, max_size=5),
    billing=st.sampled_from(Billing),
    signed=DAYS,
)
def test_the_parts_of_each_line_sum_to_the_line(
    minors: list[tuple[int, Span | None]], billing: Billing, signed: date
) -> None:
    lines = [a_line(minor, span) for minor, span in minors]
    parts = instalments(lines, billing, signed)
    for at, line in enumerate(lines):
        assert sum((part.nets[at] for part in parts), Money.zero(EUR)) == line.net
    assert [part.no for part in parts] == list(range(1, len(parts) + 1))
    assert all(part.invoice_date >= signed for part in parts)


@given(span=SPANS, months=st.sampled_from([1, 3, 12]))
def test_billing_periods_cover_the_span_without_a_gap(span: Span, months: int) -> None:
    periods = billing_periods(span, months)
    assert periods[0].start == span.start
    assert periods[-1].end == span.end
    assert all(one.end == other.start for one, other in pairwise(periods))
