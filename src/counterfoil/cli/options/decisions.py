"""Options of `counterfoil why` and `counterfoil replay`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what explains decisions and makes them again."""
    replay = command("replay", "Make stored decisions again from their stored inputs and compare them bit for bit.")
    replay.add_argument("--last", type=int, default=10_000, help="how many, the newest first")
    replay.add_argument("--kind", default="", help="only decisions of this kind")
    why = command("why", "Say why something is as it is: what was decided about it, on what, and what led to it.")
    why.add_argument("subject", help="an invoice's number, a deal D-12, a contract C-0004, a decision CF-12, J-7, L-3")
    why.add_argument("--inputs", action="store_true", help="print everything that was consulted, too")
    dispute = command("dispute", "Say that a decision is wrong, and why; it waits in the queue.")
    dispute.add_argument("decision", help="CF-12, or CF-12/3 for one of several")
    dispute.add_argument("--reason", required=True)
