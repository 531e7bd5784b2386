"""The kinds of automatic act, one file each: every module here states its `TYPE`, and is found by being here."""

from __future__ import annotations

import importlib
import pkgutil

from counterfoil.decisions.registry import register_type


def register_all() -> None:
    """Register every kind of decision; twice is once."""
    for module in pkgutil.iter_modules(__path__):
        register_type(importlib.import_module(f"{__name__}.{module.name}").TYPE)
