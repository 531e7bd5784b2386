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
    SAMPLING = "sampling"


class Side(StrEnum):
    """For whom somebody signs."""

    SALES = "sales"
    FINANCE = "finance"
    AUDIT = "audit"


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
NEEDED: Final = {
    **dict.fromkeys(Kind, _FINANCE_TWICE),
    Kind.DATA_STANDARD: _BOTH,
    Kind.APPROVAL_MATRIX: _BOTH,
    Kind.SAMPLING: (Side.AUDIT,),
}
"""The signatures that a version needs before it takes effect; always of different people."""
MAY_SIGN: Final = {
    Role.SALES_OPS: frozenset({Side.SALES}),
    Role.CONTROLLER: frozenset({Side.FINANCE}),
    Role.ADMIN: frozenset({Side.SALES, Side.FINANCE}),
    Role.AUDITOR: frozenset({Side.AUDIT}),
}
"""For whom each role may sign. A sales rep and a clerk do not bind their side; an auditor sets what they look at."""
MAY_PROPOSE: Final = frozenset({Role.SALES_OPS, Role.ACCOUNTANT, Role.CONTROLLER, Role.ADMIN})


def may_propose(role: Role, kind: Kind) -> bool:
    """Tell whether a role proposes a kind of policy; what auditors look at is theirs alone."""
    if Side.AUDIT in NEEDED[kind]:
        return Side.AUDIT in sides_of(role)
    return role in MAY_PROPOSE


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
    return len(NEEDED[kind]) > 1 and sum(bool(sides_of(role) & set(NEEDED[kind])) for role in roles) < 2
