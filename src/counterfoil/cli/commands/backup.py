"""counterfoil backup"""

from __future__ import annotations

import argparse

from counterfoil.cli.moved import answer
from counterfoil.cli.running import Answer, progress
from counterfoil.flows import moving


def run(args: argparse.Namespace) -> Answer:
    """Keep everything in one file."""
    return answer("kept in", moving.backup(out=args.file, progress=progress("Tables")))
