"""Aged receivables."""

from __future__ import annotations

from counterfoil.kernel.money import Money
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.aging import BUCKETS
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "aged-receivables"
_TITLES = dict(zip(BUCKETS, ("Not due", "1 to 30", "31 to 60", "61 to 90", "91 or more"), strict=True))
_KEYS = {bucket: bucket.replace("-", "_to_").replace("+", "_or_more") for bucket in BUCKETS}


def make(asked: Asked) -> Report:
    """What each customer owes by days overdue; the total is the balance of the receivable account."""
    base = asked.books.base_currency
    aged = receivables.aged_receivables(asked.books.id, asked.until)
    rows = tuple(
        Row(
            {
                "customer": row.customer,
                "currency": row.currency.code,
                **{_KEYS[name]: Money(row.base[name], base) for name in BUCKETS},
                "total": Money(row.total_base_minor, base),
                "conditional": Money(row.conditional_base_minor, base),
                "unapplied": Money(row.unapplied_base_minor, base),
            },
            link=f"customer:{row.customer_id}",
        )
        for row in aged.rows
    )
    return Report(
        NAME,
        "Aged receivables",
        f"{asked.books.name}, as of {asked.until}, by days overdue, in {base.code}",
        base,
        (
            Column("customer", "Customer"),
            Column("currency", "Currency"),
            *(Column(_KEYS[name], _TITLES[name], Kind.MONEY) for name in BUCKETS),
            Column("total", "Total", Kind.MONEY),
            Column("conditional", "Not yet unconditional", Kind.MONEY),
            Column("unapplied", "Unapplied cash", Kind.MONEY),
        ),
        rows,
        {
            "customer": "Total",
            **{_KEYS[name]: Money(minor, base) for name, minor in aged.totals.items()},
            "total": Money(aged.total_base_minor, base),
            "conditional": Money(aged.conditional_base_minor, base),
            "unapplied": Money(aged.unapplied_base_minor, base),
        },
    )
