"""Reading contracts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.contracts import domain
from counterfoil.contracts.domain import ContractState, SignedVersion
from counterfoil.contracts.models import Contract, ContractLine, Instalment
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.standards import selectors as standards_reads
from counterfoil.standards.domain import Billing


@dataclass(frozen=True, slots=True)
class ContractSummary:
    """A contract in a list."""

    id: int
    number: str
    customer_id: int
    opportunity_id: int
    signed_date: date
    service_start: date | None
    service_end: date | None
    total: Money
    state: ContractState


@dataclass(frozen=True, slots=True)
class PlannedInstalment:
    """One instalment as planned, and whether it was invoiced."""

    contract_id: int
    no: int
    invoice_date: date
    net: Money
    is_invoiced: bool
    is_held: bool = False


def _domain(rows: Sequence[Contract]) -> list[domain.Contract]:
    """Return contracts with their lines and instalments; one more statement."""
    lines: dict[int, list[domain.ContractLine]] = {}
    found = ContractLine.objects.filter(bulk.is_any_of("contract_id", [row.pk for row in rows]))
    for line in found.order_by("contract_id", "line_no"):
        lines.setdefault(line.contract_id, []).append(line.as_domain())
    return [_contract(row, tuple(lines[row.pk])) for row in rows]


def _contract(row: Contract, lines: tuple[domain.ContractLine, ...]) -> domain.Contract:
    billing = Billing(row.billing)
    return domain.Contract(
        row.pk,
        row.number,
        row.books_id,
        row.opportunity_id,
        row.customer_id,
        currency(row.currency),
        Term.parse(row.term),
        row.signed_date,
        row.po_number,
        billing,
        row.unconditional_from,
        row.version_hash,
        ContractState(row.state),
        lines,
        domain.instalments(lines, billing, row.signed_date),
    )


def contracts_by_id(books_id: int, contract_ids: Sequence[int]) -> dict[int, domain.Contract]:
    """Return contracts with their lines and instalments; two statements."""
    rows = Contract.objects.filter(bulk.is_any_of("id", list(contract_ids)), books_id=books_id).order_by("id")
    return {contract.id: contract for contract in _domain(list(rows))}


def contract_by_number(books_id: int, number: str) -> domain.Contract | None:
    """Return the contract with a number, or None."""
    found = _domain(list(Contract.objects.filter(books_id=books_id, number=number)))
    return found[0] if found else None


def contract_numbers(contract_ids: Sequence[int]) -> dict[int, str]:
    """Return the numbers of contracts by id; one statement."""
    rows = Contract.objects.filter(bulk.is_any_of("id", list(contract_ids)))
    return dict(rows.values_list("id", "number"))


def opportunities_of(contract_ids: Sequence[int]) -> dict[int, int]:
    """Return the opportunity of each contract; one statement."""
    rows = Contract.objects.filter(bulk.is_any_of("id", list(contract_ids)))
    return dict(rows.values_list("id", "opportunity_id"))


def contracts_by_opportunity(books_id: int, opportunity_ids: Sequence[int]) -> dict[int, domain.Contract]:
    """Return the latest contract of each opportunity that was ever signed, live or ended; two statements.

    One whose closing was undone is left out: the opportunity may be signed again.
    """
    rows = Contract.objects.filter(bulk.is_any_of("opportunity_id", list(opportunity_ids)), books_id=books_id)
    rows = rows.exclude(state=ContractState.UNDONE.value)
    return {contract.opportunity_id: contract for contract in _domain(list(rows.order_by("id")))}


def signed_versions(books_id: int, opportunity_ids: Sequence[int]) -> dict[int, SignedVersion]:
    """Return which version of each opportunity was signed last; those never signed are left out. One statement."""
    rows = Contract.objects.filter(bulk.is_any_of("opportunity_id", list(opportunity_ids)), books_id=books_id)
    fields = ("id", "number", "opportunity_id", "state", "version_hash", "signed_date", "undone_reason")
    return {
        row[2]: SignedVersion(row[0], row[1], row[2], ContractState(row[3]), *row[4:])
        for row in rows.order_by("id").values_list(*fields)
    }


def signed_hashes(books_id: int) -> dict[int, str]:
    """Return the version last signed of every opportunity that was ever signed; one statement.

    What was signed and undone stands at no version: empty.
    """
    rows = Contract.objects.filter(books_id=books_id).order_by("id")
    fields = rows.values_list("opportunity_id", "version_hash", "state").iterator(chunk_size=10_000)
    return {id_: "" if state == ContractState.UNDONE.value else version for id_, version, state in fields}


def instalments_due(books_id: int, through: date, *, limit: int = 5_000) -> list[tuple[int, int]]:
    """Return (contract id, number) of the instalments of live contracts to be invoiced by a date, oldest first."""
    rows = Instalment.objects.filter(books_id=books_id, is_invoiced=False, is_held=False, invoice_date__lte=through)
    rows = rows.filter(contract__state=ContractState.LIVE.value).order_by("invoice_date", "contract_id", "no")
    return list(rows.values_list("contract_id", "no")[:limit])


def instalments_undone(books_id: int, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return how often the invoice of instalments, as (contract id, number), was undone; never: left out."""
    rows = Instalment.objects.filter(bulk.is_any_of("contract_id", sorted({id_ for id_, _ in wanted})), undone__gt=0)
    found = {(id_, no): undone for id_, no, undone in rows.values_list("contract_id", "no", "undone")}
    return {key: found[key] for key in wanted if key in found}


