"""The reason beside a result: decided items as sentences with their number."""

from __future__ import annotations

from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import Mode
from counterfoil.web.parts import Why
from counterfoil.web.saying import parted, say


def of(subject: str, *, limit: int = 20) -> tuple[Why, ...]:
    """Return why a thing is as it is: every decision about it or that led to it, newest first.

    What was only observed is left out: the person who decides does not see the machine's answer beforehand.
    """
    return tuple(one(why) for why in decisions.why(subject, limit=limit) if why.mode != Mode.OBSERVE)


def one(why: decisions.Why) -> Why:
    """Say one decided item."""
    title, rest = parted(say(why.code, why.facts))
    return Why(rest, why.number, title, why.made_at, why.position + 1)
