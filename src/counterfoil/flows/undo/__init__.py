"""Taking anything back: one plan and one undo for decisions, batches, imports, documents, matches and entries."""

from counterfoil.flows.undo.acting import undo
from counterfoil.flows.undo.planning import KIND, history, parts_of, plan
from counterfoil.flows.undo.plans import (
    HasDependents,
    Plan,
    PlanChanged,
    Step,
    Target,
    Undoing,
    Undone,
    UnknownTarget,
    Verb,
)

__all__ = [
    "KIND",
    "HasDependents",
    "Plan",
    "PlanChanged",
    "Step",
    "Target",
    "Undoing",
    "Undone",
    "UnknownTarget",
    "Verb",
    "history",
    "parts_of",
    "plan",
    "undo",
]
