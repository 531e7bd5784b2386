"""Invoices and credit notes: the list, one document, and entering one by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind, note_of
from counterfoil.billing.selectors import DocumentSummary, IssuedDocument
from counterfoil.crm import selectors as crm
from counterfoil.kernel import errors
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import parse_quantity
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import ItemFacts
from counterfoil.receivables.selectors import Settling
from counterfoil.web import addresses, reader
from counterfoil.web.pages import lineage, owed, whys
from counterfoil.web.pages.entries import entry_card
from counterfoil.web.pages.happened import of_customer
from counterfoil.web.pages.lists import ROWS, Question, keyset_of_day
from counterfoil.web.parts import (
    Chip,
    Dot,
    Empty,
    EntryCard,
    Fact,
    Happened,
    Link,
    Pager,
    Pill,
    Step,
    Tone,
    Undo,
    View,
    Why,
)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice or credit note in a list. `open` is None for a credit note and a draft."""

    number: str
    url: str
    customer: Link
    issued_on: date | None
    due_on: date | None
    state: Pill
    total: Money
    open: Money | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvoicesPage:
    """All invoices through one view."""

    sentence: str
    views: tuple[View, ...]
    filters: tuple[Chip, ...]
    query: str
    view: str
    rows: tuple[InvoiceRow, ...]
    totals: tuple[Money, ...]
    pager: Pager
    currency: str
    may_add: bool = False
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line as printed."""

    text: str
    note: str
    quantity_micro: int
    price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Tax at one rate, as printed."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Document:
    """The document as sent, from its canonical data."""

    kind: str
    number: str
    seller: str
    seller_lines: tuple[str, ...]
    buyer: str
    buyer_lines: tuple[str, ...]
    facts: tuple[Fact, ...]
    lines: tuple[DocumentLine, ...]
    net: Money
    taxes: tuple[TaxLine, ...]
    total: Money
    total_label: str
    note: str
    currency: str
    audit_head: str = ""


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One document with where it came from and what became of it."""

    number: str
    url: str
    kind: str
    customer: Link
    sentence: str
    state: Pill
    steps: tuple[Step, ...]
    document: Document
    balance: tuple[Fact, ...]
    entries: tuple[EntryCard, ...]
    whys: tuple[Why, ...]
    happened: tuple[Happened, ...]
    currency: str
    pdf_url: str = ""
    einvoices: tuple[Link, ...] = ()
    credit_url: str = ""
    pay_url: str = ""
    undos: tuple[Undo, ...] = ()
    undo_url: str = ""
    earned: str = ""
    contract: Link | None = None


VIEWS = ("open", "overdue", "all", "credit-notes")
LAST_WORDS = 5


def invoices_page(person: Person, asked: Question) -> InvoicesPage:
    """Fill the documents of one view: open ones by due date, others with the last issued first."""
    books = person.books
    view = asked.view if asked.view in VIEWS else VIEWS[0]
    totals = owed.totals(books.id, reader.today())
    rows, older = _documents(books, view, asked)
    may_add = person.may(Act.INVOICE)
    is_empty = not rows and not billing.document_summaries(books.id, limit=1)
    total = {"open": totals.open, "overdue": totals.overdue}.get(view)
    return InvoicesPage(
        sentence=_list_sentence(totals),
        views=views(view),
        filters=(Chip(asked.query, asked.url(query="")),) if asked.query else (),
        query=asked.query,
        view=view,
        rows=rows,
        totals=(total,) if total and not asked.query else (),
        pager=Pager(
            len(rows), None, asked.url(view=view, after=older) if older else "", asked.url() if asked.place else ""
        ),
        currency=books.base_currency.code,
        may_add=may_add,
        empty=_no_invoices(may_add=may_add) if is_empty else None,
    )


def views(current: str, waiting: int | None = None) -> tuple[View, ...]:
    """Return the tabs over the documents; what has no number yet is on a page of its own."""
    path = reverse("web:invoices")
    return (
        View(_("Open"), f"{path}?view=open", is_current=current == "open"),
        View(_("Overdue"), f"{path}?view=overdue", is_current=current == "overdue"),
        View(_("All"), f"{path}?view=all", is_current=current == "all"),
        View(_("Credit notes"), f"{path}?view=credit-notes", is_current=current == "credit-notes"),
        View(_("Waiting"), reverse("web:waiting"), waiting, is_current=current == "waiting"),
    )


