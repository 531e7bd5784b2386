"""counterfoil watch-deals"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, progress
from counterfoil.flows.watch_deals import watch_deals
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(_: argparse.Namespace) -> Answer:
    """Look at every won deal that is not invoiced yet, and write down what is found."""
    books = people.books_facts()
    done = watch_deals(
        books_id=books.id, today=world.today(books.time_zone), at=world.now(), progress=progress("looking")
    )
    data: dict[str, object] = {"deals": done.deals, "sound": done.sound, "found": done.found}
    return Answer(
        data, [f"{done.deals:,} deals, {done.sound:,} sound enough to be looked at, {done.found:,} new findings."]
    )
