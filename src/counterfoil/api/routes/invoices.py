"""Invoices and credit notes: asked for, drafted, issued, held, read, printed, credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpResponse
from pydantic import AfterValidator, Field, JsonValue

from counterfoil.api import fields, paging, references
from counterfoil.api.asking import KEY, Answer, Asked, file_answer
from counterfoil.api.fields import (
    PAGE,
    After,
    CurrencyCode,
    Day,
    DraftNumber,
    HeldNumber,
    In,
    Instant,
    Line,
    Named,
    Notes,
    Number,
    Out,
    Percent,
    Quantity,
    Reference,
    Rows,
    Terms,
    TimeZone,
)
from counterfoil.api.problems import NotFound, SeveralRefused
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.api.routes.settling import ApplyIn, SettledOut, credit_applied
from counterfoil.api.routing import Routes, json_body
from counterfoil.api.saying import FindingOut, finding_out
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, InvoiceRequest, Kind, parsed_request
from counterfoil.billing.domain.einvoice import Format, IncompleteEInvoice
from counterfoil.billing.einvoice import BrokenRules
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import credit_invoice as credit_flow
from counterfoil.flows import enter_invoice as flow
from counterfoil.flows.einvoices import einvoice_file
from counterfoil.flows.enter_invoice import Entered, EnteredKind
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.receivables import selectors as receivables

routes = Routes("invoices")
MOST_LINES = 10_000


class UnknownInvoice(Refused):
    """These books have issued no invoice with this number."""

    code = "unknown_invoice"


class InvoiceLineIn(In):
    """One line: a product of the price list, or a text with a tax code."""

    product_code: Line | None = None
    description: Notes | None = None
    quantity: Quantity | None = None
    """1 where it is left out; at most six decimals."""
    unit_price: Number
    discount_pct: Percent | None = None
    tax_code: Annotated[str, fields.line(20)] | None = None
    """A code of the tax rates; that of the product's tax class where it is left out."""
    service_start: Day | None = None
    service_end: Day | None = None
    """The first day after the service."""
    service_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """Its length, instead of its end."""
    delivered_on: Day | None = None


class InvoiceIn(In):
    """An invoice to be entered. The number is given by the books, never by the sender."""

    customer: Reference
    """External id, number or name of a customer that exists."""
    currency: CurrencyCode
    lines: Annotated[list[InvoiceLineIn], Field(min_length=1, max_length=MOST_LINES)]
    issue_date: Day | None = None
    """Today in the zone of the books where it is left out."""
    due_date: Day | None = None
    """From the term where it is left out."""
    terms: Terms | None = None
    """The customer's own where it is left out."""
    po_number: Annotated[str, fields.line(60)] | None = None
    note: Notes | None = None
    service_start: Day | None = None
    """Of all lines that state no service of their own."""
    service_end: Day | None = None
    service_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    delivered_on: Day | None = None
    created_at: Instant | None = None
    """When your system made the request. It is kept and dates nothing."""
    created_local: Line | None = None
    """The same as wall-clock time of `tz`."""
    tz: TimeZone | None = None


Plain = Annotated[str, AfterValidator(lambda written: f"{Decimal(written).normalize():f}")]
"""A decimal without the zeros that a database adds."""


class PartyOut(Out):
    """Who sends or receives a document, as printed."""

    name: str
    lines: list[str]
    vat_id: str
    country: str


class DocumentLineOut(Out):
    """A line as printed."""

    no: int
    product: str
    description: str
    quantity: str
    unit_price: str
    discount_percent: Plain
    net: str
    tax_code: str
    tax_percent: Plain
    service_start: date | None
    service_end: date | None
    delivered_on: date | None


class TaxOut(Out):
    """Tax of one rate, once on the sum of its lines."""

    code: str
    label: str
    percent: Plain
    base: str
    tax: str


