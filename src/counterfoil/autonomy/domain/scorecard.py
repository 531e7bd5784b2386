"""How well a machine does what people do: agreement, kappa and wrong money, each with a 95 % interval.

Everything follows from the raw pairs alone, so that anybody can compute it again. Shares are whole millionths.

- Agreement: pairs in which both said the same, over all pairs and everything that one side missed. Interval: Wilson
  (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.
- Kappa: Cohen (1960), "A coefficient of agreement for nominal scales", EPMJ 20, 37-46; over blind pairs only, because
  a person who saw the answer agrees with it more often. Interval: percentiles of a bootstrap over pairs.
- Money-weighted error: wrong money over money at stake. Interval: the same bootstrap.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from counterfoil.autonomy.domain.pairs import MILLION, Pair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

Z: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
SEED: Final = 20_260_131
RESAMPLES: Final = 2_000
_MOST_CELLS: Final = 4_000_000
"""Cells of one array of drawings: 32 MB."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share in millionths, with the ends of its 95 % interval; kappa may lie below zero."""

    micro: int
    low_micro: int
    high_micro: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What the shadow log shows of one kind of decision and version, or of one segment or month of it.

    `n` = `paired` + `missed`. An estimate is None where nothing can be said: no pair, no money at stake, or, for kappa,
    no blind pair or only one class on both sides.
    """

    n: int
    paired: int
    missed: int
    agreed: int
    blind: int
    error_minor: int
    stake_minor: int
    agreement: Estimate | None
    kappa: Estimate | None
    money_error: Estimate | None
    differences: Mapping[str, int] = field(default_factory=dict)
    by_segment: Mapping[str, Mapping[str, Scorecard]] = field(default_factory=dict)
    by_month: Mapping[str, Scorecard] = field(default_factory=dict)


def scorecard(pairs: Sequence[Pair], *, is_whole: bool = True) -> Scorecard:
    """Return the scorecard of pairs, by segment and by month as well.

    Args:
        is_whole: without it only the totals, as for one segment.
    """
    both = [pair for pair in pairs if pair.is_paired]
    blind = [pair.labels for pair in both if pair.is_blind]
    agreed = sum(pair.is_agreed for pair in both)
    money = [(pair.error_minor, pair.stake_minor) for pair in pairs]
    return Scorecard(
        len(pairs),
        len(both),
        len(pairs) - len(both),
        agreed,
        len(blind),
        sum(error for error, _ in money),
        sum(stake for _, stake in money),
        wilson(agreed, len(pairs)),
        kappa(blind),
        money_error(money),
        dict(Counter(pair.code for pair in pairs if not pair.is_agreed).most_common()),
        _by_segment(pairs) if is_whole else {},
        _by_month(pairs) if is_whole else {},
    )


def _by_segment(pairs: Sequence[Pair]) -> dict[str, dict[str, Scorecard]]:
    found: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        for name, value in (pair.verdict.segments if pair.verdict else {}).items():
            if value:
                found[name][value].append(pair)
    return {
        name: {value: scorecard(some, is_whole=False) for value, some in sorted(by_value.items())}
        for name, by_value in sorted(found.items())
    }


def _by_month(pairs: Sequence[Pair]) -> dict[str, Scorecard]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[f"{pair.at:%Y-%m}"].append(pair)
    return {month: scorecard(some, is_whole=False) for month, some in sorted(found.items())}


# ------------------------------------------------------------------------------------ estimates


def wilson(hits: int, n: int) -> Estimate | None:
    """Return a proportion with its Wilson interval, or None of nothing."""
    if not n:
        return None
    share = hits / n
    centre = share + Z * Z / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    low, high = _micro((centre - spread) / whole), _micro((centre + spread) / whole)
    return Estimate(_micro(share), max(0, low), min(MILLION, high))


def kappa(labels: Sequence[tuple[str, str]]) -> Estimate | None:
    """Return Cohen's kappa with a bootstrap interval, or None where both sides know one class alone."""
    import numpy as np

    classes = sorted({label for both in labels for label in both})
    if len(classes) < 2:
        return None
    codes = {label: at for at, label in enumerate(classes)}
    cells = Counter(labels)
    known = sorted(cells)
    machine = np.array([codes[one] for one, _ in known])
    person = np.array([codes[other] for _, other in known])
    counts = np.array([cells[both] for both in known], dtype=np.int64)

    def of(drawn: IntArray) -> FloatArray:
        shares = drawn / len(labels)
        observed = shares[:, machine == person].sum(axis=1)
        expected = (_summed(shares, machine, len(classes)) * _summed(shares, person, len(classes))).sum(axis=1)
        # One class alone on both sides of what was drawn: they agree on all of it.
        return np.where(expected < 1, (observed - expected) / np.where(expected < 1, 1 - expected, 1), 1.0)

    return _bootstrapped(counts, of)


def money_error(money: Sequence[tuple[int, int]]) -> Estimate | None:
    """Return wrong money over money at stake with a bootstrap interval, or None where nothing is at stake."""
    import numpy as np

    cells = Counter(money)
    known = sorted(cells)
    wrong = np.array([error for error, _ in known], dtype=np.float64)
    stake = np.array([at_stake for _, at_stake in known], dtype=np.float64)
    if not stake.sum():
        return None

    def of(drawn: IntArray) -> FloatArray:
        whole = drawn @ stake
        return np.where(whole > 0, (drawn @ wrong) / np.where(whole > 0, whole, 1), 0.0)

    return _bootstrapped(np.array([cells[one] for one in known], dtype=np.int64), of)


def _summed(shares: FloatArray, codes: IntArray, classes: int) -> FloatArray:
    """Sum the shares of cells that belong to one class, for each drawing."""
    import numpy as np

    sums = np.zeros((len(shares), classes))
    for cell, code in enumerate(codes):
        sums[:, code] += shares[:, cell]
    return sums


def _bootstrapped(counts: IntArray, of: Callable[[IntArray], FloatArray]) -> Estimate:
    """Return a figure of counted cells with the percentiles of what it is in seeded drawings of as many pairs."""
    import numpy as np

    n = int(counts.sum())
    chance = np.random.default_rng(SEED)
    rows = max(1, min(RESAMPLES, _MOST_CELLS // len(counts)))
    drawn: list[float] = []
    while len(drawn) < RESAMPLES:
        draws = chance.multinomial(n, counts / n, size=min(rows, RESAMPLES - len(drawn)))
        drawn += of(draws).tolist()
    low, high = np.percentile(np.array(drawn), [2.5, 97.5])
    return Estimate(_micro(float(of(counts[None, :])[0])), _micro(float(low)), _micro(float(high)))


def _micro(share: float) -> int:
    return round(share * MILLION)
