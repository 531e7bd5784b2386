"""Balance sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import AccountKind, AccountRole
from counterfoil.ledger.selectors import TrialBalanceRow
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "balance-sheet"
_Show = Callable[..., None]
_NETTED = (AccountRole.INVOICED_NOT_DUE, AccountRole.INVOICED_NOT_DUE_CONTRA)
_SECTIONS = ((AccountKind.ASSET, "Assets"), (AccountKind.LIABILITY, "Liabilities"), (AccountKind.EQUITY, "Equity"))


def make(asked: Asked) -> Report:
    """Assets, liabilities and equity on a day; contract positions shown as asset or liability contract by contract.

    Invoices whose right to payment is still conditional stand on two accounts that net to zero here
    (IFRS 15.106, IE199-200): they are neither a receivable nor a contract liability yet.
    """
    base = asked.books.base_currency
    lines = ledger.trial_balance(asked.books.id, as_of=asked.until)
    shown: dict[AccountKind, list[Row]] = {kind: [] for kind, _ in _SECTIONS}
    totals = dict.fromkeys(shown, 0)

    def show(kind: AccountKind, name: str, minor: int, code: str = "") -> None:
        """Add a line; `minor` is debit positive, liabilities and equity are shown credit positive."""
        if minor == 0:
            return
        amount = minor if kind is AccountKind.ASSET else -minor
        totals[kind] += amount
        link = f"account:{code}" if code else ""
        shown[kind].append(Row({"account": code, "name": name, "amount": Money(amount, base)}, link=link))

    for line in lines:
        if line.kind in shown and line.role not in (*_NETTED, AccountRole.CONTRACT_POSITION):
            show(line.kind, line.name, line.base_minor, line.code)
    netted = sum(line.base_minor for line in lines if line.role in _NETTED)
    show(AccountKind.ASSET, "Invoiced, right to payment still conditional (net)", netted)
    _contract_positions(asked, lines, show)
    _result(asked, lines, show)
    rows: list[Row] = []
    for kind, title in _SECTIONS:
        rows.append(Row({"name": title, "amount": Money(totals[kind], base)}, level=0))
        rows += shown[kind]
    credits_ = totals[AccountKind.LIABILITY] + totals[AccountKind.EQUITY]
    return Report(
        NAME,
        "Balance sheet",
        f"{asked.books.name}, as of {asked.until}, in {base.code}",
        base,
        (Column("account", "Account"), Column("name", "Name"), Column("amount", "Amount", Kind.MONEY)),
        tuple(rows),
        {"name": "Assets less liabilities and equity", "amount": Money(totals[AccountKind.ASSET] - credits_, base)},
    )


def _contract_positions(asked: Asked, lines: list[TrialBalanceRow], show: _Show) -> None:
    code = next((line.code for line in lines if line.role == AccountRole.CONTRACT_POSITION), "")
    positions = ledger.contract_positions(asked.books.id, as_of=asked.until)
    show(AccountKind.ASSET, "Contract assets", sum(max(p.base_minor, 0) for p in positions), code)
    show(AccountKind.LIABILITY, "Contract liabilities", sum(min(p.base_minor, 0) for p in positions), code)


def _result(asked: Asked, lines: list[TrialBalanceRow], show: _Show) -> None:
    """Show the result of earlier years and of this one: years are never closed by an entry."""
    income = (AccountKind.INCOME, AccountKind.EXPENSE)
    year_start = asked.until.replace(month=1, day=1)
    before = ledger.trial_balance(asked.books.id, as_of=year_start - timedelta(days=1))
    earlier = sum(line.base_minor for line in before if line.kind in income)
    until = sum(line.base_minor for line in lines if line.kind in income)
    show(AccountKind.EQUITY, "Result of earlier years", earlier)
    show(AccountKind.EQUITY, f"Result of {asked.until.year}", until - earlier)