def _documents(books: BooksFacts, view: str, asked: Question) -> tuple[tuple[InvoiceRow, ...], str]:
    """Read one window of a view; the second value is where the next window begins, empty at the end."""
    before = keyset_of_day(asked.place)
    if view in ("open", "overdue") and not asked.query:
        overdue_on = reader.today() if view == "overdue" else None
        items = owed.open_invoices(books.id, overdue_on=overdue_on, after=before, limit=ROWS + 1)
        shown = items[:ROWS]
        found = billing.document_summaries(books.id, ids=[item.document_id for item in shown], limit=ROWS)
        by_id = {summary.id: summary for summary in found}
        rows = document_rows(books, [by_id[item.document_id] for item in shown])
        return rows, f"{shown[-1].due_date}~{shown[-1].id}" if len(items) > ROWS else ""
    summaries = billing.document_summaries(
        books.id,
        kind=Kind.CREDIT_NOTE if view == "credit-notes" else None,
        state=billing.ISSUED,
        query=asked.query,
        before=before,
        limit=ROWS + 1,
    )
    last = summaries[ROWS - 1] if len(summaries) > ROWS else None
    return document_rows(books, summaries[:ROWS]), f"{last.issue_date}~{last.id}" if last else ""


def _list_sentence(totals: owed.Totals) -> str:
    if not totals.open:
        return _("Nothing is open: every issued invoice is paid or credited.")
    facts = {"open": reader.symboled(totals.open), "overdue": reader.symboled(totals.overdue)}
    if totals.overdue:
        return _("%(open)s is open; %(overdue)s of it is overdue.") % facts
    return _("%(open)s is open; none of it is overdue.") % facts


def _no_invoices(*, may_add: bool) -> Empty:
    return Empty(
        "invoice",
        _("No invoices yet"),
        _("A won deal that passes is invoiced by itself. What was sold outside the CRM is entered by hand."),
        Link(_("New invoice"), "/invoices/new") if may_add else None,
        Link(_("See the deals"), "/deals"),
    )


def document_rows(books: BooksFacts, summaries: Sequence[DocumentSummary]) -> tuple[InvoiceRow, ...]:
    """Show documents as rows with what is open of each; a constant number of statements."""
    names = crm.customer_names([summary.customer_id for summary in summaries])
    items = owed.of_documents(books.id, [summary.id for summary in summaries])
    numbers = billing.document_numbers([summary.credits_id for summary in summaries if summary.credits_id])
    return tuple(
        InvoiceRow(
            number=summary.number or _("Draft"),
            url=addresses.invoice_url(summary.number) if summary.number else "",
            customer=Link(names.get(summary.customer_id, ""), addresses.customer_url(summary.customer_id)),
            issued_on=summary.issue_date,
            due_on=summary.due_date if summary.kind is Kind.INVOICE else None,
            state=state_pill(summary, items.get(summary.id), reader.today()),
            total=summary.gross,
            open=items[summary.id].open if summary.kind is Kind.INVOICE and summary.id in items else None,
            note=_("credits %(number)s") % {"number": numbers[summary.credits_id]} if summary.credits_id else "",
        )
        for summary in summaries
    )


def state_pill(summary: DocumentSummary, item: ItemFacts | None, today: date) -> Pill:
    """Say in which state a document is, in the words that all pages use."""
    if summary.state == billing.DRAFT:
        return Pill(_("Draft"), Tone.PLAIN, Dot.RING)
    if summary.kind is Kind.CREDIT_NOTE:
        return Pill(_("Credit note"))
    if summary.credited_by:
        return Pill(_("Credited"), Tone.PLAIN)
    if item is None:
        return Pill(_("Issued"), Tone.INFO, Dot.HALF)
    if not item.open:
        return Pill(_("Paid"), Tone.GOOD)
    late = (today - item.due_date).days
    if late > 0:
        return Pill(ngettext("Overdue %(n)s day", "Overdue %(n)s days", late) % {"n": reader.count(late)}, Tone.BAD)
    if item.open != item.amount:
        return Pill(_("Part paid"), Tone.INFO, Dot.HALF)
    return Pill(_("Due %(day)s") % {"day": reader.day(item.due_date)}, Tone.INFO, Dot.RING)


