"""Search: by name, number, amount, or what one wants to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind
from counterfoil.billing.selectors import DocumentSummary
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import parse_amount
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, reader
from counterfoil.web.pages.deals import stage_name
from counterfoil.web.pages.shell import PLACES


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, or an action."""

    icon: str
    label: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one kind."""

    label: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found for a query."""

    query: str
    groups: tuple[HitGroup, ...]

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


EACH = 6
"""Hits of one kind: the palette stays short enough to be read."""


def search_page(person: Person, query: str) -> SearchPage:
    """Find what a text may mean: a number, an amount, a name, or something to do."""
    text = query.strip()[:200]
    groups = [
        HitGroup(_("Numbers"), _numbers(person, text)),
        HitGroup(_("Customers"), _customers(text)),
        HitGroup(_("Deals"), _deals(person, text)),
        HitGroup(_("Do"), _actions(person, text)),
        HitGroup(_("Go to"), _places(person, text)),
    ]
    return SearchPage(text, tuple(group for group in groups if group.hits))


def _numbers(person: Person, text: str) -> tuple[Hit, ...]:
    books = person.books
    letters, _sep, digits = text.upper().partition("-")
    hits = []
    if digits.isdecimal() and letters in NUMBERED:
        kind, icon, act = NUMBERED[letters]
        if person.may(act):
            hits.append(Hit(icon, text.upper(), kind(), f"{PATHS[letters]}/{letters}-{int(digits)}"))
    if len(text) < 2 or not person.may(Act.READ_BOOKS):
        return tuple(hits)
    found = _documents(books, text) if any(map(str.isdigit, text)) else []
    names = crm.customer_names([row.customer_id for row in found])
    hits += [
        Hit(
            "invoice" if row.kind is Kind.INVOICE else "credit",
            f"{row.number} · {names.get(row.customer_id, '')}",
            reader.symboled(row.gross),
            addresses.invoice_url(row.number),
        )
        for row in found
        if row.number
    ]
    contract = contracts.contract_by_number(books.id, text.upper()) if letters == "C" else None
    if contract:
        hits.append(Hit("contract", contract.number, _("Contract"), f"/contracts/{contract.number}"))
    return tuple(hits)


def _documents(books: BooksFacts, text: str) -> list[DocumentSummary]:
    """Return the documents whose number begins like a text, or that come to it where it is an amount."""
    found = billing.document_summaries(books.id, query=text.upper(), limit=EACH)
    try:
        gross = parse_amount(text, books.base_currency)
    except Refused:
        return found
    return [*found, *billing.document_summaries(books.id, gross_minor=gross.minor, limit=EACH)][:EACH]


def _customers(text: str) -> tuple[Hit, ...]:
    if len(text) < 2:
        return ()
    return tuple(
        Hit(
            "people",
            row.name,
            ", ".join(part for part in (row.city, row.country) if part),
            addresses.customer_url(row.id),
        )
        for row in crm.customers(search=text, limit=EACH)
    )


def _deals(person: Person, text: str) -> tuple[Hit, ...]:
    if len(text) < 2:
        return ()
    return tuple(
        Hit(
            "deal",
            f"{addresses.deal_number(row.id)} · {row.customer or row.name}",
            reader.symboled(row.amount) if row.amount else stage_name(row.stage),
            addresses.deal_url(row.id),
        )
        for row in crm.opportunities(books_id=person.books.id, search=text, limit=EACH)
    )


def _actions(person: Person, text: str) -> tuple[Hit, ...]:
    actions = (
        (Act.INVOICE, "plus", _("New invoice"), "/invoices/new"),
        (Act.RECEIVE, "bank", _("Record a payment"), "/payments/new"),
        (Act.EDIT_SALES, "plus", _("New customer"), "/customers/new"),
        (Act.CONFIRM_ALIAS, "plus", _("New product"), "/products/new"),
        (Act.IMPORT, "import", _("Import a file"), "/imports"),
        (Act.CLOSE_PERIOD, "close", _("Close a month"), "/periods"),
        (Act.VERIFY, "shield", _("Verify the record"), "/audit"),
    )
    return tuple(
        Hit(icon, label, _("Action"), url)
        for act, icon, label, url in actions
        if person.may(act) and text.lower() in label.lower()
    )


def _places(person: Person, text: str) -> tuple[Hit, ...]:
    places = [place for _name, _label, group in PLACES for place in group if person.may(place.act)]
    return tuple(
        Hit(place.icon, str(place.label), "", place.url) for place in places if text.lower() in str(place.label).lower()
    )


NUMBERED: Mapping[str, tuple[Callable[[], str], str, Act]] = {
    "D": (lambda: _("Deal"), "deal", Act.READ_SALES),
    "J": (lambda: _("Journal entry"), "ledger", Act.READ_BOOKS),
    "CF": (lambda: _("Why: the decision"), "stub", Act.READ_SALES),
}
PATHS: Mapping[str, str] = {"D": "/deals", "J": "/ledger/entries", "CF": "/decisions"}
