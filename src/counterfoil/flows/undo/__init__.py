"""Taking anything back: one plan and one undo for decisions, batches, imports, documents, matches and entries."""

from counterfoil.flows.undo.acting import undo
from counterfoil.flows.undo.planning import KIND, parts_of, plan
from counterfoil.flows.undo.plans import HasDependents, Plan, PlanChanged, Step, Target, Undone, UnknownTarget, Verb

__all__ = [
    "KIND",
    "HasDependents",
    "Plan",
    "PlanChanged",
    "Step",
    "Target",
    "Undone",
    "UnknownTarget",
    "Verb",
    "parts_of",
    "plan",
    "undo",
]
