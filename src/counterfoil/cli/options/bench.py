"""Options of `counterfoil bench`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what measures hot jobs."""
    bench = command("bench", "Measure a hot job beside its raw limit, in one run.")
    jobs = ("anomalies", "audit", "binder", "post", "close-deals", "trial-balance", "import", "preview", "undo")
    bench.add_argument("name", choices=jobs)
    bench.add_argument("--size", type=int, default=0, help="entries, deals, lines or rows; 0 for the job's own")
    bench.add_argument("--rounds", type=int, default=0, help="0 for the job's own number")
