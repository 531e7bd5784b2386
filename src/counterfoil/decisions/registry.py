"""Which checks exist for which act, and which kinds of decision there are; filled when the apps are ready."""

from __future__ import annotations

from counterfoil.decisions.domain import Act, DecisionType, NotReplayable

_checks: dict[Act, set[str]] = {}


def register_check(act: Act, name: str) -> None:
    """Say that a check for an act is there."""
    _checks.setdefault(act, set()).add(name)


def registered_checks(act: Act) -> frozenset[str]:
    """Return the names of the checks that are there for an act."""
    return frozenset(_checks.get(act, ()))


_types: dict[str, DecisionType] = {}
_names: dict[str, DecisionType] = {}


def register_type(decision_type: DecisionType) -> None:
    """Say that a kind of decision is there, with its five calls.

    Raises:
        ValueError: another one goes by its name already.
    """
    for name in (decision_type.kind, *decision_type.formerly):
        if _names.setdefault(name, decision_type) is not decision_type:
            raise ValueError(f"two kinds of decision are called {name}")
    _types[decision_type.kind] = decision_type


def types() -> dict[str, DecisionType]:
    """Return the registered kinds of decision by their name, in alphabetical order."""
    return dict(sorted(_types.items()))


def type_of(kind: str) -> DecisionType:
    """Return the kind of decision that goes by a name, a former one included.

    Raises:
        NotReplayable: there is none.
    """
    found = _names.get(kind)
    if found is None:
        raise NotReplayable(kind=kind)
    return found
