"""Options of the commands for electronic invoices."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `check-einvoice`; it touches no books."""
    check = command("check-einvoice", "Check electronic invoices (UBL, CII) against EN 16931, to the cent.")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.add_argument(
        "--official", action="store_true", help="run the official rules as well (needs counterfoil[einvoice])"
    )
