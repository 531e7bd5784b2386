"""What an opportunity would become with other terms, and setting them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from counterfoil.api import fields, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import In, Number, Out, Percent, Reference
from counterfoil.api.routes.deals import MOST_LINES, MovedDealOut
from counterfoil.api.routing import Routes
from counterfoil.api.saying import FindingOut, finding_out
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState
from counterfoil.flows import preview as preview_flow
from counterfoil.flows import win_deal as win_flow
from counterfoil.infra import world
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act

routes = Routes("deals")


class LineChangeIn(In):
    """A line of an opportunity, by its number from 1, with another price or discount."""

    line: Annotated[int, Field(ge=1, le=MOST_LINES)]
    unit_price: Number | None = None
    discount_percent: Percent | None = None


class TermsIn(In):
    """What is typed over an opportunity; what is left out stays."""

    terms: Annotated[str, fields.line(80)] | None = None
    po_number: Annotated[str, fields.line(60)] | None = None
    amount_state: Literal["estimated", "quoted", "signed"] | None = None
    lines: Annotated[list[LineChangeIn], Field(max_length=MOST_LINES)] = []


class PreviewedInvoiceOut(Out):
    """An invoice as it would be issued. Its money is expected on the due day and the customer's usual delay."""

    issue_date: date
    due_date: date
    expected_on: date
    net: str
    tax: str
    gross: str


class MonthOut(Out):
    """What is earned in a month, before tax; `month` is its first day."""

    month: date
    amount: str


class PreviewOut(Out):
    """What an opportunity would become if it were won and signed today. With findings there are no invoices.

    `on_delivery` is earned when it is delivered. `conceded` is list price less net. `margin` is null where a cost is
    not known.
    """

    term: str
    currency: str
    findings: list[FindingOut]
    net: str | None
    invoices: list[PreviewedInvoiceOut]
    revenue: list[MonthOut]
    on_delivery: str | None
    conceded: str | None
    margin: str | None
    delay_days: int
    payments_seen: int
    approvals_needed: list[FindingOut]
    """What the watch would stop until somebody approves it."""
    noted: list[FindingOut]
    score: str | None
    """How likely something is wrong, by the habits of the customer: 0 to 1."""
    score_reasons: list[FindingOut]
    """What makes the score; `facts` has each part in millionths."""


@routes.post("/opportunities/{opportunity}/preview", act=Act.EDIT_SALES)
def preview_opportunity(asked: Asked, opportunity: Reference, body: TermsIn) -> PreviewOut:
    """Say what an opportunity would become with other terms; nothing is saved."""
    id_ = references.opportunity_id(asked.books.id, opportunity)
    found = preview_flow.preview(
        books_id=asked.books.id,
        sink=EmbeddedAccounting(),
        opportunity_id=id_,
        change=_change(id_, body),
        today=world.today(asked.books.time_zone),
    )
    return PreviewOut(
        term=found.term,
        currency=found.net.currency.code if found.net else "",
        findings=[finding_out(finding) for finding in found.findings],
        net=_text(found.net),
        invoices=[
            PreviewedInvoiceOut(
                issue_date=one.issue_date,
                due_date=one.due_date,
                expected_on=one.expected_on,
                net=one.net.decimal_text(),
                tax=one.tax.decimal_text(),
                gross=one.gross.decimal_text(),
            )
            for one in found.invoices
        ],
        revenue=[MonthOut(month=month, amount=amount.decimal_text()) for month, amount in found.revenue],
        on_delivery=_text(found.on_delivery),
        conceded=_text(found.conceded),
        margin=_text(found.margin),
        delay_days=found.delay_days,
        payments_seen=found.paid,
        approvals_needed=[finding_out(finding) for finding in found.held],
        noted=[finding_out(finding) for finding in found.noted],
        score=f"{found.scored.score_micro / 1_000_000:.6f}" if found.scored else None,
        score_reasons=[
            finding_out(Finding("score", f"anomaly_{part.feature}", {**part.facts, "amount_micro": part.amount_micro}))
            for part in (found.scored.contributions if found.scored else ())
        ],
    )


@routes.post("/opportunities/{opportunity}/terms", act=Act.EDIT_SALES)
def set_terms(asked: Asked, opportunity: Reference, body: TermsIn) -> MovedDealOut:
    """Set terms, prices and discounts of an opportunity. A won one stays as the standards ask."""
    id_ = references.opportunity_id(asked.books.id, opportunity)
    changed = win_flow.change_terms(opportunity_id=id_, change=_change(id_, body), actor=asked.actor, at=asked.at)
    stage = crm.opportunity(id_).stage
    return MovedDealOut(number=references.number(references.DEAL, id_), stage=stage.value, changed=changed)


def _change(opportunity_id: int, body: TermsIn) -> preview_flow.Change:
    code = crm.opportunity_facts([opportunity_id])[0].said.currency
    return preview_flow.Change(
        terms=body.terms,
        discounts={one.line: one.discount_percent for one in body.lines if one.discount_percent is not None},
        unit_prices={
            one.line: fields.amount(one.unit_price, code, "unit_price") for one in body.lines if one.unit_price
        },
        po_number=body.po_number,
        amount_state=None if body.amount_state is None else AmountState(body.amount_state),
    )


def _text(amount: Money | None) -> str | None:
    return None if amount is None else amount.decimal_text()
