"""Which checks exist for which act; filled by each station's app when it is ready."""

from __future__ import annotations

from counterfoil.decisions.domain import Act

_checks: dict[Act, set[str]] = {}


def register_check(act: Act, name: str) -> None:
    """Say that a check for an act is there."""
    _checks.setdefault(act, set()).add(name)


def registered_checks(act: Act) -> frozenset[str]:
    """Return the names of the checks that are there for an act."""
    return frozenset(_checks.get(act, ()))
