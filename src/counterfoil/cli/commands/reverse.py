"""counterfoil reverse"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows.journal import NoSuchEntry, reverse_entry
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Take an entry back."""
    books = people.books_facts()
    on = args.on or world.today(books.time_zone)
    number = args.entry.removeprefix("J-")
    if not number.isascii() or not number.isdigit():
        raise NoSuchEntry(field="entry", entry=args.entry)
    made = reverse_entry(books_id=books.id, entry_id=int(number), on=on, reason=args.reason, actor=actor())
    return Answer({"entry": f"J-{made}", "reverses": args.entry}, [f"J-{made} takes {args.entry} back on {on}."])
