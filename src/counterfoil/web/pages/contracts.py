"""Contracts: the list and one contract with its obligations, bills and revenue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import Contract, ContractLine, ContractState
from counterfoil.contracts.selectors import ContractSummary
from counterfoil.crm import selectors as crm
from counterfoil.infra import world
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.revenue import selectors as revenue
from counterfoil.revenue.domain import Obligation, contract_line_source
from counterfoil.standards.domain import Billing, Recognition
from counterfoil.web import addresses, charts, reader
from counterfoil.web.pages import lineage, whys
from counterfoil.web.pages.invoices import InvoiceRow, document_rows
from counterfoil.web.pages.lists import ROWS, Question, keyset_of_day
from counterfoil.web.parts import (
    Dot,
    Empty,
    Fact,
    Figure,
    Link,
    Pager,
    Pill,
    Said,
    Step,
    Tone,
    View,
    Why,
)


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in the list."""

    number: str
    url: str
    customer: Link
    signed_on: date
    span: str
    amount: Money
    earned: Money | None
    state: Pill


@dataclass(frozen=True, slots=True)
class ContractsPage:
    """All contracts."""

    sentence: str
    views: tuple[View, ...]
    query: str
    view: str
    rows: tuple[ContractRow, ...]
    totals: tuple[Money, ...]
    pager: Pager
    currency: str
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """A line of a contract and how much of it is earned."""

    name: str
    kind: str
    recognition: str
    span: str
    quantity_micro: int
    amount: Money
    earned: Money
    left: Money


@dataclass(frozen=True, slots=True)
class BillRow:
    """One instalment: planned, or with its invoice."""

    number: int
    bill_on: date
    amount: Money
    state: Pill
    is_invoiced: bool = False
    bill_url: str = ""
    """Where a person invoices it now; empty where it is not due, done, or not theirs to invoice."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Revenue of one month of the schedule."""

    month: date
    amount: Money
    is_posted: bool
    entry: Link | None = None


@dataclass(frozen=True, slots=True)
class ContractPage:
    """One contract."""

    number: str
    customer: Link
    sentence: str
    state: Pill
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    obligations: tuple[ObligationRow, ...]
    bills: tuple[BillRow, ...]
    invoices: tuple[InvoiceRow, ...]
    months: tuple[MonthRow, ...]
    chart: SafeString | None
    whys: tuple[Why, ...]
    currency: str
    total: Money
    earned: Money
    left: Money
    deliver_on: date | None
    """Today, where something waits for its delivery and this person may note it."""
    refusal: Said | None = None


def contracts_page(person: Person, asked: Question) -> ContractsPage:
    """Fill the contracts, the last signed first."""
    books = person.books
    state = ContractState(asked.view) if asked.view in {one.value for one in ContractState} else None
    found = contracts.contract_summaries(books.id, state=state, before=keyset_of_day(asked.place), limit=ROWS + 1)
    shown = found[:ROWS]
    names = crm.customer_names([row.customer_id for row in shown])
    earned = revenue.contract_amounts(books.id, [row.id for row in shown])
    last = shown[-1] if len(found) > ROWS else None
    return ContractsPage(
        sentence=_("What was signed, and what of it is earned by now."),
        views=(
            View(_("All"), asked.url(view=""), is_current=state is None),
            View(_("Live"), asked.url(view="live"), is_current=state is ContractState.LIVE),
            View(_("Ended"), asked.url(view="ended"), is_current=state is ContractState.ENDED),
        ),
        query="",
        view=asked.view,
        rows=tuple(_row(row, names, Money(earned.get(row.id, (0, 0))[1], row.total.currency)) for row in shown),
        totals=(),
        pager=Pager(
            len(shown),
            None,
            asked.url(after=f"{last.signed_date}~{last.id}") if last else "",
            asked.url() if asked.place else "",
        ),
        currency=books.base_currency.code,
        empty=_no_contracts() if not shown and asked.is_plain else None,
    )


def _no_contracts() -> Empty:
    return Empty(
        "contract",
        _("No contracts yet"),
        _(
            "A won deal that passes the standards becomes a contract: what was promised, when it is billed, "
            "how it is earned."
        ),
        Link(_("See the deals"), "/deals"),
    )


