"""The bars of the learned score on real invoices with injected errors; the corpus lies outside this project."""

from __future__ import annotations

from pathlib import Path

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
