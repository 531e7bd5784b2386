"""General ledger."""

from __future__ import annotations

from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import UnknownAccount
from counterfoil.reports.report import Asked, Column, Kind, Missing, Report, Row

NAME = "general-ledger"
MOST_LINES = 100_000


def make(asked: Asked) -> Report:
    """Every posting of one account in a span, with a running balance."""
    if not asked.account:
        raise Missing(field="account", what="an account code: --account 1100")
    line = next((line for line in ledger.accounts(asked.books.id) if line.code == asked.account), None)
    if line is None:
        raise UnknownAccount(field="account", account=asked.account)
    base = asked.books.base_currency
    start = asked.start or asked.until.replace(month=1, day=1)
    lines = ledger.ledger_lines(asked.books.id, line.code, start=start, end=asked.until, limit=MOST_LINES)
    rows = tuple(
        Row(
            {
                "date": posting.entry_date,
                "entry": f"J-{posting.entry_id}",
                "memo": posting.memo,
                "currency": posting.currency,
                "amount": Money(posting.amount_minor, currency(posting.currency)),
                "base": Money(posting.base_minor, base),
                "balance": Money(posting.balance_minor, base),
            },
            link=f"entry:{posting.entry_id}",
        )
        for posting in lines
    )
    return Report(
        NAME,
        f"General ledger {line.code} {line.name}",
        f"{asked.books.name}, {start} to {asked.until}, in {base.code}",
        base,
        (
            Column("date", "Date", Kind.DATE),
            Column("entry", "Entry"),
            Column("memo", "Memo"),
            Column("currency", "Currency"),
            Column("amount", "Amount", Kind.MONEY),
            Column("base", f"In {base.code}", Kind.MONEY),
            Column("balance", "Balance", Kind.MONEY),
        ),
        rows,
        {"memo": "Moved", "base": Money(sum(posting.base_minor for posting in lines), base)},
    )
