"""Trial balance."""

from __future__ import annotations

from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "trial-balance"


def make(asked: Asked) -> Report:
    """Every account with its balance; debits equal credits."""
    base = asked.books.base_currency
    lines = ledger.trial_balance(asked.books.id, as_of=asked.as_of, known_at=asked.known_at)
    rows = tuple(
        Row(
            {
                "account": line.code,
                "name": line.name,
                "debit": Money(line.debit_minor, base),
                "credit": Money(line.credit_minor, base),
            },
            link=f"account:{line.code}",
        )
        for line in lines
    )
    return Report(
        NAME,
        "Trial balance",
        f"{asked.books.name}, as of {asked.until}, in {base.code}",
        base,
        (
            Column("account", "Account"),
            Column("name", "Name"),
            Column("debit", "Debit", Kind.MONEY),
            Column("credit", "Credit", Kind.MONEY),
        ),
        rows,
        {
            "account": "Total",
            "debit": Money(sum(line.debit_minor for line in lines), base),
            "credit": Money(sum(line.credit_minor for line in lines), base),
        },
    )
