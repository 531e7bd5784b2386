"""Options of `counterfoil audit-data`."""

from __future__ import annotations

import argparse
from datetime import date

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what scores the data of a week."""
    audit = command("audit-data", "Score the data of a week by object, team and owner; a drop becomes a case.")
    audit.add_argument("--week", type=date.fromisoformat, metavar="DAY", help="any day of the week; else this week")
    audit.add_argument("--weeks", type=int, default=1, help="so many weeks up to that one")
    audit.add_argument(
        "--sign", default="", metavar="NOTE", help="sign the last of them off, with what follows from it"
    )
    audit.add_argument("--as", dest="email", default="", help="e-mail address of who signs it off")
    audit.add_argument("--score", default="", metavar="KIND", help="print the score that autonomy asks for as well")
