"""Options of `counterfoil run-due`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what runs by itself."""
    due = command("run-due", "Run what is due: heads, levels, samples, data audits, digests. For one line of cron.")
    due.add_argument("--only", action="append", default=[], metavar="JOB", help="this job; may be repeated")
    due.add_argument("--now", action="store_true", help="also what is not due")
    due.add_argument("--list", action="store_true", help="say when each ran last and is due, and run nothing")
