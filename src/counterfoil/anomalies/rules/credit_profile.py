"""A term or an amount beyond what the customer is trusted with, unbilled contracts and what is overdue included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money
from counterfoil.policies.domain import credit_findings

IS_HARD: Final = True


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits themselves are the credit profile's; whether an instalment waits that was agreed within them."""

    holds: bool = True
    holds_billing: bool = False


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Hold the customer's profile against what it would owe.

    An instalment was agreed, and is among what the customer owes already: it adds nothing. What it is beyond by now is
    noted, for who is not invoiced does not pay; its term holds as ever.
    """
    is_agreed = facts.it.what is What.INSTALMENT
    added = 0 if is_agreed else facts.base_minor + facts.ahead_minor
    found = credit_findings(facts.profile, facts.exposure, added_minor=added, term_days=facts.it.term_days)
    is_minor = is_agreed and not policy.holds_billing
    return tuple(_said(facts, one, is_minor and one.code != "term_outside_credit_profile") for one in found)


def _said(facts: DealFacts, one: Finding, is_minor: bool) -> Finding:
    said: dict[str, Fact] = {**one.facts, "customer": facts.buyer.name, "currency": facts.base.code}
    for name in ("limit", "open", "unbilled", "added", "over", "overdue"):
        minor = one.facts.get(f"{name}_minor")
        if isinstance(minor, int):
            said[name] = Money(minor, facts.base).decimal_text()
    if one.code == "term_outside_credit_profile":
        said["passes"] = f"Net {one.facts['limit_days']}"
    over = one.facts.get("over_minor")
    profile = facts.profile
    limit = "none" if profile.limit_minor is None else str(Money(profile.limit_minor, facts.base))
    days = "any" if profile.max_term_days is None else f"{profile.max_term_days} days"
    return noticed(
        facts,
        one.code,
        one.field or "customer",
        said,
        stake=Money(over, facts.base) if isinstance(over, int) else None,
        would_pass=Explanation(f"pass_{one.code}", said),
        evidence=(
            f"{facts.profile_version}: {facts.buyer.name}, class {profile.risk_class.value}, limit {limit}, {days}",
        ),
        is_minor=is_minor,
    )
