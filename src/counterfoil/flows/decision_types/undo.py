"""What a person had taken back, step by step."""

from __future__ import annotations

from counterfoil.decisions.domain import Application, CannotBeApplied, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.reversals import irreversible
from counterfoil.flows.verdicts import undo as verdicts


def _apply(wanted: Application) -> tuple[str, ...]:
    raise CannotBeApplied(kind=verdicts.KIND)


TYPE = DecisionType(
    kind=verdicts.KIND,
    version="undo-1",
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=irreversible,
    score=scored_by_outcome,
    asks=("on", "reason"),
)
