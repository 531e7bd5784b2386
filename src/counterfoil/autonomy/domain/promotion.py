"""When a version may do more, and when it must do less: written criteria over its scorecard, and a gate on the data.

The floors below hold whatever a policy says: a policy may ask for more, never for less. The score of the data comes
from the books themselves; where it is not known, nothing rises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from counterfoil.autonomy.domain.levels import is_raise, next_down, next_up
from counterfoil.autonomy.domain.pairs import Pair
from counterfoil.autonomy.domain.scorecard import Scorecard, scorecard
from counterfoil.decisions.domain import Mode
from counterfoil.kernel.errors import Fact

LEAST_N: Final = 30
LEAST_AGREEMENT_MICRO: Final = 800_000
LEAST_QUALITY_MICRO: Final = 800_000
SIGNATURES: Final = 2
_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a version must show before it may do more; below the floors of this module none of it counts."""

    min_n: int
    min_agreement_micro: int
    min_quality_micro: int
    max_money_error_micro: int
    unpaired_after_days: int = 30

    def floored(self) -> Criteria:
        """Return the criteria with the floors that no policy may go below."""
        return Criteria(
            max(self.min_n, LEAST_N),
            max(self.min_agreement_micro, LEAST_AGREEMENT_MICRO),
            max(self.min_quality_micro, LEAST_QUALITY_MICRO),
            self.max_money_error_micro,
            self.unpaired_after_days,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion: its code, what is there, what is asked for, and whether it is met. None: not known."""

    code: str
    is_met: bool
    have: int | None
    need: int

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The figures, as sentences name them."""
        return {"have": self.have, "need": self.need}


def checks(card: Scorecard, criteria: Criteria, quality_micro: int | None) -> tuple[Check, ...]:
    """Hold a scorecard and the data's quality against the criteria; what is not known is not met."""
    least = criteria.floored()
    low = card.agreement.low_micro if card.agreement else None
    wrong = card.money_error.micro if card.money_error else None
    return (
        Check("enough_compared", card.n >= least.min_n, card.n, least.min_n),
        Check(
            "agreement_over_bar",
            low is not None and low >= least.min_agreement_micro,
            low,
            least.min_agreement_micro,
        ),
        Check(
            "money_error_under_bar",
            wrong is not None and wrong <= least.max_money_error_micro,
            wrong,
            least.max_money_error_micro,
        ),
        Check(
            "quality_over_gate",
            quality_micro is not None and quality_micro >= least.min_quality_micro,
            quality_micro,
            least.min_quality_micro,
        ),
    )


class Promotion:
    """Leave to rise from one mode to a higher one. Only `promotion` gives it, and services that raise take no less."""

    __slots__ = ("from_mode", "to_mode")

    def __init__(self, from_mode: Mode, to_mode: Mode, seal: object) -> None:
        if seal is not _SEAL:
            raise ValueError("only evidence promotes")
        self.from_mode = from_mode
        self.to_mode = to_mode


def promotion(
    card: Scorecard, criteria: Criteria, quality_micro: int | None, *, now: Mode, wanted: Mode
) -> Promotion | tuple[Check, ...]:
    """Return leave to rise by one step, or what is missing.

    Raises:
        ValueError: the mode that is wanted is not one step above the present one.
    """
    if not is_raise(now, wanted) or next_up(now) is not wanted:
        raise ValueError(f"{wanted} is not one step above {now}")
    missing = tuple(check for check in checks(card, criteria, quality_micro) if not check.is_met)
    return missing or Promotion(now, wanted, _SEAL)


@dataclass(frozen=True, slots=True)
class Breach:
    """Why a version must do less: the criterion that broke, and the mode it goes back to."""

    code: str
    have_micro: int
    need_micro: int
    compared: int
    to_mode: Mode


def breach(pairs: Sequence[Pair], criteria: Criteria, *, now: Mode) -> Breach | None:
    """Return why a version must step down, judged by the last `min_n` things that were compared, or None.

    A step down needs less than a step up needs: when the agreement itself falls under the bar that its lower bound had
    to clear, or when too much money was wrong.
    """
    lower = next_down(now)
    least = criteria.floored()
    last = list(pairs)[-least.min_n :]
    if lower is None or len(last) < LEAST_N:
        return None
    card = scorecard(last, is_whole=False)
    if card.agreement is not None and card.agreement.micro < least.min_agreement_micro:
        return Breach("agreement_fell", card.agreement.micro, least.min_agreement_micro, card.n, lower)
    if card.money_error is not None and card.money_error.micro > least.max_money_error_micro:
        return Breach("money_error_rose", card.money_error.micro, least.max_money_error_micro, card.n, lower)
    return None
