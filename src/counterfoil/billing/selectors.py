"""Reading documents, series, tax rates and what is held."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, F, Max, Min, Q

from counterfoil.audit.domain import Head
from counterfoil.audit.registry import BinderFile, BinderRow, HashedRow, Slice
from counterfoil.billing import domain
from counterfoil.billing.domain import Conditional, InBase, Kind, Party, SeriesState, TaxRate, TaxTable
from counterfoil.billing.domain.credits import Creditable
from counterfoil.billing.models import Condition, GrossUp, HeldInvoice, Invoice, InvoiceLine, Rendering, Series
from counterfoil.billing.models import TaxRate as TaxRateRow
from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk, files
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.strict_json import Json
from counterfoil.kernel.terms import Term
from counterfoil.people import selectors as people
from counterfoil.standards.domain import Recognition

ISSUED, DRAFT = "issued", "draft"


class NoSuchDocument(Refused):
    """These books have issued no document with this number."""

    code = "no_such_document"


@dataclass(frozen=True, slots=True)
class Standing:
    """A document that exists for a source."""

    id: int
    is_draft: bool
    number: str
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document with what billing knows of it, by its row."""

    id: int
    state: str
    number: str
    document: domain.Document
    base: InBase | None
    credits_id: int | None
    credited_by_id: int | None
    entry_id: int | None
    event_id: int | None


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document in a list. Amounts of a credit note are positive."""

    id: int
    kind: Kind
    state: str
    number: str
    customer_id: int
    contract_id: int | None
    issue_date: date
    due_date: date
    gross: Money
    credits_id: int | None
    credited_by: str
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An invoice asked for that waits for a person."""

    id: int
    source: str
    customer_id: int
    net: Money
    issue_date: date
    code: str
    facts: dict[str, Fact]
    field: str
    request: Json
    actor: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class SeriesFault:
    """A series whose counter does not follow its documents: what comes next, what should, and how many are missing."""

    series_id: int
    kind: Kind
    year: int
    branch: str
    next_no: int
    should_be: int
    missing: int

    def __str__(self) -> str:
        name = f"{self.kind} {self.year} {self.branch}".strip()
        said = []
        if self.missing:
            said.append(f"{self.missing} numbers are missing")
        if self.next_no != self.should_be:
            said.append(f"the next number would be {self.next_no} and should be {self.should_be}")
        return f"Series {name}: {', '.join(said)}."


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed form of a document and the head of the record that stands on it."""

    sha256: str
    head: Head
    pay_to: dict[str, str] | None
    rendered_at: datetime
    event_id: int


def tax_table(books_id: int) -> TaxTable:
    """Return the rates of some books; two statements."""
    country = people.books_facts(books_id).country
    rows = TaxRateRow.objects.filter(books_id=books_id).order_by("id")
    fields = rows.values_list("code", "country", "tax_class", "name", "percent", "valid_from")
    return TaxTable(country, tuple(TaxRate(*row) for row in fields))


def parties(customer_ids: Sequence[int]) -> dict[int, Party]:
    """Return how documents address customers; two statements."""
    found = crm.customers_by_id(customer_ids)
    return {
        id_: Party(customer.name, customer.address, customer.vat_id, customer.country)
        for id_, customer in found.items()
    }


def seller(books_id: int) -> Party:
    """Return the books' own letterhead."""
    head = people.books_letterhead(books_id)
    lines = tuple(line.strip() for line in head.address.splitlines() if line.strip())
    return Party(head.name, lines, head.vat_id, head.country)


def series_states(books_id: int, kind: Kind, years: Sequence[int]) -> list[SeriesState]:
    """Return the series of a kind in some years: the main series of a year first, then its branches by name."""
    rows = Series.objects.filter(books_id=books_id, kind=kind.value, year__in=list(years)).order_by("year")
    states = [SeriesState(row.pk, kind, row.year, row.branch, row.pattern, row.next_no, row.last_date) for row in rows]
    return sorted(states, key=lambda state: (state.year, len(state.branch), state.branch))


def standing_documents(books_id: int, sources: Sequence[str]) -> dict[str, Standing]:
    """Return the documents that already stand for some sources; one statement."""
    rows = Invoice.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    return {
        source: Standing(id_, state == DRAFT, number, entry_id)
        for source, id_, state, number, entry_id in rows.values_list("source", "id", "state", "number", "entry_id")
    }


