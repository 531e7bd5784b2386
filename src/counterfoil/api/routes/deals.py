"""Opportunities on their way to won, what finance holds, and turning won deals into invoices."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from counterfoil import words
from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import (
    PAGE,
    After,
    CurrencyCode,
    Day,
    In,
    Line,
    Named,
    Number,
    Out,
    Percent,
    Quantity,
    Reference,
    Rows,
)
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.api.routing import Routes
from counterfoil.billing import selectors as billing
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState, LineDraft, OpportunityDraft, Stage
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import aliases as alias_flow
from counterfoil.flows import close_deals as close_flow
from counterfoil.flows import preview as preview_flow
from counterfoil.flows import win_deal as win_flow
from counterfoil.infra import world
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.people.domain import Act
from counterfoil.standards import selectors as standards

routes = Routes("deals")
STAGES = Literal["prospecting", "engaging", "proposal", "won", "lost"]
MOST_LINES = 1_000


class ServiceEndsBeforeStart(Refused):
    """The last day of a service is before its first."""

    code = "service_end_before_start"


class DealLineIn(In):
    """One line: a price before discount, or an amount after it."""

    product: Named
    """Code of the price list."""
    description: Line = ""
    quantity: Quantity = 1_000_000
    unit_price: Number | None = None
    discount_percent: Percent | None = None
    amount: Number | None = None


class DealIn(In):
    """An opportunity. Whatever its stage does not need yet may be left out."""

    name: Named
    customer: Line = ""
    """External id or number of a customer that exists."""
    stage: STAGES = "prospecting"
    currency: CurrencyCode | None = None
    amount: Number | None = None
    amount_state: Literal["estimated", "quoted", "signed"] = "estimated"
    close_date: Day | None = None
    terms: Annotated[str, fields.line(80)] = ""
    billing_type: Annotated[str, fields.line(40)] = ""
    """up_front, monthly, quarterly or yearly."""
    owner: Annotated[str, fields.line(254)] = ""
    po_number: Annotated[str, fields.line(60)] = ""
    service_start: Day | None = None
    service_end: Day | None = None
    """The first day after the service."""
    delivered_on: Day | None = None
    cancellable_until: Day | None = None
    lines: Annotated[list[DealLineIn], Field(max_length=MOST_LINES)] = []


class NewDealIn(DealIn):
    """A new opportunity."""

    external_id: Annotated[str, fields.line(120)] = ""
    """What your system calls it; a number is given where it is left out."""
    system: Annotated[str, fields.named(40)] = "api"


class DealLineOut(Out):
    """One line of an opportunity as it was stated."""

    product: str
    description: str
    quantity: str | None
    unit_price: str | None
    discount_percent: str | None
    amount: str | None


class DealRowOut(Out):
    """An opportunity in a list."""

    number: str
    reference: str
    system: str
    name: str
    customer: str
    customer_number: str | None
    stage: str
    amount: str | None
    currency: str
    amount_state: str
    close_date: date | None
    owner: str
    updated_at: datetime


class DealOut(DealRowOut):
    """An opportunity as it was stated."""

    terms: str
    billing_type: str
    po_number: str
    service_start: date | None
    service_end: date | None
    delivered_on: date | None
    cancellable_until: date | None
    version: str
    lines: list[DealLineOut]


class DealsOut(Out):
    """Opportunities, the newest first."""

    opportunities: list[DealRowOut]
    next: str | None


class StageIn(In):
    """Where an opportunity goes."""

    stage: STAGES


class MovedDealOut(Out):
    """An opportunity after it was moved or set. `changed` is false where it was so already."""

    number: str
    stage: str
    changed: bool


class FindingOut(Out):
    """What stands against something: which check spoke, the field, and what would pass."""

    check: str
    code: str
    field: str | None
    message: str
    facts: dict[str, JsonValue]


class GateOut(Out):
    """What stands between an opportunity and a stage; it passes where there is nothing."""

    stage: str
    passes: bool
    findings: list[FindingOut]


class StageOut(Out):
    """How many opportunities stand in a stage, and what they come to in one currency."""

    stage: str
    count: int
    amount: str | None
    currency: str


class StagesOut(Out):
    """The pipeline."""

    stages: list[StageOut]


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


@routes.get("/opportunities", act=Act.READ_SALES)
def list_opportunities(
    asked: Asked,
    stage: STAGES | None = None,
    search: Line = "",
    customer: Line = "",
    limit: Rows = PAGE,
    after: After = "",
) -> DealsOut:
    """List opportunities, the newest first.

    `search` looks for a part of a name or for a CRM's id; `customer` is an external id or number.
    """
    place = paging.position(after, int)
    found = crm.opportunities(
        books_id=asked.books.id,
        stage=stage or "",
        search=search,
        customer_id=references.customer_id(customer) if customer else None,
        before=place[0] if place else None,
        limit=limit + 1,
    )
    return DealsOut(
        opportunities=[DealRowOut(**_row(row)) for row in found[:limit]],
        next=paging.next_of(found, limit, lambda row: [row.id]),
    )


@routes.post("/opportunities", act=Act.EDIT_SALES)
def add_opportunity(asked: Asked, body: NewDealIn) -> MovedDealOut:
    """Enter an opportunity.

    It must bring what its stage needs; what is missing is named, field by field, with the reason why finance needs it.
    """
    draft = _draft(asked, body, system=body.system, external_id=body.external_id)
    id_ = win_flow.enter_deal(books_id=asked.books.id, draft=draft, actor=asked.actor, at=asked.at)
    return MovedDealOut(number=references.number(references.DEAL, id_), stage=body.stage, changed=True)


@routes.get("/opportunities/{opportunity}", act=Act.READ_SALES)
def read_opportunity(asked: Asked, opportunity: Reference) -> DealOut:
    """Read an opportunity, by its CRM's id or its number."""
    row = crm.opportunity(references.opportunity_id(asked.books.id, opportunity))
    (facts,) = crm.opportunity_facts([row.id])
    said = facts.said
    unit = currency(said.currency) if said.currency else None

    def money(minor: int | None) -> str | None:
        return Money(minor, unit).decimal_text() if unit is not None and minor is not None else None

    return DealOut(
        **_row(row),
        terms=said.terms_text,
        billing_type=said.billing_text,
        po_number=said.po_number,
        service_start=said.service_start,
        service_end=said.service_end,
        delivered_on=said.delivered_on,
        cancellable_until=said.cancellable_until,
        version=facts.version_hash,
        lines=[
            DealLineOut(
                product=line.product_text,
                description=line.description,
                quantity=None if line.quantity_micro is None else fields.quantity_text(line.quantity_micro),
                unit_price=money(line.unit_price_minor),
                discount_percent=None if line.discount_percent is None else f"{line.discount_percent.normalize():f}",
                amount=money(line.amount_minor),
            )
            for line in said.lines
        ],
    )


