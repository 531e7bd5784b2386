"""The learned score: its sum, its memory, its order, on invoices that are made up here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.score import KINDS, Scorer

DAY = date(2026, 3, 2)


def an_invoice(number: int = 0, *, amount: int = 1_234_567, term: str = "N30", days: int = 30) -> InvoiceFacts:
    """Return an invoice of a customer with steady habits."""
    day = DAY + timedelta(days=number // 3)
    return InvoiceFacts(
        id=f"I{number}",
        unit="north",
        customer="C1",
        customer_name="Ada Ltd",
        posting_date=day,
        baseline_date=day,
        due_date=day + timedelta(days=days),
        term_code=term,
        currency="EUR",
        amount_minor=amount,
        base_amount_minor=amount,
        discount_micro=20_000,
    )


def a_history(count: int = 60, *, seed: int = 1) -> list[InvoiceFacts]:
    """Return invoices of two customers that differ in term and discount; amounts as varied as trade makes them."""
    random = Random(seed)
    rows = []
    for number in range(count):
        one = an_invoice(number, amount=int(2_000_000 * random.lognormvariate(0, 0.6)) * 2 + 1)
        if number % 3 == 0:
            one = replace(
                one,
                customer="C2",
                customer_name="Bo GmbH",
                term_code="N14",
                discount_micro=50_000,
                due_date=one.baseline_date + timedelta(days=14),
            )
        rows.append(one)
    return rows


def a_scorer(history: list[InvoiceFacts] | None = None) -> Scorer:
    scorer = Scorer()
    for facts in a_history() if history is None else history:
        scorer.learn(facts)
    return scorer


WRONG: dict[str, dict[str, Any]] = {
    "terms_change": {"term_code": "N90", "due_date": DAY + timedelta(days=20 + 90)},
    "due_mismatch": {"due_date": DAY + timedelta(days=20 + 65)},
    "discount_inflate": {"discount_micro": 160_000},
    "wrong_customer": {
        "term_code": "N14",
        "due_date": DAY + timedelta(days=20 + 14),
        "discount_micro": 50_000,
    },
    "decimal_slip": {"amount_minor": 200_123_400, "base_amount_minor": 200_123_400},
    "round_amount": {"amount_minor": 2_300_000, "base_amount_minor": 2_300_000},
    "backdated": {"baseline_date": DAY - timedelta(days=20)},
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_is_named(kind: str) -> None:
    usual = an_invoice(60, amount=2_345_671)
    scorer = a_scorer()
    assert scorer.score(usual).score_micro < 50_000
    scored = scorer.score(replace(usual, **WRONG[kind]))
    assert scored.label == kind
    assert scored.score_micro > 300_000


def test_a_copy_is_named_with_what_it_copies() -> None:
    scorer = a_scorer()
    original = an_invoice(60, amount=2_345_671)
    scorer.learn(original)
    copy = replace(an_invoice(69, amount=2_345_671), id="copy")
    scored = scorer.score(copy)
    assert scored.label == "duplicate"
    assert scored.contributions[0].facts["other"] == "I60"


def test_the_second_part_above_the_limit_is_named_as_a_split() -> None:
    scorer = a_scorer()
    first = an_invoice(60, amount=3_012_345)
    second = replace(
        first,
        id="second",
        posting_date=first.posting_date + timedelta(days=1),
        amount_minor=2_987_651,
        base_amount_minor=2_987_651,
    )
    assert scorer.score(first).label == ""
    scorer.learn(first)
    scored = scorer.score(second)
    assert scored.label == "split"
    assert scored.contributions[0].facts["together"] == "59999.96"


invoices = st.builds(
    an_invoice,
    st.integers(0, 90),
    amount=st.integers(-10, 10**14),
    term=st.sampled_from(("N30", "N14", "N60", "")),
    days=st.integers(-400, 400),
)


@given(st.lists(invoices, max_size=20))
def test_contributions_sum_to_the_score(rows: list[InvoiceFacts]) -> None:
    scorer = Scorer()
    for facts in rows:
        scored = scorer.score(facts)
        assert 0 <= scored.score_micro <= 1_000_000
        assert sum(one.amount_micro for one in scored.contributions) == scored.score_micro
        assert {one.feature for one in scored.contributions} <= {*KINDS, "remainder"}
        scorer.learn(facts)


def test_scoring_changes_nothing() -> None:
    scorer = a_scorer()
    facts = an_invoice(61)
    assert scorer.score(facts) == scorer.score(facts)
