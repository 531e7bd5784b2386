"""The reason beside a result: decided items as sentences with their number."""

from __future__ import annotations

from counterfoil.decisions import selectors as decisions
from counterfoil.web.parts import Why
from counterfoil.web.saying import parted, say


def of(subject: str, *, limit: int = 20) -> tuple[Why, ...]:
    """Return why a thing is as it is: every decision about it or that led to it, newest first."""
    return tuple(one(why) for why in decisions.why(subject, limit=limit))


def one(why: decisions.Why) -> Why:
    """Say one decided item."""
    title, rest = parted(say(why.code, why.facts))
    return Why(rest, why.number, title, why.made_at, why.position + 1)
