"""A due date that is not the one that the term gives: one of the two is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, noticed
from counterfoil.kernel.explanation import Explanation, Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many days beside the term a due date is noted, and from how many held: weekends and holidays move it."""

    holds: bool = True
    noted_from_days: int = 5
    held_from_days: int = 21


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare the due date with the one that follows from the term and the issue date."""
    it = facts.it
    expected = it.term.due_date(it.issue_date)
    off = (it.due_date - expected).days
    if abs(off) < policy.noted_from_days:
        return ()
    return (
        noticed(
            facts,
            "due_date_off_term",
            "due_date",
            {
                "due_date": it.due_date.isoformat(),
                "expected": expected.isoformat(),
                "days": abs(off),
                "direction": "later" if off > 0 else "earlier",
                "terms": it.term.text,
            },
            would_pass=Explanation("pass_due_date", {"due_date": expected.isoformat()}),
            evidence=(f"{it.term.text} from {it.issue_date.isoformat()} is {expected.isoformat()}",),
            is_minor=abs(off) < policy.held_from_days,
        ),
    )
