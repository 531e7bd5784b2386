"""Which open item a bank line settles, if exactly one."""

from __future__ import annotations

from counterfoil.decisions.domain import Application, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows import receive_money
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import match as verdicts


def _apply(wanted: Application) -> tuple[str, ...]:
    done = receive_money.match(books_id=wanted.books_id, actor=wanted.actor, at=wanted.at)
    return tuple([f"decision:{id_}" for id_ in done.decisions])


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    formerly=("receivables.match",),
    asks=("amount", "currency", "booking_date", "has_bad_iban", "is_reversal", "is_hands_off"),
)
