"""Counts that turn into probabilities: how usual a value is, and how usual it is to see a new one."""

from __future__ import annotations

from counterfoil.kernel.errors import Fact

MOST_VALUES = 96
"""Values that one habit tells apart; what comes when it is full counts as new each time, so the state stays bounded."""
DISCOUNT = 0.5
CONCENTRATION = 1.0
DOUBT = 0.8
"""What a doubted sighting lacks of a whole one."""


class Habit:
    """How often each value was seen, and which of them most often.

    The share of a value is the Pitman-Yor estimate (Teh 2006, equation 4): each value gives up half a count to those
    not seen yet, so who has shown many different values is expected to show another, and who never has is not. `pace`
    says how often something new comes in this ledger, as a multiple of that expectation. A doubted sighting, of an
    invoice that was likelier wrong than right, counts a fifth: what is wrong twice is not thereby right.
    """

    __slots__ = ("counts", "doubted", "doubts", "most", "total", "usual")

    def __init__(self, most: int = MOST_VALUES) -> None:
        self.most = most
        self.counts: dict[str, int] = {}
        self.total = 0
        self.usual = ""
        """The value seen most; the earlier one on a tie; empty before the first."""
        self.doubted: dict[str, int] = {}
        """How many of the sightings of a value are doubted."""
        self.doubts = 0

    def learn(self, value: str, is_doubted: bool = False) -> bool:
        """Count one more, and tell whether it was the first of its value."""
        self.total += 1
        counts = self.counts
        seen = counts.get(value, 0) + 1
        if seen > 1 or len(counts) < self.most:
            counts[value] = seen
            if is_doubted:
                self.doubted[value] = self.doubted.get(value, 0) + 1
                self.doubts += 1
            if not self.usual or (not is_doubted and seen > counts.get(self.usual, 0)):
                self.usual = value
        return seen == 1

    def share(self, value: str, base: float, pace: float = 1.0) -> float:
        """Return the probability of a value; `base` is what it is for those who show one for the first time."""
        counts = self.counts
        held_back = pace * (CONCENTRATION + DISCOUNT * len(counts)) * base
        seen = counts.get(value)
        if seen is not None:
            if self.doubts:
                held_back += (seen - pace * DISCOUNT) * (1 - DOUBT * self.doubted.get(value, 0) / seen)
            else:
                held_back += seen - pace * DISCOUNT
        return held_back / (self.total - DOUBT * self.doubts + pace * CONCENTRATION)

    def novelty(self) -> float:
        """Return the probability that the next value is a new one, at pace 1."""
        return (CONCENTRATION + DISCOUNT * len(self.counts)) / (self.total + CONCENTRATION)

    def mixed(self, value: str, base: float, strength: float) -> float:
        """Return the probability of a value where `base` is right for most and counts like `strength` sightings."""
        return (self.counts.get(value, 0) + strength * base) / (self.total + strength)

    def to_json(self) -> Fact:
        """Return a form for canonical JSON."""
        return [self.total, self.usual, self.counts, self.doubted]

    @classmethod
    def from_json(cls, state: Fact, most: int = MOST_VALUES) -> Habit:
        """Read what `to_json` wrote."""
        assert isinstance(state, list)
        habit = cls(most)
        habit.total, habit.usual, habit.counts, habit.doubted = state
        habit.doubts = sum(habit.doubted.values())
        return habit
