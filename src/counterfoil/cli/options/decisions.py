"""Options of `counterfoil why` and `counterfoil replay`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what explains decisions and makes them again."""
    replay = command("replay", "Make stored decisions again from their stored inputs and compare them bit for bit.")
    replay.add_argument("--last", type=int, default=10_000, help="how many, the newest first")
    replay.add_argument("--kind", default="", help="only decisions of this kind")
