"""counterfoil score-ledger"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer, progress
from counterfoil.flows.score_anomalies import written
from counterfoil.flows.score_ledger import score_ledger
from counterfoil.people import selectors as people

SHOWN = 20
LIKELIER_WRONG = 500_000
"""Millionths of the score from which an invoice is likelier wrong than right."""


def run(args: argparse.Namespace) -> Answer:
    """Score every issued invoice against those before it, and say the highest with their reasons."""
    found = list(score_ledger(books_id=people.books_facts().id, progress=progress("Invoices scored")))
    if args.out:
        args.out.write_text(written([one.scored for one in found], words.sentence), encoding="utf-8")
    highest = sorted(found, key=lambda one: -one.scored.score_micro)[:SHOWN]
    flagged = sum(1 for one in found if one.scored.score_micro >= LIKELIER_WRONG)
    rows: list[dict[str, object]] = []
    for one in highest:
        if one.scored.label:
            first = one.scored.contributions[0]
            rows.append(
                {
                    "number": one.number,
                    "customer": one.customer,
                    "date": one.on.isoformat(),
                    "score": f"{one.scored.score_micro / 1_000_000:.6f}",
                    "label": one.scored.label,
                    "says": words.sentence(f"anomaly_{first.feature}", dict(first.facts)),
                }
            )
    data: dict[str, object] = {"scored": len(found), "flagged": flagged, "highest": rows}
    lines = [f"{row['score']}  {row['number']}  {row['customer']}: {row['says']}" for row in rows]
    return Answer(data, [*lines, f"{len(found):,} invoices scored, {flagged:,} likelier wrong than right."])
