"""What is remembered of a customer, of a segment and of the whole ledger: bounded, whatever the length of history."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import log
from typing import NamedTuple, TypeVar

from counterfoil.anomalies.domain.facts import InvoiceFacts, places
from counterfoil.anomalies.domain.habits import Habit
from counterfoil.kernel.errors import Fact

MOST_RECENT = 1_024
"""Invoices that a customer's window holds."""
WINDOW_DAYS = 10
"""How many days back a copy or a part is looked for; what comes later is more often bought again than copied."""
MOST_TERMS = 64
STEP = 0.25
"""Width of a size bucket, natural logarithm."""
NEAR = 0.0055
"""Two amounts are near when their logarithms differ by less: half a per cent and a rounding."""
ZEROS = 8
_LAG_EDGES = (3, 5, 8, 13, 20, 34, 60, 120)


class View(NamedTuple):
    """An invoice in the terms in which habits are kept; made once, used by scoring and by learning."""

    facts: InvoiceFacts
    segment: str
    term: str
    discount: str
    lag: int
    lag_bucket: str
    net: int
    net_text: str
    size: int
    zeros: int
    zeros_text: str
    posted: int
    baseline: int
    due: int
    log_amount: float
    cell: int


class Recent(NamedTuple):
    """An invoice in a customer's window."""

    posted: int
    amount: int
    base_amount: int
    baseline: int
    due: int
    name: str
    id: str


