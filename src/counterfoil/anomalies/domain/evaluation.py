"""How good a score is on invoices of which it is known what was done to them; and two simple scores to beat."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.profiles import View, view

TOP: Final = 0.01
ALERTS: Final = 0.05
SPLIT: Final = "split"
POLICY_LIMIT: Final = 30
"""The discount limit of the static rules, in half points."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What one scoring of one file is worth; all shares from 0 to 1.

    `recall_of` is the recall at 5 % alerts by kind; of splits also `sets_caught`: the share of sets of which a part was
    among the alerts no later than the one with which they pass the limit together.
    """

    rows: int
    wrong: int
    average_precision: float
    precision_at_1: float
    recall_at_5: float
    recall_of: dict[str, float]
    sets_caught: float


def measures(new: Sequence[InvoiceFacts], scores: Sequence[float], labels: Sequence[str], limit_minor: int) -> Measures:
    """Judge the scores of a file.

    Args:
        labels: what was done to each row, empty where nothing was.
        limit_minor: the limit, in base currency, below which the parts of a split stay.
    """
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    alerts = set(order[: round(len(order) * ALERTS)])
    top = order[: round(len(order) * TOP)]
    wrong = sum(1 for label in labels if label)
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for place, label in enumerate(labels):
        if label:
            by_kind[label].append(place in alerts)
    return Measures(
        rows=len(scores),
        wrong=wrong,
        average_precision=average_precision(scores, [bool(label) for label in labels]),
        precision_at_1=_share(bool(labels[place]) for place in top),
        recall_at_5=sum(1 for place in alerts if labels[place]) / wrong if wrong else 0.0,
        recall_of={kind: _share(found) for kind, found in sorted(by_kind.items())},
        sets_caught=_sets_caught(new, labels, alerts, limit_minor),
    )


def average_precision(scores: Sequence[float], is_wrong: Sequence[bool]) -> float:
    """Return the mean, over the wrong ones, of the precision down to their score; equal scores count as one rank."""
    ranked = sorted(zip(scores, is_wrong, strict=True), key=lambda pair: -pair[0])
    total, found, sum_of_precision, place = sum(is_wrong), 0, 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        among = sum(1 for _, wrong in ranked[place:end] if wrong)
        found += among
        sum_of_precision += among * found / end
        place = end
    return sum_of_precision / total if total else 0.0


def _sets_caught(new: Sequence[InvoiceFacts], labels: Sequence[str], alerts: set[int], limit_minor: int) -> float:
    """Parts of one set share customer, baseline and due date."""
    sets: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, (facts, label) in enumerate(zip(new, labels, strict=True)):
        if label == SPLIT:
            sets[facts.customer, facts.baseline_date, facts.due_date].append(place)
    return _share(_is_caught_in_time(new, places, alerts, limit_minor) for places in sets.values())


def _is_caught_in_time(new: Sequence[InvoiceFacts], places: Sequence[int], alerts: set[int], limit_minor: int) -> bool:
    together = 0
    for place in places:
        together += new[place].base_amount_minor
        if place in alerts:
            return True
        if together > limit_minor:
            return False
    return False


def _share(found: Iterable[bool]) -> float:
    counted = Counter(found)
    return counted[True] / counted.total() if counted else 0.0


def by_static_rules(history: Sequence[InvoiceFacts], new: Sequence[InvoiceFacts]) -> list[float]:
    """Score by what an ERP can be set to check: how many of its four rules an invoice breaks.

    A discount over the policy limit, a term other than the customer's last, an amount that the customer had before,
    a multiple of a thousand.
    """
    last: dict[str, str] = {}
    amounts: set[tuple[str, int]] = set()
    scores = []
    for is_new, facts in _in_order(history, new):
        row = view(facts)
        if is_new:
            broken = (
                bool(row.discount) and int(row.discount) > POLICY_LIMIT,
                last.get(facts.customer, facts.term_code) != facts.term_code,
                (facts.customer, facts.amount_minor) in amounts,
                row.zeros >= 5,
            )
            scores.append(float(sum(broken)))
        last[facts.customer] = facts.term_code
        amounts.add((facts.customer, facts.amount_minor))
    return scores


def by_raw_fields(history: Sequence[InvoiceFacts], new: Sequence[InvoiceFacts]) -> list[float]:
    """Score by the raw fields, as detectors of outliers do: the rarest tail that amount, days and discount reach.

    The tails are those of all history, whoever the customer is (ECOD's idea, Li et al. 2022).
    """
    columns = [sorted(values) for values in zip(*(_raw(view(facts)) for facts in history), strict=True)]
    scores = []
    for facts in new:
        tails = [
            min(bisect_right(column, value), len(column) - bisect_left(column, value)) / max(len(column), 1)
            for column, value in zip(columns, _raw(view(facts)), strict=True)
        ]
        scores.append(1 - min(tails, default=1.0))
    return scores


def _in_order(history: Sequence[InvoiceFacts], new: Sequence[InvoiceFacts]) -> Iterable[tuple[bool, InvoiceFacts]]:
    yield from ((False, facts) for facts in history)
    yield from ((True, facts) for facts in new)


def _raw(row: View) -> tuple[int, ...]:
    return (row.facts.base_amount_minor, row.net, row.lag, int(row.discount or "0"))