def live_contract_ids(books_id: int, opportunity_ids: Sequence[int]) -> dict[int, int]:
    """Return the live contract of each opportunity that has one; one statement."""
    rows = Contract.objects.filter(bulk.is_any_of("opportunity_id", list(opportunity_ids)), books_id=books_id)
    return dict(rows.filter(state=ContractState.LIVE.value).values_list("opportunity_id", "id"))


def times_undone(books_id: int, contract_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return how often each instalment of some contracts, as (contract id, number), was undone; one statement."""
    rows = Instalment.objects.filter(bulk.is_any_of("contract_id", list(contract_ids)), books_id=books_id)
    return {(contract_id, no): undone for contract_id, no, undone in rows.values_list("contract_id", "no", "undone")}


def live_elsewhere(books_id: int, opportunity_ids: Sequence[int]) -> int:
    """Return how many of these opportunities have a live contract in other books; one statement."""
    rows = Contract.objects.filter(bulk.is_any_of("opportunity_id", list(opportunity_ids)))
    return rows.filter(state=ContractState.LIVE.value).exclude(books_id=books_id).count()


def planned_instalments(contract_id: int) -> list[PlannedInstalment]:
    """Return a contract's instalments in their order."""
    rows = Instalment.objects.filter(contract_id=contract_id).select_related("contract").order_by("no")
    return [
        PlannedInstalment(
            contract_id, row.no, row.invoice_date, Money(row.net_minor, money), row.is_invoiced, row.is_held
        )
        for row in rows
        for money in [currency(row.contract.currency)]
    ]


def unbilled(books_id: int, customer_ids: Sequence[int] | None = None) -> dict[tuple[int, str], int]:
    """Return what live contracts still have to invoice, by customer (read through merges) and currency; one statement.

    Minor units before tax; every customer's if None.
    """
    rows = Instalment.objects.filter(books_id=books_id, is_invoiced=False, contract__state=ContractState.LIVE.value)
    rows = rows.annotate(customer=_CUSTOMER)
    if customer_ids is not None:
        rows = rows.filter(bulk.is_any_of("customer", customer_ids))
    sums = rows.values_list("customer", "contract__currency").annotate(total=Sum("net_minor")).order_by()
    return {(customer, code): int(total) for customer, code, total in sums}


def agreed(books_id: int, customer_ids: Sequence[int]) -> list[tuple[int, str, date, date, int]]:
    """Return every instalment of some customers as (customer, currency, signed, invoice day, net minor); one statement.

    Between the two days it was agreed and not invoiced.
    """
    rows = Instalment.objects.filter(books_id=books_id).annotate(customer=_CUSTOMER)
    fields = ("customer", "contract__currency", "contract__signed_date", "invoice_date", "net_minor")
    return list(rows.filter(bulk.is_any_of("customer", customer_ids)).values_list(*fields))


_CUSTOMER = Coalesce(F("contract__customer__merged_into_id"), F("contract__customer_id"))


def contract_summaries(
    books_id: int,
    *,
    customer_id: int | None = None,
    state: ContractState | None = None,
    before: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[ContractSummary]:
    """Return contracts, the last signed first, `limit` of them after a keyset position (signed date, id)."""
    rows = Contract.objects.filter(books_id=books_id)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if state is not None:
        rows = rows.filter(state=state.value)
    if before is not None:
        day, contract_id = before
        rows = rows.filter(Q(signed_date__lt=day) | Q(signed_date=day, id__lt=contract_id))
    page = list(rows.order_by("-signed_date", "-id")[:limit])
    lines = ContractLine.objects.filter(bulk.is_any_of("contract_id", [row.pk for row in page]))
    spans = {
        contract_id: (start, end)
        for contract_id, start, end in lines.values_list("contract_id").annotate(
            start=Min("service_start"), end=Max("service_end")
        )
    }
    return [
        ContractSummary(
            row.pk,
            row.number,
            row.customer_id,
            row.opportunity_id,
            row.signed_date,
            *spans[row.pk],
            Money(row.total_minor, currency(row.currency)),
            ContractState(row.state),
        )
        for row in page
    ]


def hashed_contracts() -> Iterator[HashedRow]:
    """Yield every contract with the hash of its present contents, for `verify`; streams, never all at once."""
    for contract, content in _agreed(ContractLine.objects.all(), Instalment.objects.all()):
        present = hashlib.sha256(content).hexdigest()
        yield HashedRow(contract.event_id, f"contract {contract.number}", contract.item_hash, present)


def binder_reach(books_id: int, start: date, end: date) -> int | None:
    """Return the lowest event of contracts signed in a span of days, and of the deals that they come from."""
    signed = Contract.objects.filter(books_id=books_id, signed_date__gte=start, signed_date__lt=end)
    lowest: int | None = signed.aggregate(lowest=Min("event_id"))["lowest"]
    deals = standards_reads.first_event(books_id, list(signed.values_list("opportunity_id", flat=True)))
    return min((event for event in (lowest, deals) if event is not None), default=None)


def binder_contracts(part: Slice) -> Iterator[BinderRow]:
    """Yield the contracts signed within the events of a slice, with their lines and instalments."""
    within = {
        "books_id": part.books_id,
        "contract__event_id__gte": part.first_event,
        "contract__event_id__lte": part.last_event,
    }
    for contract, content in _agreed(ContractLine.objects.filter(**within), Instalment.objects.filter(**within)):
        yield BinderRow(contract.event_id, f"contract {contract.number}", contract.item_hash, content.decode("utf-8"))


def _agreed(lines: QuerySet[ContractLine], instalments: QuerySet[Instalment]) -> Iterator[tuple[Contract, bytes]]:
    """Yield contracts with what their hashes cover, in the order in which they were hashed."""
    parts = _instalments_by_contract(instalments)
    ordered = lines.order_by("contract__event_id", "contract_id", "line_no").select_related("contract")
    waiting = next(parts, None)
    for contract, group in groupby(ordered.iterator(chunk_size=5_000), key=lambda line: line.contract):
        found: list[tuple[int, date, int]] = []
        if waiting is not None and waiting[0] == contract.pk:
            found, waiting = waiting[1], next(parts, None)
        yield contract, domain.contract_bytes(_contract(contract, tuple([line.as_domain() for line in group])), found)


def _instalments_by_contract(
    instalments: QuerySet[Instalment],
) -> Iterator[tuple[int, list[tuple[int, date, int]]]]:
    rows = instalments.order_by("contract__event_id", "contract_id", "no")
    fields = rows.values_list("contract_id", "no", "invoice_date", "net_minor").iterator(chunk_size=5_000)
    for contract_id, group in groupby(fields, key=lambda row: row[0]):
        yield contract_id, [(no, day, minor) for _, no, day, minor in group]
