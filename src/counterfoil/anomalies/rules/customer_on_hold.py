"""A customer whom nobody may sell to on credit: no new invoice until somebody takes the hold off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.explanation import Explanation, Finding

IS_HARD: Final = True


@dataclass(frozen=True, slots=True)
class Policy:
    """What was signed before the hold is invoiced as planned, unless `stops_instalments`."""

    holds: bool = True
    stops_instalments: bool = False


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Find the hold. That of a won deal is the standards' to find, which name it in the same list."""
    stops = {What.INVOICE} | ({What.INSTALMENT} if policy.stops_instalments else set())
    if not facts.buyer.is_blocked or facts.it.what not in stops:
        return ()
    said = {"customer": facts.buyer.name}
    return (noticed(facts, "customer_on_hold", "customer", said, would_pass=Explanation("pass_no_hold", said)),)
