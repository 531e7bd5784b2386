"""Which tax rate each line of an invoice bears."""

from __future__ import annotations

from counterfoil.decisions.domain import Application, CannotBeApplied, DecisionType, reasons_of, scored_by_outcome
from counterfoil.flows.reversals import irreversible
from counterfoil.flows.verdicts import tax_choice as verdicts


def _apply(wanted: Application) -> tuple[str, ...]:
    raise CannotBeApplied(kind=verdicts.KIND)


TYPE = DecisionType(
    kind=verdicts.KIND,
    version=verdicts.VERSION,
    decide=verdicts.decide,
    explain=reasons_of,
    apply=_apply,
    reverse=irreversible,
    score=scored_by_outcome,
)
