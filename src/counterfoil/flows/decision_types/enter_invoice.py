"""Whether an invoice entered by hand or API is issued, held for a person, or refused."""

from __future__ import annotations

from counterfoil.decisions.domain import Application, CannotBeApplied, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.enter_invoice import enter_held
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import enter_invoice as verdicts
from counterfoil.flows.verdicts.subjects import ids_of


def _apply(wanted: Application) -> tuple[str, ...]:
    waiting = ids_of("held_invoice", wanted.subjects)
    if not waiting:
        raise CannotBeApplied(kind=verdicts.KIND)
    done = [enter_held(books_id=wanted.books_id, held_id=id_, actor=wanted.actor, at=wanted.at) for id_ in waiting]
    return tuple([f"invoice:{one.invoice_id}" for one in done if one.invoice_id is not None])


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    asks=("today", "draft.issue_date", "draft.due_date", "draft.currency", "draft.term", "draft.po_number"),
)
