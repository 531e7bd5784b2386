"""What is about to be posted, put into the one form that rules see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from counterfoil.anomalies.facts import Candidate, Line, What
from counterfoil.anomalies.habit import Learned, Recent
from counterfoil.billing.domain import InvoiceDraft, line_net
from counterfoil.contracts.domain import Contract, ContractLine
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact
from counterfoil.standards.domain import Deal, DealLine, Recognition


def of_deal(deal: Deal, *, owner: str, stated: Mapping[str, Fact], issue_date: date) -> Candidate:
    """A deal that is about to be signed and invoiced.

    Args:
        stated: what the opportunity said (`crm.domain.content`): a discount may be stated where no price is.
        issue_date: the day of its first invoice.
    """
    return Candidate(
        What.DEAL,
        f"opportunity:{deal.opportunity_id}",
        deal.reference,
        deal.name,
        deal.version_hash,
        deal.customer_id,
        owner,
        deal.currency,
        deal.term,
        issue_date,
        deal.term.due_date(issue_date),
        _lines(deal.lines, stated),
        deal.po_number,
        str(stated.get("billing") or ""),
        deal.close_date,
    )


def of_contract(contract: Contract, *, owner: str, stated: Mapping[str, Fact], issue_date: date) -> Candidate:
    """A signed contract of which an instalment is about to be invoiced: its limits are those of the whole deal."""
    return Candidate(
        What.INSTALMENT,
        f"opportunity:{contract.opportunity_id}",
        contract.number,
        str(stated.get("name") or ""),
        contract.version_hash,
        contract.customer_id,
        owner,
        contract.currency,
        contract.term,
        issue_date,
        contract.term.due_date(issue_date),
        _lines(contract.lines, stated),
        contract.po_number,
        str(stated.get("billing") or ""),
        contract.signed_date,
    )


def _lines(lines: Sequence[DealLine | ContractLine], stated: Mapping[str, Fact]) -> tuple[Line, ...]:
    """Put sold lines into the form of rules, each with the larger of its own discount and the one that was stated."""
    discounts = _stated_discounts(stated)
    return tuple(
        Line(
            line.product_code,
            line.description,
            line.quantity_micro,
            line.unit_price.minor,
            max(line.discount_percent, discounts.get(number, Decimal(0))),
            line.net.minor,
            line.tax_class,
            line.recognition is Recognition.OVER_TIME,
            line.service,
        )
        for number, line in enumerate(lines)
    )


def of_invoice(draft: InvoiceDraft, *, owner: str) -> Candidate:
    """An invoice entered by hand or by API."""
    lines = []
    for line in draft.lines:
        net = line.net or line_net(line.quantity_micro, line.unit_price, line.discount_percent)
        lines.append(
            Line(
                line.product_code,
                line.description,
                line.quantity_micro,
                line.unit_price.minor,
                line.discount_percent,
                net.minor,
                "",
                line.recognition is Recognition.OVER_TIME,
                line.service,
            )
        )
    bare = Candidate(
        What.INVOICE,
        f"request:{draft.source}",
        draft.source,
        draft.note,
        "",
        draft.customer_id,
        owner,
        draft.currency,
        draft.term,
        draft.issue_date,
        draft.due_date,
        tuple(lines),
        draft.po_number,
    )
    return replace(bare, content_hash=content_hash(bare))


def content_hash(it: Candidate) -> str:
    """Return the hash that an approval of an invoice binds to: everything that is asked for, but not by whom."""
    lines: list[Fact] = [
        {
            "description": line.description,
            "discount_percent": f"{line.discount_percent.normalize():f}",
            "net": line.net_minor,
            "product": line.product_code,
            "quantity_micro": line.quantity_micro,
            "service_end": line.service.end.isoformat() if line.service else None,
            "service_start": line.service.start.isoformat() if line.service else None,
            "unit_price": line.unit_price_minor,
        }
        for line in it.lines
    ]
    return canonical.hash_of(
        {
            "currency": it.currency.code,
            "customer": it.customer_id,
            "due_date": it.due_date.isoformat(),
            "issue_date": it.issue_date.isoformat(),
            "lines": lines,
            "po_number": it.po_number,
            "term": it.term.text,
        }
    )


def recent_of(it: Candidate, base_minor: int) -> Recent:
    """What is remembered of a candidate one by one."""
    return Recent(
        it.reference,
        it.close_date or it.issue_date,
        it.currency.code,
        it.net.minor,
        base_minor,
        it.po_number,
        it.owner,
        it.subject,
    )


def learned_of(it: Candidate, *, documents: int, base_minor: int) -> Learned:
    """What a candidate adds to habits once it is posted. An instalment counts documents and terms only."""
    is_deal = it.what is not What.INSTALMENT
    lines: Sequence[Line] = it.lines if is_deal else ()
    return Learned(
        documents,
        is_deal,
        it.issue_date,
        it.term.text,
        tuple(f"{line.discount_percent.normalize():f}" for line in lines),
        tuple(
            (line.product_code, line.tax_class, line.unit_price_minor, it.currency.code)
            for line in lines
            if line.product_code
        ),
        recent_of(it, base_minor) if is_deal else None,
    )


def _stated_discounts(stated: Mapping[str, Fact]) -> dict[int, Decimal]:
    """The discount of each line that stated one, by its place."""
    lines = stated.get("lines")
    found: dict[int, Decimal] = {}
    for number, line in enumerate(lines if isinstance(lines, list) else []):
        percent = line.get("discount_percent") if isinstance(line, dict) else None
        if percent is not None:
            found[number] = Decimal(str(percent))
    return found
