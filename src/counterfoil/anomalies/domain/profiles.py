"""What is remembered of a customer, of a segment and of the whole ledger: bounded, whatever the length of history."""

from __future__ import annotations

from collections import deque
from math import log
from typing import NamedTuple, TypeVar

from counterfoil.anomalies.domain.facts import InvoiceFacts, places
from counterfoil.anomalies.domain.habits import Habit
from counterfoil.kernel.errors import Fact

MOST_RECENT = 1_024
"""Invoices that a customer's window holds."""
WINDOW_DAYS = 14
"""How many days back a copy or a part is looked for."""
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
        _zeros(amount, facts.currency),
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

    def __init__(self, counts: dict[str, int] | None = None, total: int = 0) -> None:
        self.counts: dict[str, int] = dict(counts or {})
        self.total = total

    def learn(self, size: int) -> None:
        """Count one more."""
        key = str(size)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.total += 1

    def density(self, size: int, base: float, strength: float) -> float:
        """Return the probability per unit of logarithm; `base` counts like `strength` invoices."""
        get = self.counts.get
        near = 2 * get(str(size), 0) + get(str(size - 1), 0) + get(str(size + 1), 0)
        return (near / (4 * STEP) + strength * base) / (self.total + strength)


_Key = TypeVar("_Key")


def _take_first(index: dict[_Key, list[Recent]], key: _Key) -> None:
    """Drop the oldest invoice under a key, and the key with its last."""
    held = index[key]
    if len(held) == 1:
        del index[key]
    else:
        del held[0]


class Profile:
    """The habits of one customer, one segment, or all."""

    __slots__ = ("discounts", "lags", "names", "nets", "sizes", "terms", "units", "zeros")

    def __init__(self) -> None:
        self.units = Habit()
        self.terms = Habit()
        self.discounts = Habit()
        self.lags = Habit()
        self.zeros = Habit()
        self.names = Habit()
        self.nets: dict[str, Habit] = {}
        self.sizes = Sizes()

    def learn(self, row: View) -> None:
        """Take an invoice into the habits."""
        self.units.learn(row.segment)
        self.terms.learn(row.term)
        if row.discount:
            self.discounts.learn(row.discount)
        self.lags.learn(row.lag_bucket)
        self.zeros.learn(str(row.zeros))
        net = self.nets.get(row.term)
        if net is None and len(self.nets) < MOST_TERMS:
            net = self.nets[row.term] = Habit()
        if net is not None:
            net.learn(row.net_text)
        self.sizes.learn(row.size)

    def to_json(self) -> dict[str, Fact]:
        """Return a form for canonical JSON."""
        return {
            "units": self.units.to_json(),
            "terms": self.terms.to_json(),
            "discounts": self.discounts.to_json(),
            "lags": self.lags.to_json(),
            "zeros": self.zeros.to_json(),
            "names": self.names.to_json(),
            "nets": {term: habit.to_json() for term, habit in self.nets.items()},
            "sizes": [self.sizes.total, self.sizes.counts],
        }

    def read_json(self, state: dict[str, Fact]) -> None:
        """Take over what `to_json` wrote."""
        self.units = Habit.from_json(state["units"])
        self.terms = Habit.from_json(state["terms"])
        self.discounts = Habit.from_json(state["discounts"])
        self.lags = Habit.from_json(state["lags"])
        self.zeros = Habit.from_json(state["zeros"])
        self.names = Habit.from_json(state["names"])
        nets, sizes = state["nets"], state["sizes"]
        assert isinstance(nets, dict)
        assert isinstance(sizes, list)
        self.nets = {term: Habit.from_json(habit) for term, habit in nets.items()}
        self.sizes = Sizes(sizes[1], sizes[0])


class CustomerProfile(Profile):
    """The habits of one customer, with a window of the latest invoices in which copies and parts are found."""

    __slots__ = ("_by_cell", "_by_dates", "_counts", "once", "recent", "repeated")

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[Recent] = deque()
        self._by_cell: dict[int, list[Recent]] = {}
        self._by_dates: dict[tuple[int, int], list[Recent]] = {}
        self._counts: dict[int, int] = {}
        self.once = 0
        """Amounts that the window holds once."""
        self.repeated = 0
        """Invoices in the window whose amount it holds more than once."""

    @property
    def total(self) -> int:
        """How many invoices were learnt."""
        return self.terms.total

    def learn(self, row: View) -> None:
        """Take an invoice into habits and window, and let the window forget."""
        super().learn(row)
        self.names.learn(row.facts.customer_name)
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
        while self.recent and (len(self.recent) > MOST_RECENT or self.recent[0].posted < oldest):
            self._drop()

    def same_amount(self, amount: int) -> int:
        """Return how many invoices in the window have exactly this amount."""
        return self._counts.get(amount, 0)

    def near(self, cell: int) -> list[Recent]:
        """Return what the window holds around an amount."""
        get = self._by_cell.get
        nothing: list[Recent] = []
        return get(cell, nothing) + get(cell - 1, nothing) + get(cell + 1, nothing)

    def of_dates(self, baseline: int, due: int) -> list[Recent]:
        """Return what the window holds of one baseline and due date."""
        return self._by_dates.get((baseline, due), [])

    def _add(self, one: Recent, cell: int) -> None:
        self.recent.append(one)
        self._by_cell.setdefault(cell, []).append(one)
        self._by_dates.setdefault((one.baseline, one.due), []).append(one)
        seen = self._counts.get(one.amount, 0)
        self._counts[one.amount] = seen + 1
        if seen == 0:
            self.once += 1
        elif seen == 1:
            self.once -= 1
            self.repeated += 2
        else:
            self.repeated += 1

    def _drop(self) -> None:
        one = self.recent.popleft()
        amount = abs(one.amount)
        cell = int(log(amount) / NEAR) if amount else 0
        _take_first(self._by_cell, cell)
        _take_first(self._by_dates, (one.baseline, one.due))
        seen = self._counts[one.amount]
        if seen == 1:
            del self._counts[one.amount]
            self.once -= 1
            return
        self._counts[one.amount] = seen - 1
        if seen == 2:
            self.once += 1
            self.repeated -= 2
        else:
            self.repeated -= 1

    def to_json(self) -> dict[str, Fact]:
        """Return a form for canonical JSON."""
        return super().to_json() | {"recent": [list(one) for one in self.recent]}

    @classmethod
    def from_json(cls, state: dict[str, Fact]) -> CustomerProfile:
        """Read what `to_json` wrote."""
        profile = cls()
        profile.read_json(state)
        rows = state["recent"]
        assert isinstance(rows, list)
        for row in rows:
            assert isinstance(row, list)
            one = Recent(*row)
            amount = abs(one.amount)
            profile._add(one, int(log(amount) / NEAR) if amount else 0)
        return profile