def _row(row: ContractSummary, names: dict[int, str], earned: Money) -> ContractRow:
    span = _("At once")
    if row.service_start and row.service_end:
        span = reader.span(row.service_start, row.service_end - timedelta(days=1))
    return ContractRow(
        number=row.number,
        url=addresses.contract_url(row.number),
        customer=Link(names.get(row.customer_id, ""), addresses.customer_url(row.customer_id)),
        signed_on=row.signed_date,
        span=span,
        amount=row.total,
        earned=earned,
        state=state_pill(row.state, earned, row.total),
    )


def _instalment_state(one: contracts.PlannedInstalment) -> Pill:
    if one.is_invoiced:
        return Pill(_("Invoiced"), Tone.GOOD)
    return Pill(_("Waits, undone"), Tone.WARN) if one.is_held else Pill(_("Planned"), Tone.PLAIN, Dot.RING)


def state_pill(state: ContractState, earned: Money, total: Money) -> Pill:
    """Say how far a contract is: ended, earned in full, or running."""
    if state is ContractState.ENDED:
        return Pill(_("Ended"), Tone.PLAIN)
    if state is ContractState.UNDONE:
        return Pill(_("Undone"), Tone.PLAIN)
    if earned == total:
        return Pill(_("Earned in full"), Tone.GOOD)
    return Pill(_("Running"), Tone.INFO, Dot.HALF)


def contract_page(person: Person, number: str, refusal: Said | None = None) -> ContractPage | None:
    """Fill one contract, with why an instalment was not invoiced just now; None when there is none of this number."""
    books = person.books
    contract = contracts.contract_by_number(books.id, number)
    if contract is None:
        return None
    customer = crm.customer(contract.customer_id)
    obligations = revenue.contract_obligations(books.id, contract.id)
    earned = sum((one.released for one in obligations), Money.zero(contract.currency))
    credited = sum((one.credited for one in obligations), Money.zero(contract.currency))
    bills = _bills(contract, world.today(books.time_zone) if person.may(Act.INVOICE) else None)
    waits = any(one.earned_from is None for one in obligations)
    months = _months(obligations)
    position = next(iter(ledger.contract_positions(books.id, contract_id=contract.id)), None)
    return ContractPage(
        number=number,
        customer=Link(customer.name, addresses.customer_url(customer.id)),
        sentence=_("signed %(day)s, %(term)s.") % {"day": reader.day(contract.signed_date), "term": contract.term.text},
        state=state_pill(contract.state, earned, contract.total),
        figures=_figures(books, contract, bills, earned, position.base_minor if position else 0),
        steps=lineage.of_contract(books, contract, current=f"contract:{contract.id}"),
        facts=_facts(contract),
        obligations=_obligations(contract, obligations),
        bills=bills,
        invoices=document_rows(books, billing.document_summaries(books.id, contract_id=contract.id)),
        months=months,
        chart=_chart(months),
        whys=whys.of(f"contract:{contract.id}"),
        currency=contract.currency.code,
        total=contract.total,
        earned=earned,
        left=contract.total - credited - earned,
        deliver_on=world.today(books.time_zone) if waits and person.may(Act.INVOICE) else None,
        refusal=refusal,
    )


def _figures(
    books: BooksFacts, contract: Contract, bills: Sequence[BillRow], earned: Money, position_minor: int
) -> tuple[Figure, ...]:
    done = [bill for bill in bills if bill.is_invoiced]
    invoiced = sum((bill.amount for bill in done), Money.zero(contract.currency))
    label, note = _("Contract liability"), _("invoiced before it is earned")
    if position_minor > 0:
        label, note = _("Contract asset"), _("earned before it is invoiced")
    elif position_minor == 0:
        label, note = _("Contract position"), _("invoiced as much as earned")
    return (
        Figure(_("Price, net of tax"), contract.total),
        Figure(_("Invoiced"), invoiced, note=_("%(done)s of %(all)s bills") % {"done": len(done), "all": len(bills)}),
        Figure(_("Earned"), earned, note=_("posted so far")),
        Figure(label, Money(abs(position_minor), books.base_currency), note=note),
    )


