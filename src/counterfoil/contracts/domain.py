"""Contracts: what a deal becomes when it is signed, its lines, its instalments, and which version was signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span, add_months
from counterfoil.kernel.terms import Term
from counterfoil.standards.domain import Billing, Deal, DealLine, Recognition

INVOICED_BEFORE = "invoiced_before"
INSTALMENT = "instalment"
MONTHS_BILLED = {Billing.MONTHLY: 1, Billing.QUARTERLY: 3, Billing.YEARLY: 12}


class ContractState(StrEnum):
    """Live; ended, because its invoices were credited; undone, as if it had never been signed."""

    LIVE = "live"
    ENDED = "ended"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One line of a contract, as it was sold. `net` is after discount and before tax."""

    id: int
    line_no: int
    product_id: int
    product_code: str
    description: str
    quantity_micro: int
    unit_price: Money
    discount_percent: Decimal
    net: Money
    tax_class: str
    recognition: Recognition
    service: Span | None
    delivered_on: date | None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a contract that is invoiced together: on which day, and how much of each line, in line order.

    `services` are the days of service that the part pays for, None for a line without a span or outside it.
    """

    no: int
    invoice_date: date
    nets: tuple[Money, ...]
    services: tuple[Span | None, ...]

    @property
    def net(self) -> Money:
        """What the part comes to, before tax."""
        return sum(self.nets, Money.zero(self.nets[0].currency))


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed. The right to payment is conditional before `unconditional_from`; None: it never was."""

    id: int
    number: str
    books_id: int
    opportunity_id: int
    customer_id: int
    currency: Currency
    term: Term
    signed_date: date
    po_number: str
    billing: Billing
    unconditional_from: date | None
    version_hash: str
    state: ContractState
    lines: tuple[ContractLine, ...]
    instalments: tuple[Instalment, ...]

    @property
    def total(self) -> Money:
        """What was agreed, before tax."""
        return sum((line.net for line in self.lines), Money.zero(self.currency))

    @property
    def service(self) -> Span | None:
        """From the first to the last day of service of any line."""
        return service_of(self.lines)


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """Which version of an opportunity was signed, for the check that a won deal did not change afterwards."""

    contract_id: int
    number: str
    opportunity_id: int
    state: ContractState
    version_hash: str
    signed_date: date
    undone_reason: str = ""


def service_of(lines: Sequence[DealLine | ContractLine]) -> Span | None:
    """Return the span from the first to the last day of service of any line, None without service."""
    spans = [line.service for line in lines if line.service is not None]
    return Span(min(span.start for span in spans), max(span.end for span in spans)) if spans else None


def billing_periods(service: Span, months: int) -> tuple[Span, ...]:
    """Cut a service span into billing periods of so many months, counted from its first day; the last may be short.

    Each period starts on the day of the month on which the service started, or on the last day of a month that is
    shorter; a service from 31 January is billed on 31 January, 28 February and 31 March.
    """
    starts = [service.start]
    while (start := add_months(service.start, months * len(starts))) < service.end:
        starts.append(start)
    return tuple(Span(start, end) for start, end in zip(starts, [*starts[1:], service.end], strict=True))


def instalments(
    lines: Sequence[DealLine | ContractLine], billing: Billing, signed_date: date
) -> tuple[Instalment, ...]:
    """Divide lines into what is invoiced together; every line's parts sum to the line exactly.

    What is not a service is invoiced with the first instalment. A line that serves for the whole span is divided
    into equal parts (a last period that is short counts by its days), one with a span of its own by the days
    that lie in each period. No instalment is dated before the contract was signed.
    """
    service = service_of(lines)
    months = MONTHS_BILLED.get(billing)
    if service is None or months is None:
        return (Instalment(1, signed_date, tuple([line.net for line in lines]), tuple([x.service for x in lines])),)
    periods = billing_periods(service, months)
    last = periods[-1]
    whole = Span(last.start, max(last.end, add_months(service.start, months * len(periods)))).days
    equal = [whole] * (len(periods) - 1) + [last.days]
    parts: list[tuple[Money, ...]] = []
    served: list[tuple[Span | None, ...]] = []
    for line in lines:
        if line.service is None:
            rest = len(periods) - 1
            parts.append((line.net, *[Money.zero(line.net.currency)] * rest))
            served.append((None,) * len(periods))
            continue
        spans = tuple([line.service.overlap(period) for period in periods])
        weights = equal if line.service == service else [span.days if span else 0 for span in spans]
        parts.append(line.net.split(weights))
        served.append(spans)
    billed = [
        part for part in zip(periods, zip(*parts, strict=True), zip(*served, strict=True), strict=True) if any(part[1])
    ]
    return tuple(
        [
            Instalment(no, max(period.start, signed_date), nets, spans)
            for no, (period, nets, spans) in enumerate(billed, 1)
        ]
    )


