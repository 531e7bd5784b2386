"""Opportunities on their way to won: listing, entering, setting, moving, and what a stage asks of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

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
from counterfoil.api.saying import FindingOut, finding_out
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState, LineDraft, OpportunityDraft, Stage
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import win_deal as win_flow
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
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
