"""Roles and what each may do. Sales never posts, auditors never write."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from counterfoil.kernel.currency import Currency


class Role(StrEnum):
    SALES = "sales"
    SALES_OPS = "sales_ops"
    ACCOUNTANT = "accountant"
    CONTROLLER = "controller"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Act(StrEnum):
    """What a door may ask for."""

    READ_SALES = "read_sales"
    READ_BOOKS = "read_books"
    EDIT_SALES = "edit_sales"
    IMPORT = "import"
    CONFIRM_ALIAS = "confirm_alias"
    CLOSE_DEALS = "close_deals"
    INVOICE = "invoice"
    RECEIVE = "receive"
    CLOSE_PERIOD = "close_period"
    UNDO = "undo"
    ERASE = "erase"
    VERIFY = "verify"
    ADMINISTER = "administer"
    SET_POLICY = "set_policy"
    REVIEW = "review"
    SET_AUTONOMY = "set_autonomy"
    SET_SAMPLING = "set_sampling"


_READS = {Act.READ_SALES, Act.READ_BOOKS}
_BOOKKEEPING = _READS | {
    Act.EDIT_SALES,
    Act.IMPORT,
    Act.CONFIRM_ALIAS,
    Act.CLOSE_DEALS,
    Act.INVOICE,
    Act.RECEIVE,
    Act.UNDO,
    Act.VERIFY,
    Act.SET_POLICY,
    Act.REVIEW,
}
MAY: dict[Role, frozenset[Act]] = {
    Role.SALES: frozenset({Act.READ_SALES, Act.EDIT_SALES, Act.REVIEW}),
    Role.SALES_OPS: frozenset(
        {Act.READ_SALES, Act.EDIT_SALES, Act.IMPORT, Act.CONFIRM_ALIAS, Act.SET_POLICY, Act.REVIEW}
    ),
    Role.ACCOUNTANT: frozenset(_BOOKKEEPING),
    Role.CONTROLLER: frozenset(_BOOKKEEPING | {Act.CLOSE_PERIOD, Act.ERASE, Act.SET_AUTONOMY}),
    Role.AUDITOR: frozenset(_READS | {Act.VERIFY, Act.SET_SAMPLING}),
    Role.ADMIN: frozenset(set(Act)),
}


def may(role: Role, act: Act) -> bool:
    """Tell whether a role may ask for an act."""
    return act in MAY[role]


@dataclass(frozen=True, slots=True)
class BooksFacts:
    """A legal entity's books, as stations need them."""

    id: int
    code: str
    name: str
    kind: str
    base_currency: Currency
    country: str
    time_zone: str
