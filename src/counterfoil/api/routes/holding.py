"""What finance holds, turning won deals into invoices, and what texts of the CRM mean."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import PAGE, After, In, Line, Named, Out, Reference, Rows
from counterfoil.api.routing import Routes
from counterfoil.api.saying import FindingOut, finding_out
from counterfoil.billing import selectors as billing
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import selectors as crm
from counterfoil.flows import aliases as alias_flow
from counterfoil.flows import close_deals as close_flow
from counterfoil.kernel.explanation import Finding
from counterfoil.people.domain import Act
from counterfoil.standards import selectors as standards

routes = Routes("deals")


class HeldDealOut(Out):
    """A won deal that finance holds. `before` is what was invoiced, where it changed afterwards."""

    number: str
    findings: list[FindingOut]
    before: dict[str, JsonValue] | None
    now: dict[str, JsonValue]
    held_at: datetime


class HeldInvoiceOut(Out):
    """An invoice that was asked for and waits for a person."""

    number: str
    customer: str
    net: str
    currency: str
    issue_date: date
    finding: FindingOut
    held_at: datetime


class HeldCountOut(Out):
    """How many deals are held for one reason, and what they come to in one currency."""

    code: str
    field: str
    value: str
    count: int
    amount: str | None
    currency: str


class HeldOut(Out):
    """What is held: the reasons of all deals counted, a page of deals, and the invoices that wait."""

    reasons: list[HeldCountOut]
    deals: list[HeldDealOut]
    invoices: list[HeldInvoiceOut]
    next: str | None


class CloseIn(In):
    """Which date invoices carry: today in the books' zone, or the close date, for a historical load."""

    dated_by: Literal["today", "close"] = "today"
    opportunities: Annotated[list[Reference], Field(max_length=5_000)] | None = None
    """Only these; every won one where it is left out."""


_TODAY = CloseIn()


class ClosedOut(Out):
    """What became of the won deals. `held_by_reason` counts by code; a deal with two reasons counts for both."""

    won: int
    invoiced: int
    held: int
    unchanged: int
    held_by_reason: dict[str, int]


class AliasIn(In):
    """What a text of the CRM means."""

    kind: Literal["product", "customer"]
    text: Named
    target: Named
    """Code of a product, or external id or name of a customer."""


class AliasOut(Out):
    """What a text means from now on, and how many held deals that lets through."""

    kind: str
    text: str
    target: str
    opportunities: int
    held: int


class AliasLine(Out):
    """A text and what a person said it means."""

    reference: str
    """What undo takes."""
    kind: str
    text: str
    target: str
    confirmed_by: str
    confirmed_at: datetime


class AliasesOut(Out):
    """Confirmed texts, the latest first."""

    aliases: list[AliasLine]


@routes.get("/held", act=Act.READ_SALES)
def list_held(asked: Asked, code: Line = "", value: Line = "", limit: Rows = PAGE, after: After = "") -> HeldOut:
    """List what is held and why.

    `code` and `value` narrow the deals to one reason, such as `unknown_product` and `GTXPro`.
    """
    place = paging.position(after, int)
    found = standards.held_deals(
        books_id=asked.books.id, code=code, value=value, before=place[0] if place else None, limit=limit + 1
    )
    waiting = billing.held_invoices(asked.books.id) if asked.person.may(Act.READ_BOOKS) else []
    names = crm.customer_names([line.customer_id for line in waiting])
    return HeldOut(
        reasons=[
            HeldCountOut(
                code=count.code,
                field=count.field,
                value=count.value,
                count=count.count,
                amount=None if count.amount is None else count.amount.decimal_text(),
                currency=count.currency,
            )
            for count in standards.held_by_reason(asked.books.id)
        ],
        deals=[
            HeldDealOut(
                number=references.number(references.DEAL, row.opportunity_id),
                findings=[finding_out(finding) for finding in row.findings],
                before=None if row.before is None else fields.facts(row.before),
                now=fields.facts(row.now),
                held_at=row.held_at,
            )
            for row in found[:limit]
        ],
        invoices=[
            HeldInvoiceOut(
                number=references.number(references.HELD, line.id),
                customer=names.get(line.customer_id, ""),
                net=line.net.decimal_text(),
                currency=line.net.currency.code,
                issue_date=line.issue_date,
                finding=finding_out(Finding("document", line.code, line.facts, line.field or None)),
                held_at=line.held_at,
            )
            for line in waiting
        ],
        next=paging.next_of(found, limit, lambda row: [row.id]),
    )


@routes.post("/deals/close", act=Act.CLOSE_DEALS, status=200, is_one_transaction=False)
def close_deals(asked: Asked, body: CloseIn = _TODAY) -> ClosedOut:
    """Turn won deals into contract, invoice and postings, each once.

    What does not pass is held with its reasons. Repeating it changes nothing.
    """
    only = (
        None
        if body.opportunities is None
        else [references.opportunity_id(asked.books.id, one) for one in body.opportunities]
    )
    closed = close_flow.close_deals(
        books_id=asked.books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=asked.books.time_zone,
        dated_by=close_flow.DatedBy(body.dated_by),
        only=only,
        is_confirmed=only is not None,
        actor=asked.actor,
    )
    return ClosedOut(
        won=closed.won,
        invoiced=closed.invoiced,
        held=closed.held,
        unchanged=closed.unchanged,
        held_by_reason=dict(Counter(code for found in closed.findings for code in {one.code for one in found})),
    )


@routes.get("/aliases", act=Act.READ_SALES)
def list_aliases(asked: Asked) -> AliasesOut:
    """List what people said that texts of the CRM mean."""
    return AliasesOut(
        aliases=[
            AliasLine(
                reference=f"alias:{row.id}",
                kind=row.kind,
                text=row.text,
                target=row.target,
                confirmed_by=row.confirmed_by,
                confirmed_at=row.confirmed_at,
            )
            for row in standards.aliases()
        ]
    )


@routes.post("/aliases", act=Act.CONFIRM_ALIAS)
def confirm_alias(asked: Asked, body: AliasIn) -> AliasOut:
    """Confirm that a text of the CRM means a known product or customer.

    Deals that are held for this alone pass the next time they are closed.
    """
    known = alias_flow.confirm_alias(
        kind=body.kind,
        text=body.text,
        target=body.target,
        books_id=asked.books.id,
        actor=asked.actor,
        at=asked.at,
    )
    return AliasOut(
        kind=known.kind, text=known.text, target=known.target, opportunities=known.opportunities, held=known.held
    )
