"""counterfoil sample"""

from __future__ import annotations

import argparse
from datetime import date, timedelta

from counterfoil.cli.running import Answer, actor
from counterfoil.flows import sampling
from counterfoil.infra import world
from counterfoil.ledger.domain import month_after
from counterfoil.people import selectors as people
from counterfoil.reports.formats import rows_as_csv

FIRST = date(1990, 1, 1)


def run(args: argparse.Namespace) -> Answer:
    """Draw a sample, note its seed on the record, and print or write it."""
    books = people.books_facts()
    start = args.period or FIRST
    end = month_after(args.period) if args.period else world.today(books.time_zone) + timedelta(days=1)
    found = sampling.draw_sample(
        books_id=books.id,
        of=sampling.SampleOf(args.of),
        size=args.size,
        seed=args.seed,
        start=start,
        end=end,
        actor=actor(),
        at=world.now(),
    )
    text = rows_as_csv(found.rows)
    if args.out is not None:
        args.out.write_text(text, "utf-8")
    data: dict[str, object] = {
        "of": found.of.value,
        "seed": found.seed,
        "population": found.population,
        "population_sha256": found.population_sha256,
        "rows": [dict(row) for row in found.rows],
    }
    said = f"{len(found.rows):,} of {found.population:,} {found.of.value}, seed {found.seed}"
    return Answer(data, [said + (f", in {args.out}" if args.out else ""), *([] if args.out else [text.rstrip()])])
