"""What was earned through a day."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from counterfoil.decisions.domain import Application, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import release_revenue as verdicts
from counterfoil.people import selectors as people


def _apply(wanted: Application) -> tuple[str, ...]:
    today = wanted.at.astimezone(ZoneInfo(people.books_facts(wanted.books_id).time_zone)).date()
    entries = release_revenue(books_id=wanted.books_id, through=today, actor=wanted.actor)
    return tuple([f"entry:{id_}" for id_ in entries])


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    asks=("through", "today", "day"),
)
