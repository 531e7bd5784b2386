"""What a bench says: one line a thing that was measured, and how it stands to its bar."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import django
from django.db import connection

from counterfoil.bench.measure import Cost


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured: medians over the rounds, and how many units of work one round did."""

    name: str
    cost: Cost
    units: int
    unit: str

    @property
    def per_cpu_second(self) -> float:
        """Units of work in a second of processor time."""
        return self.units / self.cost.cpu_s


@dataclass(frozen=True, slots=True)
class Standing:
    """A ratio beside its bar. `is_least` tells whether the bar is a lower bound."""

    name: str
    value: float
    bar: float | None
    is_least: bool = True

    @property
    def holds(self) -> bool:
        """Tell whether the ratio keeps to its bar."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.is_least else self.value <= self.bar


@dataclass(frozen=True, slots=True)
class Report:
    """All that one bench found."""

    job: str
    size: str
    rounds: int
    lines: Sequence[Line]
    standings: Sequence[Standing]
    notes: Sequence[str] = field(default_factory=tuple)

    def as_data(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "job": self.job,
            "engine": engine(),
            "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}, Django {django.__version__}",
            "size": self.size,
            "rounds": self.rounds,
            "measured": [
                {"name": line.name, "units": line.units, "unit": line.unit, "per_cpu_second": line.per_cpu_second}
                | {"cpu_s": line.cost.cpu_s}
                | asdict(line.cost)
                for line in self.lines
            ],
            "ratios": [
                {"name": standing.name, "value": standing.value, "bar": standing.bar, "holds": standing.holds}
                for standing in self.standings
            ],
            "notes": list(self.notes),
        }

    def as_lines(self) -> list[str]:
        """Return the table that a person reads."""
        head = f"{'':<44}{'wall s':>9}{'cpu s':>9}{'here':>9}{'server':>9}{'peak MiB':>10}{'per cpu s':>14}"
        told = [f"{self.job} on {engine()}: {self.size}, medians of {self.rounds} rounds", "", head]
        for line in self.lines:
            cost = line.cost
            server = f"{cost.server_s:9.4f}" if cost.server_s is not None else f"{'unseen':>9}"
            told.append(
                f"{line.name:<44}{cost.wall_s:>9.4f}{cost.cpu_s:>9.4f}{cost.client_s:>9.4f}{server}"
                f"{cost.peak_mib:>10.0f}{line.per_cpu_second:>14,.0f}  {line.unit}"
            )
        ratios = [f"{standing.name}: {standing.value:.3g}{_beside_the_bar(standing)}" for standing in self.standings]
        return [*told, "", *ratios, *self.notes]


def _beside_the_bar(standing: Standing) -> str:
    if standing.bar is None:
        return ""
    bound = "at least" if standing.is_least else "at most"
    return f" (bar: {bound} {standing.bar:g}; {'holds' if standing.holds else 'MISSED'})"


def engine() -> str:
    """Return the engine and its version."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            fsync = "SHOW fsync"
        else:
            cursor.execute("SELECT sqlite_version()")
            fsync = "PRAGMA synchronous"
        version = cursor.fetchone()[0]
        cursor.execute(fsync)
        kept = cursor.fetchone()[0]
    if connection.vendor == "postgresql":
        return f"PostgreSQL {version.split()[0]}, fsync {kept}"
    return f"SQLite {version}, synchronous {['OFF', 'NORMAL', 'FULL', 'EXTRA'][kept]}"
