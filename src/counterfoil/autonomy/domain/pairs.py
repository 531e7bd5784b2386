"""The shadow log: what a machine and a person said of the same thing, and how two answers are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from counterfoil.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of one thing: an outcome, its money, and what else is compared.

    `answer` holds, for an invoice, `net`, `tax` and `term_days`; for a match, `refs`. Amounts are in minor units of
    `currency`.
    """

    outcome: str
    total_minor: int = 0
    currency: str = ""
    answer: Mapping[str, Fact] = field(default_factory=dict)
