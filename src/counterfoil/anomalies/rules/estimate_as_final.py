"""An amount that is signed by its state and an estimate by its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False
_WORDS: Final = re.compile(
    r"\b(estimated?|approx(?:imate(?:ly)?)?|indicative|budgetary|provisional|t\.?b\.?[dc]\.?|draft|ca\.|roughly)\b|~\s?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether such a word stops the deal, or is noted only: words never act."""

    holds: bool = False


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Look for the word in the name of the deal and the descriptions of its lines, and quote it."""
    if facts.it.what is What.INSTALMENT:
        return ()
    for field, text in [("name", facts.it.name), *[("description", line.description) for line in facts.it.lines]]:
        found = _WORDS.search(text)
        if found:
            said = {"text": text[:120], "word": found[0]}
            return (noticed(facts, "estimate_as_final", field, said, evidence=(text[:120],)),)
    return ()
