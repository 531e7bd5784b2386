"""Options of the commands that keep the whole installation, bring it back, and move it."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `backup`, `restore` and `copy-to`."""
    backup = command("backup", "Write everything into one new file, and read it back. It holds the keys: keep it safe.")
    backup.add_argument("file", type=Path)
    restore = command("restore", "Bring a backup back into an empty home; all of it, verified, or nothing.")
    restore.add_argument("file", type=Path)
    copy_to = command("copy-to", "Copy the books into an empty database elsewhere, and prove that they are the same.")
    copy_to.add_argument("url", metavar="URL", help="as postgresql://user@host/name")
    copy_to.add_argument("--switch", action="store_true", help="work there from now on: keep the address in this home")
