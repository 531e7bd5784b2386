"""Buckets by days overdue."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.receivables.domain.aging import BUCKETS, bucket_of, buckets

AS_OF = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("overdue", "bucket"),
    [
        (-1, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91+"),
        (10_000, "91+"),
    ],
)
def test_the_boundary_days_fall_where_the_buckets_say(overdue: int, bucket: str) -> None:
    """ORACLES section 4: not overdue, 1-30, 31-60, 61-90, 91+."""
    assert bucket_of(AS_OF - timedelta(days=overdue), AS_OF) == bucket


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_ranges_of_due_dates_and_the_rule_for_one_agree(as_of: date, overdue: int) -> None:
    due = as_of - timedelta(days=overdue)
    inside = [
        bucket.name
        for bucket in buckets(as_of)
        if (bucket.due_from is None or due >= bucket.due_from) and (bucket.due_to is None or due <= bucket.due_to)
    ]
    assert inside == [bucket_of(due, as_of)]
    assert [bucket.name for bucket in buckets(as_of)] == list(BUCKETS)
