"""counterfoil reopen-period"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows import periods
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Open a closed month again, with the reason on record."""
    opened = periods.reopen_period(
        books_id=people.books_facts().id, month=args.month, reason=args.reason, actor=actor()
    )
    data: dict[str, object] = {"period": f"{args.month:%Y-%m}", "closed": False, "changed": opened}
    return Answer(data, [f"{args.month:%Y-%m} is open." if opened else f"{args.month:%Y-%m} was open already."])