def invoice_page(person: Person, number: str) -> InvoicePage | None:
    """Fill one document with where it came from and what became of it; None when there is none of this number."""
    books = person.books
    document_id = billing.document_id(books.id, number)
    if document_id is None:
        return None
    (summary,) = billing.document_summaries(books.id, ids=[document_id], limit=1)
    issued = billing.documents_by_id(books.id, [document_id])[document_id]
    item = owed.of_documents(books.id, [document_id]).get(document_id)
    content = billing.document_content(books.id, document_id)
    customer = crm.customer(summary.customer_id)
    is_invoice = summary.kind is Kind.INVOICE
    steps = receivables.settlings(books.id, document_id)
    is_open = bool(is_invoice and item and item.open)
    entries = _entries(books, issued, document_id)
    contract = addresses.link(books.id, f"contract:{summary.contract_id}") if summary.contract_id else None
    may_credit = is_invoice and not summary.credited_by and person.may(Act.INVOICE)
    return InvoicePage(
        number=number,
        url=addresses.invoice_url(number),
        kind=_("Invoice") if is_invoice else _("Credit note"),
        customer=Link(customer.name, addresses.customer_url(customer.id)),
        sentence=_document_sentence(books, summary, issued),
        state=state_pill(summary, item, reader.today()),
        steps=lineage.of_invoice(books, document_id, current=f"invoice:{document_id}"),
        document=_document(content),
        balance=_balance(summary, item, steps),
        entries=entries,
        whys=whys.of(f"invoice:{document_id}"),
        happened=of_customer(books, customer.id, limit=LAST_WORDS),
        currency=summary.gross.currency.code,
        pdf_url=f"{addresses.invoice_url(number)}/pdf",
        einvoices=_einvoices(number),
        credit_url=f"{addresses.invoice_url(number)}/credit" if may_credit else "",
        pay_url=f"/payments/new?invoice={number}" if is_open and person.may(Act.RECEIVE) else "",
        undo_url=reverse("web:undo", args=[number]) if summary.number and not summary.credited_by else "",
        undos=_undos(number, steps) if person.may(Act.UNDO) else (),
        contract=contract,
    )


def _einvoices(number: str) -> tuple[Link, ...]:
    """The electronic forms of a document, the one that people can read first."""
    url = f"{addresses.invoice_url(number)}/einvoice"
    return (
        Link(_("Factur-X (PDF)"), f"{url}/facturx"),
        Link(_("UBL"), f"{url}/ubl"),
        Link(_("CII"), f"{url}/cii"),
    )


def _undos(number: str, steps: Sequence[Settling]) -> tuple[Undo, ...]:
    """Return how each payment by hand is taken back; a bank line's match is taken back on the bank's page."""
    payments = {
        step.payment_id: step.made_on
        for step in steps
        if step.payment_id and step.is_live and step.bank_line_id is None and not step.takes_back
    }
    return tuple(
        Undo(
            reverse("web:payment-undo", args=[payment_id]),
            _("Take back the payment of %(day)s") % {"day": reader.day(day)},
            (("next", addresses.invoice_url(number)),),
        )
        for payment_id, day in payments.items()
    )


def _document_sentence(books: BooksFacts, summary: DocumentSummary, issued: IssuedDocument) -> str:
    if summary.kind is Kind.CREDIT_NOTE:
        (note,) = billing.credit_notes(books.id, [summary.id])
        numbers = billing.document_numbers([note.invoice_id, *([note.issued_again] if note.issued_again else [])])
        text = _("issued %(day)s. Takes back %(number)s in full.") % {
            "day": reader.day(summary.issue_date),
            "number": numbers[note.invoice_id],
        }
        if note.issued_again:
            text += " " + _("Taken back by invoice %(number)s.") % {"number": numbers[note.issued_again]}
        return text
    text = _("issued %(day)s, due %(due)s.") % {
        "day": reader.day(summary.issue_date),
        "due": reader.day(summary.due_date),
    }
    if (note_id := note_of(issued.document.draft.source)) is not None:
        (credited,) = billing.document_numbers([note_id]).values()
        text += " " + _("Takes back credit note %(number)s.") % {"number": credited}
    if summary.credited_by:
        return text + " " + _("Taken back by credit note %(number)s.") % {"number": summary.credited_by}
    return text + " " + _("Cannot be changed; corrections are credit notes.")


