"""Full credit notes: what takes an issued invoice back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import CreditDraft, Kind
from counterfoil.billing.domain.credits import against_credit
from counterfoil.billing.models import Condition, GrossUp
from counterfoil.billing.selectors import IssuedDocument
from counterfoil.billing.services.invoices import Issued, Made, issue, once_more_on_conflict
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import OutcomeKind


def check_credits(*, books_id: int, drafts: Sequence[CreditDraft]) -> list[list[Finding]]:
    """Find what stands against crediting invoices: not issued, no invoice, dated before the invoice.

    An invoice that was credited already passes: crediting it again answers with the credit note that stands.
    """
    found = selectors.documents_by_id(books_id, [draft.invoice_id for draft in drafts])
    return [_against(draft, found.get(draft.invoice_id)) for draft in drafts]


def _against(draft: CreditDraft, invoice: IssuedDocument | None) -> list[Finding]:
    return against_credit(draft, None if invoice is None else selectors.creditable(invoice))


def credit_source(invoice_id: int) -> str:
    """The business key of an invoice's full credit note: there is one."""
    return f"credit:{invoice_id}"


@once_more_on_conflict
def credit_invoices(
    *,
    books_id: int,
    cleared: Cleared[tuple[CreditDraft, ...]],
    series: str | None = None,
    is_historical: bool = False,
    actor: Actor,
    at: datetime,
) -> list[Issued]:
    """Issue a full credit note for each invoice, once: the same lines at the same rates, from its own series.

    What was posted for the invoice is taken back in its own base amounts, on the credit note's date. The number of
    statements does not depend on how many there are.

    Returns:
        One answer per draft, in order: done, unchanged (the invoice was credited already), or refused
        (`issue_date_too_early`, `period_is_closed`).
    """
    drafts = cleared.value
    invoices = selectors.documents_by_id(books_id, [draft.invoice_id for draft in drafts])
    standing = selectors.standing_documents(books_id, [credit_source(draft.invoice_id) for draft in drafts])
    answers: dict[int, Issued] = {}
    wanted: dict[int, tuple[int, CreditDraft]] = {}
    for position, draft in enumerate(drafts):
        known = standing.get(credit_source(draft.invoice_id))
        if known is not None:
            answers[position] = Issued(OutcomeKind.UNCHANGED, known.id, known.number, known.entry_id)
        else:
            wanted.setdefault(draft.invoice_id, (position, draft))
    made = _made(books_id, [(position, draft, invoices[id_]) for id_, (position, draft) in wanted.items()])
    answers |= issue(books_id, Kind.CREDIT_NOTE, made, cleared, series, is_historical, actor, at, reused={})
    return [
        answers[position] if position in answers else answers[wanted[draft.invoice_id][0]]
        for position, draft in enumerate(drafts)
    ]


def _made(books_id: int, wanted: Sequence[tuple[int, CreditDraft, IssuedDocument]]) -> list[Made]:
    """Make credit notes of invoices, with what was posted for each so far."""
    invoice_ids = [invoice.id for _, _, invoice in wanted]
    list(Condition.objects.select_for_update().filter(bulk.is_any_of("invoice_id", invoice_ids)).order_by("invoice_id"))
    entries_of: dict[int, list[int]] = {
        invoice.id: [invoice.entry_id] for _, _, invoice in wanted if invoice.entry_id is not None
    }
    steps = GrossUp.objects.filter(bulk.is_any_of("invoice_id", invoice_ids)).order_by("id")
    for invoice_id, entry_id in steps.values_list("invoice_id", "entry_id"):
        entries_of[invoice_id].append(entry_id)
    posted = ledger_reads.entries_by_id(books_id, [entry for entries in entries_of.values() for entry in entries])
    made = []
    for position, draft, invoice in wanted:
        entries = [posted[entry_id] for entry_id in entries_of[invoice.id]]
        assert invoice.base is not None, "an issued invoice has base amounts"
        document = domain.credit_of(invoice.document, credit_source(invoice.id), draft.issue_date, draft.reason)
        made.append(
            Made(
                position,
                document,
                invoice.base,
                posted=tuple(posting for entry in entries for posting in entry.entry.postings),
                reverses=entries[0].id if len(entries) == 1 else None,
                credits_id=invoice.id,
                credited=(invoice.number, invoice.document.draft.issue_date),
            )
        )
    return made