class DocumentOut(Out):
    """An issued document exactly as it was issued, and what is open of it now. All amounts are in `currency`."""

    kind: str
    number: str
    currency: str
    issue_date: date
    due_date: date
    term: str
    seller: PartyOut
    customer: PartyOut
    customer_number: str
    contract: str
    po_number: str
    note: str
    payment_reference: str
    lines: list[DocumentLineOut]
    taxes: list[TaxOut]
    net: str
    tax: str
    gross: str
    open: str
    credits: dict[str, JsonValue] | None
    """Of a credit note: number and date of its invoice."""
    credited_by: str | None
    entry: str | None
    created_at: str


class DocumentRow(Out):
    """A document in a list. Amounts of a credit note are positive."""

    kind: str
    number: str
    customer: str
    customer_number: str
    issue_date: date
    due_date: date
    gross: str
    open: str
    currency: str
    credited_by: str
    is_conditional: bool


class DocumentsOut(Out):
    """Documents, the last issued first."""

    invoices: list[DocumentRow]
    next: str | None


class WaitingOut(Out):
    """An invoice that waits for a person: nothing was numbered or posted."""

    held: str
    finding: FindingOut


class DraftOut(Out):
    """A draft. It has no number until it is issued."""

    draft: str
    customer: str
    issue_date: date
    due_date: date
    gross: str
    currency: str


class DraftsOut(Out):
    """Drafts, the latest issue date first."""

    drafts: list[DraftOut]
    next: str | None


class DiscardedOut(Out):
    """A draft or held invoice after it was thrown away."""

    number: str
    changed: bool


class EnterHeldIn(In):
    """Another issue date for a held invoice, where that is what was wrong."""

    issue_date: Day | None = None


_AS_ASKED = EnterHeldIn()


class DiscardIn(In):
    """Why a held invoice is not wanted; it stays on record."""

    reason: Named


class CreditIn(In):
    """An invoice to be credited in full."""

    invoice: Reference
    """Its number."""
    reason: Named
    issue_date: Day | None = None
    """Today in the zone of the books where it is left out."""


class TaxRateOut(Out):
    """A tax rate under a code, from a day on."""

    code: str
    country: str
    tax_class: str
    name: str
    percent: str
    valid_from: date


class TaxRatesOut(Out):
    """The tax rates of the books. Their own country says which rate a product's tax class means."""

    country: str
    rates: list[TaxRateOut]


class TaxRateIn(In):
    """A new rate, or a new value of a code from a day on."""

    code: Annotated[str, fields.coded("[A-Z0-9][A-Z0-9.-]{0,19}", "DE-19")]
    country: Annotated[str, fields.coded("[A-Z]{2}", "DE")]
    tax_class: Literal["standard", "reduced", "zero", "none"]
    name: Annotated[str, fields.named(40)]
    percent: Percent
    valid_from: Day


# ------------------------------------------------------------------------------------ entering


@routes.post(
    "/invoices",
    act=Act.INVOICE,
    takes=json_body(InvoiceIn),
    is_one_transaction=False,
    also={200: DocumentOut, 202: WaitingOut},
)
def enter_invoice(asked: Asked) -> DocumentOut | Answer:
    """Enter an invoice and issue it.

    201: it was issued. 202: it waits for a person, without a number. 200: it stood already under this Idempotency-Key.
    Everything that stands against it is answered field by field; then nothing was numbered or posted.
    """
    return _entered(asked, _ask(asked))


@routes.post("/invoice-drafts", act=Act.INVOICE, takes=json_body(InvoiceIn))
def save_draft(asked: Asked) -> DraftOut:
    """Keep an invoice as a draft, without a number."""
    request = _request(asked)
    if not isinstance(request, InvoiceRequest):
        raise SeveralRefused(request)
    saved = flow.save_draft(books_id=asked.books.id, request=request, actor=asked.actor, at=asked.at)
    if isinstance(saved, list):
        raise SeveralRefused(saved)
    return _draft(asked, saved)


@routes.get("/invoice-drafts", act=Act.READ_BOOKS)
def list_drafts(asked: Asked, limit: Rows = PAGE, after: After = "") -> DraftsOut:
    """List drafts, the latest issue date first."""
    place = paging.position(after, date, int)
    found = billing_reads.document_summaries(asked.books.id, state=billing_reads.DRAFT, before=place, limit=limit + 1)
    names = crm.customer_names([row.customer_id for row in found])
    return DraftsOut(
        drafts=[
            DraftOut(
                draft=references.number(references.DRAFT, row.id),
                customer=names.get(row.customer_id, ""),
                issue_date=row.issue_date,
                due_date=row.due_date,
                gross=row.gross.decimal_text(),
                currency=row.gross.currency.code,
            )
            for row in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda row: (row.issue_date.isoformat(), row.id)),
    )


