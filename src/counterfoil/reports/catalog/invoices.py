"""Invoices and credit notes."""

from __future__ import annotations

from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.reports.report import Asked, Column, Kind, Report, Row

NAME = "invoices"
MOST_ROWS = 100_000


def make(asked: Asked) -> Report:
    """Every document issued up to a day, newest first, at most 100,000."""
    documents = [
        one
        for one in billing.document_summaries(asked.books.id, limit=MOST_ROWS)
        if one.state != "draft" and one.issue_date <= asked.until and (not asked.start or one.issue_date >= asked.start)
    ]
    names = crm.customer_names(sorted({one.customer_id for one in documents}))
    rows = tuple(
        Row(
            {
                "number": one.number,
                "kind": one.kind.value,
                "customer": names.get(one.customer_id, ""),
                "issue_date": one.issue_date,
                "due_date": one.due_date,
                "currency": one.gross.currency.code,
                "gross": one.gross,
            },
            link=f"invoice:{one.id}",
        )
        for one in documents
    )
    return Report(
        NAME,
        "Invoices and credit notes",
        f"{asked.books.name}, issued up to {asked.until}",
        asked.books.base_currency,
        (
            Column("number", "Number"),
            Column("kind", "Kind"),
            Column("customer", "Customer"),
            Column("issue_date", "Issued", Kind.DATE),
            Column("due_date", "Due", Kind.DATE),
            Column("currency", "Currency"),
            Column("gross", "Gross", Kind.MONEY),
        ),
        rows,
    )
