"""A full credit note for an issued invoice: issued, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from counterfoil.billing.domain import CreditDraft, Document
from counterfoil.billing.domain.credits import Creditable, against_credit
from counterfoil.decisions.domain import Consulted, Verdict, held_verdict
from counterfoil.kernel.errors import Fact

KIND = "credit_invoice"
VERSION = "creditable-2"


def inputs(draft: CreditDraft, invoice: Creditable, credited: Document) -> dict[str, Fact]:
    """Put together what a credit note is decided on: the invoice as it stood, and what was asked for."""
    return {
        "invoice": draft.invoice_id,
        "number": invoice.number,
        "is_issued": invoice.is_issued,
        "is_invoice": invoice.is_invoice,
        "invoice_date": invoice.issue_date.isoformat(),
        "issue_date": draft.issue_date.isoformat(),
        "reason": draft.reason,
        "gross": credited.gross.decimal_text(),
        "currency": credited.gross.currency.code,
    }


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide about a credit note from what was stored."""
    invoice = Creditable(
        inputs_["number"],
        inputs_["is_issued"],
        inputs_["is_invoice"],
        date.fromisoformat(inputs_["invoice_date"]),
    )
    draft = CreditDraft(inputs_["invoice"], date.fromisoformat(inputs_["issue_date"]), inputs_["reason"])
    found = against_credit(draft, invoice)
    if found:
        return held_verdict(found, outcome="refused")
    facts: dict[str, Fact] = {
        "credited": inputs_["number"],
        "reason": inputs_["reason"],
        "gross": inputs_["gross"],
        "currency": inputs_["currency"],
    }
    return Verdict("credited", "credited_in_full", facts)