def view(facts: InvoiceFacts) -> View:
    """Look at an invoice as habits do."""
    posted, baseline = facts.posting_date.toordinal(), facts.baseline_date.toordinal()
    due = facts.due_date.toordinal()
    amount = abs(facts.amount_minor)
    lag, net = posted - baseline, due - baseline
    base = abs(facts.base_amount_minor)
    log_amount = log(amount) if amount else 0.0
    discount = facts.discount_micro
    zeros = _zeros(amount, facts.currency)
    return View(
        facts,
        facts.segment,
        facts.term_code,
        "" if discount is None else str((discount + 2_500) // 5_000),
        lag,
        lag_bucket(lag),
        net,
        str(net),
        int(log(base) / STEP) if base else 0,
        zeros,
        str(zeros),
        posted,
        baseline,
        due,
        log_amount,
        int(log_amount / NEAR),
    )


def lag_bucket(lag: int) -> str:
    """Return the bucket of a number of days: single days up to two, then wider and wider."""
    size = abs(lag)
    if size < _LAG_EDGES[0]:
        return str(lag)
    edge = next((edge for edge in reversed(_LAG_EDGES) if size >= edge), 0)
    return str(edge if lag > 0 else -edge)


def _zeros(amount: int, currency: str) -> int:
    """Count the zeros at the end of an amount in hundredths."""
    if not amount:
        return 0
    text = str(amount)
    return min(max(len(text) - len(text.rstrip("0")) + 2 - places(currency), 0), ZEROS)


class Sizes:
    """How large amounts usually are: a histogram of logarithms, each count spread over its neighbours."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0

    def learn(self, size: int) -> None:
        """Count one more."""
        self.counts[size] = self.counts.get(size, 0) + 1
        self.total += 1

    def density(self, size: int, base: float) -> float:
        """Return the probability per unit of logarithm; `base` counts the more, the wider the sizes are spread."""
        counts = self.counts
        get = counts.get
        strength = 2 + 0.5 * len(counts)
        near = 2 * get(size, 0) + get(size - 1, 0) + get(size + 1, 0)
        return (near / (4 * STEP) + strength * base) / (self.total + strength)

    def to_json(self) -> Fact:
        """Return a form for canonical JSON."""
        return [self.total, {str(size): count for size, count in self.counts.items()}]

    @classmethod
    def from_json(cls, state: Fact) -> Sizes:
        """Read what `to_json` wrote."""
        assert isinstance(state, list)
        sizes = cls()
        sizes.total, counts = state
        sizes.counts = {int(size): count for size, count in counts.items()}
        return sizes


_Key = TypeVar("_Key")


def _take_first(index: dict[_Key, list[Recent]], key: _Key) -> None:
    """Drop the oldest invoice under a key, and the key with its last."""
    held = index[key]
    if len(held) == 1:
        del index[key]
    else:
        del held[0]


class Profile:
    """The habits of one customer, one segment, or all.

    Of a customer every invoice counts. Segment and ledger count a value once for each customer that shows it, and so
    know what customers do, whatever the share of the largest (the hierarchy of Teh 2006, section 3); sizes and zeros
    count every invoice everywhere.
    """

    __slots__ = ("discounts", "lags", "nets", "sizes", "terms", "units", "zeros")

    def __init__(self) -> None:
        self.units = Habit()
        self.terms = Habit()
        self.discounts = Habit()
        self.zeros = Habit()
        self.nets: dict[str, Habit] = {}
        """Days from baseline to due, by term."""
        self.lags: dict[str, Habit] = {}
        """Days from baseline to posting, in buckets, by term."""
        self.sizes = Sizes()

    def to_json(self) -> dict[str, Fact]:
        """Return a form for canonical JSON."""
        return {
            "units": self.units.to_json(),
            "terms": self.terms.to_json(),
            "discounts": self.discounts.to_json(),
            "zeros": self.zeros.to_json(),
            "nets": {term: habit.to_json() for term, habit in self.nets.items()},
            "lags": {term: habit.to_json() for term, habit in self.lags.items()},
            "sizes": self.sizes.to_json(),
        }

    def read_json(self, state: Mapping[str, Fact]) -> None:
        """Take over what `to_json` wrote."""
        self.units = Habit.from_json(state["units"])
        self.terms = Habit.from_json(state["terms"])
        self.discounts = Habit.from_json(state["discounts"])
        self.zeros = Habit.from_json(state["zeros"])
        nets, lags = state["nets"], state["lags"]
        assert isinstance(nets, dict)
        assert isinstance(lags, dict)
        self.nets = {term: Habit.from_json(habit) for term, habit in nets.items()}
        self.lags = {term: Habit.from_json(habit) for term, habit in lags.items()}
        self.sizes = Sizes.from_json(state["sizes"])


def learn_by_term(habits: dict[str, Habit], term: str, value: str, is_doubted: bool = False) -> bool:
    """Count a value under its term, and tell whether it was the first of its value there."""
    habit = habits.get(term)
    if habit is None:
        if len(habits) >= MOST_TERMS:
            return False
        habit = habits[term] = Habit()
    return habit.learn(value, is_doubted)


class CustomerProfile(Profile):
    """The habits of one customer, with a window of the latest invoices in which copies and parts are found."""

    __slots__ = ("_by_cell", "_by_dates", "_by_day", "names", "recent", "repeats")

    def __init__(self) -> None:
        super().__init__()
        self.names = Habit()
        self.recent: deque[Recent] = deque()
        self._by_cell: dict[int, list[Recent]] = {}
        self._by_dates: dict[tuple[int, int], list[Recent]] = {}
        self._by_day: dict[int, int] = {}
        self.repeats = [0, 0]
        """How many invoices repeated an amount of the window, of how many that could."""

    @property
    def total(self) -> int:
        """How many invoices were learnt."""
        return self.terms.total

    def remember(self, row: View) -> None:
        """Take an invoice into the window, and let the window forget."""
        facts = row.facts
        recent = Recent(
            row.posted,
            facts.amount_minor,
            facts.base_amount_minor,
            row.baseline,
            row.due,
            facts.customer_name,
            facts.id,
        )
        self._add(recent, row.cell)
        oldest = row.posted - WINDOW_DAYS
        while len(self.recent) > MOST_RECENT or self.recent[0].posted < oldest:
            self._drop()

    def near(self, row: View) -> list[Recent]:
        """Return what the last days hold of nearly the same amount, the latest 64 of each cell; itself left out."""
        amount, oldest = row.facts.amount_minor, row.posted - WINDOW_DAYS
        get = self._by_cell.get
        found = [one for cell in (row.cell - 1, row.cell, row.cell + 1) if (held := get(cell)) for one in held[-64:]]
        return [
            one
            for one in found
            if one.posted >= oldest
            and one.amount * amount > 0
            and abs(log(one.amount / amount)) < NEAR
            and one.id != row.facts.id
        ]

    def of_dates(self, baseline: int, due: int) -> list[Recent]:
        """Return what the window holds of one baseline and due date."""
        return self._by_dates.get((baseline, due), [])

    def posted_on(self, day: int) -> int:
        """Return how many invoices of the window were posted on a day."""
        return self._by_day.get(day, 0)

    def _add(self, one: Recent, cell: int) -> None:
        self.recent.append(one)
        self._by_cell.setdefault(cell, []).append(one)
        self._by_dates.setdefault((one.baseline, one.due), []).append(one)
        self._by_day[one.posted] = self._by_day.get(one.posted, 0) + 1

    def _drop(self) -> None:
        one = self.recent.popleft()
        amount = abs(one.amount)
        cell = int(log(amount) / NEAR) if amount else 0
        _take_first(self._by_cell, cell)
        _take_first(self._by_dates, (one.baseline, one.due))
        left = self._by_day.pop(one.posted) - 1
        if left:
            self._by_day[one.posted] = left

    def to_json(self) -> dict[str, Fact]:
        """Return a form for canonical JSON."""
        return super().to_json() | {
            "names": self.names.to_json(),
            "repeats": list(self.repeats),
            "recent": [list(one) for one in self.recent],
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Fact]) -> CustomerProfile:
        """Read what `to_json` wrote."""
        profile = cls()
        profile.read_json(state)
        profile.names = Habit.from_json(state["names"])
        rows, repeats = state["recent"], state["repeats"]
        assert isinstance(repeats, list)
        profile.repeats = list(repeats)
        assert isinstance(rows, list)
        for row in rows:
            assert isinstance(row, list)
            one = Recent(*row)
            amount = abs(one.amount)
            profile._add(one, int(log(amount) / NEAR) if amount else 0)
        return profile
