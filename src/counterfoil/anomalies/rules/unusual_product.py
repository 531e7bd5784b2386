"""A product, or a tax class, that a customer with a long history never had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many deals on, and up to how many different products, a new one is worth a note."""

    holds: bool = False
    least_deals: int = 8
    most_products: int = 3


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare with what the customer bought; who buys many different things may buy another."""
    habit = facts.habit
    if habit.deals < policy.least_deals or facts.it.what is What.INSTALMENT:
        return ()
    found = []
    for number, line in enumerate(facts.it.lines, 1):
        said: dict[str, Fact] = {
            "line": number,
            "product": line.product_code,
            "tax_class": line.tax_class,
            "deals": habit.deals,
            "known": sorted(habit.products)[: policy.most_products],
        }
        evidence = (f"{habit.deals} deals: {', '.join(sorted(habit.products)[: policy.most_products])}",)
        if line.tax_class and habit.tax_classes and line.tax_class not in habit.tax_classes:
            found.append(noticed(facts, "unusual_tax_class", "product", said, evidence=evidence))
        elif (
            line.product_code
            and line.product_code not in habit.products
            and len(habit.products) <= policy.most_products
        ):
            found.append(noticed(facts, "unusual_product", "product", said, evidence=evidence))
    return tuple(found)
