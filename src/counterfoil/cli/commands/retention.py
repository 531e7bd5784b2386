"""counterfoil retention"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer
from counterfoil.flows import retention
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(_: argparse.Namespace) -> Answer:
    """List how long each kind of record is kept, why, and what is due."""
    books = people.books_facts()
    found = retention.schedule(books_id=books.id, today=world.today(books.time_zone))
    data: dict[str, object] = {
        "records": [
            {
                "kind": one.kind,
                "years": one.years,
                "count": one.count,
                "due": one.due,
                "oldest": one.oldest,
                "next_due": one.next_due.isoformat() if one.next_due else None,
                "reason": one.reason,
                "policy": one.policy,
            }
            for one in found
        ]
    }
    lines = [f"{'':<14}{'years':>6}{'kept':>12}{'due':>8}{'oldest':>8}  next due"]
    for one in found:
        due = one.next_due.isoformat() if one.next_due else "-"
        lines.append(f"{one.kind:<14}{one.years:>6}{one.count:>12,}{one.due:>8,}{one.oldest or '-':>8}  {due}")
    lines += [f"{one.kind}: {words.sentence(one.reason)}" for one in found]
    return Answer(data, [*lines, f"Policy {found[0].policy}. Nothing is deleted by this list."])
