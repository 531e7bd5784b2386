"""The learned anomaly score beside LightGBM with SHAP reasons, alone and as history grows (MODELS bar A4)."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.profiles import View, view
from counterfoil.anomalies.domain.score import Scorer
from counterfoil.bench import progress
from counterfoil.bench.bare import AnswersDiffer
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.kernel.errors import Refused

SIZE = 1_000_000
SHORT = 1_000
ROUNDS = 5
PROBES = 2_000
BATCH = 10_000
CUSTOMERS = 3_000
P99_MS = 5.0
GROWTH = 1.2
FASTER = 5.0
TREES = 100
"""Trees of the yardstick, with LightGBM's own 31 leaves."""
TERMS = (("N15", 15), ("N30", 30), ("N45", 45), ("N60", 60))
FIRST_DAY = date(2024, 1, 1)


class NoYardstick(Refused):
    """LightGBM, which only this bench and no product code uses, is not installed."""

    code = "no_yardstick"


def measured(*, size: int, rounds: int) -> Report:
    """Score single invoices after short and long histories, and a batch beside LightGBM with SHAP."""
    size, rounds = size or SIZE, rounds or ROUNDS
    meter = Meter()
    yardstick = _Yardstick()
    short, long = Scorer(), Scorer()
    for number, facts in enumerate(invoices(size, seed=1)):
        if number < SHORT:
            short.learn(facts)
        long.learn(facts)
        if number % 10_000 == 0:
            progress.show("invoices learnt", number, size)
    progress.show("invoices learnt", size, size)
    probes = list(invoices(PROBES, seed=2, begin=size))
    batch = list(invoices(BATCH, seed=3, begin=size))
    yardstick.train(long, batch)
    walls: list[float] = []
    after_short: list[float] = []
    after_long: list[float] = []
    growth: list[float] = []
    ours: list[Cost] = []
    shap: list[Cost] = []
    for round_ in range(rounds + 1):
        progress.show("rounds", round_, rounds)
        (_, few), (wall, many) = _latencies(short, probes), _latencies(long, probes)
        one, other = meter.cost_of(partial(_scored, long, batch)), meter.cost_of(yardstick.reasons)
        if round_:  # The first round warms every cache.
            walls += wall
            after_short += few
            after_long += many
            growth.append(statistics.median(many) / statistics.median(few))
            ours.append(one)
            shap.append(other)
    stored = statistics.quantiles(_stored_latencies(long, probes), n=100)
    by_wall, by_processor = statistics.quantiles(walls, n=100), statistics.quantiles(after_long, n=100)
    return Report(
        "anomalies",
        f"{size:,} invoices of {CUSTOMERS:,} customers, {PROBES:,} scored alone, {BATCH:,} in a batch",
        rounds,
        [
            Line("score: features, score and reasons", median(ours), BATCH, "invoices"),
            Line(f"LightGBM, {TREES} trees, SHAP; features given", median(shap), BATCH, "invoices"),
        ],
        [
            Standing(f"p99 of one invoice after {size:,}, wall ms", by_wall[98] * 1_000, P99_MS, is_least=False),
            Standing(f"p50 of one invoice after {size:,}, wall ms", by_wall[49] * 1_000, None),
            Standing(f"p99 of one invoice after {size:,}, CPU ms", by_processor[98] * 1_000, None),
            Standing(f"p50 of one invoice after {size:,}, CPU ms", by_processor[49] * 1_000, None),
            Standing(f"p99 with its states read from JSON, after {size:,}, CPU ms", stored[98] * 1_000, None),
            Standing(f"p50 of one invoice after {SHORT:,}, CPU ms", statistics.median(after_short) * 1_000, None),
            Standing(f"p50 after {size:,} / after {SHORT:,}, CPU", statistics.median(growth), GROWTH, is_least=False),
            Standing("score / LightGBM with SHAP, rows a CPU second", ratio_of_cpu(shap, ours), FASTER),
        ],
        (
            "One invoice alone is timed by the wall, with its reasons; a busy machine adds to p99.",
            "LightGBM is handed its features; the score makes its own. Contributions were summed against each score.",
        ),
    )


