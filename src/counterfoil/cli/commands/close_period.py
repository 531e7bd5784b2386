"""counterfoil close-period"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows import periods
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Release what revenue belongs to the month, then close it."""
    closed = periods.close_period(books_id=people.books_facts().id, month=args.month, actor=actor())
    data: dict[str, object] = {"period": f"{args.month:%Y-%m}", "closed": True, "changed": closed}
    return Answer(data, [f"{args.month:%Y-%m} is closed." if closed else f"{args.month:%Y-%m} was closed already."])
