"""Money of this customer that came from another bank account than all the money before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from counterfoil.anomalies.facts import DealFacts, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many payments an account is the usual one, and for how many days a new one is news."""

    holds: bool = False
    least_payments: int = 3
    news_days: int = 60


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Find an account that was first seen lately, after another had become the usual one."""
    since = facts.today - timedelta(days=policy.news_days)
    for new in facts.payers:
        if new.first < since:
            continue
        usual = [
            one
            for one in facts.payers
            if one.account != new.account and one.first < new.first and one.times >= policy.least_payments
        ]
        if not usual:
            continue
        before = max(usual, key=lambda one: one.times)
        said: dict[str, Fact] = {
            "customer": facts.buyer.name,
            "account": new.ending,
            "since": new.first.isoformat(),
            "usual": before.ending,
            "times": before.times,
            "until": before.last.isoformat(),
        }
        evidence = (f"{before.times} payments from {before.ending} until {before.last.isoformat()}",)
        return (noticed(facts, "bank_details_changed", "customer", said, evidence=evidence),)
    return ()
