"""What the learned score holds to be likely wrong, by all habits of the customer together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False
_FIELDS: Final[Mapping[str, str]] = {
    "terms_change": "terms",
    "due_mismatch": "terms",
    "discount_inflate": "discount",
    "wrong_customer": "customer",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """From which score on it is noted, and, where scores hold at all, from which one on the deal is stopped.

    The threshold is the one of the signed policy (`score_threshold_micro`).
    """

    holds: bool = False
    noted_from_percent: int = 50
    threshold_micro: int = 990_000


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Say how likely it is that something is wrong, and what most of all."""
    scored = facts.scored
    if scored is None or scored.score_micro < policy.noted_from_percent * 10_000:
        return ()
    is_own = scored.basis == "customer"
    said: dict[str, Fact] = {
        "percent": scored.score_micro // 10_000,
        "score_micro": scored.score_micro,
        "kind": scored.label.replace("_", " "),
        "earlier": scored.earlier,
        "compared_with": facts.buyer.name if is_own else facts.group_name if scored.basis == "segment" else "all",
    }
    field = _FIELDS.get(scored.label, "amount")
    code = "unusual_score" if is_own else "unusual_score_of_new"
    return (noticed(facts, code, field, said, is_minor=scored.score_micro < policy.threshold_micro),)
