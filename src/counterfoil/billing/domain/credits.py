"""What must hold before an invoice is credited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counterfoil.billing.domain.documents import CreditDraft
from counterfoil.kernel.explanation import Finding

CREDITABLE = "creditable"


@dataclass(frozen=True, slots=True)
class Creditable:
    """What of a document decides whether it may be credited."""

    number: str
    is_issued: bool
    is_invoice: bool
    issue_date: date


@dataclass(frozen=True, slots=True)
class AgainDraft:
    """An invoice to be issued again because its credit note (by id) is taken back; `source` from `again_source`."""

    note_id: int
    source: str
    issue_date: date
    reason: str


def against_again(draft: AgainDraft, note: Creditable | None) -> list[Finding]:
    """Find what stands against taking a credit note back: not issued, none, dated before it."""
    if note is None or not note.is_issued or note.is_invoice:
        return [Finding(CREDITABLE, "not_a_credit_note", {"number": note.number if note else ""}, "invoice")]
    if draft.issue_date < note.issue_date:
        return [Finding(CREDITABLE, "before_original", {"original": note.issue_date.isoformat()}, "issue_date")]
    return []


def against_credit(draft: CreditDraft, invoice: Creditable | None) -> list[Finding]:
    """Find what stands against a full credit note: not issued, no invoice, dated before the invoice."""
    if invoice is None:
        return [Finding(CREDITABLE, "unknown_invoice", {"invoice": draft.invoice_id}, "invoice")]
    if not (invoice.is_issued and invoice.is_invoice):
        return [Finding(CREDITABLE, "not_an_issued_invoice", {"number": invoice.number}, "invoice")]
    if draft.issue_date < invoice.issue_date:
        facts = {
            "issue_date": draft.issue_date.isoformat(),
            "earliest": invoice.issue_date.isoformat(),
            "number": invoice.number,
        }
        return [Finding(CREDITABLE, "credit_before_invoice", facts, "issue_date")]
    return []
