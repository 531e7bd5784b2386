"""Payments by hand: the form, and what it asks for."""

from __future__ import annotations

from django.utils.translation import gettext as _

from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.flows.receive_money import HandPayment
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import clean_text, parse_amount, parse_date
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import ItemFacts, Part
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.parts import FormPage, Link

MOST_NAMES = 300


class NoSuchInvoice(Refused):
    """There is no open invoice of this number."""

    code = "no_such_invoice"


def payment_form(books: BooksFacts, form: Form, once: str) -> FormPage:
    """Fill the form; an invoice in the address brings its open amount along."""
    number = form.text("invoice")
    item = _item(books, number) if number else None
    customer = ""
    if item is None and form.text("customer").isdecimal():
        customer = crm.customer_names([int(form.text("customer"))]).get(int(form.text("customer")), "")
    code = item.open.currency.code if item else books.base_currency.code
    names = () if item else crm.names_to_suggest(MOST_NAMES)
    return FormPage(
        title=_("Record a payment"),
        sentence=_("For money that came in before its bank line is here. When the line comes, it is recognised."),
        action="/payments/new",
        fields=(
            form.field(
                "invoice", _("For invoice"), is_required=False, hint=_("Leave it out to keep the money as credit")
            ),
            Form({**form.typed, "customer": customer or form.text("customer")}, form.refusals, form.known).field(
                "customer",
                _("From customer"),
                is_required=False,
                suggestions=names,
                hint=_("Needed only without an invoice"),
            ),
            form.field(
                "amount",
                _("Amount, %(code)s") % {"code": code},
                value=item.open.decimal_text() if item else "",
                is_numeric=True,
                hint=_("%(open)s is open") % {"open": reader.symboled(item.open)} if item else "",
            ),
            form.field("on", _("Received on"), value=reader.today().isoformat(), kind="date"),
            form.field("text", _("Reference"), is_required=False),
        ),
        button=_("Record the payment"),
        back=Link(_("Back"), addresses.invoice_url(number) if item else "/bank"),
        once=once,
        refused=len(form.refusals),
    )


def read(books: BooksFacts, form: Form) -> tuple[HandPayment, str] | None:
    """Read what was entered, and where the person goes afterwards; a refused field makes the answer None."""
    number = form.text("invoice")
    item = _item(books, number) if number else None
    if number and item is None:
        form.refuse("invoice", NoSuchInvoice(number=number[:60]))
    money = item.open.currency if item else books.base_currency
    amount = form.read("amount", lambda text: parse_amount(text, money))
    on = form.read("on", parse_date)
    text = form.read("text", lambda text: clean_text(text, 255))
    customer_id = None
    if item is None:
        form.require("customer", _("Say whose money it is, or which invoice it settles"))
        if form.text("customer"):
            customer_id = form.read("customer", crm.customer_id)
    if form.is_refused or amount is None or on is None:
        return None
    parts = (Part(item.id, min(amount, item.open)),) if item else ()
    owner = item.customer_id if item else customer_id
    url = addresses.invoice_url(item.number) if item else addresses.customer_url(owner or 0)
    payment = HandPayment(amount, on, form.text("once"), parts=parts, customer_id=owner, text=text or "")
    return payment, url


def _item(books: BooksFacts, number: str) -> ItemFacts | None:
    document_id = billing.document_ids_by_number(books.id, [number]).get(number)
    if document_id is None:
        return None
    return receivables.items_of_documents(books.id, [document_id]).get(document_id)
