"""A round figure from a customer whose amounts never are: more often typed than computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.anomalies.habit import zeros
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many deals, how many zeros more than ever before, and how many at least (1,000.00 has five)."""

    holds: bool = False
    least_deals: int = 12
    least_zeros: int = 5
    more_than_before: int = 3


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare the zeros at the end with the most that any deal of the customer had."""
    habit = facts.habit
    if habit.deals < policy.least_deals or facts.it.what is What.INSTALMENT or not habit.ends:
        return ()
    own = zeros(facts.it.net.minor)
    most = max(int(count) for count in habit.ends)
    if own < policy.least_zeros or own - most < policy.more_than_before:
        return ()
    said: dict[str, Fact] = {
        "amount": facts.it.net.decimal_text(),
        "currency": facts.it.currency.code,
        "deals": habit.deals,
        "customer": facts.buyer.name,
    }
    return (noticed(facts, "round_amount", "amount", said, evidence=(f"none of {habit.deals} deals is as round",)),)
