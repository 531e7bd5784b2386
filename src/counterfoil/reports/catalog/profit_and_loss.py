"""Profit and loss."""

from __future__ import annotations

from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import AccountKind
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "profit-and-loss"


def make(asked: Asked) -> Report:
    """Income less expenses of a span, the year to date if no start is named."""
    base = asked.books.base_currency
    start = asked.start or asked.until.replace(month=1, day=1)
    moved = ledger.movements(asked.books.id, start, asked.until)
    rows: list[Row] = []
    result = 0
    for kind, title in ((AccountKind.INCOME, "Income"), (AccountKind.EXPENSE, "Expenses")):
        lines = [line for line in moved if line.kind is kind]
        sign = -1 if kind is AccountKind.INCOME else 1
        total = sign * sum(line.base_minor for line in lines)
        result -= sign * total
        rows.append(Row({"name": title, "amount": Money(total, base)}, level=0))
        rows += [
            Row(
                {"account": line.code, "name": line.name, "amount": Money(sign * line.base_minor, base)},
                link=f"account:{line.code}",
            )
            for line in lines
        ]
    return Report(
        NAME,
        "Profit and loss",
        f"{asked.books.name}, {start} to {asked.until}, in {base.code}",
        base,
        (Column("account", "Account"), Column("name", "Name"), Column("amount", "Amount", Kind.MONEY)),
        tuple(rows),
        {"name": "Profit" if result >= 0 else "Loss", "amount": Money(result, base)},
    )
