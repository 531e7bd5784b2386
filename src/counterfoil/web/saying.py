"""From codes to what stands on a page: refusals, findings and reasons in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from django.utils import translation

from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.web import reader, writing
from counterfoil.web.parts import Said
from counterfoil.words import sentence

AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2,4}")
DAY = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]")
AS_TYPED = ("text", "number", "numbers", "reference", "po_number")
"""Facts that quote somebody: they are shown as they were written."""


def say(code: str, facts: Mapping[str, Fact]) -> str:
    """Say a code with its facts in the reader's language; amounts and days in facts are written as pages write them."""
    shown = {name: fact if name in AS_TYPED else written(fact) for name, fact in facts.items()}
    return sentence(code, shown, language=translation.get_language() or "en")


def written(fact: Fact) -> Fact:
    """Write an amount as `4,200.00` and a day as `14 Oct 2026`; anything else stays."""
    if not isinstance(fact, str):
        return fact
    if AMOUNT.fullmatch(fact):
        return writing.decimal(fact, reader.locale())
    if DAY.fullmatch(fact):
        return reader.full_day(date.fromisoformat(fact))
    return fact


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
