"""What a text of a CRM means: as a person confirmed it, or as the machine would suggest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from rapidfuzz import fuzz

from counterfoil.crm.domain import key_of
from counterfoil.decisions.domain import Consulted, Contribution, Verdict
from counterfoil.kernel.errors import Fact

KIND = "alias"
VERSION = "alike-1"
ALIKE_MICRO: Final = 750_000
"""From how much alike on a name is suggested."""


def subject(kind: str, text: str) -> str:
    """Name a text by its hash: it may be longer than a subject."""
    return f"text:{hashlib.sha256(f'{kind} {key_of(text)}'.encode()).hexdigest()[:32]}"


def suggestion_inputs(kind: str, text: str, meant: str) -> dict[str, Fact]:
    """Put together what a suggestion is decided on: the text, and the name of the catalogue that is most like it."""
    return {"what": "suggestion", "kind": kind, "text": text, "most_alike": meant}


def confirmed_inputs(kind: str, text: str, target: str) -> dict[str, Fact]:
    """Put together what a confirmation is: the text, and what a person says that it means."""
    return {"what": "confirmation", "kind": kind, "text": text, "target": target}


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Say again what a text means from what was stored."""
    about: dict[str, Fact] = {"kind": inputs_["kind"], "text": inputs_["text"]}
    if inputs_["what"] == "confirmation":
        return Verdict("confirmed", "alias_confirmed", {**about, "target": inputs_["target"]})
    meant = inputs_["most_alike"]
    score = alike_micro(inputs_["text"], meant)
    if score < ALIKE_MICRO:
        return Verdict("unknown", "nothing_alike", about, score_micro=score)
    parts = (Contribution("characters_alike", {"percent": f"{Decimal(score) / 10_000:f}"}, score),)
    return Verdict("suggested", "alias_suggested", {**about, "target": meant}, score, parts)


def alike_micro(text: str, name: str) -> int:
    """Return how much two names are alike, in millionths."""
    return round(fuzz.ratio(key_of(text), key_of(name)) * 10_000)
