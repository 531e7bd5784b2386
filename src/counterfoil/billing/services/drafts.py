"""Drafts: invoices in the making, without a number and without postings."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import InvoiceDraft, Kind
from counterfoil.billing.models import Invoice, InvoiceLine
from counterfoil.billing.services.invoices import Made, remove_drafts, write_lines
from counterfoil.infra import ids
from counterfoil.kernel.errors import Refused


class AlreadyIssued(Refused):
    """The draft was issued meanwhile; an issued invoice never changes."""

    code = "already_issued"


@transaction.atomic
def save_draft(*, books_id: int, draft: InvoiceDraft, actor: Actor, at: datetime) -> int:
    """Keep an invoice as a draft and return its id; saving the same source again replaces it.

    Issuing it (`issue_invoices` with the same source) keeps the id.

    Raises:
        AlreadyIssued: the source was issued.
        Refused: what `domain.document` raises; a draft is checked as an invoice is.
    """
    document = domain.document(draft, selectors.tax_table(books_id))
    standing = selectors.standing_documents(books_id, [draft.source]).get(draft.source)
    if standing is not None and not standing.is_draft:
        raise AlreadyIssued(number=standing.number)
    if standing is not None:
        remove_drafts([standing.id])
    invoice_id = standing.id if standing is not None else int(ids.take(Invoice, 1)[0])
    Invoice.objects.create(
        id=invoice_id,
        books_id=books_id,
        kind=Kind.INVOICE.value,
        state=selectors.DRAFT,
        source=draft.source,
        customer_id=draft.customer_id,
        contract_id=draft.contract_id,
        currency=draft.currency.code,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        term=draft.term.text,
        po_number=draft.po_number,
        note=draft.note,
        net_minor=document.net.minor,
        tax_minor=document.tax.minor,
        gross_minor=document.gross.minor,
        is_conditional=draft.is_conditional,
    )
    write_lines(books_id, [Made(0, document, domain.InBase(document.gross, document.tax), invoice_id=invoice_id)])
    audit.record(
        kind="billing.draft_saved",
        actor=actor,
        subject=f"invoice:{invoice_id}",
        body={"gross": str(document.gross), "lines": len(document.lines)},
        at=at,
        books_id=books_id,
    )
    return invoice_id


@transaction.atomic
def discard_draft(*, books_id: int, invoice_id: int, actor: Actor, at: datetime) -> bool:
    """Throw a draft away. Returns whether there was one; an issued invoice is never touched."""
    if not Invoice.objects.filter(id=invoice_id, books_id=books_id, state=selectors.DRAFT).exists():
        return False
    InvoiceLine.objects.filter(invoice_id=invoice_id).delete()
    Invoice.objects.filter(id=invoice_id, state=selectors.DRAFT).delete()
    audit.record(
        kind="billing.draft_discarded",
        actor=actor,
        subject=f"invoice:{invoice_id}",
        body={},
        at=at,
        books_id=books_id,
    )
    return True
