"""Printing a document: rendered when it is first needed, kept by its hash, never made anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, Head
from counterfoil.billing import pdf, selectors
from counterfoil.billing.models import Rendering
from counterfoil.infra import files
from counterfoil.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class PayTo:
    """The account that a customer pays to, as printed."""

    name: str
    iban: str


def print_document(*, books_id: int, invoice_id: int, pay_to: PayTo | None = None, actor: Actor, at: datetime) -> bytes:
    """Return an issued document as PDF, always the same bytes.

    Printed for the first time, it carries the head of the record as it is then; its hash goes on the record. A file
    that was lost is made again from the same data and the same head, and must have the same hash.

    Raises:
        NoSuchDocument: no issued document has this id in these books.
        ValueError: the kept file was altered, or cannot be made again as it was.
    """
    content = selectors.document_content(books_id, invoice_id)
    printed = selectors.printed(invoice_id)
    if printed is None:
        audit.seal()
        printed = _first_printed(books_id, invoice_id, content, pay_to, actor, at)
    if files.path(printed.sha256).is_file():
        return files.read(printed.sha256)
    data = pdf.rendered(content, head=_foot(printed.head), pay_to=printed.pay_to)
    if files.put(data) != printed.sha256:
        raise ValueError(f"document {invoice_id} cannot be printed again as it was: {printed.sha256}")
    return data


def print_with_einvoice(
    *, books_id: int, invoice_id: int, einvoice: bytes, pay_to: PayTo | None = None, actor: Actor, at: datetime
) -> bytes:
    """Return an issued document as Factur-X: the same page as the printed form, with its CII file attached.

    The printed form is made first where there is none yet, so that both carry the same head and account.

    Raises:
        NoSuchDocument: no issued document has this id in these books.
    """
    print_document(books_id=books_id, invoice_id=invoice_id, pay_to=pay_to, actor=actor, at=at)
    printed = selectors.printed(invoice_id)
    assert printed is not None, "it was just printed"
    content = selectors.document_content(books_id, invoice_id)
    return pdf.rendered(content, head=_foot(printed.head), pay_to=printed.pay_to, einvoice=einvoice)


def _first_printed(
    books_id: int, invoice_id: int, content: dict[str, Fact], pay_to: PayTo | None, actor: Actor, at: datetime
) -> selectors.Printed:
    """Render a document and note its hash; where somebody else was first, theirs stands."""
    head = audit_reads.head()
    account = {"iban": pay_to.iban, "name": pay_to.name} if pay_to else None
    sha256 = files.put(pdf.rendered(content, head=_foot(head), pay_to=account))
    with transaction.atomic():
        event_id = audit.reserve_event()
        row = Rendering(
            invoice_id=invoice_id,
            books_id=books_id,
            sha256=sha256,
            head_sequence=head.sequence,
            head_hash=head.hash,
            pay_to=json.dumps(account, ensure_ascii=False) if account else "",
            rendered_at=at,
            event_id=event_id,
        )
        Rendering.objects.bulk_create([row], ignore_conflicts=True)
        printed = selectors.printed(invoice_id)
        assert printed is not None, "it was just written, by us or by somebody else"
        if printed.event_id == event_id:
            audit.record(
                kind="billing.printed",
                actor=actor,
                subject=f"invoice:{invoice_id}",
                body={"sha256": sha256, "number": content["number"], "head": head.sequence},
                at=at,
                books_id=books_id,
                event_id=event_id,
            )
    return printed


def _foot(head: Head) -> str:
    return f"Counterfoil head {head.short}"