def invoices(count: int, *, seed: int, begin: int = 0) -> Iterator[InvoiceFacts]:
    """Make up invoices in the order of posting: 900 a day, of customers of very different size and steady habits.

    One in fifty has something wrong with it.
    """
    random = Random(seed)
    for number in range(begin, begin + count):
        customer = int(CUSTOMERS * random.random() ** 3)
        habits = Random(customer)
        term, days = habits.choice(TERMS)
        discount = habits.choice((0, 0, 0, 20_000, 50_000))
        amount = int(math.exp(habits.gauss(13, 1) + random.gauss(0, 0.7)))
        posted = FIRST_DAY + timedelta(days=number // 900)
        facts = InvoiceFacts(
            f"I{number}-{seed}",
            f"U{customer % 5}",
            f"C{customer}",
            f"Customer {customer}",
            posted,
            posted,
            posted + timedelta(days=days),
            term,
            "EUR",
            amount,
            amount,
            discount,
        )
        yield _spoilt(facts, random) if random.random() < 0.02 else facts


def _spoilt(facts: InvoiceFacts, random: Random) -> InvoiceFacts:
    wrong = random.randrange(4)
    if wrong == 0:
        return replace(facts, due_date=facts.due_date + timedelta(days=40))
    if wrong == 1:
        return replace(facts, discount_micro=150_000)
    if wrong == 2:
        return replace(facts, amount_minor=facts.amount_minor * 10, base_amount_minor=facts.base_amount_minor * 10)
    return replace(facts, baseline_date=facts.baseline_date - timedelta(days=35))


def _stored_latencies(scorer: Scorer, probes: Sequence[InvoiceFacts]) -> list[float]:
    """Return the seconds of processor that each takes with its states read as they are stored before every posting."""
    found = []
    shared = scorer.shared_state()
    for facts in probes:
        own = {name: segment.to_json() for name, segment in scorer.segments.items() if name == facts.segment}
        ours = json.dumps({**shared, "segments": own})
        theirs = json.dumps({facts.customer: scorer.customer_state(facts.customer)})
        begun = time.thread_time_ns()
        Scorer.restored(json.loads(ours), {name: state for name, state in json.loads(theirs).items() if state}).score(
            facts
        )
        found.append((time.thread_time_ns() - begun) / 1e9)
    return found


def _latencies(scorer: Scorer, probes: Sequence[InvoiceFacts]) -> tuple[list[float], list[float]]:
    """Return the seconds that each invoice takes from facts to score with reasons: by the wall, of processor."""
    walls, processors = [], []
    for facts in probes:
        wall, processor = time.perf_counter_ns(), time.thread_time_ns()
        scorer.score(facts)
        processors.append((time.thread_time_ns() - processor) / 1e9)
        walls.append((time.perf_counter_ns() - wall) / 1e9)
    return walls, processors


def _scored(scorer: Scorer, batch: Sequence[InvoiceFacts]) -> None:
    """Score a batch, features included.

    Raises:
        AnswersDiffer: contributions do not sum to their score.
    """
    for facts in batch:
        scored = scorer.score(facts)
        if sum(one.amount_micro for one in scored.contributions) != scored.score_micro:
            raise AnswersDiffer(f"contributions of {facts.id} do not sum to its score")


class _Yardstick:
    """Gradient-boosted trees that explain themselves by SHAP, as sold elsewhere."""

    def __init__(self) -> None:
        try:
            import lightgbm
            import numpy as np
        except (ImportError, OSError):  # OSError: its library for threads is missing.
            raise NoYardstick from None
        self._lightgbm, self._numpy = lightgbm, np

    def train(self, scorer: Scorer, batch: Sequence[InvoiceFacts]) -> None:
        """Learn to flag what the score flags."""
        views = [view(facts) for facts in batch]
        self._features = self._matrix(scorer, views)
        labels = self._numpy.array([scorer.score_view(row).score_micro > 100_000 for row in views], dtype=float)
        parameters = {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 1}
        data = self._lightgbm.Dataset(self._features, labels)
        self._model = self._lightgbm.train(parameters, data, num_boost_round=TREES)

    def reasons(self) -> object:
        """Score a batch whose features are at hand, with the SHAP value of each feature."""
        return self._model.predict(self._features, pred_contrib=True, num_threads=1)

    def _matrix(self, scorer: Scorer, views: Sequence[View]) -> object:
        rows = [
            [
                *(math.log(ratio + 1e-9) for ratio in scorer.ratios(row)),
                math.log(abs(row.facts.base_amount_minor) + 1),
                row.net,
                row.lag,
                int(row.discount or "0"),
                row.zeros,
            ]
            for row in views
        ]
        return self._numpy.array(rows)
