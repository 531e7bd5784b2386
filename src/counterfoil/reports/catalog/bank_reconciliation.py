"""Bank reconciliation."""

from __future__ import annotations

from counterfoil.receivables import selectors as receivables
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "bank-reconciliation"


def make(asked: Asked) -> Report:
    """How each bank account's statement and ledger meet; what is unexplained is zero when all is well."""
    rows = tuple(
        Row(
            {
                "account": position.account_code,
                "iban": position.iban,
                "currency": position.statement.currency.code,
                "ledger": position.ledger,
                "brought_forward": position.brought_forward,
                "outstanding": -position.outstanding,
                "lines": position.unposted_count,
                "unposted": position.unposted,
                "statement": position.statement,
                "unexplained": position.unexplained,
            },
            link=f"account:{position.account_code}",
        )
        for position in receivables.bank_positions(asked.books.id)
    )
    return Report(
        NAME,
        "Bank reconciliation",
        f"{asked.books.name}, now, each account in its own currency",
        asked.books.base_currency,
        (
            Column("account", "Account"),
            Column("iban", "IBAN"),
            Column("currency", "Currency"),
            Column("ledger", "Ledger", Kind.MONEY),
            Column("brought_forward", "Brought forward", Kind.MONEY),
            Column("outstanding", "Not on the statement yet", Kind.MONEY),
            Column("lines", "Lines to post", Kind.COUNT),
            Column("unposted", "Not posted yet", Kind.MONEY),
            Column("statement", "Statement", Kind.MONEY),
            Column("unexplained", "Unexplained", Kind.MONEY),
        ),
        rows,
    )
