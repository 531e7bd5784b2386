"""How long each kind of record is kept, and what is due to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from counterfoil.audit import selectors as audit
from counterfoil.audit.domain import kept_through
from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.ledger import selectors as ledger
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import Kind, RetentionPolicy
from counterfoil.receivables import selectors as receivables

SHIPPED: Final[Mapping[str, int]] = {"activities": 6, "contacts": 3}
"""Whole years for kinds of record that no tax law asks to keep for long, until a signed policy says otherwise."""
REASONS: Final[Mapping[str, str]] = {
    "entries": "kept_as_books",
    "documents": "kept_as_books",
    "bank_lines": "kept_as_books",
    "decisions": "kept_as_evidence",
    "events": "kept_as_evidence",
    "activities": "kept_as_letters",
    "contacts": "kept_for_business",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """How one kind of record stands: how many there are, how many are past their time, and why they are kept.

    `next_due` is when the oldest that is not past its time will be; `reason` a code with a sentence.
    """

    kind: str
    years: int
    count: int
    due: int
    oldest: int | None
    next_due: date | None
    reason: str
    policy: str


def schedule(*, books_id: int, today: date) -> tuple[Kept, ...]:
    """Return each kind of record with what is kept, what is due, and why. Nothing is deleted by this."""
    active = policies.active(Kind.RETENTION, books_id)
    counts = {
        "entries": ledger.entries_by_year(books_id),
        "documents": billing.documents_by_year(books_id),
        "bank_lines": receivables.bank_lines_by_year(books_id),
        "decisions": decisions.decisions_by_year(books_id),
        "events": audit.events_by_year(),
        "activities": crm.activities_by_year(),
        "contacts": crm.contacts_by_year(),
    }
    return tuple(
        _kept(kind, _years(active.content, kind), by_year, today, active.version) for kind, by_year in counts.items()
    )


def kept_until(*, books_id: int, kind: str, year: int) -> date:
    """Return the last day on which a record of a kind and year is kept."""
    return kept_through(year, _years(policies.active(Kind.RETENTION, books_id).content, kind))


def _years(content: object, kind: str) -> int:
    assert isinstance(content, RetentionPolicy), "the retention policy holds years"
    if kind in content.years:
        return content.years[kind]
    return SHIPPED.get(kind, content.default_years)


def _kept(kind: str, years: int, by_year: Mapping[int, int], today: date, policy: str) -> Kept:
    due = sum(count for year, count in by_year.items() if kept_through(year, years) < today)
    staying = [year for year in by_year if kept_through(year, years) >= today]
    return Kept(
        kind,
        years,
        sum(by_year.values()),
        due,
        min(by_year, default=None),
        kept_through(min(staying), years) if staying else None,
        REASONS[kind],
        policy,
    )
