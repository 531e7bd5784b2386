"""What a text of a CRM means: suggested by the machine, confirmed by a person."""

from __future__ import annotations

from counterfoil.decisions.domain import Application, CannotBeApplied, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.reversals import taken_back
from counterfoil.flows.verdicts import alias as verdicts


def _apply(wanted: Application) -> tuple[str, ...]:
    raise CannotBeApplied(kind=verdicts.KIND)


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=taken_back,
    score=scored_by_outcome,
    asks=("text", "most_alike", "target"),
)
