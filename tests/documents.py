"""Builders for documents: requests, drafts, and what the books say of them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count

from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, DraftLine, InvoiceDraft, InvoiceRequest, parsed_request
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.flows.credit_invoice import Credited, credit_invoices
from counterfoil.flows.enter_invoice import Entered, enter_invoices
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.strict_json import Json
from counterfoil.kernel.terms import Term
from counterfoil.reports.catalog import balance_sheet
from counterfoil.reports.report import Asked
from counterfoil.standards.domain import Recognition
from tests.builders import EUR, NOW, TESTER
from tests.company import Company

TODAY = date(2026, 11, 15)
_sources = count(1)


def a_request(customer: str = "Kestrel Water AG", source: str = "", **changed: Json) -> InvoiceRequest:
    """Return a request for 100.00 of SVC at DE-19, dated today, with some fields changed."""
    value: dict[str, Json] = {
        "customer": customer,
        "currency": "EUR",
        "issue_date": "2026-11-15",
        "terms": "NET30",
        "lines": [a_line()],
        **changed,
    }
    read = parsed_request(value)
    assert isinstance(read, InvoiceRequest), read
    return with_source(read, source)


def with_source(request: InvoiceRequest, source: str = "") -> InvoiceRequest:
    """Give a request its business key, a new one if none is named."""
    return InvoiceRequest(
        **{name: getattr(request, name) for name in request.__slots__ if name != "source"},
        source=source or f"test:{next(_sources)}",
    )


def a_line(**changed: Json) -> Json:
    """Return a line of 100.00 at DE-19."""
    return {
        "product_code": "SVC",
        "description": "Setup",
        "quantity": "1",
        "unit_price": "100.00",
        "tax_code": "DE-19",
        **changed,
    }


def enter(company: Company, *requests: InvoiceRequest, at: datetime = NOW) -> list[Entered]:
    """Enter requests."""
    return enter_invoices(books_id=company.books.id, requests=requests, actor=TESTER, at=at)


def credit(company: Company, *invoice_ids: int, on: date = TODAY, reason: str = "wrong") -> list[Credited]:
    """Credit invoices."""
    wanted = [CreditDraft(invoice_id, on, reason) for invoice_id in invoice_ids]
    return credit_invoices(books_id=company.books.id, credits_wanted=wanted, actor=TESTER, at=NOW)


def a_draft(
    company: Company,
    minor: int = 10_000,
    *,
    day: date = TODAY,
    source: str = "",
    money: Currency = EUR,
    tax: str = "ZERO",
    term: str = "Net 30",
    lines: int = 1,
    service: Span | None = None,
) -> InvoiceDraft:
    """Return a draft of `lines` lines of `minor` each."""
    recognition = Recognition.OVER_TIME if service else Recognition.POINT_IN_TIME
    line = DraftLine(
        "Setup",
        None,
        "",
        10**6,
        Money(minor, money),
        Decimal(0),
        None,
        tax,
        service,
        None if service else day,
        recognition,
    )
    return InvoiceDraft(
        source or f"test:{next(_sources)}",
        company.customer_id,
        None,
        money,
        day,
        Term.parse(term),
        Term.parse(term).due_date(day),
        (line,) * lines,
        "",
    )


def cleared_to_enter(drafts: Sequence[InvoiceDraft]) -> Cleared[tuple[InvoiceDraft, ...]]:
    """Clear drafts, as a flow does after its check found nothing."""
    cleared, _ = decisions.clear(Act.ENTER_INVOICE, drafts, {"document": [()] * len(drafts)})
    return cleared


def issue(
    company: Company, *drafts: InvoiceDraft, is_historical: bool = False, series: str | None = None
) -> list[billing.Issued]:
    """Issue drafts and nothing else: no revenue, no open items."""
    return billing.issue_invoices(
        books_id=company.books.id,
        cleared=cleared_to_enter(drafts),
        series=series,
        is_historical=is_historical,
        actor=TESTER,
        at=NOW,
    )


def balance_sheet_of(company: Company, day: date) -> dict[str, int]:
    """Return the lines of the balance sheet below its sections, in cents."""
    report = balance_sheet.make(Asked(company.books, day))
    return {
        str(row.cells["name"]): row.cells["amount"].minor
        for row in report.rows
        if row.level != 0 and isinstance(row.cells["amount"], Money)
    }
