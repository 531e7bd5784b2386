"""Contracts, what they promise, and the revenue that follows."""

from __future__ import annotations

from datetime import date
from typing import Literal

from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import PAGE, After, Day, In, Line, Out, Reference, Rows
from counterfoil.api.problems import NotFound
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.api.routing import Routes
from counterfoil.api.saying import FindingOut, finding_out
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import Contract, ContractState
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import bill_due as bill_flow
from counterfoil.flows import deliver as deliver_flow
from counterfoil.flows import release_revenue as release_flow
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act
from counterfoil.revenue import selectors as revenue

routes = Routes("contracts")


class ContractRow(Out):
    """A contract in a list. `service_end` is the first day after the service."""

    number: str
    customer: str
    customer_number: str
    opportunity: str
    signed_date: date
    service_start: date | None
    service_end: date | None
    total: str
    currency: str
    state: str


class ContractsOut(Out):
    """Contracts, the last signed first."""

    contracts: list[ContractRow]
    next: str | None


class ContractLineOut(Out):
    """A line as it was sold, before tax."""

    no: int
    product: str
    description: str
    quantity: str
    unit_price: str
    discount_percent: str
    net: str
    tax_class: str
    recognition: str
    service_start: date | None
    service_end: date | None
    delivered_on: date | None


class InstalmentOut(Out):
    """A part that is invoiced together."""

    no: int
    invoice_date: date
    net: str
    is_invoiced: bool


class PromiseOut(Out):
    """What is promised and when it is earned; `released` is posted as revenue."""

    amount: str
    credited: str
    released: str
    recognition: str
    earned_from: date | None
    earned_until: date | None
    released_through: date | None


class ContractOut(Out):
    """A contract. `position` is in the currency of the books: a debit is a contract asset, a credit a liability."""

    number: str
    customer: str
    customer_number: str
    opportunity: str
    currency: str
    total: str
    term: str
    signed_date: date
    po_number: str
    billing: str
    unconditional_from: date | None
    state: str
    lines: list[ContractLineOut]
    instalments: list[InstalmentOut]
    promises: list[PromiseOut]
    position: str
    base_currency: str


class ThroughIn(In):
    """The last day that counts; today in the zone of the books where it is left out."""

    through: Day | None = None


class DeliveredIn(In):
    """The day of delivery; today in the zone of the books where it is left out."""

    on: Day | None = None


_DELIVERED_TODAY = DeliveredIn()


_TODAY = ThroughIn()


class ReleasedOut(Out):
    """The entries that were posted."""

    through: date
    entries: list[str]


class NotBilledOut(Out):
    """An instalment that stays planned, and why."""

    contract: str
    finding: FindingOut


class BilledOut(Out):
    """How many instalments were invoiced, and what stands against the others."""

    through: date
    invoiced: int
    held: list[NotBilledOut]


@routes.get("/contracts", act=Act.READ_BOOKS)
def list_contracts(
    asked: Asked,
    customer: Line = "",
    state: Literal["live", "ended", "undone"] | None = None,
    limit: Rows = PAGE,
    after: After = "",
) -> ContractsOut:
    """List contracts, the last signed first."""
    found = contracts.contract_summaries(
        asked.books.id,
        customer_id=references.customer_id(customer) if customer else None,
        state=ContractState(state) if state else None,
        before=paging.position(after, date, int),
        limit=limit + 1,
    )
    names = crm.customer_names([row.customer_id for row in found])
    return ContractsOut(
        contracts=[
            ContractRow(
                number=row.number,
                customer=names.get(row.customer_id, ""),
                customer_number=references.number(references.CUSTOMER, row.customer_id),
                opportunity=references.number(references.DEAL, row.opportunity_id),
                signed_date=row.signed_date,
                service_start=row.service_start,
                service_end=row.service_end,
                total=row.total.decimal_text(),
                currency=row.total.currency.code,
                state=row.state.value,
            )
            for row in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda row: (row.signed_date.isoformat(), row.id)),
    )


