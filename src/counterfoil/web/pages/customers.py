"""Customers: the list, one customer, and entering one by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.selectors import CustomerDetail
from counterfoil.kernel.money import Money
from counterfoil.ledger.selectors import NoExchangeRate
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.selectors import CustomerBalance
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.pages import owed
from counterfoil.web.pages.deals import DealRow, deal_rows
from counterfoil.web.pages.happened import of_customer
from counterfoil.web.pages.invoices import InvoiceRow, document_rows
from counterfoil.web.pages.lists import ROWS, Question
from counterfoil.web.parts import Empty, Fact, Figure, FormPage, Happened, Link, Pager, Pill, Tone


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in the list, with what is open."""

    url: str
    name: str
    place: str
    term: str
    open: tuple[Money, ...]
    overdue: tuple[Money, ...]
    state: Pill | None = None


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """All customers."""

    sentence: str
    query: str
    rows: tuple[CustomerRow, ...]
    pager: Pager
    may_add: bool = False
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person at the customer. An erased one keeps a row without a name."""

    name: str
    email: str
    phone: str
    note: str = ""
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """Money received from a customer."""

    number: str
    url: str
    received_on: date
    amount: Money
    unapplied: Money
    reference: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything about one customer on one page."""

    key: str
    name: str
    url: str
    sentence: str
    state: Pill | None
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    contacts: tuple[ContactRow, ...]
    deals: tuple[DealRow, ...]
    invoices: tuple[InvoiceRow, ...]
    payments: tuple[PaymentRow, ...]
    contracts: tuple[Link, ...]
    happened: tuple[Happened, ...]
    external: tuple[Fact, ...]
    currency: str
    may_invoice: bool = False
    may_pay: bool = False
    may_edit: bool = False


LATEST = 12


def customers_page(books: BooksFacts, asked: Question, *, may_add: bool) -> CustomersPage:
    """Fill the customers by name, with what each leaves open."""
    place = asked.place.rpartition("~")
    after = (place[0], int(place[2])) if place[2].isdecimal() else None
    found = crm.customers(search=asked.query, after=after, limit=ROWS + 1)
    shown = found[:ROWS]
    ids = [row.id for row in shown]
    balances = owed.of_customers(books.id, ids)
    total = crm.customer_count()
    empty = None
    if not shown and asked.is_plain:
        empty = Empty(
            "people",
            _("No customers yet"),
            _("Customers come from your CRM as a file, or are entered by hand. Deals name them, invoices go to them."),
            Link(_("New customer"), "/customers/new") if may_add else None,
            Link(_("Import customers"), "/imports?kind=customers"),
        )
    last = shown[-1] if shown else None
    return CustomersPage(
        sentence=ngettext("%(n)s customer.", "%(n)s customers.", total) % {"n": reader.count(total)},
        query=asked.query,
        rows=tuple(
            CustomerRow(
                url=addresses.customer_url(row.id),
                name=row.name,
                place=", ".join(part for part in (row.city, row.country) if part),
                term=row.terms,
                open=balances[row.id].open,
                overdue=balances[row.id].overdue,
                state=Pill(_("Blocked"), Tone.BAD) if row.is_blocked else None,
            )
            for row in shown
        ),
        pager=Pager(
            len(shown),
            total if not asked.query else None,
            asked.url(after=f"{last.key}~{last.id}") if last and len(found) > ROWS else "",
            asked.url() if asked.place else "",
        ),
        may_add=may_add,
        empty=empty,
    )


def customer_page(person: Person, customer_id: int) -> CustomerPage:
    """Fill everything about one customer.

    Raises:
        NoSuchCustomer: there is none.
    """
    books = person.books
    detail = crm.customer(customer_id)
    may_read_books = person.may(Act.READ_BOOKS)
    balance = receivables.customer_balance(books.id, customer_id, reader.today())
    invoices = document_rows(books, billing.document_summaries(books.id, customer_id=customer_id, limit=LATEST))
    signed = contracts.contract_summaries(books.id, customer_id=customer_id, limit=LATEST)
    return CustomerPage(
        key=str(customer_id),
        name=detail.name,
        url=addresses.customer_url(customer_id),
        sentence=_customer_sentence(detail),
        state=_customer_state(detail, balance),
        figures=_figures(balance, _invoiced(books, customer_id)),
        facts=(*_facts(detail), *(_credit(books, customer_id) if may_read_books else ())),
        contacts=tuple(
            ContactRow(contact.name or contact.email, contact.email, contact.phone, is_erased=contact.is_erased)
            for contact in crm.contacts(customer_id)
        ),
        deals=deal_rows(books, crm.opportunities(books_id=books.id, customer_id=customer_id, limit=LATEST)),
        invoices=invoices if may_read_books else tuple(_without_links(row) for row in invoices),
        payments=tuple(
            _payment(row, may_open=may_read_books)
            for row in receivables.payments(books.id, customer_id=customer_id, limit=LATEST)
        ),
        contracts=tuple(Link(one.number, f"/contracts/{one.number}") for one in signed) if may_read_books else (),
        happened=of_customer(books, customer_id, limit=LATEST),
        external=tuple(Fact(system, external_id) for system, external_id in detail.external_ids),
        currency=books.base_currency.code,
        may_invoice=person.may(Act.INVOICE),
        may_pay=person.may(Act.RECEIVE) and balance.open.minor > 0,
        may_edit=person.may(Act.EDIT_SALES),
    )


def _without_links(row: InvoiceRow) -> InvoiceRow:
    """The same row for a role that sees the state of an invoice but does not open it."""
    return dataclasses.replace(row, url="")


