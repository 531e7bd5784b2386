"""counterfoil watch-ledger"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

from counterfoil.cli.running import Answer, progress
from counterfoil.crm import selectors as crm
from counterfoil.flows.watch_ledger import watch_ledger
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.reports.formats import neutral
from counterfoil.words import sentence

HEADER = ("document", "date", "customer", "rule", "code", "stake", "currency", "sentence")


def run(args: argparse.Namespace) -> Answer:
    """Look at every invoice with every rule, and write what was found."""
    books = people.books_facts()
    spotted = list(
        watch_ledger(
            books_id=books.id, today=world.today(books.time_zone), at=world.now(), progress=progress("looking")
        )
    )
    names = crm.customer_names(sorted({one.customer_id for one in spotted if one.customer_id is not None}))
    rows = [
        (
            one.number,
            one.on.isoformat() if one.on else "",
            neutral(names.get(one.customer_id or 0, "")),
            str(one.finding.facts.get("rule", "")),
            one.finding.code,
            str(one.finding.facts.get("stake", "")),
            str(one.finding.facts.get("stake_currency", "")),
            neutral(sentence(one.finding.code, one.finding.facts)),
        )
        for one in spotted
    ]
    if args.out:
        with Path(args.out).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADER)
            out.writerows(rows)
    by_rule = Counter(row[3] for row in rows)
    data: dict[str, object] = {
        "found": len(rows),
        "by_rule": dict(sorted(by_rule.items())),
        "findings": [dict(zip(HEADER, row, strict=True)) for row in rows[:1_000]],
    }
    lines = [f"{count:>6,}  {rule}" for rule, count in by_rule.most_common()]
    return Answer(data, [*lines, f"{len(rows):,} findings{f', written to {args.out}' if args.out else ''}."])
