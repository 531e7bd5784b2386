"""Options of what looks at the ledger with the rules of the watch, and of what it found."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `watch-ledger`, `watch-deals` and `findings`."""
    look = command("watch-ledger", "Look at every invoice with every rule, each against what came before it.")
    look.add_argument("--out", type=Path, help="write the findings to this CSV file")
    command("watch-deals", "Look at every deal that is not invoiced yet with every rule; what is found is a note.")
    found = command("findings", "List what the watch found: what held and what was only noted, the latest first.")
    found.add_argument("--rule", default="", help="only what this rule found, as term_against_habit")
    found.add_argument("--customer", default="", help="only of this customer: its external id, or its name")
    found.add_argument("--since", type=date.fromisoformat, help="found on this day or later")
    found.add_argument("--until", type=date.fromisoformat, help="found on this day or before")
    found.add_argument("--held", action="store_true", help="only what stopped a posting")
    found.add_argument("--out", type=Path, help="write all of them to this CSV file")
