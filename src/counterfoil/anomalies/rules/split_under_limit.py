"""Several deals of one customer, each within what the seller may grant alone, and together beyond it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

IS_HARD: Final = True
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """Over how many days deals count together, and from which share of the limit a deal counts at all.

    `holds_billing` is whether an instalment waits whose deal became a part of a split after it was signed.
    """

    holds: bool = True
    window_days: int = 30
    least_percent: int = 5
    holds_billing: bool = False


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Add up what lies within the window on either side; each part that is not posted yet is told.

    Of an instalment it is a note: its deal was signed while it stood alone, and what came after was told.
    """
    limit = facts.matrix.limit_for(facts.role, "", facts.buyer.segment)
    most = limit.max_amount_minor if limit else None
    own = facts.base_minor
    if most is None or not most * policy.least_percent <= own * 100 <= most * 100:
        return ()
    day = facts.it.close_date or facts.it.issue_date
    others = [
        one
        for one in facts.nearby
        if abs((one.on - day).days) <= policy.window_days
        and most * policy.least_percent <= one.base_minor * 100 <= most * 100
    ]
    total = own + sum(one.base_minor for one in others)
    if not others or total <= most:
        return ()
    shown = sorted(others, key=lambda one: (abs((one.on - day).days), one.reference))[:_SHOWN]
    said: dict[str, Fact] = {
        "parts": len(others) + 1,
        "total": Money(total, facts.base).decimal_text(),
        "limit": Money(most, facts.base).decimal_text(),
        "currency": facts.base.code,
        "days": policy.window_days,
        "role": facts.role.value,
        "others": [one.reference for one in shown],
        "roles": [
            role.value for role in facts.matrix.roles_that_may(replace(facts.approval_facts, amount_minor=total))
        ],
    }
    return (
        noticed(
            facts,
            "split_under_limit",
            "amount",
            said,
            stake=Money(total, facts.base),
            would_pass=Explanation("pass_split", said),
            evidence=tuple(
                f"{one.reference}, {one.on.isoformat()}: {Money(one.base_minor, facts.base)}" for one in shown
            ),
            is_minor=facts.it.what is What.INSTALMENT and not policy.holds_billing,
        ),
    )