@routes.put("/opportunities/{opportunity}", act=Act.EDIT_SALES)
def set_opportunity(asked: Asked, opportunity: Reference, body: DealIn) -> MovedDealOut:
    """Set what is said of an opportunity.

    One that changes after it was invoiced is never invoiced again: it is held, with both versions.
    """
    id_ = references.opportunity_id(asked.books.id, opportunity)
    changed = win_flow.change_deal(opportunity_id=id_, draft=_draft(asked, body), actor=asked.actor, at=asked.at)
    return MovedDealOut(number=references.number(references.DEAL, id_), stage=body.stage, changed=changed)


@routes.post("/opportunities/{opportunity}/stage", act=Act.EDIT_SALES, status=200)
def move_opportunity(asked: Asked, opportunity: Reference, body: StageIn) -> MovedDealOut:
    """Move an opportunity to another stage.

    The gate lets it in when it brings what the stage needs.
    """
    id_ = references.opportunity_id(asked.books.id, opportunity)
    changed = win_flow.move_deal(opportunity_id=id_, stage=Stage(body.stage), actor=asked.actor, at=asked.at)
    return MovedDealOut(number=references.number(references.DEAL, id_), stage=body.stage, changed=changed)


@routes.get("/opportunities/{opportunity}/gate", act=Act.READ_SALES)
def read_gate(asked: Asked, opportunity: Reference, stage: STAGES = "won") -> GateOut:
    """Say what an opportunity lacks for a stage, without moving it."""
    (facts,) = crm.opportunity_facts([references.opportunity_id(asked.books.id, opportunity)])
    found = standards.gate(facts._replace(said=facts.said._replace(stage=stage)))
    return GateOut(stage=stage, passes=not found, findings=[finding_out(finding) for finding in found])


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


