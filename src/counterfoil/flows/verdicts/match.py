"""A bank line and what it names: matched, or left with what a person has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.decisions.domain import Consulted, Verdict
from counterfoil.kernel.errors import Fact
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain.matching import Outcome

KIND = matching.KIND
VERSION = matching.RULE_VERSION


def inputs(verdict: matching.Verdict, objection: Mapping[str, Fact] | None) -> dict[str, Fact]:
    """Put together what a line is decided on; `objection` is what stood against settling it as the rule says."""
    return {**verdict.inputs, "objection": None if objection is None else dict(objection)}


def said(verdict: matching.Verdict, objection: Mapping[str, Any] | None) -> Verdict:
    """Return the verdict on a line, given what stood against settling it."""
    if objection is not None:
        return Verdict(Outcome.PROPOSED.value, objection["code"], objection["facts"])
    return Verdict(verdict.outcome.value, verdict.code, verdict.facts)


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide again about a bank line from what was stored."""
    return said(matching.replayed(inputs_), inputs_["objection"])
