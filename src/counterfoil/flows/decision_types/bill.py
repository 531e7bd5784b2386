"""Which instalments of signed contracts are invoiced on a day."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.decisions.domain import Application, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import bill as verdicts
from counterfoil.people import selectors as people


def _apply(wanted: Application) -> tuple[str, ...]:
    zone = ZoneInfo(people.books_facts(wanted.books_id).time_zone)
    today = wanted.at.astimezone(zone).date()
    bill_due(books_id=wanted.books_id, through=today, sink=EmbeddedAccounting(), actor=wanted.actor)
    return wanted.subjects


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    formerly=("bill_instalment",),
    asks=("state", "net_minor", "planned_for", "through"),
)
