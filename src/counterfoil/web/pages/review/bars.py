"""Contributions drawn as bars that add up to the printed score."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from counterfoil.decisions import selectors as decisions
from counterfoil.web.saying import parted, say

HALF_WIDTH = Decimal(58)


@dataclass(frozen=True, slots=True)
class Bar:
    """One contribution: what it is, how much, and its bar as numbers of an SVG 120 wide."""

    label: str
    text: str
    x: str
    width: str
    is_plus: bool


def bars_of(why: decisions.Why | None) -> tuple[Bar, ...]:
    """Draw the contributions of a decision, the largest push first."""
    if not why or not why.contributions:
        return ()
    most = max(abs(one.amount_micro) for one in why.contributions) or 1
    bars = []
    for one in sorted(why.contributions, key=lambda one: -one.amount_micro):
        width = HALF_WIDTH * abs(one.amount_micro) / most
        left = Decimal(60) if one.amount_micro >= 0 else Decimal(60) - width
        title, _rest = parted(say(one.code, one.facts))
        bars.append(
            Bar(title, micro_text(one.amount_micro, plus=True), f"{left:.1f}", f"{width:.1f}", one.amount_micro > 0)
        )
    return tuple(bars)


def micro_text(value: int, *, plus: bool = False) -> str:
    """Write millionths with two decimals."""
    sign = "\u2212" if value < 0 else "+" if plus else ""
    return f"{sign}{abs(Decimal(value)) / 1_000_000:.2f}"
