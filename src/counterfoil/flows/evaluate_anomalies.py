"""Judge the anomaly score on folders of invoices of which it is known what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Final

from counterfoil.anomalies.domain import evaluation
from counterfoil.anomalies.domain.evaluation import Measures
from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.score import KINDS, SPLIT_LIMIT_MINOR
from counterfoil.flows.score_anomalies import content_of, learnt, read_invoices, scored
from counterfoil.infra.csv_text import read_table
from counterfoil.kernel.errors import Refusal, Refused

MODELS: Final = ("learned", "static rules", "raw fields")
STRICT: Final = ("terms_change", "due_mismatch", "discount_inflate")


class NoBenchFolder(Refused):
    """Neither the folder nor one in it has history, new and truth."""

    code = "no_bench_folder"


@dataclass(frozen=True, slots=True)
class Bar:
    """A measure beside the least it has to be."""

    name: str
    value: float
    least: float

    @property
    def holds(self) -> bool:
        """Tell whether the measure reaches its bar."""
        return self.value >= self.least


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What each model is worth on each folder."""

    folders: tuple[str, ...]
    found: Mapping[str, tuple[Measures, ...]]

    def averages(self, model: str) -> dict[str, float]:
        """Return the mean of each measure over the folders."""
        found = self.found[model]
        averages = {
            "average precision": mean(one.average_precision for one in found),
            "precision at 1 % alerts": mean(one.precision_at_1 for one in found),
            "recall at 5 % alerts": mean(one.recall_at_5 for one in found),
        }
        for kind in KINDS:
            averages[f"recall of {kind}"] = mean(one.recall_of.get(kind, 0.0) for one in found)
        averages["split sets caught in time"] = mean(one.sets_caught for one in found)
        return averages

    def bars(self) -> tuple[Bar, ...]:
        """Return the bars that the learned score has to reach on average."""
        averages = self.averages("learned")
        bars = [
            Bar("average precision", averages["average precision"], 0.75),
            Bar("precision at 1 % alerts", averages["precision at 1 % alerts"], 0.97),
            Bar("recall at 5 % alerts", averages["recall at 5 % alerts"], 0.80),
        ]
        for kind in KINDS:
            if kind != evaluation.SPLIT:
                name = f"recall of {kind}"
                bars.append(Bar(name, averages[name], 0.98 if kind in STRICT else 0.60))
        return (*bars, Bar("split sets caught in time", averages["split sets caught in time"], 0.80))


def evaluate(folder: Path, progress: Callable[[int, int], None] | None = None) -> Evaluation:
    """Score each seed of a folder by the learned score and by two simple ones.

    Raises:
        Refused: there is nothing to evaluate, or a file of it cannot be read.
    """
    seeds = sorted(place.parent for place in (*folder.glob("truth.csv*"), *folder.glob("*/truth.csv*")))
    if not seeds:
        raise NoBenchFolder(folder=str(folder))
    found: dict[str, list[Measures]] = {model: [] for model in MODELS}
    for done, seed in enumerate(seeds, start=1):
        history, new = _invoices(seed, "history"), _invoices(seed, "new")
        truth = _truth(_file(seed, "truth"))
        labels = [truth.get(facts.id, "") for facts in new]
        for model, scores in _scores(history, new).items():
            found[model].append(evaluation.measures(new, scores, labels, SPLIT_LIMIT_MINOR))
        if progress is not None:
            progress(done, len(seeds))
    return Evaluation(tuple(seed.name for seed in seeds), {model: tuple(each) for model, each in found.items()})


def _scores(history: Sequence[InvoiceFacts], new: Sequence[InvoiceFacts]) -> dict[str, list[float]]:
    return {
        "learned": [float(result.score_micro) for result in scored(learnt(history), new)],
        "static rules": evaluation.by_static_rules(history, new),
        "raw fields": evaluation.by_raw_fields(history, new),
    }


def _invoices(seed: Path, name: str) -> list[InvoiceFacts]:
    read = read_invoices(_file(seed, name))
    if read.errors:
        raise read.errors[0].refusal.error()
    return read.invoices


def _file(seed: Path, name: str) -> Path:
    for file in (seed / f"{name}.csv.gz", seed / f"{name}.csv"):
        if file.is_file():
            return file
    raise NoBenchFolder(folder=str(seed))


def _truth(file: Path) -> dict[str, str]:
    table = read_table(content_of(file), required=("id", "label"))
    id_, label = table.header.index("id"), table.header.index("label")
    truth = {}
    for _, cells in table.rows:
        if isinstance(cells, Refusal):
            raise cells.error()
        truth[cells[id_]] = cells[label]
    return truth