def documents_by_id(books_id: int, invoice_ids: Sequence[int]) -> dict[int, IssuedDocument]:
    """Return documents and drafts with their lines; three statements at most."""
    base = people.books_facts(books_id).base_currency
    rows = Invoice.objects.filter(bulk.is_any_of("id", list(invoice_ids)), books_id=books_id)
    rows = rows.select_related("contract", "credit_note").order_by("id")
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(bulk.is_any_of("invoice_id", list(invoice_ids))).order_by(
        "invoice_id", "no"
    ):
        lines.setdefault(line.invoice_id, []).append(line)
    return {row.pk: _issued_document(row, lines.get(row.pk, []), base) for row in rows}


def creditable(invoice: IssuedDocument) -> Creditable:
    """Return what of a document decides whether it may be credited."""
    document = invoice.document
    return Creditable(invoice.number, invoice.state == ISSUED, document.kind is Kind.INVOICE, document.draft.issue_date)


def _issued_document(row: Invoice, lines: Sequence[InvoiceLine], base: Currency) -> IssuedDocument:
    money = currency(row.currency)
    read = [_line(line, money) for line in lines]
    draft = domain.InvoiceDraft(
        row.source,
        row.customer_id,
        row.contract_id,
        money,
        row.issue_date,
        Term.parse(row.term),
        row.due_date,
        tuple(line.draft for line in read),
        row.po_number,
        is_conditional=row.is_conditional,
        note=row.note,
        contract_number=row.contract.number if row.contract else "",
        unconditional_from=row.contract.unconditional_from if row.contract else None,
    )
    document = domain.rebuilt(Kind(row.kind), draft, read, Money(row.net_minor, money), Money(row.tax_minor, money))
    in_base = None
    if row.base_gross_minor is not None and row.base_tax_minor is not None:
        in_base = InBase(Money(row.base_gross_minor, base), Money(row.base_tax_minor, base))
    credited_by = row.credit_note.pk if hasattr(row, "credit_note") else None
    return IssuedDocument(
        row.pk, row.state, row.number, document, in_base, row.credits_id, credited_by, row.entry_id, row.event_id
    )


def _line(row: InvoiceLine, money: Currency) -> domain.DocumentLine:
    net = Money(row.net_minor, money)
    draft = domain.DraftLine(
        row.description,
        row.product_id,
        row.product_code,
        row.quantity_micro,
        Money(row.unit_price_minor, money),
        Decimal(row.discount_percent).normalize(),
        net,
        row.tax_code,
        Span(row.service_start, row.service_end) if row.service_start and row.service_end else None,
        row.delivered_on,
        Recognition(row.recognition),
        row.contract_line_id,
    )
    rate = TaxRate(row.tax_code, "", "", row.tax_name, Decimal(row.tax_percent).normalize())
    return domain.DocumentLine(row.no, draft, net, rate)


def document_id(books_id: int, number: str) -> int | None:
    """Return the id of the document with a number, or None."""
    return Invoice.objects.filter(books_id=books_id, number=number).values_list("id", flat=True).first()


def document_numbers(invoice_ids: Sequence[int]) -> dict[int, str]:
    """Return the numbers of documents by id; one statement."""
    return dict(Invoice.objects.filter(bulk.is_any_of("id", list(invoice_ids))).values_list("id", "number"))


def document_ids_by_number(books_id: int, numbers: Sequence[str]) -> dict[str, int]:
    """Return the ids of invoices (not credit notes) by number; one statement."""
    rows = Invoice.objects.filter(bulk.is_any_of("number", list(numbers)), books_id=books_id, kind=Kind.INVOICE.value)
    return dict(rows.values_list("number", "id"))


def document_content(books_id: int, invoice_id: int) -> dict[str, Fact]:
    """Return an issued document exactly as it was issued: whatever is shown or printed of it comes from here.

    Raises:
        NoSuchDocument: no issued document has this id in these books.
    """
    rows = Invoice.objects.filter(books_id=books_id, id=invoice_id, state=ISSUED)
    text = rows.values_list("content", flat=True).first()
    if text is None:
        raise NoSuchDocument(field="invoice", invoice=invoice_id)
    read: dict[str, Fact] = json.loads(text)
    return read


