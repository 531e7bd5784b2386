"""Small makers of what rules see: only what matters is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.anomalies.facts import Buyer, Candidate, DealFacts, Line, What
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term

TODAY = date(2026, 11, 15)


def a_line(**given: Any) -> Line:
    """One licence at 1,000.00 net."""
    line = Line("LIC-1", "Licence", 10**6, 100_000, Decimal(0), 100_000, "standard")
    return replace(line, **given)


def a_candidate(*lines: Line, terms: str = "Net 30", **given: Any) -> Candidate:
    """A deal of one customer, issued today and due by its term."""
    term = Term.parse(terms)
    issue_date = given.get("issue_date", TODAY)
    bare = Candidate(
        What.DEAL,
        "opportunity:1",
        "D-1",
        "Licences",
        "0" * 64,
        7,
        "rep@tidewater.test",
        EUR,
        term,
        issue_date,
        term.due_date(issue_date),
        lines or (a_line(),),
        close_date=issue_date,
    )
    return replace(bare, **given)


def the_facts(*lines: Line, terms: str = "Net 30", it: dict[str, Any] | None = None, **given: Any) -> DealFacts:
    """The facts of a candidate of a customer without history."""
    candidate = a_candidate(*lines, terms=terms, **(it or {}))
    return replace(DealFacts(candidate, TODAY, Buyer(7, "Kestrel"), EUR, candidate.net.minor), **given)


def a_span(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))