@routes.get("/opportunities/{opportunity}/why", act=Act.READ_SALES)
def why_opportunity(asked: Asked, opportunity: Reference) -> WhysOut:
    """Say what was decided about an opportunity, and what that led to."""
    return whys(decisions.why(f"opportunity:{references.opportunity_id(asked.books.id, opportunity)}"))


@routes.get("/opportunities-by-stage", act=Act.READ_SALES)
def count_opportunities(asked: Asked) -> StagesOut:
    """Count opportunities by stage and currency."""
    return StagesOut(
        stages=[
            StageOut(
                stage=row.stage.value,
                count=row.count,
                amount=None if row.amount is None else row.amount.decimal_text(),
                currency=row.currency,
            )
            for row in crm.stage_counts(asked.books.id)
        ]
    )


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


def finding_out(finding: Finding) -> FindingOut:
    """Return a finding as the API answers it."""
    return FindingOut(
        check=finding.check,
        code=finding.code,
        field=finding.field,
        message=words.sentence(finding.code, finding.facts),
        facts=fields.facts(finding.facts),
    )


def _row(row: crm.OpportunityRow) -> dict[str, Any]:
    return {
        "number": references.number(references.DEAL, row.id),
        "reference": row.reference,
        "system": row.system,
        "name": row.name,
        "customer": row.customer,
        "customer_number": references.number(references.CUSTOMER, row.customer_id) if row.customer_id else None,
        "stage": row.stage.value,
        "amount": None if row.amount is None else row.amount.decimal_text(),
        "currency": row.currency,
        "amount_state": row.amount_state,
        "close_date": row.close_date,
        "owner": row.owner,
        "updated_at": row.updated_at,
    }


def _draft(asked: Asked, body: DealIn, *, system: str = "", external_id: str = "") -> OpportunityDraft:
    unit = body.currency or asked.books.base_currency.code

    def money(written: str | None, field: str) -> Money | None:
        return None if written is None else fields.amount(written, unit, field)

    return OpportunityDraft(
        name=body.name,
        customer_id=references.customer_id(body.customer) if body.customer else None,
        stage=Stage(body.stage),
        currency=body.currency or "",
        amount=money(body.amount, "amount"),
        amount_state=AmountState(body.amount_state),
        close_date=body.close_date,
        terms=body.terms,
        billing_type=body.billing_type,
        owner=body.owner,
        po_number=body.po_number,
        service=_service(body),
        delivered_on=body.delivered_on,
        cancellable_until=body.cancellable_until,
        lines=tuple(
            LineDraft(
                product=line.product,
                description=line.description,
                quantity_micro=line.quantity,
                unit_price=money(line.unit_price, f"lines[{index}].unit_price"),
                discount_percent=line.discount_percent,
                amount=money(line.amount, f"lines[{index}].amount"),
            )
            for index, line in enumerate(body.lines)
        ),
        **({"system": system, "external_id": external_id} if system else {}),
    )


def _service(body: DealIn) -> Span | None:
    if body.service_start is None or body.service_end is None:
        return None
    if body.service_end <= body.service_start:
        raise ServiceEndsBeforeStart(
            field="service_end",
            service_start=body.service_start.isoformat(),
            service_end=body.service_end.isoformat(),
        )
    return Span(body.service_start, body.service_end)
