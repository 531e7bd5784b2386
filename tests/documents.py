"""Builders for documents: requests, drafts, and what the books say of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, DraftLine, InvoiceDraft, InvoiceRequest, parsed_request
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.connectors.ports import Part
from counterfoil.contracts import services as contracts
from counterfoil.contracts.domain import Contract
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import OpportunityDraft
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.flows.credit_invoice import Credited, credit_invoices
from counterfoil.flows.enter_invoice import Entered, enter_invoices
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import world
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.strict_json import Json
from counterfoil.kernel.terms import Term
from counterfoil.reports.catalog import balance_sheet
from counterfoil.reports.report import Asked
from counterfoil.standards.domain import Billing, Deal, DealLine, Recognition
from tests.builders import EUR, NOW, TESTER
from tests.company import Company

TODAY = date(2026, 11, 15)
_sources = count(1)


def a_request(source: str = "", **changed: Json) -> InvoiceRequest:
    """Return a request for 100.00 of SVC at DE-19, dated today, with some fields changed."""
    return a_request_with(changed, source)


def a_request_with(changed: Mapping[str, Json], source: str = "") -> InvoiceRequest:
    """Return the same for fields that are at hand as a dictionary."""
    value: dict[str, Json] = {
        "customer": "Kestrel Water AG",
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
    cleared, _ = decisions.clear(
        Act.ENTER_INVOICE, drafts, {"document": [()] * len(drafts), "anomalies": [()] * len(drafts)}
    )
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


def a_deal(
    company: Company,
    *lines: DealLine,
    billing_in: Billing = Billing.UP_FRONT,
    signed: date = date(2026, 1, 1),
    term: str = "Net 30",
    cancellable_until: date | None = None,
    opportunity_id: int | None = None,
    version: str = "v1",
) -> Deal:
    """Return a deal of these lines, for an opportunity of its own."""
    if opportunity_id is None:
        named = OpportunityDraft(f"deal {next(_sources)}", external_id=f"D-{next(_sources)}")
        opportunity_id = crm.add_opportunity(books_id=company.books.id, draft=named, actor=TESTER, at=NOW)
    return Deal(
        opportunity_id,
        f"D-{opportunity_id}",
        "a deal",
        company.books.id,
        company.customer_id,
        "DE",
        Term.parse(term),
        signed,
        "PO-77",
        billing_in,
        cancellable_until,
        lines,
        version,
    )


def a_deal_line(
    minor: int, *, service: Span | None = None, delivered_on: date | None = None, money: Currency = EUR
) -> DealLine:
    """Return a line that is sold for an amount, untaxed: over time with a service, else on delivery."""
    (product,) = crm_reads.products(search="SVC")
    price = Money(minor, money)
    recognition = Recognition.OVER_TIME if service else Recognition.POINT_IN_TIME
    return DealLine(
        product.id, "SVC", "a promise", 10**6, price, Decimal(0), price, "none", recognition, service, delivered_on
    )


def sign(company: Company, *deals: Deal) -> list[Contract]:
    """Sign deals, as a flow does after its checks found nothing."""
    nothing = [()] * len(deals)
    cleared, _ = decisions.clear(
        Act.CLOSE_DEAL, deals, {"standards": nothing, "invoiced_before": nothing, "anomalies": nothing}
    )
    return contracts.sign(books_id=company.books.id, cleared=cleared, actor=TESTER, at=NOW)


def bill(company: Company, contract: Contract, day: date, *, no: int = 1) -> str:
    """Invoice one instalment on a day, schedule and release what is earned by then, and return the number."""
    part = Part(contract, contract.instalments[no - 1], day)
    nothing = {"standards": [()], "invoiced_before": [()], "anomalies": [()]}
    cleared, _ = decisions.clear(Act.CLOSE_DEAL, [part], nothing)
    (accepted,) = EmbeddedAccounting().accept(
        books_id=company.books.id, parts=cleared, is_historical=False, actor=TESTER, at=NOW
    )
    assert accepted.is_done, accepted
    return str(accepted.facts["number"])


def release(company: Company, through: date) -> list[int]:
    """Release what is earned through a day, on that day."""
    noon = datetime(through.year, through.month, through.day, 12, tzinfo=UTC)
    with world.using(world.World(clock=lambda: noon)):
        return release_revenue(books_id=company.books.id, through=through, actor=TESTER)
