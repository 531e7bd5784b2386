"""A term that gives the customer longer to pay than was agreed with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days later than agreed money may be due without a word, and how many without a stop."""

    holds: bool = True
    noted_from_days: int = 1
    held_from_days: int = 16


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare the due dates of both terms from the same day."""
    it, agreed = facts.it, facts.buyer.term
    if agreed is None or it.what is What.INSTALMENT:
        return ()
    days = (it.term.due_date(it.issue_date) - agreed.due_date(it.issue_date)).days
    if days < policy.noted_from_days:
        return ()
    said: dict[str, Fact] = {
        "terms": it.term.text,
        "agreed": agreed.text,
        "passes": agreed.text,
        "days": days,
        "customer": facts.buyer.name,
        "amount": it.net.decimal_text(),
        "currency": it.currency.code,
    }
    return (
        noticed(
            facts,
            "term_longer_than_agreed",
            "terms",
            said,
            would_pass=Explanation("pass_term", {"terms": agreed.text}),
            evidence=(f"{facts.buyer.name}: {agreed.text}",),
            is_minor=days < policy.held_from_days,
        ),
    )
