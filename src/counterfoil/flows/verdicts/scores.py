"""The learned score among the inputs of a decision: its features and figures, from which it follows again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from counterfoil.anomalies.domain.score import FLAGGED, FORM, Scored, weighed
from counterfoil.decisions.domain import Contribution, NotReplayable, Verdict
from counterfoil.kernel.errors import Fact

OWN: Final = "customer"


def inputs(scored: Scored | None) -> dict[str, Fact] | None:
    """Put together what a score follows from: the likelihood ratio of each kind of error, and what is said of each."""
    if scored is None:
        return None
    return {
        "form": FORM,
        "ratios": [repr(ratio) for ratio in scored.ratios],
        "said": {one.feature: [one.value, dict(one.facts)] for one in scored.contributions if one.facts},
        "basis": scored.basis,
        "segment": scored.segment,
        "earlier": scored.earlier,
    }


def again(stored: Mapping[str, Any] | None) -> Scored | None:
    """Return the score that follows from what was stored, as rules see it.

    Raises:
        NotReplayable: the score is of a form that nothing here knows any more.
    """
    if stored is None:
        return None
    if stored["form"] != FORM:
        raise NotReplayable(kind=str(stored["form"]))
    said = stored["said"]
    ratios = tuple([float(ratio) for ratio in stored["ratios"]])
    score_micro, parts = weighed(ratios, lambda kind: said[kind])
    label = parts[0].feature if score_micro >= FLAGGED else ""
    return Scored("", score_micro, label, parts, stored["basis"], stored["segment"], stored["earlier"], ratios)


def scored(verdict: Verdict, stored: Mapping[str, Any] | None) -> Verdict:
    """Return a verdict with the score that follows from what was stored, and the parts that sum to it.

    Whose habits stood in for a customer without history is said as a part of nothing.

    Raises:
        NotReplayable: the score is of a form that nothing here knows any more.
    """
    it = again(stored)
    if it is None:
        return verdict
    found = [Contribution(f"anomaly_{part.feature}", part.facts, part.amount_micro) for part in it.contributions]
    if found and it.basis != OWN:
        facts: dict[str, Fact] = {"earlier": it.earlier, "segment": it.segment}
        found.append(Contribution(f"anomaly_basis_{it.basis}", facts, 0))
    return dataclasses.replace(verdict, score_micro=it.score_micro, contributions=tuple(found))
