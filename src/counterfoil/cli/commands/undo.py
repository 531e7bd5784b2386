"""counterfoil undo"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.crm import selectors as crm
from counterfoil.flows.import_file import undo_import
from counterfoil.flows.receive_money import undo_bank_import
from counterfoil.infra import world


def run(args: argparse.Namespace) -> Answer:
    """Take a whole import back."""
    batch = crm.import_of(args.batch)
    at = world.now()
    if batch.kind == "bank":
        ended = undo_bank_import(books_id=batch.books_id, batch_id=args.batch, actor=actor(), at=at)
        counts = {"lines": ended}
    else:
        counts = undo_import(batch_id=args.batch, actor=actor(), at=at)
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return Answer({"batch": args.batch, **counts}, [f"Batch {args.batch} is taken back: {said}."])
