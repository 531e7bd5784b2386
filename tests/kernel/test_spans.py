"""Half-open spans and calendar months."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.spans import Span, add_months, month_end, month_of, month_start

DAY = st.dates(date(1990, 1, 1), date(2199, 12, 31))
SPAN = st.builds(lambda start, days: Span(start, start + timedelta(days=days)), DAY, st.integers(1, 4000))


def test_a_span_holds_its_start_and_not_its_end() -> None:
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    assert year.days == 365
    assert year.last == date(2026, 12, 31)
    assert year.contains(date(2026, 1, 1))
    assert not year.contains(date(2027, 1, 1))
    assert year == Span.through(date(2026, 1, 1), date(2026, 12, 31))


def test_an_empty_span_cannot_exist() -> None:
    with pytest.raises(ValueError, match="must end after"):
        Span(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="must end after"):
        Span.through(date(2026, 1, 2), date(2026, 1, 1))
    assert Span.through(date(2026, 1, 1), date(2026, 1, 1)).days == 1


def test_a_span_from_the_last_day_of_a_month_keeps_its_tiny_first_month() -> None:
    """frappe/erpnext#40865: 31 January to 30 July touches seven months, the first with one day."""
    months = Span.through(date(2026, 1, 31), date(2026, 7, 30)).months()
    assert [month.days for month in months] == [1, 28, 31, 30, 31, 30, 30]


@given(span=SPAN)
def test_the_months_of_a_span_make_up_the_span(span: Span) -> None:
    months = span.months()
    assert sum(month.days for month in months) == span.days
    assert months[0].start == span.start
    assert months[-1].end == span.end
    for month, following in itertools.pairwise(months):
        assert month.end == following.start
    assert all(month_of(month.start).overlap(month) == month for month in months)


@given(one=SPAN, other=SPAN)
def test_an_overlap_is_the_days_in_both(one: Span, other: Span) -> None:
    both = one.overlap(other)
    assert both == other.overlap(one)
    if both is None:
        assert one.end <= other.start or other.end <= one.start
    else:
        assert all(span.contains(day) for span in (one, other) for day in (both.start, both.last))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_the_same_day_months_later_or_the_last_of_a_shorter_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(day=DAY)
def test_a_month_runs_from_its_first_to_its_last_day(day: date) -> None:
    assert month_start(day).day == 1
    assert (month_end(day) + timedelta(days=1)).day == 1
    assert month_of(day).contains(day)
