"""Whether a won deal is invoiced, or held for finance."""

from __future__ import annotations

from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.decisions.domain import Application, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.close_deals import close_deals
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import close_deal as verdicts
from counterfoil.flows.verdicts.subjects import ids_of
from counterfoil.people import selectors as people


def _apply(wanted: Application) -> tuple[str, ...]:
    close_deals(
        books_id=wanted.books_id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=people.books_facts(wanted.books_id).time_zone,
        only=ids_of("opportunity", wanted.subjects),
        actor=wanted.actor,
    )
    return wanted.subjects


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    asks=(
        "seen.said.amount_minor",
        "seen.said.amount_state",
        "seen.said.currency",
        "seen.said.customer",
        "seen.said.close_date",
        "seen.said.terms",
        "seen.said.billing",
        "seen.said.po_number",
        "seen.said.service_start",
        "seen.said.service_end",
    ),
)
