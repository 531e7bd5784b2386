"""counterfoil deliver"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows.deliver import deliver
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Note a delivery and release its revenue."""
    books = people.books_facts()
    on = args.on or world.today(books.time_zone)
    entries = deliver(books_id=books.id, number=args.contract, on=on, actor=actor())
    data: dict[str, object] = {"contract": args.contract, "on": on.isoformat(), "entries": entries}
    return Answer(data, [f"{args.contract} delivered on {on}: {len(entries)} entries posted."])
