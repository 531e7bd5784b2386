"""Options of the commands that run and judge models on files from outside."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `score`, `score-ledger` and `evaluate`; none of them writes to the books."""
    score = command("score", "Run a model on CSV files from outside; the books are not touched.")
    score.add_argument("name", choices=("anomalies",))
    score.add_argument("--history", type=Path, required=True, help="earlier invoices, CSV or CSV.gz")
    score.add_argument("--new", type=Path, required=True, help="invoices to score, in the order of posting")
    score.add_argument("--out", type=Path, required=True, help="write id, score, label and reasons to this CSV file")
    ledger = command("score-ledger", "Score every issued invoice by the learned score, against those before it.")
    ledger.add_argument("--out", type=Path, help="write number, score, label and reasons of each to this CSV file")
    evaluate = command("evaluate", "Judge a model, or a reader of files, on a folder of known cases.")
    evaluate.add_argument("name", choices=("anomalies", "einvoices", "statements"))
    evaluate.add_argument(
        "folder",
        type=Path,
        help="anomalies: holds history, new and truth, or folders that do; einvoices: holds valid and invalid;"
        " statements: bank files",
    )
