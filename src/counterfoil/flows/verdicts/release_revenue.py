"""What was earned through a day, and the day on which a right to payment became unconditional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from counterfoil.decisions.domain import Consulted, Verdict
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.revenue import domain
from counterfoil.revenue.domain import Obligation
from counterfoil.standards.domain import Recognition

KIND = "release_revenue"
VERSION = "straight-line-by-day-2"


def released_inputs(through: date, today: date, closed: Sequence[date], seen: Sequence[Obligation]) -> dict[str, Fact]:
    """Put together what a release is decided on: every promise of which something is earned, as it stood before."""
    return {
        "what": "release",
        "through": through.isoformat(),
        "today": today.isoformat(),
        "closed": [month.isoformat() for month in closed],
        "promises": [_json(one) for one in seen],
    }


def unconditional_inputs(day: date, closed: Sequence[date]) -> dict[str, Fact]:
    """Put together what a right to payment is decided on: the day that was agreed, and the months that are closed."""
    return {
        "what": "unconditional",
        "day": day.isoformat(),
        "closed": [month.isoformat() for month in closed if month >= day.replace(day=1)],
    }


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide about a release, or about a right to payment, from what was stored."""
    closed = [date.fromisoformat(month) for month in inputs_["closed"]]
    if inputs_["what"] == "unconditional":
        day = date.fromisoformat(inputs_["day"])
        on = domain.first_open_days([day], closed).get(day.replace(day=1), day)
        return Verdict("unconditional", "right_to_payment_unconditional", {"on": on.isoformat()})
    through, today = date.fromisoformat(inputs_["through"]), date.fromisoformat(inputs_["today"])
    promises = [_of(kept) for kept in inputs_["promises"]]
    found = domain.check_schedules(promises, through, today)
    held = [finding for findings in found for finding in findings]
    if held:
        return Verdict("held", held[0].code, held[0].facts)
    pieces = [piece for promise in promises for piece in domain.pieces(promise, through)]
    instead = domain.first_open_days([piece.earned_on for piece in pieces], closed)
    facts: dict[str, Fact] = {
        "through": through.isoformat(),
        "obligations": len({piece.obligation_id for piece in pieces}),
        "base_minor": sum([piece.base.minor for piece in pieces]),
        "caught_up": {f"{month:%Y-%m}": day.isoformat() for month, day in sorted(instead.items())},
    }
    return Verdict("released", "revenue_released", facts)


def _json(one: Obligation) -> list[Fact]:
    """Write a promise shortly: there may be thousands in one release."""
    return [
        one.id, one.source, one.reference, one.amount.currency.code, one.base.currency.code, one.recognition.value,
        None if one.earned_from is None else one.earned_from.isoformat(),
        None if one.earned_until is None else one.earned_until.isoformat(),
        None if one.released_through is None else one.released_through.isoformat(),
        one.amount.minor, one.base.minor, one.credited.minor, one.base_credited.minor, one.released.minor,
        one.base_released.minor,
    ]  # fmt: skip


def _of(kept: Sequence[Any]) -> Obligation:
    (
        id_, source, reference, money, base, recognition, start, end, through, amount, base_amount, credited,
        base_credited, released, base_released,
    ) = kept  # fmt: skip
    unit, base_unit = currency(money), currency(base)
    days = [None if day is None else date.fromisoformat(day) for day in (start, end, through)]
    return Obligation(
        id_,
        source,
        None,
        0,
        Money(amount, unit),
        Money(base_amount, base_unit),
        Recognition(recognition),
        days[0],
        days[1],
        Money(credited, unit),
        Money(base_credited, base_unit),
        Money(released, unit),
        Money(base_released, base_unit),
        days[2],
        reference,
    )
