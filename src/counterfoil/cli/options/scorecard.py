"""Options of `counterfoil scorecard`."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what computes a scorecard again from the raw log."""
    scorecard = command("scorecard", "Say how well a kind of decision agrees with people, from the raw log.")
    scorecard.add_argument("kind", help="as close_deal, bill, receivables.match")
    scorecard.add_argument("--rules", default="", help="version of the rules; else the one in force")
    scorecard.add_argument("--raw", type=Path, help="write the raw pairs to this CSV file")
