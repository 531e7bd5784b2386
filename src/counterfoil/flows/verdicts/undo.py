"""What a person had taken back: the plan of it was shown first, and this says which step of it was done and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.decisions.domain import Consulted, Verdict
from counterfoil.kernel.errors import Fact

KIND = "undo"


def inputs(asked: str, verb: str, on: str, reason: str, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Put together what a step was decided on: what was asked for, what is done about it, from which day, and why."""
    return {"asked": asked, "verb": verb, "on": on, "reason": reason, "step": dict(facts)}


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Say a step again from what was stored."""
    facts: dict[str, Fact] = {"on": inputs_["on"], "reason": inputs_["reason"], **inputs_["step"]}
    return Verdict("undone", f"undone_{inputs_['verb']}", facts)