def _payment(row: receivables.PaymentRow, *, may_open: bool) -> PaymentRow:
    settles = ", ".join(number for number, _amount in row.settled)
    return PaymentRow(
        number=addresses.payment_number(row.id),
        url=f"/bank?line={row.bank_line_id}" if row.bank_line_id and may_open else "",
        received_on=row.paid_date,
        amount=row.amount,
        unapplied=row.unapplied,
        reference=_("taken back %(day)s") % {"day": reader.day(row.undone_on)}
        if row.undone_on
        else settles or row.text,
    )


def _customer_sentence(detail: CustomerDetail) -> str:
    parts = [", ".join(part for part in (detail.city, detail.country) if part), detail.terms]
    return ". ".join(part for part in parts if part) + "." if any(parts) else _("Nothing more is known yet.")


def _customer_state(detail: CustomerDetail, balance: CustomerBalance) -> Pill | None:
    if detail.is_blocked:
        return Pill(_("Blocked"), Tone.BAD)
    return Pill(_("Overdue"), Tone.BAD) if balance.overdue.minor > 0 else None


def _figures(balance: CustomerBalance, invoiced: Sequence[Money]) -> tuple[Figure, ...]:
    note = ngettext("%(n)s open document", "%(n)s open documents", balance.items) % {"n": reader.count(balance.items)}
    late = _("%(sum)s overdue") % {"sum": reader.symboled(balance.overdue)} if balance.overdue.minor > 0 else ""
    return (
        Figure(_("Open"), balance.open, note=note, alarm=late),
        Figure(_("Paid ahead, not applied"), balance.unapplied, note=_("stays as credit until it is matched")),
        *[Figure(_("Invoiced in 12 months"), sum_, note=_("credit notes deducted, tax included")) for sum_ in invoiced],
    )


def _invoiced(books: BooksFacts, customer_id: int) -> list[Money]:
    """What was invoiced in the last 12 months less what was credited, in each currency, by the statement of account."""
    today = reader.today()
    start = today.replace(year=today.year - 1, day=min(today.day, 28))
    found = receivables.statement_of_account(books.id, customer_id, start=start, end=today)
    documents = {
        unit: [line.amount for line in lines if line.document_id is not None]
        for unit, (_before, lines) in found.items()
    }
    sums = [sum(amounts, Money.zero(unit)) for unit, amounts in documents.items() if amounts]
    return sums or [Money.zero(books.base_currency)]


def _credit(books: BooksFacts, customer_id: int) -> tuple[Fact, ...]:
    """What the customer would owe if all that is agreed were invoiced, beside what the policy trusts it with."""
    try:
        standing = receivables.credit_standings(books.id, [customer_id], reader.today())[customer_id]
    except NoExchangeRate:
        return (Fact(_("Credit"), _("not known: a contract is in a currency without a rate")),)
    owed, profile = standing.exposure, standing.profile

    def written(minor: int) -> str:
        return reader.symboled(Money(minor, books.base_currency))

    limit = _("no limit") if profile.limit_minor is None else written(profile.limit_minor)
    return (
        Fact(_("Agreed, not invoiced"), written(owed.unbilled_minor)),
        Fact(
            _("Credit"),
            link=Link(
                _("%(total)s of %(limit)s, class %(risk)s")
                % {"total": written(owed.total_minor), "limit": limit, "risk": profile.risk_class.value},
                "/policies/credit_profiles",
            ),
        ),
    )


def _facts(detail: CustomerDetail) -> tuple[Fact, ...]:
    facts = [
        (_("Payment term"), detail.terms),
        (_("VAT number"), detail.vat_id),
        (_("Currency"), detail.currency),
        (_("E-mail"), detail.email),
        (_("Address"), ", ".join(detail.address)),
        (_("Order number"), _("needed on every invoice") if detail.is_po_required else ""),
    ]
    return tuple(Fact(label, value) for label, value in facts if value)


def customer_form(books: BooksFacts, form: Form, *, customer_id: int | None = None) -> FormPage:
    """Fill the form for a customer, new or known."""
    known = crm.customer(customer_id) if customer_id is not None else None
    country = known.country if known else books.country
    return FormPage(
        title=_("Change %(name)s") % {"name": known.name} if known else _("New customer"),
        sentence=_("Documents that were issued keep what they were issued with.")
        if known
        else _("For a customer that no CRM knows. What is left out can be added later."),
        action=f"{addresses.customer_url(customer_id)}/change" if customer_id is not None else "/customers/new",
        fields=(
            form.field("name", _("Name"), value=known.name if known else "", autocomplete="off"),
            form.field("country", _("Country"), value=country, is_required=False, hint=_("Two letters, as DE")),
            form.field("vat_id", _("VAT number"), value=known.vat_id if known else "", is_required=False),
            form.field(
                "terms",
                _("Payment term"),
                value=known.terms if known else "Net 30",
                is_required=False,
                hint=_("Net 30, 2/10 Net 30, EOM, Due on receipt"),
            ),
            form.field(
                "currency",
                _("Currency"),
                value=known.currency if known else books.base_currency.code,
                is_required=False,
            ),
            form.field(
                "email", _("E-mail for invoices"), value=known.email if known else "", kind="email", is_required=False
            ),
            form.field("street", _("Street"), value=known.street if known else "", is_required=False),
            form.field("postal_code", _("Postal code"), value=known.postal_code if known else "", is_required=False),
            form.field("city", _("City"), value=known.city if known else "", is_required=False),
            form.field(
                "segment",
                _("Segment"),
                value=known.segment if known else "",
                is_required=False,
                hint=_("What kind of customer; one without history is compared with its segment"),
            ),
        ),
        button=_("Save the customer") if known else _("Add the customer"),
        back=Link(_("Back"), addresses.customer_url(customer_id) if customer_id is not None else "/customers"),
        once="",
        refused=len(form.refusals),
    )
