"""Counts that turn into probabilities: how usual a value is, and how usual it is to see a new one."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.kernel.errors import Fact

MOST_VALUES = 96
"""Values that one habit tells apart; what comes when it is full counts as new each time, so the state stays bounded."""
DISCOUNT = 0.5
CONCENTRATION = 1.0


class Habit:
    """How often each value was seen, and which of them most often.

    The share of a value is the Pitman-Yor estimate (Teh 2006, equation 4): each value gives up half a count to those
    not seen yet, so who has shown many different values is expected to show another, and who never has is not. `pace`
    says how often something new comes in this ledger, as a multiple of that expectation.
    """

    __slots__ = ("counts", "total", "usual")

    def __init__(self, counts: Mapping[str, int] | None = None, total: int = 0, usual: str = "") -> None:
        self.counts: dict[str, int] = dict(counts or {})
        self.total = total
        self.usual = usual
        """The value seen most; the earlier one on a tie; empty before the first."""

    def learn(self, value: str) -> None:
        """Count one more."""
        self.total += 1
        counts = self.counts
        seen = counts.get(value, 0) + 1
        if seen > 1 or len(counts) < MOST_VALUES:
            counts[value] = seen
            if seen > counts.get(self.usual, 0):
                self.usual = value

    def share(self, value: str, base: float, pace: float = 1.0) -> float:
        """Return the probability of a value; `base` is what it is for those who show one for the first time."""
        seen = self.counts.get(value)
        held_back = pace * (CONCENTRATION + DISCOUNT * len(self.counts)) * base
        if seen is not None:
            held_back += seen - pace * DISCOUNT
        return held_back / (self.total + pace * CONCENTRATION)

    def novelty(self) -> float:
        """Return the probability that the next value is a new one, at pace 1."""
        return (CONCENTRATION + DISCOUNT * len(self.counts)) / (self.total + CONCENTRATION)

    def to_json(self) -> Fact:
        """Return a form for canonical JSON."""
        return [self.total, self.usual, self.counts]

    @classmethod
    def from_json(cls, state: Fact) -> Habit:
        """Read what `to_json` wrote."""
        assert isinstance(state, list)
        total, usual, counts = state
        assert isinstance(total, int)
        assert isinstance(usual, str)
        assert isinstance(counts, dict)
        return cls(counts, total, usual)
