"""counterfoil findings"""

from __future__ import annotations

import argparse
import itertools

from counterfoil.anomalies import selectors as watch
from counterfoil.cli.running import Answer
from counterfoil.crm import selectors as crm
from counterfoil.flows.findings import HEADER, all_findings, cells, days, write
from counterfoil.people import selectors as people
from counterfoil.words import sentence

MOST = 1_000


def run(args: argparse.Namespace) -> Answer:
    """List what the watch found."""
    books = people.books_facts()
    since, until = days(books.time_zone, args.since, args.until)
    sought = watch.Sought(
        args.rule,
        crm.customer_id(args.customer) if args.customer else None,
        since,
        until,
        True if args.held else None,
    )
    by_rule = watch.noted_by_rule(books.id, sought)
    if args.out:
        with args.out.open("w", encoding="utf-8", newline="") as file:
            write(file, all_findings(books.id, sought), sentence)
    rows = [cells(one, sentence) for one in itertools.islice(all_findings(books.id, sought), MOST)]
    data: dict[str, object] = {
        "found": sum(by_rule.values()),
        "by_rule": by_rule,
        "findings": [dict(zip(HEADER, row, strict=True)) for row in rows],
    }
    lines = [f"{row[0]}  {'held ' if row[1] == 'held' else 'noted'}  {row[3]}: {row[9]}" for row in rows[:50]]
    total = f"{sum(by_rule.values()):,} findings{f', written to {args.out}' if args.out else ''}."
    return Answer(data, [*lines, *(f"{count:>6,}  {rule}" for rule, count in by_rule.items()), total])
