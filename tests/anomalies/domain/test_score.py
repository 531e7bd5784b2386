"""The learned score: its sum, its memory, its order, on invoices that are made up here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.score import KINDS, Scored, Scorer
from counterfoil.kernel.canonical import canonical_bytes

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
    assert scored.score_micro > 200_000


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


@given(st.lists(invoices, max_size=30), st.integers(0, 30))
def test_what_comes_later_changes_no_earlier_score(rows: list[InvoiceFacts], cut: int) -> None:
    assert stream(a_scorer(), rows)[:cut] == stream(a_scorer(), rows[:cut])


@given(st.lists(invoices, max_size=30), st.lists(invoices, max_size=6))
def test_a_stored_state_scores_and_learns_on_as_if_it_had_never_been_stored(
    before: list[InvoiceFacts], after: list[InvoiceFacts]
) -> None:
    scorer = a_scorer([*a_history(), *before])
    customers = {name: scorer.customer_state(name) or {} for name in scorer.customers}
    stored = json.loads(canonical_bytes([scorer.shared_state(), customers]))
    restored = Scorer.restored(*stored)
    assert stream(restored, after) == stream(scorer, after)
    assert canonical_bytes(restored.shared_state()) == canonical_bytes(scorer.shared_state())
    for name in scorer.customers:
        assert canonical_bytes(restored.customer_state(name)) == canonical_bytes(scorer.customer_state(name))


def test_a_state_of_another_form_is_not_read() -> None:
    with pytest.raises(ValueError, match="anomalies-1"):
        Scorer.restored({"form": "anomalies-0"}, {})


def test_what_is_remembered_of_a_customer_does_not_grow_with_its_history() -> None:
    random = Random(3)

    def remembered(count: int) -> int:
        scorer = Scorer()
        for number in range(count):
            amount = random.randrange(1, 10**9)
            scorer.learn(replace(an_invoice(number, amount=amount, term=f"T{number % 200}"), customer_name=str(number)))
        return len(canonical_bytes(scorer.customer_state("C1")))

    assert remembered(20_000) < 1.2 * remembered(5_000)


def test_a_new_customer_is_compared_with_its_segment_and_that_is_said() -> None:
    scorer = a_scorer()
    scored = scorer.score(replace(an_invoice(60), customer="C3"))
    assert (scored.basis, scored.earlier, scored.segment) == ("segment", 0, "north|EUR")
    assert scored.score_micro < 50_000
    assert scorer.score(replace(an_invoice(60), customer="C3", unit="south")).basis == "ledger"
    assert scorer.score(an_invoice(60)).basis == "customer"


def test_a_wrong_term_seen_twice_is_still_wrong_until_a_person_confirms_it() -> None:
    doubtful, confirmed = a_scorer(), a_scorer()
    changed = replace(an_invoice(60, amount=2_345_671), **WRONG["terms_change"])
    again = replace(changed, id="again", amount_minor=2_111_113, base_amount_minor=2_111_113)
    doubtful.learn(changed, doubtful.score(changed))
    confirmed.learn(changed)
    assert doubtful.score(again).score_micro > 2 * confirmed.score(again).score_micro


def test_an_unknown_discount_is_not_compared() -> None:
    scorer = a_scorer([replace(facts, discount_micro=None) for facts in a_history()])
    assert scorer.score(replace(an_invoice(60, amount=2_345_671), discount_micro=None)).score_micro < 50_000


def stream(scorer: Scorer, rows: list[InvoiceFacts]) -> list[Scored]:
    """Score each row, then learn it."""
    found = []
    for facts in rows:
        found.append(scorer.score(facts))
        scorer.learn(facts, found[-1])
    return found


@pytest.mark.parametrize(("days", "doubted"), [(7, 1), (30, 0)])
def test_a_subscription_of_one_amount_is_no_row_of_copies(days: int, doubted: int) -> None:
    """A new customer's first repeat within ten days may be doubted; after that it is a habit."""
    scorer = a_scorer()
    start = DAY + timedelta(days=40)
    scored = stream(scorer, [a_subscription(start + timedelta(days=number * days)) for number in range(20)])
    assert len([one.label for one in scored if one.score_micro > 200_000]) <= doubted


def a_subscription(day: date) -> InvoiceFacts:
    facts = an_invoice(0, amount=49_900)
    return replace(
        facts,
        id=str(day),
        customer="C4",
        posting_date=day,
        baseline_date=day,
        due_date=day + timedelta(days=30),
    )


def test_many_invoices_of_nearly_one_amount_in_a_window_are_scored() -> None:
    scorer = a_scorer()
    for number in range(300):
        scorer.learn(replace(an_invoice(60, amount=1_000_000 + number), id=f"near {number}"))
    scored = scorer.score(an_invoice(60, amount=1_000_005))
    assert sum(one.amount_micro for one in scored.contributions) == scored.score_micro
