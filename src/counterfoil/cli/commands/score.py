"""counterfoil score"""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil import words
from counterfoil.cli.running import Answer
from counterfoil.flows import score_anomalies as scoring
from counterfoil.flows.import_file import NoSuchFile

WITHOUT_DATABASE = True
SHOWN = 20
LIKELIER_WRONG = 500_000
"""Millionths of the score from which an invoice is likelier wrong than right."""


def run(args: argparse.Namespace) -> Answer:
    """Score a file of new invoices against a file of earlier ones; the books are not touched."""
    for file in (args.history, args.new):
        if not file.is_file():
            raise NoSuchFile(file=str(file))
    history, new = scoring.read_invoices(args.history), scoring.read_invoices(args.new)
    results = list(scoring.scored(scoring.learnt(history.invoices), new.invoices))
    out: Path = args.out
    out.write_text(scoring.written(results, words.sentence), encoding="utf-8")
    errors = [
        {
            "file": error.file,
            "row": error.row,
            "field": error.refusal.field,
            "code": error.refusal.code,
            "message": words.sentence(error.refusal.code, error.refusal.facts),
        }
        for error in (*history.errors, *new.errors)
    ]
    flagged = sum(1 for result in results if result.score_micro >= LIKELIER_WRONG)
    refused = history.refused + new.refused
    data: dict[str, object] = {
        "history": len(history.invoices),
        "scored": len(results),
        "flagged": flagged,
        "refused": refused,
        "out": str(out),
        "errors": errors,
    }
    counts = f"{len(results):,} invoices scored by {len(history.invoices):,} earlier ones"
    lines = [f"{counts}, {flagged:,} likelier wrong than right: {out}"]
    lines += [f"  {error['file']} row {error['row']}, {error['field']}: {error['message']}" for error in errors[:SHOWN]]
    if refused > SHOWN:
        lines.append(f"  and {refused - SHOWN:,} more rows refused; --json lists up to {scoring.MOST_ERRORS:,} a file")
    return Answer(data, lines, is_refused=refused > 0)
