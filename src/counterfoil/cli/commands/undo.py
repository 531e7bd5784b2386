"""counterfoil undo"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows.import_file import undo_import
from counterfoil.infra import world


def run(args: argparse.Namespace) -> Answer:
    """Take a whole import back."""
    counts = undo_import(batch_id=args.batch, actor=actor(), at=world.now())
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return Answer({"batch": args.batch, **counts}, [f"Batch {args.batch} is taken back: {said}."])
