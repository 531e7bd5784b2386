"""From codes to what stands on a page: refusals, findings and reasons in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import translation

from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.web.parts import Said
from counterfoil.words import sentence


def say(code: str, facts: Mapping[str, Fact]) -> str:
    """Say a code with its facts in the reader's language."""
    return sentence(code, facts, language=translation.get_language() or "en")


def said(refusal: Refusal) -> Said:
    """Say a refusal: its first sentence is what is wrong, the rest is what would pass.

    A fact named `suggestion` becomes the button that puts it into the field.
    """
    title, rest = parted(say(refusal.code, refusal.facts))
    suggestion = refusal.facts.get("suggestion")
    return Said(title, passes=rest, suggestion=suggestion if isinstance(suggestion, str) else "")


def parted(text: str) -> tuple[str, str]:
    """Part a text after its first sentence, which loses its full stop: a heading has none."""
    for mark in (". ", "; "):
        head, found, rest = text.partition(mark)
        if found:
            return head, rest[:1].upper() + rest[1:]
    return text.removesuffix("."), ""
