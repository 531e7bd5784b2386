"""What is said beside each kind of error: the value that was seen, and the figures that it was compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.domain.facts import written
from counterfoil.anomalies.domain.habits import Habit
from counterfoil.anomalies.domain.profiles import CustomerProfile, Recent, View
from counterfoil.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice beside its customer, and what stood out: the copy, the other parts, by how many places it slipped."""

    row: View
    customer: CustomerProfile
    usual_net: int
    places: int
    copy: Recent | None
    parts: list[Recent]
    limit_minor: int


def _terms(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row, habit = seen.row, seen.customer.terms
    facts: dict[str, Fact] = {
        "term": row.term,
        "usual": habit.usual,
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
        "seen": habit.counts.get(row.term, 0),
    }
    return row.term, facts


def _due(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row = seen.row
    return row.facts.due_date.isoformat(), {
        "term": row.term,
        "days": row.net,
        "usual_days": seen.usual_net,
        "due_date": row.facts.due_date.isoformat(),
    }


def _percent(halves: str) -> str:
    return f"{int(halves) / 2:g}" if halves else "–"


def _discount(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row, habit = seen.row, seen.customer.discounts
    return _percent(row.discount), {
        "percent": _percent(row.discount),
        "usual_percent": _percent(habit.usual),
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
    }


def _other(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row = seen.row
    return row.facts.customer, {
        "customer": row.facts.customer_name or row.facts.customer,
        "term": row.term,
        "unit": row.facts.unit,
        "currency": row.facts.currency,
        "percent": _percent(row.discount),
        "amount": written(row.facts.amount_minor, row.facts.currency),
        "earlier": seen.customer.total,
    }


def _slip(seen: Seen) -> tuple[str, dict[str, Fact]]:
    amount = written(seen.row.facts.amount_minor, seen.row.facts.currency)
    return amount, {
        "amount": amount,
        "currency": seen.row.facts.currency,
        "places": seen.places,
        "earlier": seen.customer.total,
    }


def _round(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row, zeros = seen.row, seen.customer.zeros
    amount = written(row.facts.amount_minor, row.facts.currency)
    return amount, {
        "amount": amount,
        "currency": row.facts.currency,
        "of_round": sum(count for many, count in zeros.counts.items() if int(many) >= row.zeros),
        "earlier": zeros.total,
    }


def _back(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row = seen.row
    habit = seen.customer.lags.get(row.term) or Habit()
    return row.facts.baseline_date.isoformat(), {
        "term": row.term,
        "days": row.lag,
        "usual_days": int(habit.usual or "0"),
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
        "baseline_date": row.facts.baseline_date.isoformat(),
    }


def _copy(seen: Seen) -> tuple[str, dict[str, Fact]]:
    row, copy = seen.row, seen.copy
    assert copy is not None
    return copy.id, {
        "other": copy.id,
        "days": row.posted - copy.posted,
        "amount": written(row.facts.amount_minor, row.facts.currency),
        "other_amount": written(copy.amount, row.facts.currency),
        "currency": row.facts.currency,
    }


def _parts(seen: Seen) -> tuple[str, dict[str, Fact]]:
    together = seen.row.facts.base_amount_minor + sum(one.base_amount for one in seen.parts)
    return str(len(seen.parts) + 1), {
        "parts": len(seen.parts) + 1,
        "others": [one.id for one in seen.parts[-8:]],
        "together": written(together, ""),
        "limit": written(seen.limit_minor, ""),
    }


FIGURES: Final[Mapping[str, Callable[[Seen], tuple[str, dict[str, Fact]]]]] = {
    "terms_change": _terms,
    "due_mismatch": _due,
    "discount_inflate": _discount,
    "wrong_customer": _other,
    "decimal_slip": _slip,
    "round_amount": _round,
    "backdated": _back,
    "duplicate": _copy,
    "split": _parts,
}
