"""counterfoil bill-due"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.flows.bill_due import bill_due
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Invoice what is due by contract."""
    books = people.books_facts()
    through = args.through or world.today(books.time_zone)
    billed = bill_due(books_id=books.id, through=through, sink=EmbeddedAccounting(), actor=actor())
    held = [(contract, words.sentence(finding.code, finding.facts)) for contract, finding in billed.held]
    data: dict[str, object] = {
        "through": through.isoformat(),
        "invoiced": billed.invoiced,
        "held": [{"contract": contract, "message": message} for contract, message in held],
    }
    lines = [f"{billed.invoiced:,} instalments invoiced through {through}, {len(held):,} held."]
    lines += [f"  {contract}: {message}" for contract, message in held]
    return Answer(data, lines, is_refused=bool(held))
