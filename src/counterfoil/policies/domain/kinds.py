"""The kinds of policy, and whose signatures each needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from counterfoil.people.domain import Role


class Kind(StrEnum):
    """What a policy settles."""

    DATA_STANDARD = "data_standard"
    APPROVAL_MATRIX = "approval_matrix"
    CREDIT_PROFILES = "credit_profiles"
    ANOMALIES = "anomalies"
    AUTONOMY = "autonomy"
    REVIEW = "review"
    RETENTION = "retention"
    FOUR_EYES = "four_eyes"
    ALWAYS_ALLOW = "always_allow"
    DATA_QUALITY = "data_quality"


class Side(StrEnum):
    """For whom somebody signs."""

    SALES = "sales"
    FINANCE = "finance"


class State(StrEnum):
    """How far a version has come."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


SHARED: Final = frozenset({Kind.DATA_STANDARD})
"""What the whole organisation shares; the other kinds are settled for each books."""
_BOTH: Final = (Side.SALES, Side.FINANCE)
_FINANCE_TWICE: Final = (Side.FINANCE, Side.FINANCE)
NEEDED: Final = {kind: _BOTH if kind in (Kind.DATA_STANDARD, Kind.APPROVAL_MATRIX) else _FINANCE_TWICE for kind in Kind}
"""The signatures that a version needs before it takes effect; always of different people."""
MAY_SIGN: Final = {
    Role.SALES_OPS: frozenset({Side.SALES}),
    Role.CONTROLLER: frozenset({Side.FINANCE}),
    Role.ADMIN: frozenset({Side.SALES, Side.FINANCE}),
}
"""For whom each role may sign. A sales rep and a clerk do not bind their side, an auditor binds nobody."""
MAY_PROPOSE: Final = frozenset({Role.SALES_OPS, Role.ACCOUNTANT, Role.CONTROLLER, Role.ADMIN})


def sides_of(role: Role) -> frozenset[Side]:
    """Return the sides for which a role may sign."""
    return MAY_SIGN.get(role, frozenset())


def missing(kind: Kind, signed: Iterable[Side]) -> tuple[Side, ...]:
    """Return the signatures that a version still lacks."""
    left = list(NEEDED[kind])
    for side in signed:
        if side in left:
            left.remove(side)
    return tuple(left)


def is_alone(kind: Kind, roles: Sequence[Role]) -> bool:
    """Tell whether one person signs for all sides because no two people could: a company of one."""
    return sum(bool(sides_of(role) & set(NEEDED[kind])) for role in roles) < 2
