"""Options of `counterfoil undo`."""

from __future__ import annotations

import argparse
from datetime import date

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what takes something back."""
    undo = command("undo", "Take a decision, an import, a document or a match back; twice is once.")
    undo.add_argument(
        "target",
        metavar="TARGET",
        help="an import's number, a document's, or CF-12, invoice:5, contract:3, alias:2, bank_line:9, J-8",
    )
    undo.add_argument("--on", type=date.fromisoformat, help="accounting date; else today, or the first open day")
    undo.add_argument("--reason", default="undone by command")
    undo.add_argument("--only", action="append", metavar="SUBJECT", help="one part of a decision, as opportunity:12")
    undo.add_argument("--with-dependents", action="store_true", help="undo what was built on it, too")
    undo.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")
