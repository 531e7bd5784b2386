"""counterfoil close-deals"""

from __future__ import annotations

import argparse
import time

from counterfoil.cli.running import Answer, actor, progress
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.flows.close_deals import DatedBy, close_deals
from counterfoil.people import selectors as people
from counterfoil.standards import selectors as standards
from counterfoil import words


def run(args: argparse.Namespace) -> Answer:
    """Close every won deal that is not done yet."""
    books = people.books_facts()
    started = time.perf_counter()
    closed = close_deals(
        books_id=books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=books.time_zone,
        dated_by=DatedBy(args.dated_by),
        actor=actor(),
        progress=progress("Closing deals"),
    )
    seconds = time.perf_counter() - started
    reasons = standards.held_by_reason(books.id)
    data: dict[str, object] = {
        "won": closed.won,
        "invoiced": closed.invoiced,
        "held": closed.held,
        "unchanged": closed.unchanged,
        "seconds": round(seconds, 3),
        "held_by_reason": [
            {
                "code": reason.code,
                "value": reason.value,
                "deals": reason.deals,
                "message": words.sentence(reason.code, reason.facts),
            }
            for reason in reasons
        ],
    }
    lines = [
        f"{closed.won:,} won: {closed.invoiced:,} invoiced, {closed.held:,} held, {closed.unchanged:,} unchanged"
        f" in {seconds:.1f} s."
    ]
    lines += [f"{reason.deals:>7,} held: {words.sentence(reason.code, reason.facts)}" for reason in reasons]
    return Answer(data, lines, is_refused=closed.held > 0)