@routes.post(
    "/invoice-drafts/{draft}/issue", act=Act.INVOICE, status=201, is_one_transaction=False, also={200: DocumentOut}
)
def issue_draft(asked: Asked, draft: DraftNumber) -> DocumentOut | Answer:
    """Issue a draft; issuing it again answers with the invoice that stands."""
    return _entered(asked, flow.issue_draft(books_id=asked.books.id, invoice_id=draft, actor=asked.actor, at=asked.at))


@routes.delete("/invoice-drafts/{draft}", act=Act.INVOICE)
def discard_draft(asked: Asked, draft: DraftNumber) -> DiscardedOut:
    """Throw a draft away. An issued invoice is never touched."""
    changed = billing.discard_draft(books_id=asked.books.id, invoice_id=draft, actor=asked.actor, at=asked.at)
    return DiscardedOut(number=references.number(references.DRAFT, draft), changed=changed)


@routes.post("/held/{held}/enter", act=Act.INVOICE, is_one_transaction=False, also={200: DocumentOut, 202: WaitingOut})
def enter_held(asked: Asked, held: HeldNumber, body: EnterHeldIn = _AS_ASKED) -> DocumentOut | Answer:
    """Try a held invoice again, on another date if one is given."""
    with asked.on_record():
        done = flow.enter_held(
            books_id=asked.books.id, held_id=held, issue_date=body.issue_date, actor=asked.actor, at=asked.at
        )
    return _entered(asked, done)


@routes.post("/held/{held}/discard", act=Act.INVOICE, status=200)
def discard_held(asked: Asked, held: HeldNumber, body: DiscardIn) -> DiscardedOut:
    """Take an invoice that is not wanted off the held list."""
    changed = flow.discard_held(
        books_id=asked.books.id, held_id=held, reason=body.reason, actor=asked.actor, at=asked.at
    )
    return DiscardedOut(number=references.number(references.HELD, held), changed=changed)


# ------------------------------------------------------------------------------------ reading


@routes.get("/invoices", act=Act.READ_BOOKS)
def list_invoices(
    asked: Asked,
    kind: Literal["invoice", "credit_note"] | None = None,
    customer: Line = "",
    contract: Line = "",
    number: Line = "",
    limit: Rows = PAGE,
    after: After = "",
) -> DocumentsOut:
    """List issued invoices and credit notes, the last issued first.

    `number` is how a number begins; `customer` an external id or number; `contract` its number.
    """
    contract_id = None
    if contract:
        found_contract = contracts.contract_by_number(asked.books.id, contract)
        if found_contract is None:
            raise NotFound(what="contract", name=contract[:40], field="contract")
        contract_id = found_contract.id
    found = billing_reads.document_summaries(
        asked.books.id,
        kind=Kind(kind) if kind else None,
        state=billing_reads.ISSUED,
        customer_id=references.customer_id(customer) if customer else None,
        contract_id=contract_id,
        query=number,
        before=paging.position(after, date, int),
        limit=limit + 1,
    )
    page = found[:limit]
    names = crm.customer_names([row.customer_id for row in page])
    items = receivables.items_of_documents(asked.books.id, [row.id for row in page])
    return DocumentsOut(
        invoices=[
            DocumentRow(
                kind=row.kind.value,
                number=row.number,
                customer=names.get(row.customer_id, ""),
                customer_number=references.number(references.CUSTOMER, row.customer_id),
                issue_date=row.issue_date,
                due_date=row.due_date,
                gross=row.gross.decimal_text(),
                open=items[row.id].open.decimal_text() if row.id in items else "",
                currency=row.gross.currency.code,
                credited_by=row.credited_by,
                is_conditional=row.is_conditional,
            )
            for row in page
        ],
        next=paging.next_of(found, limit, lambda row: (row.issue_date.isoformat(), row.id)),
    )