def _facts(contract: Contract) -> tuple[Fact, ...]:
    names = {
        Billing.UP_FRONT: _("at once"),
        Billing.MONTHLY: _("every month"),
        Billing.QUARTERLY: _("every quarter"),
        Billing.YEARLY: _("every year"),
    }
    service = contract.service
    facts = [
        Fact(
            _("Deal"),
            link=Link(addresses.deal_number(contract.opportunity_id), addresses.deal_url(contract.opportunity_id)),
        ),
        Fact(_("Signed"), reader.full_day(contract.signed_date)),
        Fact(_("Payment term"), contract.term.text),
        Fact(_("Billed"), names[contract.billing]),
        Fact(_("Purchase order"), contract.po_number),
        Fact(_("Service"), reader.span(service.start, service.end - timedelta(days=1)) if service else ""),
        Fact(
            _("Cancellable until"), reader.full_day(contract.unconditional_from) if contract.unconditional_from else ""
        ),
    ]
    return tuple(fact for fact in facts if fact.value or fact.link)


def _obligations(contract: Contract, obligations: Sequence[Obligation]) -> tuple[ObligationRow, ...]:
    """Show the lines of a contract with what is earned of each."""
    by_source = {one.source: one for one in obligations}
    zero = Money.zero(contract.currency)
    rows = []
    for line in contract.lines:
        promised = by_source.get(contract_line_source(line.id))
        rows.append(
            ObligationRow(
                name=line.description,
                kind=line.product_code,
                recognition=_("By day") if line.recognition is Recognition.OVER_TIME else _("On delivery"),
                span=_when(line),
                quantity_micro=line.quantity_micro,
                amount=line.net,
                earned=promised.released if promised else zero,
                left=promised.left if promised else line.net,
            )
        )
    return tuple(rows)


def _when(line: ContractLine) -> str:
    if line.service:
        return reader.span(line.service.start, line.service.end - timedelta(days=1))
    if line.delivered_on:
        return _("delivered %(day)s") % {"day": reader.full_day(line.delivered_on)}
    return ""


def _bills(contract: Contract, today: date | None) -> tuple[BillRow, ...]:
    """Show the instalments; `today` is None for who may not invoice."""
    is_running = contract.state is ContractState.LIVE
    return tuple(
        BillRow(
            number=one.no,
            bill_on=one.invoice_date,
            amount=one.net,
            state=_instalment_state(one),
            is_invoiced=one.is_invoiced,
            bill_url=reverse("web:bill-now", args=[contract.number, one.no])
            if is_running and today is not None and not one.is_invoiced and one.invoice_date <= today
            else "",
        )
        for one in contracts.planned_instalments(contract.id)
    )


def _months(obligations: Sequence[Obligation]) -> tuple[MonthRow, ...]:
    """Sum what the obligations earn by month; a month is posted when all of it is."""
    sums: dict[date, Money] = {}
    waiting: set[date] = set()
    for obligation in obligations:
        for planned in revenue.months(obligation):
            month = planned.earned_on.replace(day=1)
            sums[month] = sums[month] + planned.amount if month in sums else planned.amount
            if not planned.is_released:
                waiting.add(month)
    return tuple(MonthRow(month, sums[month], is_posted=month not in waiting) for month in sorted(sums))


MOST_BARS = 36


def _chart(months: Sequence[MonthRow]) -> SafeString | None:
    if not 2 <= len(months) <= MOST_BARS:
        return None
    largest = max(months, key=lambda row: row.amount.minor)
    bars = [
        charts.Bar(
            reader.month(row.month, short=True),
            row.amount.minor,
            reader.money(row.amount) if row is largest or row is months[-1] else "",
            "k-act" if row.is_posted else "k-soft",
        )
        for row in months
    ]
    label = _("Revenue by month, %(sum)s at most in %(month)s") % {
        "sum": reader.money(largest.amount),
        "month": reader.month(largest.month),
    }
    return charts.bars(bars, label, width=760, height=170, every=max(1, len(bars) // 12))
