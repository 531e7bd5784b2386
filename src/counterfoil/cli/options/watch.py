"""Options of what looks at the ledger with the rules of the watch."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `watch-ledger`."""
    look = command("watch-ledger", "Look at every invoice with every rule, each against what came before it.")
    look.add_argument("--out", type=Path, help="write the findings to this CSV file")
