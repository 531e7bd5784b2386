"""What a caller may call things by: the ids of their own systems, and the numbers that we print."""

from __future__ import annotations

import re

from counterfoil.crm import selectors as crm
from counterfoil.kernel.errors import Refused

CUSTOMER, CONTACT, DEAL, IMPORT, HELD, DRAFT = "CU", "P", "D", "B", "H", "DR"
BANK_ACCOUNT, LINE, PAYMENT = "BA", "L", "PAY"


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


def opportunity_id(reference: str) -> int:
    """Return the opportunity that is meant by its CRM's id or a number of ours.

    Raises:
        NoSuchOpportunity: none, or more than one.
    """
    try:
        return crm.opportunity_id(reference)
    except Refused:
        own = _numbered(DEAL, reference)
        if own is None:
            raise
        return crm.opportunity(own).id