@routes.get("/invoices/{number}", act=Act.READ_BOOKS)
def read_invoice(asked: Asked, number: Reference) -> DocumentOut:
    """Read an issued invoice or credit note."""
    return _document(asked, _document_id(asked, number))


@routes.get(
    "/invoices/{number}/pdf",
    act=Act.READ_BOOKS,
    produces={"application/pdf": {"type": "string", "contentMediaType": "application/pdf"}},
)
def print_invoice(asked: Asked, number: Reference) -> HttpResponse:
    """Print an issued invoice or credit note as PDF; always the same bytes.

    Printed for the first time, it carries the head of the record as it is then.
    """
    document_id = _document_id(asked, number)
    account = receivables.bank_account(asked.books.id)
    pay_to = None
    if account is not None and account[1]:
        pay_to = billing.PayTo(people.books_letterhead(asked.books.id).name, account[1])
    data = billing.print_document(
        books_id=asked.books.id, invoice_id=document_id, pay_to=pay_to, actor=asked.actor, at=asked.at
    )
    return file_answer(data, "application/pdf", f"{number}.pdf")


@routes.get(
    "/invoices/{number}/einvoice/{form}",
    act=Act.READ_BOOKS,
    produces={
        "application/xml": {"type": "string", "contentMediaType": "application/xml"},
        "application/pdf": {"type": "string", "contentMediaType": "application/pdf"},
    },
)
def read_einvoice(asked: Asked, number: Reference, form: Literal["ubl", "cii", "facturx"]) -> HttpResponse:
    """Read an issued invoice or credit note as an electronic invoice by EN 16931.

    UBL 2.1, CII D16B, or Factur-X: a PDF/A-3 that carries the CII file. What it lacks is listed in `errors`, with where
    it is entered.
    """
    try:
        made = einvoice_file(
            books_id=asked.books.id,
            document_id=_document_id(asked, number),
            format_=Format(form),
            actor=asked.actor,
            at=asked.at,
        )
    except IncompleteEInvoice as refused:
        raise SeveralRefused(refused.refusals) from None
    except BrokenRules as refused:
        raise SeveralRefused([breach.refusal for breach in refused.breaches]) from None
    return file_answer(made.data, made.media_type, made.name)


@routes.get("/invoices/{number}/why", act=Act.READ_BOOKS)
def why_invoice(asked: Asked, number: Reference) -> WhysOut:
    """Say why an invoice is as it is: what was decided about it and what led to it."""
    return whys(decisions.why(f"invoice:{_document_id(asked, number)}"))


# ------------------------------------------------------------------------------------ crediting


@routes.post("/credit-notes", act=Act.INVOICE, also={200: DocumentOut})
def credit_invoice(asked: Asked, body: CreditIn) -> DocumentOut | Answer:
    """Credit an invoice in full.

    Its schedule ends, and what was released of it is taken back on the date of the credit note. Crediting it again
    answers with the credit note that stands.
    """
    draft = CreditDraft(_invoice_id(asked, body.invoice), body.issue_date or asked.today, body.reason)
    (done,) = credit_flow.credit_invoices(
        books_id=asked.books.id, credits_wanted=[draft], actor=asked.actor, at=asked.at
    )
    if done.credit_note_id is None:
        raise SeveralRefused(done.refusals)
    document = _document(asked, done.credit_note_id)
    return document if done.kind is OutcomeKind.DONE else Answer(200, document)


@routes.post("/credit-notes/{number}/apply", act=Act.RECEIVE, status=200)
def apply_credit_note(asked: Asked, number: Reference, body: ApplyIn) -> SettledOut:
    """Settle invoices with what is open of a credit note."""
    return credit_applied(asked, _document_id(asked, number), body)


# ------------------------------------------------------------------------------------ tax rates


