"""A price that is neither the list's nor the one the customer had before, without a discount that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, Line, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How far a price may lie off the list, and how far off it is stopped when `holds`."""

    holds: bool = False
    most_percent: int = 15


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare each line's price with the list's for the same time, and with the last one of this customer."""
    if facts.it.what is What.INSTALMENT:
        return ()
    found = []
    for number, line in enumerate(facts.it.lines, 1):
        one = _off(facts, line, number, policy)
        if one is not None:
            found.append(one)
    return tuple(found)


def _off(facts: DealFacts, line: Line, number: int, policy: Policy) -> Finding | None:
    listed = facts.list_minor(line)
    currency = facts.it.currency
    if listed is None or listed <= 0 or line.discount_percent:
        return None
    before = facts.habit.products.get(line.product_code)
    if before is not None and (before.price_minor, before.currency) == (line.unit_price_minor, currency.code):
        return None
    off = (
        (line.net_minor - listed) * 100 // listed
        if line.net_minor > listed
        else -((listed - line.net_minor) * 100 // listed)
    )
    if abs(off) <= policy.most_percent:
        return None
    said: dict[str, Fact] = {
        "line": number,
        "product": line.product_code,
        "amount": Money(line.net_minor, currency).decimal_text(),
        "list_amount": Money(listed, currency).decimal_text(),
        "currency": currency.code,
        "percent": abs(off),
        "direction": "above" if off > 0 else "below",
    }
    return noticed(
        facts,
        "price_off_list",
        "unit_price",
        said,
        stake=Money(abs(line.net_minor - listed), currency),
        would_pass=Explanation("pass_price", said),
        evidence=(f"{line.product_code}: {Money(listed, currency)} by the list",),
    )
