"""counterfoil close-deals"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from counterfoil import words
from counterfoil.cli.running import Answer, actor, progress
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.flows.close_deals import DatedBy, close_deals
from counterfoil.people import selectors as people


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
        only=args.again,
        again=bool(args.again),
        actor=actor(),
        progress=progress("Closing deals"),
    )
    seconds = time.perf_counter() - started
    reasons = Counter(
        (finding.code, finding.field or "", words.sentence(finding.code, finding.facts))
        for findings in closed.findings
        for finding in findings
    ).most_common()
    data: dict[str, object] = {
        "won": closed.won,
        "invoiced": closed.invoiced,
        "held": closed.held,
        "unchanged": closed.unchanged,
        "observed": closed.observed,
        "suggested": closed.suggested,
        "stopped_by": closed.stopped_by,
        "seconds": round(seconds, 3),
        "held_by_reason": [
            {"code": code, "field": where, "message": message, "deals": deals}
            for (code, where, message), deals in reasons
        ],
    }
    counts = f"{closed.invoiced:,} invoiced, {closed.held:,} held, {closed.unchanged:,} unchanged"
    lines = [f"{closed.won:,} won: {counts} in {seconds:.1f} s."]
    if closed.observed:
        lines.append(f"{closed.observed:,} were judged in the background; nothing was written.")
    if closed.suggested:
        lines.append(f"{closed.suggested:,} wait for a person to confirm, in the review queue.")
    if closed.stopped_by:
        lines.append(f"Stopped by {closed.stopped_by}; the rest waits.")
    lines += [f"{deals:>7,} held: {message}" for (_, _, message), deals in reasons]
    return Answer(data, lines, is_refused=closed.held > 0)
