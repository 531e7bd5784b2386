"""Words and options of further commands: each module here adds its own by `add`, and no list is edited.

Nothing of Django may be imported here, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from typing import Protocol


class Command(Protocol):
    """Adds a command by its name and one line of help."""

    def __call__(self, name: str, help_: str) -> argparse.ArgumentParser: ...


def add_all(command: Command, common: argparse.ArgumentParser) -> None:
    """Let every module of this folder add its commands, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        importlib.import_module(f"{__name__}.{module.name}").add(command, common)
