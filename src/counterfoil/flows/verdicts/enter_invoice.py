"""An invoice entered by hand or API: issued, held for a person, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.billing.domain import DOCUMENT, DraftLine, InvoiceDraft, TaxTable, check_draft, document
from counterfoil.decisions.domain import Consulted, Verdict, finding_json, held_verdict
from counterfoil.flows.verdicts import scores
from counterfoil.flows.verdicts import watched as watched_again
from counterfoil.flows.verdicts.tax_choice import TABLE, table_from
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.standards.domain import Recognition

KIND = "enter_invoice"
VERSION = "document-2"
TO_A_PERSON = frozenset({"issue_date_too_far"})
"""Findings of the document that a person decides about; every other one of it refuses."""


def is_for_a_person(finding: Finding) -> bool:
    """Whether a person decides about it: everything that further checks find, and few things of the document."""
    return finding.check != DOCUMENT or finding.code in TO_A_PERSON


def inputs(
    draft: InvoiceDraft,
    today: date,
    consulted: Mapping[str, Fact],
    answers: Sequence[Finding] = (),
    score: Mapping[str, Fact] | None = None,
    watched: Mapping[str, Fact] | None = None,
) -> dict[str, Fact]:
    """Put together what an invoice is decided on.

    Args:
        answers: what further checks said. score: what the learned score follows from (`scores.inputs`).
        watched: what the rules of the watch saw, where they found something (`watched.inputs`).
    """
    return {
        "draft": _draft_json(draft),
        "today": today.isoformat(),
        "consulted": dict(consulted),
        "answers": [finding_json(one) for one in answers],
        "score": None if score is None else dict(score),
        "watched": None if watched is None else dict(watched),
    }


def said(
    draft: InvoiceDraft,
    table: TaxTable,
    today: date,
    answers: Sequence[Finding],
    score: Mapping[str, Any] | None = None,
) -> Verdict:
    """Return the verdict on a draft: the document's own check first, then what further checks said; and its score."""
    found = check_draft(draft, table, today) or list(answers)
    if found:
        held = held_verdict(found, outcome="held" if is_for_a_person(found[0]) else "refused")
        return scores.scored(held, score)
    gross = document(draft, table).gross
    facts: dict[str, Fact] = {"gross": gross.decimal_text(), "currency": gross.currency.code}
    return scores.scored(Verdict("issued", "entered", facts), score)


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide again about an invoice from what was stored."""
    answers, _ = watched_again.again(inputs_, consulted)
    return said(
        _draft_of(inputs_["draft"]),
        table_from(consulted[TABLE]),
        date.fromisoformat(inputs_["today"]),
        answers,
        inputs_.get("score"),
    )


def _draft_json(draft: InvoiceDraft) -> dict[str, Fact]:
    return {
        "source": draft.source,
        "customer": draft.customer_id,
        "contract": draft.contract_id,
        "currency": draft.currency.code,
        "issue_date": draft.issue_date.isoformat(),
        "term": draft.term.text,
        "due_date": draft.due_date.isoformat(),
        "po_number": draft.po_number,
        "note": draft.note,
        "lines": [_line_json(line) for line in draft.lines],
    }


def _line_json(line: DraftLine) -> dict[str, Fact]:
    return {
        "description": line.description,
        "product": line.product_code,
        "quantity_micro": line.quantity_micro,
        "unit_price_minor": line.unit_price.minor,
        "discount_percent": f"{line.discount_percent.normalize():f}",
        "net_minor": None if line.net is None else line.net.minor,
        "tax_code": line.tax_code,
        "service_start": None if line.service is None else line.service.start.isoformat(),
        "service_end": None if line.service is None else line.service.end.isoformat(),
        "delivered_on": None if line.delivered_on is None else line.delivered_on.isoformat(),
        "recognition": line.recognition.value,
    }


def _draft_of(kept: Mapping[str, Any]) -> InvoiceDraft:
    money = currency(kept["currency"])
    lines = []
    for line in kept["lines"]:
        start, end, delivered = line["service_start"], line["service_end"], line["delivered_on"]
        lines.append(
            DraftLine(
                line["description"],
                None,
                line["product"],
                line["quantity_micro"],
                Money(line["unit_price_minor"], money),
                Decimal(line["discount_percent"]),
                None if line["net_minor"] is None else Money(line["net_minor"], money),
                line["tax_code"],
                None if start is None else Span(date.fromisoformat(start), date.fromisoformat(end)),
                None if delivered is None else date.fromisoformat(delivered),
                Recognition(line["recognition"]),
            )
        )
    return InvoiceDraft(
        kept["source"],
        kept["customer"],
        kept["contract"],
        money,
        date.fromisoformat(kept["issue_date"]),
        Term.parse(kept["term"]),
        date.fromisoformat(kept["due_date"]),
        tuple(lines),
        kept["po_number"],
        note=kept["note"],
    )
