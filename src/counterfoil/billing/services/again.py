"""Invoices that are issued again: what takes an issued credit note back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import Kind
from counterfoil.billing.domain.credits import AgainDraft, against_again
from counterfoil.billing.models import Condition
from counterfoil.billing.services.invoices import Issued, Made, issue, once_more_on_conflict
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import OutcomeKind


def check_again(*, books_id: int, drafts: Sequence[AgainDraft]) -> list[list[Finding]]:
    """Find what stands against taking credit notes back: not issued, none at all, dated before them."""
    found = selectors.documents_by_id(books_id, [draft.note_id for draft in drafts])
    return [
        against_again(draft, selectors.creditable(found[draft.note_id]) if draft.note_id in found else None)
        for draft in drafts
    ]


@once_more_on_conflict
def issue_again(*, books_id: int, cleared: Cleared[tuple[AgainDraft, ...]], actor: Actor, at: datetime) -> list[Issued]:
    """Issue the invoices of credit notes again, each once: the same lines at the same rates, under a number of its own.

    What was posted for the credit note is taken back in its own base amounts; what was conditional is so again, as far
    as it was. The number of statements does not depend on how many there are.

    Returns:
        One answer per draft, in order: done, unchanged, or refused (`issue_date_too_early`, `period_is_closed`).
    """
    drafts = cleared.value
    standing = selectors.standing_documents(books_id, [draft.source for draft in drafts])
    notes = selectors.documents_by_id(books_id, [draft.note_id for draft in drafts])
    invoice_ids = [note.credits_id for note in notes.values() if note.credits_id is not None]
    invoices = selectors.documents_by_id(books_id, invoice_ids)
    conditions = {
        row.pk: row
        for row in Condition.objects.select_for_update()
        .filter(bulk.is_any_of("invoice_id", invoice_ids))
        .order_by("invoice_id")
    }
    posted = ledger_reads.entries_by_id(books_id, [note.entry_id for note in notes.values() if note.entry_id])
    answers: dict[int, Issued] = {}
    made = []
    for position, draft in enumerate(drafts):
        note = notes[draft.note_id]
        assert note.credits_id is not None, "a credit note names its invoice"
        assert note.entry_id is not None, "an issued credit note has its entry"
        assert note.base is not None, "an issued credit note has base amounts"
        if draft.source in standing:
            known = standing[draft.source]
            answers[position] = Issued(OutcomeKind.UNCHANGED, known.id, known.number, known.entry_id)
            continue
        held = conditions.get(note.credits_id)
        document = domain.issued_again(
            invoices[note.credits_id].document,
            draft.source,
            draft.issue_date,
            draft.reason,
            is_conditional=held is not None and held.grossed_minor < held.gross_minor,
            unconditional_from=held.unconditional_from if held is not None else None,
        )
        made.append(
            Made(
                position,
                document,
                note.base,
                posted=posted[note.entry_id].entry.postings,
                reverses=note.entry_id,
                credited=(note.number, note.document.draft.issue_date),
                grossed=held.grossed_minor if held is not None else 0,
            )
        )
    answers |= issue(books_id, Kind.INVOICE, made, cleared, None, False, actor, at, reused={})
    return [answers[position] for position in range(len(drafts))]
