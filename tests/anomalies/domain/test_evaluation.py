"""The measures by which scores are judged, on cases small enough to count by hand."""

from __future__ import annotations

from datetime import date

import pytest

from counterfoil.anomalies.domain.evaluation import average_precision, by_static_rules, measures
from counterfoil.anomalies.domain.facts import InvoiceFacts

DAY = date(2026, 3, 2)


def an_invoice(number: int, *, customer: str = "C", amount: int = 12_345, term: str = "N30") -> InvoiceFacts:
    return InvoiceFacts(
        f"I{number}", "north", customer, "Ada Ltd", DAY, DAY, date(2026, 4, 1), term, "EUR", amount, amount, 20_000
    )


@pytest.mark.parametrize(
    ("scores", "wrong", "expected"),
    [
        ([4, 3, 2, 1], [True, False, True, False], (1 / 1 + 2 / 3) / 2),
        ([1, 1, 1, 1], [True, False, False, False], 1 / 4),
        ([1, 2], [False, False], 0),
        ([], [], 0),
    ],
)
def test_average_precision_counts_equal_scores_as_one_rank(
    scores: list[float], wrong: list[bool], expected: float
) -> None:
    assert average_precision(scores, wrong) == pytest.approx(expected)


@pytest.mark.parametrize(("flagged", "caught"), [(0, 1.0), (1, 1.0), (2, 0.0)])
def test_a_set_is_caught_no_later_than_with_the_part_that_passes_the_limit(flagged: int, caught: float) -> None:
    parts = [an_invoice(number, amount=3_000_000) for number in range(3)]
    others = [an_invoice(number) for number in range(3, 20)]
    scores = [0.0] * 20
    scores[flagged] = 1.0
    found = measures([*parts, *others], scores, ["split"] * 3 + [""] * 17, 5_000_000)
    assert (found.sets_caught, found.recall_of) == (caught, {"split": pytest.approx(1 / 3)})


def test_static_rules_count_what_they_find() -> None:
    new = [an_invoice(1, amount=100_000, term="N60"), an_invoice(2), an_invoice(3, customer="D")]
    assert by_static_rules([an_invoice(0)], new) == [2.0, 2.0, 0.0]
