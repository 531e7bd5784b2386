"""Opening items for issued documents, and letting conditional ones become receivables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing.domain import Kind, payment_reference
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables import selectors
from counterfoil.receivables.domain.references import number_key
from counterfoil.receivables.domain.settlement import DocumentKind, Origin, Part, Settlement
from counterfoil.receivables.models import OpenItem
from counterfoil.receivables.services import recording
from counterfoil.receivables.services.settling import settle

_COLUMNS = (
    "customer_id", "kind", "document_id", "contract_id", "number", "match_key", "reference", "currency", "amount_minor",
    "base_minor", "open_minor", "open_base_minor", "issue_date", "due_date", "is_conditional",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewItem:
    """What an issued document leaves open.

    Amounts are positive for invoices and credit notes alike; base is what was posted to the receivable. `credits_id` is
    the invoice that a credit note corrects; `reference` is the printed one (made from the number when empty).
    """

    kind: DocumentKind
    document_id: int
    customer_id: int
    number: str
    amount: Money
    base: Money
    issue_date: date
    due_date: date
    contract_id: int | None = None
    is_conditional: bool = False
    credits_id: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """What became of one document: `item_id` is None where nothing is open because it comes to zero."""

    kind: OutcomeKind
    item_id: int | None


@transaction.atomic
def open_documents(
    *, books_id: int, cleared: Cleared[Any], document_ids: Sequence[int], actor: Actor, at: datetime
) -> list[OpenedItem]:
    """Open the items of invoices and credit notes as billing issued them, each once, in this order.

    Args:
        cleared: what the act was cleared for that issued them.
    """
    documents = billing_reads.documents_by_id(books_id, document_ids)
    items = []
    for document_id in document_ids:
        issued = documents[document_id]
        draft, base = issued.document.draft, issued.base
        assert base is not None, "an issued document has base amounts"
        is_invoice = issued.document.kind is Kind.INVOICE
        items.append(
            NewItem(
                DocumentKind.INVOICE if is_invoice else DocumentKind.CREDIT_NOTE,
                document_id,
                draft.customer_id,
                issued.number,
                issued.document.gross,
                base.gross,
                draft.issue_date,
                draft.due_date,
                draft.contract_id,
                draft.is_conditional and is_invoice,
                issued.credits_id,
            )
        )
    return open_items(books_id=books_id, cleared=cleared.into(tuple(items)), actor=actor, at=at)


@transaction.atomic
def open_items(*, books_id: int, cleared: Cleared[tuple[NewItem, ...]], actor: Actor, at: datetime) -> list[OpenedItem]:
    """Open the items of documents just issued, each once, and set credit notes against the invoices they correct.

    A credit note settles what is still open of its invoice, on its own date; the rest stays open for the customer.
    The number of statements does not depend on how many documents there are.
    """
    wanted = {item.document_id: item for item in cleared.value}
    known = selectors.items_by_document(books_id, list(wanted))
    fresh = [item for id_, item in wanted.items() if id_ not in known and item.amount]
    rows = [
        (
            item.customer_id,
            item.kind.value,
            item.document_id,
            item.contract_id,
            item.number,
            number_key(item.number)[:40],
            item.reference or payment_reference(item.number),
            item.amount.currency.code,
            item.amount.minor,
            item.base.minor,
            item.amount.minor,
            item.base.minor,
            item.issue_date,
            item.due_date,
            item.is_conditional,
        )
        for item in fresh
    ]
    ids = recording.add(OpenItem, _COLUMNS, rows, books_id=books_id, body={}, actor=actor, at=at)
    opened = {item.document_id: id_ for item, id_ in zip(fresh, ids, strict=True)}
    notes = [item for item in fresh if item.kind is DocumentKind.CREDIT_NOTE and item.credits_id is not None]
    if notes:
        _set_against_invoices(books_id, cleared, notes, opened, actor, at)
    return [
        OpenedItem(OutcomeKind.DONE, opened[item.document_id])
        if item.document_id in opened
        else OpenedItem(OutcomeKind.UNCHANGED, known.get(item.document_id))
        for item in cleared.value
    ]


def _set_against_invoices(
    books_id: int,
    cleared: Cleared[tuple[NewItem, ...]],
    notes: Sequence[NewItem],
    opened: dict[int, int],
    actor: Actor,
    at: datetime,
) -> None:
    """Settle each credited invoice with its credit note, as far as it is open.

    What a conditional invoice held on the netted pair went with the credit note, so it is not conditional any more.
    """
    invoices = selectors.items_by_document(books_id, [item.credits_id for item in notes if item.credits_id])
    facts = selectors.item_facts(books_id, invoices.values(), is_locked=True)
    settlements = []
    for credit in notes:
        invoice = facts.get(invoices.get(credit.credits_id or 0, 0))
        if invoice is None or not invoice.open or invoice.open.currency != credit.amount.currency:
            continue
        part = Part(invoice.id, min(invoice.open, credit.amount))
        settlements.append(
            Settlement(
                Origin.CREDIT,
                opened[credit.document_id],
                credit.amount,
                credit.issue_date,
                (part,),
                is_manual=False,
            )
        )
    for outcome in settle(books_id=books_id, cleared=cleared.into(tuple(settlements)), actor=actor, at=at):
        if outcome.refusal is not None:
            raise outcome.refusal.error()
    for day in sorted({credit.issue_date for credit in notes}):
        corrected = [credit.credits_id for credit in notes if credit.issue_date == day and credit.credits_id]
        make_unconditional(books_id=books_id, document_ids=corrected, on=day)


@transaction.atomic
def set_against_credit(
    *, books_id: int, cleared: Cleared[Any], pairs: Sequence[tuple[int, int]], on: date, actor: Actor, at: datetime
) -> None:
    """Settle invoices with what is open of credit notes that they take back, each pair (invoice, credit note) by id.

    What the credit note had settled stays settled; together the two documents come to nothing.
    """
    items = selectors.items_by_document(books_id, [document for pair in pairs for document in pair])
    facts = selectors.item_facts(books_id, items.values(), is_locked=True)
    settlements = []
    for invoice_id, note_id in pairs:
        invoice, note = facts.get(items.get(invoice_id, 0)), facts.get(items.get(note_id, 0))
        if invoice is not None and note is not None and note.open and invoice.open:
            part = Part(invoice.id, min(invoice.open, note.open))
            settlements.append(Settlement(Origin.CREDIT, note.id, note.open, on, (part,), is_manual=False))
    for outcome in settle(books_id=books_id, cleared=cleared.into(tuple(settlements)), actor=actor, at=at):
        if outcome.refusal is not None:
            raise outcome.refusal.error()


@transaction.atomic
def make_unconditional(*, books_id: int, document_ids: Sequence[int], on: date) -> int:
    """Say that the right to payment of some documents became unconditional on a day; returns how many changed.

    The entry that moves them from the netted pair to the receivable is billing's.
    """
    rows = OpenItem.objects.filter(
        bulk.is_any_of("document_id", list(document_ids)),
        books_id=books_id,
        is_conditional=True,
        unconditional_on=None,
    )
    return rows.update(unconditional_on=on)
