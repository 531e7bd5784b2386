"""What a caller may call things by: the ids of their own systems, and the numbers that we print.

Stations name a thing by its kind and row (`invoice:17`); outside it is named by its number (`invoice:2026-0017`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm

CUSTOMER, CONTACT, DEAL, IMPORT, HELD, DRAFT = "CU", "P", "D", "B", "H", "DR"
BANK_ACCOUNT, LINE, PAYMENT = "BA", "L", "PAY"

PREFIXES: Final[Mapping[str, str]] = {
    "bank_account": BANK_ACCOUNT,
    "bank_line": LINE,
    "contact": CONTACT,
    "customer": CUSTOMER,
    "decision": "CF",
    "dispute": "DP",
    "entry": "J",
    "held_invoice": HELD,
    "import": IMPORT,
    "opportunity": DEAL,
    "payment": PAYMENT,
    "token": "T",
}
"""Kinds whose number is the row's behind letters; invoices and contracts have numbers of their own."""
_INVOICE, _CONTRACT, _INSTALMENT = "invoice", "contract", "instalment"


def number(prefix: str, id_: int) -> str:
    """Return the number under which something is known here: CU-17."""
    return f"{prefix}-{id_}"


def _numbered(prefix: str, reference: str) -> int | None:
    found = re.fullmatch(f"{prefix}-([1-9][0-9]{{0,17}})", reference)
    return int(found[1]) if found else None


def customer_id(reference: str, field: str = "customer") -> int:
    """Return the customer that is meant by an external id, a number of ours, or a name that only one customer has.

    Raises:
        NoSuchCustomer: nobody, or more than one.
    """
    try:
        return crm.customer_id(reference)
    except crm.NoSuchCustomer as unknown:
        own = _numbered(CUSTOMER, reference)
        if own is not None and own in crm.customer_names([own]):
            return own
        unknown.field = field
        raise


def customer_text(reference: str) -> str:
    """Return a text by which stations know the customer that a number of ours means; other texts as they are."""
    own = _numbered(CUSTOMER, reference)
    if own is None or crm.customers_by_text(None, [reference]).ids:
        return reference
    found = crm.customers_by_id([own]).get(own)
    if found is None:
        return reference
    return found.external_ids[0][1] if found.external_ids else found.name


def contact_id(reference: str) -> int:
    """Return the contact that is meant by an external id or a number of ours.

    Raises:
        NoSuchContact: nobody, or more than one.
    """
    own = _numbered(CONTACT, reference)
    return crm.contact_id(str(own) if own is not None else reference)


def opportunity_id(books_id: int, reference: str) -> int:
    """Return the opportunity of some books that is meant by its CRM's id or a number of ours.

    Raises:
        NoSuchOpportunity: none, or more than one.
    """
    own = _numbered(DEAL, reference)
    try:
        found = crm.opportunity_id(reference)
    except crm.NoSuchOpportunity:
        if own is None:
            raise
        found = own
    if not crm.opportunities(books_id=books_id, ids=[found], limit=1):
        raise crm.NoSuchOpportunity(field="opportunity", opportunity=reference[:80])
    return found


def shown(references: Iterable[str]) -> dict[str, str]:
    """Return how things are named outside, by how stations name them; two statements, whatever their number."""
    parted = {reference: reference.partition(":")[::2] for reference in references}
    rows = {(kind, int(key)) for kind, key in parted.values() if key.isdecimal()}
    instalments = {key: key.partition("/") for kind, key in parted.values() if kind == _INSTALMENT}
    rows |= {(_CONTRACT, int(id_)) for id_, _, no in instalments.values() if id_.isdecimal() and no}
    invoices = billing.document_numbers([id_ for kind, id_ in rows if kind == _INVOICE])
    signed = contracts.contract_numbers([id_ for kind, id_ in rows if kind == _CONTRACT])
    found = {}
    for reference, (kind, key) in parted.items():
        name = key
        if key.isdecimal():
            own = {_INVOICE: invoices, _CONTRACT: signed}.get(kind, {}).get(int(key))
            prefix = PREFIXES.get(kind)
            # A draft has no number yet.
            name = own or (number(prefix, int(key)) if prefix else number(DRAFT, int(key)) if kind == _INVOICE else key)
        elif key in instalments and kind == _INSTALMENT:
            id_, _, no = instalments[key]
            name = f"{signed.get(int(id_), id_)}/{no}" if id_.isdecimal() else key
        found[reference] = f"{kind}:{name}"
    return found


def subject(books_id: int, reference: str) -> str:
    """Return how stations name what a caller means by `invoice:2026-0017`; a text that means nothing stays itself."""
    kind, _, key = reference.partition(":")
    prefix = PREFIXES.get(kind)
    if prefix is not None:
        own = _numbered(prefix, key)
        return reference if own is None else f"{kind}:{own}"
    if kind == _INVOICE:
        draft = _numbered(DRAFT, key)
        document = draft if draft is not None else billing.document_id(books_id, key)
        return reference if document is None else f"{kind}:{document}"
    if kind == _CONTRACT and (contract := contracts.contract_by_number(books_id, key)):
        return f"{kind}:{contract.id}"
    if kind == _INSTALMENT:
        number_, _, no = key.rpartition("/")
        signed = contracts.contract_by_number(books_id, number_)
        return f"{kind}:{signed.id}/{no}" if signed else reference
    return reference