@routes.get("/contracts/{number}", act=Act.READ_BOOKS)
def read_contract(asked: Asked, number: Reference) -> ContractOut:
    """Read a contract: lines, instalments, what it promises and what was released."""
    found = _contract(asked, number)
    base = asked.books.base_currency
    positions = ledger.contract_positions(asked.books.id)
    return ContractOut(
        number=found.number,
        customer=crm.customer_names([found.customer_id]).get(found.customer_id, ""),
        customer_number=references.number(references.CUSTOMER, found.customer_id),
        opportunity=references.number(references.DEAL, found.opportunity_id),
        currency=found.currency.code,
        total=found.total.decimal_text(),
        term=found.term.text,
        signed_date=found.signed_date,
        po_number=found.po_number,
        billing=found.billing.value,
        unconditional_from=found.unconditional_from,
        state=found.state.value,
        lines=[
            ContractLineOut(
                no=line.line_no,
                product=line.product_code,
                description=line.description,
                quantity=fields.quantity_text(line.quantity_micro),
                unit_price=line.unit_price.decimal_text(),
                discount_percent=f"{line.discount_percent.normalize():f}",
                net=line.net.decimal_text(),
                tax_class=line.tax_class,
                recognition=line.recognition.value,
                service_start=line.service.start if line.service else None,
                service_end=line.service.end if line.service else None,
                delivered_on=line.delivered_on,
            )
            for line in found.lines
        ],
        instalments=[
            InstalmentOut(
                no=part.no, invoice_date=part.invoice_date, net=part.net.decimal_text(), is_invoiced=part.is_invoiced
            )
            for part in contracts.planned_instalments(found.id)
        ],
        promises=[
            PromiseOut(
                amount=promise.amount.decimal_text(),
                credited=promise.credited.decimal_text(),
                released=promise.released.decimal_text(),
                recognition=promise.recognition.value,
                earned_from=promise.earned_from,
                earned_until=promise.earned_until,
                released_through=promise.released_through,
            )
            for promise in revenue.contract_obligations(asked.books.id, found.id)
        ],
        position=Money(sum(one.base_minor for one in positions if one.contract_id == found.id), base).decimal_text(),
        base_currency=base.code,
    )


@routes.get("/contracts/{number}/why", act=Act.READ_BOOKS)
def why_contract(asked: Asked, number: Reference) -> WhysOut:
    """Say why a contract is as it is."""
    return whys(decisions.why(f"contract:{_contract(asked, number).id}"))


@routes.post("/instalments/bill", act=Act.INVOICE, status=200, is_one_transaction=False)
def bill_due(asked: Asked, body: ThroughIn = _TODAY) -> BilledOut:
    """Invoice every instalment whose day has come, each once."""
    through = body.through or asked.today
    done = bill_flow.bill_due(books_id=asked.books.id, through=through, sink=EmbeddedAccounting(), actor=asked.actor)
    return BilledOut(
        through=through,
        invoiced=done.invoiced,
        held=[NotBilledOut(contract=number, finding=finding_out(finding)) for number, finding in done.held],
    )


@routes.post("/contracts/{number}/deliver", act=Act.INVOICE, status=200)
def deliver_contract(asked: Asked, number: Reference, body: DeliveredIn = _DELIVERED_TODAY) -> ReleasedOut:
    """Note that what a contract promised was delivered, and release its revenue."""
    on = body.on or asked.today
    entries = deliver_flow.deliver(books_id=asked.books.id, number=number, on=on, actor=asked.actor)
    return ReleasedOut(through=on, entries=[f"J-{entry_id}" for entry_id in entries])


@routes.post("/revenue/release", act=Act.INVOICE, status=200, is_one_transaction=False)
def release_revenue(asked: Asked, body: ThroughIn = _TODAY) -> ReleasedOut:
    """Post what is earned by a day and was not yet.

    What belongs to a closed month is posted on the first open day after it. Doing it again changes nothing.
    """
    through = body.through or asked.today
    entries = release_flow.release_revenue(books_id=asked.books.id, through=through, actor=asked.actor)
    return ReleasedOut(through=through, entries=[f"J-{entry_id}" for entry_id in entries])


def _contract(asked: Asked, number: str) -> Contract:
    found = contracts.contract_by_number(asked.books.id, number)
    if found is None:
        raise NotFound(what="contract", name=number[:40])
    return found