def _entries(books: BooksFacts, issued: IssuedDocument, document_id: int) -> tuple[EntryCard, ...]:
    if issued.entry_id is None:
        return ()
    posted = ledger.entries_by_id(books.id, [issued.entry_id])
    return tuple(entry_card(books, entry) for entry in posted.values())


def _balance(summary: DocumentSummary, item: ItemFacts | None, steps: Sequence[Settling]) -> tuple[Fact, ...]:
    code = summary.gross.currency.code
    if summary.kind is Kind.CREDIT_NOTE:
        return (Fact(_("Credited, %(code)s") % {"code": code}, amount=summary.gross, is_sum=True),)
    facts = [Fact(_("Invoiced"), amount=summary.gross)]
    facts += [Fact(f"{owed.settled_by(step)} {reader.day(step.made_on)}", amount=-step.amount) for step in steps]
    if item is not None:
        facts.append(Fact(_("Open, %(code)s") % {"code": code}, amount=item.open, is_sum=True))
    return tuple(facts)


def _document(content: Mapping[str, errors.Fact]) -> Document:
    """Show a document exactly as it was issued, from its canonical content."""
    money = currency(str(content["currency"]))
    seller, buyer = _party(content["seller"]), _party(content["customer"])
    is_invoice = content["kind"] == Kind.INVOICE.value
    facts = [Fact(_("Issued"), _day(content["issue_date"]))]
    if is_invoice:
        facts.append(Fact(_("Due"), _day(content["due_date"])))
    if content["po_number"]:
        facts.append(Fact(_("Your order"), str(content["po_number"])))
    if content["contract"]:
        facts.append(Fact(_("Contract"), str(content["contract"])))
    credits_ = content.get("credits")
    if isinstance(credits_, dict):
        facts.append(Fact(_("Credits"), str(credits_["number"])))
    if is_invoice:
        facts.append(Fact(_("Reference"), str(content["payment_reference"])))
    lines, taxes = content["lines"], content["taxes"]
    assert isinstance(lines, list)
    assert isinstance(taxes, list)
    return Document(
        kind=_("Invoice") if is_invoice else _("Credit note"),
        number=str(content["number"]),
        seller=seller[0],
        seller_lines=seller[1],
        buyer=buyer[0],
        buyer_lines=buyer[1],
        facts=tuple(facts),
        lines=tuple(_document_line(line, money) for line in lines if isinstance(line, dict)),
        net=_money(content["net"], money),
        taxes=tuple(TaxLine(str(tax["label"]), _money(tax["tax"], money)) for tax in taxes if isinstance(tax, dict)),
        total=_money(content["gross"], money),
        total_label=_("To pay") if is_invoice else _("Credited"),
        note=str(content["note"] or ""),
        currency=money.code,
    )


def _party(party: errors.Fact) -> tuple[str, tuple[str, ...]]:
    assert isinstance(party, dict)
    lines = party["lines"]
    assert isinstance(lines, list)
    vat_id = str(party["vat_id"] or "")
    return str(party["name"]), (*map(str, lines), *([_("VAT %(id)s") % {"id": vat_id}] if vat_id else []))


def _document_line(line: Mapping[str, errors.Fact], money: Currency) -> DocumentLine:
    notes = []
    if line["service_start"] and line["service_end"]:
        last = date.fromisoformat(str(line["service_end"])) - timedelta(days=1)
        notes.append(reader.span(date.fromisoformat(str(line["service_start"])), last))
    elif line["delivered_on"]:
        notes.append(_("Delivered %(day)s") % {"day": _day(line["delivered_on"])})
    discount = Decimal(str(line["discount_percent"]))
    if discount:
        notes.append(_("less %(percent)s %%") % {"percent": f"{discount.normalize():f}"})
    return DocumentLine(
        text=str(line["description"]),
        note=", ".join(notes),
        quantity_micro=parse_quantity(str(line["quantity"]), "api"),
        price=_money(line["unit_price"], money),
        amount=_money(line["net"], money),
    )


def _money(text: errors.Fact, money: Currency) -> Money:
    return Money.rounded(Decimal(str(text)), money)


def _day(text: errors.Fact) -> str:
    return reader.full_day(date.fromisoformat(str(text)))
