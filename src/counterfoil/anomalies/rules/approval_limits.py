"""A discount, amount, margin or term beyond what the seller may grant alone, by the matrix that people signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

IS_HARD: Final = True


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits themselves are the approval matrix's."""

    holds: bool = True


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Hold the deal against the limits of its seller; a price below the list is a discount by another name."""
    asked = facts.approval_facts
    found = facts.matrix.breaches(facts.role, asked)
    if not found:
        return ()
    may = [role.value for role in facts.matrix.roles_that_may(asked)]
    return tuple(_said(facts, breach, may) for breach in found)


def _said(facts: DealFacts, breach: Finding, may: list[str]) -> Finding:
    said: dict[str, Fact] = {**breach.facts, "roles": list(may), "seller": facts.it.owner}
    base = facts.base
    for name in ("amount", "limit"):
        minor = breach.facts.get(f"{name}_minor")
        if isinstance(minor, int):
            said[name] = Money(minor, base).decimal_text()
            said["currency"] = base.code
    if breach.code == "term_over_limit":
        said["passes"] = f"Net {breach.facts['limit_days']}"
    if breach.code == "discount_over_limit":
        said["passes"] = said["limit_percent"]
    limit = said.get("limit_percent", said.get("limit_days", said.get("limit")))
    line = f", line {breach.facts['line']}" if "line" in breach.facts else ""
    return noticed(
        facts,
        breach.code,
        breach.field or "owner",
        said,
        would_pass=Explanation(f"pass_{breach.code}", said) if limit is not None else None,
        evidence=(f"{facts.matrix_version}: {facts.role.value}{line}, limit {limit}",),
    )
