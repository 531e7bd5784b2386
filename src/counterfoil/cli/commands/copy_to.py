"""counterfoil copy-to"""

from __future__ import annotations

import argparse

from counterfoil.cli.moved import answer
from counterfoil.cli.running import Answer, progress
from counterfoil.flows import moving
from counterfoil.infra.home import keep_database_url


def run(args: argparse.Namespace) -> Answer:
    """Copy the books to another database."""
    moved = moving.copy_to(url=args.url, progress=progress("Tables"))
    if args.switch:
        keep_database_url(args.url)
    return answer("copied to", moved)
