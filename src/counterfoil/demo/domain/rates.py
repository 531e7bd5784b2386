"""Exchange rates of the story: one a month for each currency, wandering a little."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from counterfoil.demo.domain.calendar import Story

_FIRST: Final = {"GBP": 11_640, "USD": 9_150}
"""Euros for one unit, in ten-thousandths."""


def exchange_rates(story: Story, seed: int) -> dict[date, dict[str, Decimal]]:
    """Return euros for one unit of each currency, by the first day of each month."""
    rng = Random(f"{seed}/rates")
    current = dict(_FIRST)
    found: dict[date, dict[str, Decimal]] = {}
    for month in story.spans():
        found[month.start] = {code: Decimal(value) / 10_000 for code, value in current.items()}
        current = {code: value + rng.randrange(-130, 131) for code, value in current.items()}
    return found
