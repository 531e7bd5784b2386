"""A decimal point in the wrong place: a price ten or a hundred times the list's, a discount of 0.05 for 5 %."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from counterfoil.anomalies.facts import DealFacts, Line, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

IS_HARD: Final = False
_SLIPS: Final = (10, 100, 1000)


@dataclass(frozen=True, slots=True)
class Policy:
    """Below which percentage a discount is more likely a share, and how near to ten times the list counts."""

    holds: bool = True
    least_discount: str = "0.5"
    near_percent: int = 2


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Look at each line: its discount first, then its price beside the list's and the customer's last one."""
    if facts.it.what is What.INSTALMENT:
        return ()
    found = []
    for number, line in enumerate(facts.it.lines, 1):
        if 0 < line.discount_percent < Decimal(policy.least_discount):
            percent = f"{line.discount_percent.normalize():f}"
            meant = f"{(line.discount_percent * 100).normalize():f}"
            said: dict[str, Fact] = {"line": number, "discount_percent": percent, "meant": meant}
            would = Explanation("pass_discount", said)
            found.append(noticed(facts, "discount_slipped", "discount", said, would_pass=would))
        slip = _slip(facts, line, number, policy)
        if slip is not None:
            found.append(slip)
    return tuple(found)


def _slip(facts: DealFacts, line: Line, number: int, policy: Policy) -> Finding | None:
    currency = facts.it.currency
    listed = facts.list_minor(line)
    before = facts.habit.products.get(line.product_code)
    usual = listed
    if usual is None and before is not None and before.currency == currency.code:
        usual = before.price_minor * line.quantity_micro // 10**6
    if not usual or line.net_minor <= 0:
        return None
    for times in _SLIPS:
        for many, few, direction in ((line.net_minor, usual, "above"), (usual, line.net_minor, "below")):
            if abs(many - few * times) * 100 <= few * times * policy.near_percent and few * times > 0:
                said: dict[str, Fact] = {
                    "line": number,
                    "product": line.product_code,
                    "amount": Money(line.net_minor, currency).decimal_text(),
                    "usual": Money(usual, currency).decimal_text(),
                    "currency": currency.code,
                    "times": times,
                    "direction": direction,
                }
                return noticed(
                    facts,
                    "amount_slipped",
                    "amount",
                    said,
                    stake=Money(abs(line.net_minor - usual), currency),
                    would_pass=Explanation("pass_amount", said),
                    evidence=(f"{line.product_code}: usually {Money(usual, currency)}",),
                )
    return None
