"""A deal that says "one time" of something that is sold by time: the product decides, so one of the two is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding

IS_HARD: Final = False
_ONCE: Final = frozenset({"one_time", "one time", "one-time", "once"})


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether the contradiction stops the deal."""

    holds: bool = True


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare the word with the kind of each product. Invoiced up front is something else and no contradiction."""
    if facts.it.billing_text.strip().casefold() not in _ONCE or facts.it.what is not What.DEAL:
        return ()
    for number, line in enumerate(facts.it.lines, 1):
        if line.is_over_time:
            said: dict[str, Fact] = {"line": number, "product": line.product_code, "text": facts.it.billing_text}
            would = Explanation("pass_billing", {"product": line.product_code})
            return (noticed(facts, "billing_against_product", "billing_type", said, would_pass=would),)
    return ()
