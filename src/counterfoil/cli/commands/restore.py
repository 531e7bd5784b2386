"""counterfoil restore"""

from __future__ import annotations

import argparse

from counterfoil.cli.moved import answer
from counterfoil.cli.running import Answer, progress
from counterfoil.flows import moving

WITHOUT_DATABASE = True


def run(args: argparse.Namespace) -> Answer:
    """Bring a backup back."""
    return answer("brought back to", moving.restore(file=args.file, progress=progress("Tables")))
