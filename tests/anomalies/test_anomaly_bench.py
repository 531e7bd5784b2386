"""The bars of the learned score on real invoices with injected errors; the corpus lies outside this project."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter
from pathlib import Path
from statistics import mean

from counterfoil.anomalies.domain.evaluation import measures
from counterfoil.anomalies.domain.score import SPLIT_LIMIT_MINOR
from counterfoil.flows.evaluate_anomalies import evaluate
from counterfoil.flows.score_anomalies import learnt, read_invoices, scored

FOLDER = Path("data/anomaly-bench")


def test_the_learned_score_reaches_its_bars_and_beats_simple_ones(corpora: Path) -> None:
    result = evaluate(corpora / FOLDER)
    assert [f"{bar.name}: {bar.value:.3f} < {bar.least}" for bar in result.bars() if not bar.holds] == []
    learned = result.averages("learned")
    for simple in ("static rules", "raw fields"):
        assert learned["average precision"] > 2 * result.averages(simple)["average precision"]


def test_a_cut_changes_no_score_before_it(corpora: Path) -> None:
    seed = corpora / FOLDER / "seed-5"
    history, new = read_invoices(seed / "history.csv.gz").invoices, read_invoices(seed / "new.csv.gz").invoices
    whole = list(scored(learnt(history), new))
    for cut in (1, 777, 4_321):
        assert list(scored(learnt(history), new[:cut])) == whole[:cut]


def test_a_smaller_ledger_without_its_largest_customer_is_judged_as_well(corpora: Path) -> None:
    """Other customers, fewer of them: what was not made for one buyer has to hold without it."""
    found = []
    for name in ("seed-5", "seed-6"):
        seed = corpora / FOLDER / name
        history, new = read_invoices(seed / "history.csv.gz").invoices, read_invoices(seed / "new.csv.gz").invoices
        with gzip.open(seed / "truth.csv.gz", "rt", encoding="utf-8", newline="") as file:
            truth = {row["id"]: row["label"] for row in csv.DictReader(file)}
        largest, _ = Counter(facts.customer for facts in history).most_common(1)[0]
        for part in range(2):

            def is_in(customer: str, part: int = part, largest: str = largest) -> bool:
                return customer != largest and hashlib.sha256(customer.encode()).digest()[0] % 2 == part

            some = [facts for facts in new if is_in(facts.customer)]
            scores = [
                float(result.score_micro)
                for result in scored(learnt([facts for facts in history if is_in(facts.customer)]), some)
            ]
            found.append(measures(some, scores, [truth[facts.id] for facts in some], SPLIT_LIMIT_MINOR))
    assert mean(one.average_precision for one in found) >= 0.75
    assert mean(one.precision_at_1 for one in found) >= 0.97
    assert mean(one.recall_at_5 for one in found) >= 0.80
