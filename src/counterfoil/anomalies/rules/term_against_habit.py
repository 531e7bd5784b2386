"""A term that this customer has never, or hardly ever, had: "47 of 47 invoices Net 30", and now Net 90."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.anomalies.habit import Habit
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.terms import Term

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many documents a habit is one, how firm it must be, and how many days later stop the deal."""

    holds: bool = True
    least_documents: int = 8
    least_of_group: int = 30
    firm_percent: int = 90
    noted_from_days: int = 5
    held_from_days: int = 25


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare with the term that stands on most documents of the customer, else of its segment, and say which."""
    it = facts.it
    if it.what is What.INSTALMENT:
        return ()
    is_own = facts.habit.invoices >= policy.least_documents
    habit = facts.habit if is_own else facts.group
    usual, times = habit.usual_term()
    if habit.invoices < (policy.least_documents if is_own else policy.least_of_group) or usual == it.term.text:
        return ()
    if times * 100 < habit.invoices * policy.firm_percent:
        return ()
    days = (it.term.due_date(it.issue_date) - Term.parse(usual).due_date(it.issue_date)).days
    if days < policy.noted_from_days:
        return ()
    said: dict[str, Fact] = {
        "terms": it.term.text,
        "usual": usual,
        "passes": usual,
        "times": times,
        "of": habit.invoices,
        "days": days,
        "amount": it.net.decimal_text(),
        "currency": it.currency.code,
        "since": habit.first.isoformat() if habit.first else "",
        "tenure_months": _months(habit, it.issue_date.toordinal()),
        "compared_with": facts.buyer.name if is_own else facts.group_name,
    }
    return (
        noticed(
            facts,
            "term_against_habit" if is_own else "term_against_group",
            "terms",
            said,
            would_pass=Explanation("pass_term", {"terms": usual}),
            evidence=(f"{times} of {habit.invoices} invoices {usual}",),
            is_minor=not is_own or days < policy.held_from_days,
        ),
    )


def _months(habit: Habit, today: int) -> int:
    return (today - habit.first.toordinal()) * 12 // 365 if habit.first else 0