@routes.get("/tax-rates", act=Act.READ_SALES)
def list_tax_rates(asked: Asked) -> TaxRatesOut:
    """List the tax rates of the books."""
    table = billing_reads.tax_table(asked.books.id)
    return TaxRatesOut(
        country=table.country,
        rates=[
            TaxRateOut(
                code=rate.code,
                country=rate.country,
                tax_class=rate.tax_class,
                name=rate.name,
                percent=f"{rate.percent.normalize():f}",
                valid_from=rate.valid_from,
            )
            for rate in table.rates
        ],
    )


@routes.post("/tax-rates", act=Act.ADMINISTER)
def add_tax_rate(asked: Asked, body: TaxRateIn) -> TaxRateOut:
    """Add a tax rate, or a new value of a code from a day on. Documents issued before keep theirs."""
    billing.add_tax_rate(books_id=asked.books.id, **body.model_dump(), actor=asked.actor, at=asked.at)
    return TaxRateOut(**body.model_dump(exclude={"percent"}), percent=f"{body.percent.normalize():f}")


def _request(asked: Asked) -> InvoiceRequest | list[Refusal]:
    """Read the request; under an Idempotency-Key its source is the same each time, so it is entered once."""
    read = parsed_request(asked.json())
    if isinstance(read, list):
        return read
    return replace(read, source=_source(asked), customer=references.customer_text(read.customer))


def _source(asked: Asked) -> str:
    key = asked.request.headers.get(KEY)
    return f"api:{asked.person.user_id}:{key}" if key else f"api:{world.token(16)}"


def _ask(asked: Asked) -> Entered:
    """Ask for an invoice; whatever is refused from here on is on record already."""
    request = _request(asked)
    books_id, actor, at = asked.books.id, asked.actor, asked.at
    if not isinstance(request, InvoiceRequest):
        return flow.refuse_request(books_id=books_id, source=_source(asked), refusals=request, actor=actor, at=at)
    (done,) = flow.enter_invoices(books_id=books_id, requests=[request], actor=actor, at=at)
    return done


def _entered(asked: Asked, done: Entered) -> DocumentOut | Answer:
    if done.kind is EnteredKind.HELD and done.held_id is not None:
        reason = done.refusals[0]
        finding = finding_out(Finding("document", reason.code, reason.facts, reason.field))
        return Answer(202, WaitingOut(held=references.number(references.HELD, done.held_id), finding=finding))
    if done.invoice_id is None:
        raise SeveralRefused(done.refusals, is_on_record=True)
    document = _document(asked, done.invoice_id)
    return document if done.kind is EnteredKind.DONE else Answer(200, document)


def _document_id(asked: Asked, number: str) -> int:
    found = billing_reads.document_id(asked.books.id, number)
    if found is None:
        raise NotFound(what="invoice", name=number[:40])
    return found


def _invoice_id(asked: Asked, number: str) -> int:
    """Return the id of the invoice that a body names."""
    found = billing_reads.document_id(asked.books.id, number)
    if found is None:
        raise UnknownInvoice(field="invoice", invoice=number[:40])
    return found


def _document(asked: Asked, document_id: int) -> DocumentOut:
    content = billing_reads.document_content(asked.books.id, document_id)
    known = billing_reads.documents_by_id(asked.books.id, [document_id])[document_id]
    item = receivables.items_of_documents(asked.books.id, [document_id]).get(document_id)
    credited_by = billing_reads.document_numbers([known.credited_by_id] if known.credited_by_id else [])
    return DocumentOut.model_validate(
        {name: value for name, value in content.items() if name != "form"}
        | {
            "customer_number": references.number(references.CUSTOMER, known.document.draft.customer_id),
            "open": item.open.decimal_text() if item else "",
            "credited_by": next(iter(credited_by.values()), None),
            "entry": f"J-{known.entry_id}" if known.entry_id else None,
        }
    )


def _draft(asked: Asked, draft_id: int) -> DraftOut:
    known = billing_reads.documents_by_id(asked.books.id, [draft_id])[draft_id].document
    names = crm.customer_names([known.draft.customer_id])
    return DraftOut(
        draft=references.number(references.DRAFT, draft_id),
        customer=names.get(known.draft.customer_id, ""),
        issue_date=known.draft.issue_date,
        due_date=known.draft.due_date,
        gross=known.gross.decimal_text(),
        currency=known.gross.currency.code,
    )
