"""Making documents by hand: the form of an invoice, and what a full credit note will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.strict_json import Json
from counterfoil.kernel.text import parse_amount, parse_date, parse_quantity
from counterfoil.people.domain import BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.parts import Choice, Field, Link, Said


@dataclass(frozen=True, slots=True)
class CreditPage:
    """What a full credit note will do, before it is done."""

    invoice: Link
    customer: str
    total: Money
    effects: tuple[str, ...]
    date_field: Field
    reason_field: Field
    once: str
    refusal: Said | None = None


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line of the invoice form, as typed."""

    number: str
    product: Field
    text: Field
    quantity: Field
    price: Field
    tax: Field


@dataclass(frozen=True, slots=True)
class InvoiceFormPage:
    """An invoice by hand."""

    fields: tuple[Field, ...]
    lines: tuple[LineInput, ...]
    products: tuple[Choice, ...]
    currency: str
    once: str
    blank: LineInput
    refused: int = 0


MOST_NAMES = 300
MOST_LINES = 50


def invoice_form(books: BooksFacts, form: Form, once: str, lines: int) -> InvoiceFormPage:
    """Fill the form for an invoice by hand, with so many lines."""
    customer = form.text("customer")
    if customer.isdecimal():
        customer = crm.customer_names([int(customer)]).get(int(customer), "")
    named = Form({**form.typed, "customer": customer}, form.refusals, form.known)
    products = (
        Choice("", "\u2013"),
        *(Choice(row.code, f"{row.code} {row.name}") for row in crm.products(limit=MOST_NAMES)),
    )
    table = billing.tax_table(books.id)
    taxes = (
        Choice("", _("By product")),
        *(Choice(code, code) for code in dict.fromkeys(rate.code for rate in table.rates)),
    )
    return InvoiceFormPage(
        fields=(
            named.field("customer", _("Customer"), suggestions=crm.names_to_suggest(MOST_NAMES)),
            form.field("currency", _("Currency"), value=books.base_currency.code),
            form.field("issue_date", _("Invoice date"), value=reader.today().isoformat(), kind="date"),
            form.field(
                "terms", _("Payment term"), is_required=False, hint=_("The customer's own where it is left out")
            ),
            form.field("po_number", _("Purchase order"), is_required=False),
            form.field("service_start", _("Service from"), kind="date", is_required=False),
            form.field("service_last", _("Service until, last day"), kind="date", is_required=False),
        ),
        lines=tuple(_line_input(form, str(number), products, taxes) for number in range(1, lines + 1)),
        products=products,
        currency=books.base_currency.code,
        once=once,
        blank=_line_input(Form({}), "__n__", products, taxes),
        refused=len(form.refusals),
    )


def _line_input(form: Form, number: str, products: Sequence[Choice], taxes: Sequence[Choice]) -> LineInput:
    return LineInput(
        number=number,
        product=form.field(f"product-{number}", _("Product"), kind="select", choices=products, is_required=False),
        text=form.field(f"text-{number}", _("Text"), is_required=False),
        quantity=form.field(f"quantity-{number}", _("Quantity"), value="1", is_numeric=True),
        price=form.field(f"price-{number}", _("Price, net"), is_numeric=True),
        tax=form.field(f"tax-{number}", _("Tax"), kind="select", choices=taxes, is_required=False),
    )


def line_count(form: Form) -> int:
    """Return how many lines were posted, one at least."""
    numbers = [name.partition("-")[2] for name in form.typed if name.startswith("price-")]
    found = max((int(number) for number in numbers if number.isdecimal() and len(number) < 4), default=1)
    return min(found, MOST_LINES)


def request_of(form: Form, lines: int) -> dict[str, Json]:
    """Return what was typed as the request that the API takes: one way in, one set of rules."""
    money: Currency | None = form.read("currency", lambda text: currency(text.upper()))
    last = form.read("service_last", parse_date) if form.text("service_last") else None
    wanted: dict[str, Json] = {
        "customer": form.require("customer", _("The customer is missing")),
        "currency": form.text("currency").upper(),
        "issue_date": form.text("issue_date") or None,
        "terms": form.text("terms") or None,
        "po_number": form.text("po_number") or None,
        "service_start": form.text("service_start") or None,
        "service_end": (last + timedelta(days=1)).isoformat() if last else None,
    }
    wanted["lines"] = [_line_of(form, number, money) for number in range(1, lines + 1) if _is_typed(form, number)]
    if not wanted["lines"]:
        form.require("price-1", _("An invoice needs at least one line with a price"))
    return wanted


def _is_typed(form: Form, number: int) -> bool:
    return any(form.text(f"{name}-{number}") for name in ("product", "text", "price"))


def _line_of(form: Form, number: int, money: Currency | None) -> dict[str, Json]:
    price = form.read(f"price-{number}", lambda text: parse_amount(text, money)) if money else None
    quantity = form.read(f"quantity-{number}", lambda text: parse_quantity(text or "1"))
    line: dict[str, Json] = {
        "description": form.text(f"text-{number}"),
        "quantity": f"{Decimal(quantity) / 1_000_000:f}" if quantity is not None else None,
        "unit_price": price.decimal_text() if price else "0",
    }
    for name, field_ in (("product_code", "product"), ("tax_code", "tax")):
        if form.text(f"{field_}-{number}"):
            line[name] = form.text(f"{field_}-{number}")
    return line


REQUEST_FIELDS: Mapping[str, str] = {
    "service_end": "service_last",
    "product_code": "product",
    "description": "text",
    "unit_price": "price",
    "quantity": "quantity",
    "tax_code": "tax",
    "due_date": "terms",
}


def field_of(path: str | None) -> str:
    """Return the form's field for a field of the request: `lines[0].unit_price` stands at `price-1`."""
    text = path or ""
    if text.startswith("lines["):
        number, _sep, name = text.removeprefix("lines[").partition("].")
        return f"{REQUEST_FIELDS.get(name, 'text')}-{int(number) + 1}" if number.isdecimal() else "price-1"
    return REQUEST_FIELDS.get(text, text if text != "lines" else "price-1")


def credit_page(person: Person, number: str, form: Form, once: str, refusal: Said | None = None) -> CreditPage | None:
    """Fill what a full credit note will do, before it is done; None when there is no such invoice to credit."""
    books = person.books
    document_id = billing.document_ids_by_number(books.id, [number]).get(number)
    if document_id is None:
        return None
    (summary,) = billing.document_summaries(books.id, ids=[document_id], limit=1)
    issued = billing.documents_by_id(books.id, [document_id])[document_id]
    effects = [
        _("A credit note takes back %(gross)s, of it %(tax)s tax, at the rates of the invoice.")
        % {"gross": reader.symboled(summary.gross), "tax": reader.symboled(issued.document.tax)},
        _("What of it was earned is taken back on the day of the credit note, and the schedule ends."),
        _("The invoice is open no longer; what was paid towards it stays the customer's credit."),
    ]
    if summary.contract_id:
        effects.append(
            _("A contract whose invoices are all credited has ended; its deal is not invoiced again by itself.")
        )
    return CreditPage(
        invoice=Link(number, addresses.invoice_url(number)),
        customer=crm.customer_names([summary.customer_id])[summary.customer_id],
        total=summary.gross,
        effects=tuple(effects),
        date_field=form.field("on", _("Date"), value=reader.today().isoformat(), kind="date"),
        reason_field=form.field("reason", _("Reason"), hint=_("It is printed on the credit note")),
        once=once,
        refusal=refusal,
    )