def signed(contract_id: int, number: str, deal: Deal, signed_date: date, line_ids: Sequence[int]) -> Contract:
    """Return the contract that a deal becomes on the day it is signed.

    Args:
        line_ids: the ids of its lines, in their order.
    """
    lines = tuple(
        [
            ContractLine(
                line_id,
                line_no,
                line.product_id,
                line.product_code,
                line.description,
                line.quantity_micro,
                line.unit_price,
                line.discount_percent,
                line.net,
                line.tax_class,
                line.recognition,
                line.service,
                line.delivered_on,
            )
            for line_no, (line_id, line) in enumerate(zip(line_ids, deal.lines, strict=True), 1)
        ]
    )
    return Contract(
        contract_id,
        number,
        deal.books_id,
        deal.opportunity_id,
        deal.customer_id,
        deal.currency,
        deal.term,
        signed_date,
        deal.po_number,
        deal.billing,
        deal.cancellable_until,
        deal.version_hash,
        ContractState.LIVE,
        lines,
        instalments(lines, deal.billing, signed_date),
    )


def check_instalments(parts: Sequence[tuple[Contract, Instalment]]) -> list[list[Finding]]:
    """Find instalments that are not to be invoiced: their contract has ended, or they come to nothing."""
    found: list[list[Finding]] = []
    for contract, instalment in parts:
        facts: dict[str, Fact] = {"contract": contract.number, "instalment": instalment.no}
        mine = []
        if contract.state is ContractState.ENDED:
            mine.append(Finding(INSTALMENT, "contract_has_ended", facts))
        if instalment.net.minor <= 0:
            mine.append(Finding(INSTALMENT, "instalment_is_nothing", facts))
        found.append(mine)
    return found


def contract_bytes(contract: Contract, parts: Sequence[tuple[int, date, int]]) -> bytes:
    """Return exactly what a contract's hash covers (form 1): canonical JSON, written directly because it is hot.

    A test holds it equal to its own canonical form. The state is not in it, for it moves.

    Args:
        parts: number, invoice date and net amount in minor units of each instalment, as they are kept.
    """
    shown = ",".join([f'[{no},"{day}",{minor}]' for no, day, minor in parts])
    text = (
        f'{{"billing":"{contract.billing.value}","currency":"{contract.currency.code}",'
        f'"customer":{contract.customer_id},"instalments":[{shown}],'
        f'"lines":[{",".join([_line_text(line) for line in contract.lines])}],"number":"{contract.number}",'
        f'"opportunity":{contract.opportunity_id},"po_number":{quoted(contract.po_number)},'
        f'"signed_date":"{contract.signed_date}","term":"{contract.term.text}",'
        f'"unconditional_from":{_day(contract.unconditional_from)},"version":{quoted(contract.version_hash)}}}'
    )
    return text.encode("utf-8")


def _line_text(line: ContractLine) -> str:
    """What was agreed of a line, as canonical JSON. Zeros that a database adds to a discount change nothing."""
    service = line.service
    return (
        f'{{"delivered_on":{_day(line.delivered_on)},"description":{quoted(line.description)},'
        f'"discount_percent":"{line.discount_percent.normalize():f}","net":{line.net.minor},"product":{line.product_id},'
        f'"quantity_micro":{line.quantity_micro},"recognition":"{line.recognition.value}",'
        f'"service_end":{_day(service.end if service else None)},'
        f'"service_start":{_day(service.start if service else None)},"tax_class":{quoted(line.tax_class)},'
        f'"unit_price":{line.unit_price.minor}}}'
    )


def _day(day: date | None) -> str:
    return f'"{day}"' if day else "null"
