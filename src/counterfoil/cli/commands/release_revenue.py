"""counterfoil release-revenue"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Post the revenue that is due."""
    books = people.books_facts()
    through = args.through or world.today(books.time_zone)
    released = release_revenue(books_id=books.id, through=through, actor=actor())
    data: dict[str, object] = {"through": through.isoformat(), "entries": len(released)}
    return Answer(data, [f"Released through {through}: {len(released):,} entries."])