def document_summaries(
    books_id: int,
    *,
    kind: Kind | None = None,
    state: str | None = None,
    customer_id: int | None = None,
    contract_id: int | None = None,
    ids: Sequence[int] | None = None,
    query: str = "",
    gross_minor: int | None = None,
    before: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[DocumentSummary]:
    """Return documents, the last issued first, `limit` of them after a keyset position (issue date, id)."""
    rows = Invoice.objects.filter(books_id=books_id)
    if kind is not None:
        rows = rows.filter(kind=kind.value)
    if state is not None:
        rows = rows.filter(state=state)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    if ids is not None:
        rows = rows.filter(bulk.is_any_of("id", list(ids)))
    if query:
        rows = rows.filter(number__istartswith=query)
    if gross_minor is not None:
        rows = rows.filter(gross_minor=gross_minor)
    if before is not None:
        day, invoice_id = before
        rows = rows.filter(Q(issue_date__lt=day) | Q(issue_date=day, id__lt=invoice_id))
    page = rows.select_related("credit_note").order_by("-issue_date", "-id")[:limit]
    return [
        DocumentSummary(
            row.pk,
            Kind(row.kind),
            row.state,
            row.number,
            row.customer_id,
            row.contract_id,
            row.issue_date,
            row.due_date,
            Money(row.gross_minor, currency(row.currency)),
            row.credits_id,
            row.credit_note.number if hasattr(row, "credit_note") else "",
            row.is_conditional,
        )
        for row in page
    ]


@dataclass(frozen=True, slots=True)
class LiveInvoice:
    """An issued invoice that was not credited, as far as taking it back needs it."""

    id: int
    number: str
    contract_id: int | None
    source: str
    gross: Money
    issue_date: date


def invoices_standing(
    books_id: int, *, invoice_ids: Sequence[int] = (), contract_ids: Sequence[int] = ()
) -> list[LiveInvoice]:
    """Return the issued invoices that were not credited, by id or by contract, in the order of ids; one statement."""
    named = bulk.is_any_of("id", list(invoice_ids)) | bulk.is_any_of("contract_id", list(contract_ids))
    rows = Invoice.objects.filter(named, books_id=books_id, kind=Kind.INVOICE.value, state=ISSUED, credit_note=None)
    fields = ("id", "number", "contract_id", "source", "gross_minor", "currency", "issue_date")
    return [
        LiveInvoice(id_, number, contract_id, source, Money(gross, currency(code)), day)
        for id_, number, contract_id, source, gross, code, day in rows.order_by("id").values_list(*fields)
    ]


@dataclass(frozen=True, slots=True)
class StandingNote:
    """An issued credit note as far as taking it back needs it; `issued_again` is the invoice that did so already."""

    id: int
    number: str
    gross: Money
    issue_date: date
    invoice_id: int
    invoice_source: str
    contract_id: int | None
    issued_again: int | None


def credit_notes(books_id: int, note_ids: Sequence[int]) -> list[StandingNote]:
    """Return issued credit notes by id, in the order of ids; two statements."""
    rows = Invoice.objects.filter(bulk.is_any_of("id", list(note_ids)), books_id=books_id, state=ISSUED)
    rows = rows.filter(kind=Kind.CREDIT_NOTE.value).select_related("credits").order_by("id")
    notes = [(row, row.credits) for row in rows if row.credits is not None]
    again = issued_again(books_id, [(note.pk, invoice.pk, invoice.source) for note, invoice in notes])
    return [
        StandingNote(
            note.pk,
            note.number,
            Money(note.gross_minor, currency(note.currency)),
            note.issue_date,
            invoice.pk,
            invoice.source,
            note.contract_id,
            again.get(note.pk),
        )
        for note, invoice in notes
    ]


def issued_again(books_id: int, notes: Sequence[tuple[int, int, str]]) -> dict[int, int]:
    """Return the invoices that take credit notes back, by note; one statement.

    Args:
        notes: each as its id, and id and business key of the invoice it credits.
    """
    contract_ids = sorted({key[0] for _, _, source in notes if (key := domain.instalment_of(source)) is not None})
    own = [domain.again_source(id_, source, note) for note, id_, source in notes if not domain.instalment_of(source)]
    rows = Invoice.objects.filter(
        bulk.is_any_of("source", own) | bulk.is_any_of("contract_id", contract_ids), books_id=books_id
    )
    wanted = {note for note, _, _ in notes}
    found = {domain.note_of(source): id_ for id_, source in rows.values_list("id", "source")}
    return {note: id_ for note, id_ in found.items() if note in wanted and note is not None}


def line_numbers(invoice_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the numbers of the lines of some documents; one statement."""
    found: dict[int, list[int]] = {}
    rows = InvoiceLine.objects.filter(bulk.is_any_of("invoice_id", list(invoice_ids))).order_by("invoice_id", "no")
    for invoice_id, no in rows.values_list("invoice_id", "no"):
        found.setdefault(invoice_id, []).append(no)
    return found


def document_kinds(books_id: int, invoice_ids: Sequence[int]) -> dict[int, tuple[Kind, bool, str]]:
    """Return of documents by id: what they are, whether they are issued, and their number; one statement."""
    rows = Invoice.objects.filter(bulk.is_any_of("id", list(invoice_ids)), books_id=books_id)
    return {
        id_: (Kind(kind), state == ISSUED, number)
        for id_, kind, state, number in rows.values_list("id", "kind", "state", "number")
    }


def live_invoices(contract_ids: Sequence[int]) -> dict[int, int]:
    """Return how many issued invoices of each contract were not credited; contracts without any are left out."""
    rows = Invoice.objects.filter(
        bulk.is_any_of("contract_id", list(contract_ids)), kind=Kind.INVOICE.value, state=ISSUED, credit_note=None
    )
    return dict(rows.values_list("contract_id").annotate(n=Count("id")))


def conditional_invoices(books_id: int, invoice_ids: Sequence[int], *, lock: bool = False) -> dict[int, Conditional]:
    """Return invoices whose right to payment was conditional and that were not credited; one statement.

    Args:
        lock: hold them against other writers until the transaction ends.
    """
    rows = Condition.objects.filter(
        bulk.is_any_of("invoice_id", list(invoice_ids)), books_id=books_id, invoice__credit_note=None
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    base = people.books_facts(books_id).base_currency
    return {row.pk: _conditional(row, base) for row in rows.select_related("invoice").order_by("invoice_id")}


def _conditional(row: Condition, base: Currency) -> Conditional:
    invoice = row.invoice
    money = currency(invoice.currency)
    assert invoice.base_gross_minor is not None, "an issued invoice has base amounts"
    assert invoice.base_tax_minor is not None, "an issued invoice has base amounts"
    return Conditional(
        invoice.pk,
        invoice.number,
        invoice.customer_id,
        invoice.contract_id,
        Money(invoice.gross_minor, money),
        Money(invoice.tax_minor, money),
        InBase(Money(invoice.base_gross_minor, base), Money(invoice.base_tax_minor, base)),
        Money(row.grossed_minor, money),
        row.unconditional_from,
    )


def conditions_reached(books_id: int, through: date, *, limit: int = 5_000) -> list[tuple[int, date, int]]:
    """Return the conditional invoices whose right to payment is unconditional by a date, and not shown in full yet.

    Each as its id, that day, and how many steps were made for it so far, so that each further step has its own source.
    """
    rows = Condition.objects.filter(
        books_id=books_id,
        unconditional_from__lte=through,
        grossed_minor__lt=F("gross_minor"),
        invoice__credit_note=None,
    )
    steps = rows.annotate(steps=Count("invoice__grossup")).order_by("unconditional_from", "invoice_id")
    fields = steps.values_list("invoice_id", "unconditional_from", "steps")[:limit]
    return [(invoice_id, day, made) for invoice_id, day, made in fields if day is not None]


def gross_up_sources(books_id: int, sources: Sequence[str]) -> dict[str, int]:
    """Return the entries of gross-ups that were already made, by source."""
    rows = GrossUp.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    return dict(rows.values_list("source", "entry_id"))


def issued_in_order(
    books_id: int, *, after: tuple[date, int] | None = None, limit: int = 5_000
) -> list[tuple[date, int]]:
    """Return (issue date, id) of issued invoices as they came, `limit` of them after such a position (keyset)."""
    rows = Invoice.objects.filter(books_id=books_id, state=ISSUED, kind=Kind.INVOICE.value)
    if after is not None:
        day, invoice_id = after
        rows = rows.filter(Q(issue_date__gt=day) | Q(issue_date=day, id__gt=invoice_id))
    return list(rows.order_by("issue_date", "id").values_list("issue_date", "id")[:limit])


def customers_invoiced(books_id: int) -> list[int]:
    """Return every customer who got an invoice."""
    rows = Invoice.objects.filter(books_id=books_id, state=ISSUED).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True).distinct())


def series_faults(books_id: int) -> list[SeriesFault]:
    """Return the series whose counter or numbers are not gapless: the gap report, empty when all is well."""
    rows = Series.objects.filter(books_id=books_id).order_by("kind", "year", "branch")
    counted = rows.annotate(n=Count("invoice"), highest=Max("invoice__no"))
    return [
        SeriesFault(row.pk, Kind(row.kind), row.year, row.branch, row.next_no, (highest or 0) + 1, (highest or 0) - n)
        for row, n, highest in [(row, row.n, row.highest) for row in counted]
        if row.next_no != (highest or 0) + 1 or (highest or 0) != n
    ]


def held_invoices(books_id: int, *, limit: int = 200) -> list[HeldLine]:
    """Return the invoices that wait for a person, the oldest first."""
    rows = HeldInvoice.objects.filter(books_id=books_id, settled_at=None).order_by("id")[:limit]
    return [_held(row) for row in rows]


def held_invoice(books_id: int, held_id: int) -> HeldLine:
    """Return one invoice that waits for a person.

    Raises:
        NoSuchDocument: nothing with this id waits.
    """
    row = HeldInvoice.objects.filter(books_id=books_id, id=held_id, settled_at=None).first()
    if row is None:
        raise NoSuchDocument(field="invoice", invoice=held_id)
    return _held(row)


def _held(row: HeldInvoice) -> HeldLine:
    return HeldLine(
        row.pk,
        row.source,
        row.customer_id,
        Money(row.net_minor, currency(row.currency)),
        row.issue_date,
        row.code,
        json.loads(row.facts),
        row.field,
        json.loads(row.request),
        row.actor,
        row.held_at,
    )


def printed(invoice_id: int) -> Printed | None:
    """Return the printed form of a document, or None while nobody needed it."""
    row = Rendering.objects.filter(invoice_id=invoice_id).first()
    if row is None:
        return None
    pay_to = json.loads(row.pay_to) if row.pay_to else None
    return Printed(row.sha256, Head(row.head_sequence, row.head_hash), pay_to, row.rendered_at, row.event_id)


def hashed_documents() -> Iterator[HashedRow]:
    """Yield every issued document with the hash of its present contents, for `verify`; streams, never all at once.

    A row whose columns or lines differ from the content that was issued has no present hash.
    """
    rows = InvoiceLine.objects.filter(invoice__state=ISSUED).select_related("invoice")
    ordered = rows.order_by("invoice__event_id", "invoice_id", "no").iterator(chunk_size=5_000)
    for invoice_id, group in groupby(ordered, key=lambda line: line.invoice_id):
        lines = list(group)
        row = lines[0].invoice
        assert row.event_id is not None, f"document {invoice_id} was issued without an event"
        present = ""
        if _is_as_issued(row, lines):
            present = domain.document_hash(
                row.content, row.source, row.customer_id, row.contract_id, row.credits_id, row.entry_id
            )
        yield HashedRow(row.event_id, f"document {row.number}", row.item_hash, present)


def _is_as_issued(row: Invoice, lines: Sequence[InvoiceLine]) -> bool:
    """Tell whether a document's columns and lines still say what its content says."""
    said = json.loads(row.content)
    money = currency(row.currency)
    columns = {
        "currency": row.currency,
        "due_date": row.due_date.isoformat(),
        "gross": Money(row.gross_minor, money).decimal_text(),
        "issue_date": row.issue_date.isoformat(),
        "kind": row.kind,
        "net": Money(row.net_minor, money).decimal_text(),
        "number": row.number,
        "tax": Money(row.tax_minor, money).decimal_text(),
    }
    kept = [
        (line.no, Money(line.net_minor, money).decimal_text(), line.tax_code, line.description, line.product_code)
        for line in lines
    ]
    stated = [
        (line["no"], line["net"], line["tax_code"], line["description"], line["product"]) for line in said["lines"]
    ]
    return all(said[name] == value for name, value in columns.items()) and kept == stated


# ------------------------------------------------------------------------------------ the auditor's binder


def binder_reach(books_id: int, start: date, end: date) -> int | None:
    """Return the lowest event of the documents issued in a span."""
    rows = Invoice.objects.filter(books_id=books_id, state=ISSUED, issue_date__gte=start, issue_date__lt=end)
    lowest: int | None = rows.aggregate(lowest=Min("event_id"))["lowest"]
    return lowest


def binder_documents(part: Slice) -> Iterator[BinderRow]:
    """Yield the documents of a slice as they were issued; those of its batches dated elsewhere by their hash alone."""
    rows = Invoice.objects.filter(
        books_id=part.books_id, state=ISSUED, event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    fields = (
        "event_id", "number", "item_hash", "issue_date", "content", "series_id", "no", "source", "customer_id",
        "contract_id", "credits_id", "entry_id",
    )  # fmt: skip
    for event_id, number, kept, day, content, series, no, *hung in rows.values_list(*fields).iterator(chunk_size=2_000):
        assert event_id is not None, f"document {number} was issued without an event"
        if part.start <= day < part.end:
            seal = domain.document_seal("{row}", *hung)
            yield BinderRow(event_id, f"document {number}", kept, content, seal, {"series": series, "no": no})
        else:
            yield BinderRow(event_id, "document of another period", kept, None)


def binder_series(part: Slice) -> Iterator[dict[str, Fact]]:
    """Yield the series of numbers that a slice goes through: the last number before its first day, and its last."""
    issued = Invoice.objects.filter(books_id=part.books_id, state=ISSUED, event_id__lte=part.last_event)
    before = dict(issued.filter(issue_date__lt=part.start).values_list("series_id").annotate(last=Max("no")))
    within = issued.filter(issue_date__gte=part.start, issue_date__lt=part.end)
    through = dict(within.values_list("series_id").annotate(last=Max("no")))
    for row in Series.objects.filter(books_id=part.books_id, id__in=list(through)).order_by("id"):
        yield {
            "series": row.pk,
            "name": str(row),
            "kind": row.kind,
            "year": row.year,
            "branch": row.branch,
            "before": before.get(row.pk, 0),
            "through": through[row.pk],
        }


def binder_prints(part: Slice) -> Iterator[BinderFile]:
    """Yield the printed form of the documents of a slice that were printed within its events and are at hand."""
    rows = Rendering.objects.filter(
        books_id=part.books_id,
        invoice__issue_date__gte=part.start,
        invoice__issue_date__lt=part.end,
        event_id__lte=part.last_event,
    ).order_by("invoice_id")
    for number, sha256 in rows.values_list("invoice__number", "sha256"):
        if files.path(sha256).is_file():
            yield BinderFile(f"prints/{number.replace('/', '-')}.pdf", files.path(sha256).read_bytes(), number)


# ------------------------------------------------------------------------------------ samples, retention, privacy


def documents_by_year(books_id: int) -> dict[int, int]:
    """Count the issued documents of some books by year of issue."""
    rows = Invoice.objects.filter(books_id=books_id, state=ISSUED)
    return dict(rows.values_list("issue_date__year").annotate(count=Count("id")).order_by())


def document_lines(books_id: int, start: date, end: date) -> Iterator[tuple[str, date, str, str, int]]:
    """Yield the documents issued in a span (`end` exclusive) for a sample: number, date, kind, currency, gross."""
    rows = Invoice.objects.filter(books_id=books_id, state=ISSUED, issue_date__gte=start, issue_date__lt=end)
    fields = ("number", "issue_date", "kind", "currency", "gross_minor")
    yield from rows.order_by("id").values_list(*fields).iterator(chunk_size=5_000)


def documents_naming(texts: Sequence[str]) -> list[tuple[str, date]]:
    """Return number and issue date of the issued documents whose content holds one of some texts."""
    if not texts:
        return []
    named = Q()
    for text in texts:
        named |= Q(content__contains=json.dumps(text, ensure_ascii=False)[1:-1])
    rows = Invoice.objects.filter(named, state=ISSUED).order_by("issue_date", "id")
    return list(rows.values_list("number", "issue_date"))
