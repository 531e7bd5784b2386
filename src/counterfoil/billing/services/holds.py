"""Invoices asked for that were not entered: refused on the record, or held for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing.domain import InvoiceDraft, InvoiceRequest, line_net, request_content
from counterfoil.billing.models import HeldInvoice
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.kernel.explanation import Finding


def record_refusal(*, books_id: int, source: str, refusals: Sequence[Refusal], actor: Actor, at: datetime) -> int:
    """Put one refused request on the record: its codes, facts and fields, nothing else of it. Returns the event."""
    shown: list[Fact] = [{"code": one.code, "facts": one.facts, "field": one.field or ""} for one in refusals[:20]]
    return audit.record(
        kind="billing.invoice_refused",
        actor=actor,
        subject=f"request:{source}"[:120],
        body={"refusals": shown, "count": len(refusals)},
        at=at,
        books_id=books_id,
    )


@transaction.atomic
def hold_invoices(
    *, books_id: int, held: Sequence[tuple[InvoiceDraft, InvoiceRequest, Finding]], actor: Actor, at: datetime
) -> list[int]:
    """Keep requests for a person, each source once, and return their ids, in order. Nothing is posted or numbered."""
    rows = [_row(books_id, draft, request, finding, actor, at) for draft, request, finding in held]
    HeldInvoice.objects.bulk_create(rows, ignore_conflicts=True)
    sources = [draft.source for draft, _, _ in held]
    known = dict(HeldInvoice.objects.filter(books_id=books_id, source__in=sources).values_list("source", "id"))
    for draft, _, finding in held:
        audit.record(
            kind="billing.invoice_held",
            actor=actor,
            subject=f"held_invoice:{known[draft.source]}",
            body={"code": finding.code, "facts": finding.facts},
            at=at,
            books_id=books_id,
        )
    return [known[source] for source in sources]


def _row(
    books_id: int, draft: InvoiceDraft, request: InvoiceRequest, finding: Finding, actor: Actor, at: datetime
) -> HeldInvoice:
    nets = [line.net or line_net(line.quantity_micro, line.unit_price, line.discount_percent) for line in draft.lines]
    return HeldInvoice(
        books_id=books_id,
        source=draft.source,
        customer_id=draft.customer_id,
        currency=draft.currency.code,
        net_minor=sum(net.minor for net in nets),
        issue_date=draft.issue_date,
        code=finding.code,
        facts=_text(finding.facts),
        field=finding.field or "",
        request=_text(request_content(request)),
        actor=str(actor),
        held_at=at,
    )


def _text(value: object) -> str:
    return canonical.canonical_bytes(value).decode("utf-8")


@transaction.atomic
def settle_held(*, books_id: int, held_id: int, reason: str, actor: Actor, at: datetime) -> bool:
    """Take an invoice off the held list, entered after all or not wanted. Returns whether it waited."""
    settled = HeldInvoice.objects.filter(id=held_id, books_id=books_id, settled_at=None).update(settled_at=at)
    if settled:
        audit.record(
            kind="billing.held_invoice_settled",
            actor=actor,
            subject=f"held_invoice:{held_id}",
            body={"reason": reason},
            at=at,
            books_id=books_id,
        )
    return bool(settled)
