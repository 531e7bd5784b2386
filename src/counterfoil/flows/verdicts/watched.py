"""What the rules of the watch found: found again from what they saw, or as it was kept where rules changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.anomalies import keeping
from counterfoil.anomalies.facts import CHECK
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.decisions.domain import Consulted, finding_of
from counterfoil.flows.verdicts import scores
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding


def inputs(found: Inspected | None, *, is_historical: bool) -> dict[str, Fact] | None:
    """Put together what the rules saw, where they found something."""
    if found is None or found.facts is None:
        return None
    return keeping.kept(found.facts, is_historical=is_historical, silenced=found.silenced)


def noted_json(noted: Sequence[Finding]) -> list[dict[str, Fact]]:
    """Write what was found and stopped nothing."""
    return [{"code": one.code, "field": one.field, "facts": dict(one.facts)} for one in noted]


def again(inputs_: Mapping[str, Any], consulted: Consulted) -> tuple[list[Finding], list[dict[str, Fact]]]:
    """Return everything that further checks said and what was noted; what the watch says of it is found again."""
    answers = [finding_of(one) for one in inputs_["answers"]]
    noted = list(inputs_.get("noted") or [])
    stored = inputs_.get("watched")
    if stored is None or stored["version"] != keeping.VERSION:
        return answers, noted
    found = keeping.found_again(
        stored,
        policy=consulted[keeping.POLICY],
        matrix=consulted[keeping.MATRIX],
        scored=scores.again(inputs_.get("score")),
    )
    others = [one for one in answers if one.check != CHECK]
    return [*found.held, *others], noted_json(found.noted)
