"""Signing deals, following which part of a contract was invoiced, ending contracts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.contracts import domain, selectors
from counterfoil.contracts.domain import ContractState
from counterfoil.contracts.models import Contract, ContractLine, Instalment
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.standards.domain import Deal

SIGNED = "contracts.signed"
_CONTRACT_COLUMNS = (
    "id", "books_id", "number", "opportunity_id", "customer_id", "currency", "total_minor", "term", "signed_date",
    "po_number", "billing", "unconditional_from", "version_hash", "state", "undone_reason", "event_id", "item_hash",
)  # fmt: skip
_LINE_COLUMNS = (
    "id", "books_id", "contract_id", "line_no", "product_id", "product_code", "description", "quantity_micro",
    "currency",
    "unit_price_minor", "discount_percent", "net_minor", "tax_class", "recognition", "service_start", "service_end",
    "delivered_on",
)  # fmt: skip
_INSTALMENT_COLUMNS = (
    "contract_id", "no", "books_id", "invoice_date", "net_minor", "is_invoiced", "undone", "is_held",
)  # fmt: skip
hashed_contracts = selectors.hashed_contracts


@transaction.atomic
def sign(
    *,
    books_id: int,
    cleared: Cleared[tuple[Deal, ...]],
    signed_dates: Mapping[int, date] | None = None,
    actor: Actor,
    at: datetime,
) -> list[domain.Contract]:
    """Sign deals, each once; a deal that was signed before answers with the contract that stands, live or ended.

    The number of statements does not depend on how many deals there are. Signers of the same books wait for each
    other, so that one opportunity never gets two contracts.

    Args:
        signed_dates: the day each opportunity (by id) was signed; the close date of the deal where it is not named.

    Returns:
        One contract per deal, in order.
    """
    deals = cleared.value
    wanted = [deal.opportunity_id for deal in deals]
    known = selectors.contracts_by_opportunity(books_id, wanted)
    fresh = {deal.opportunity_id: deal for deal in deals if deal.opportunity_id not in known}
    if fresh:
        first_no = _take_numbers(books_id, len(fresh))
        meanwhile = selectors.contracts_by_opportunity(books_id, list(fresh))
        unsigned = [deal for opportunity_id, deal in fresh.items() if opportunity_id not in meanwhile]
        signed = _write(books_id, unsigned, first_no, signed_dates or {}, actor, at)
        known |= meanwhile | {contract.opportunity_id: contract for contract in signed}
    return [known[opportunity_id] for opportunity_id in wanted]


def _take_numbers(books_id: int, count: int) -> int:
    """Take a block of contract numbers, holding other signers back; returns the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contracts_counter (books_id, next_no) VALUES (%s, 1 + %s)"
            " ON CONFLICT (books_id) DO UPDATE SET next_no = contracts_counter.next_no + %s RETURNING next_no",
            [books_id, count, count],
        )
        return int(cursor.fetchone()[0]) - count


def _write(
    books_id: int, deals: Sequence[Deal], first_no: int, dates: Mapping[int, date], actor: Actor, at: datetime
) -> list[domain.Contract]:
    if not deals:
        return []
    event_id, (contract_ids, taken) = audit.reserve_event_and(
        (Contract, len(deals)), (ContractLine, sum(len(deal.lines) for deal in deals))
    )
    line_ids = iter(taken)
    contracts, hashes = [], []
    contract_rows, line_rows, part_rows = [], [], []
    for no, (contract_id, deal) in enumerate(zip(contract_ids, deals, strict=True), first_no):
        signed_date = dates.get(deal.opportunity_id, deal.close_date)
        contract = domain.signed(contract_id, f"C-{no:04d}", deal, signed_date, [next(line_ids) for _ in deal.lines])
        parts = [(part.no, part.invoice_date, part.net.minor) for part in contract.instalments]
        code = contract.currency.code
        hash_ = hashlib.sha256(domain.contract_bytes(contract, parts)).hexdigest()
        hashes.append(hash_)
        contracts.append(contract)
        contract_rows.append(
            (
                contract_id,
                books_id,
                contract.number,
                deal.opportunity_id,
                deal.customer_id,
                code,
                sum([line.net.minor for line in deal.lines]),
                deal.term.text,
                signed_date,
                deal.po_number,
                deal.billing.value,
                contract.unconditional_from,
                deal.version_hash,
                ContractState.LIVE.value,
                "",
                event_id,
                hash_,
            )
        )
        line_rows += [_line_row(books_id, contract_id, line, code) for line in contract.lines]
        part_rows += [(contract_id, no, books_id, day, minor, False, 0, False) for no, day, minor in parts]
    bulk.insert(Contract, _CONTRACT_COLUMNS, contract_rows)
    bulk.insert(ContractLine, _LINE_COLUMNS, line_rows)
    bulk.insert(Instalment, _INSTALMENT_COLUMNS, part_rows)
    audit.record(
        kind=SIGNED,
        actor=actor,
        subject=f"contract:{contracts[0].id}",
        body={"first": contracts[0].number, "last": contracts[-1].number},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return contracts


def _line_row(books_id: int, contract_id: int, line: domain.ContractLine, code: str) -> tuple[bulk.Cell, ...]:
    return (
        line.id,
        books_id,
        contract_id,
        line.line_no,
        line.product_id,
        line.product_code,
        line.description,
        line.quantity_micro,
        code,
        line.unit_price.minor,
        f"{line.discount_percent:f}",
        line.net.minor,
        line.tax_class,
        line.recognition.value,
        line.service.start if line.service else None,
        line.service.end if line.service else None,
        line.delivered_on,
    )


def mark_invoiced(*, books_id: int, instalments: Sequence[tuple[int, int]]) -> None:
    """Note that instalments, as (contract id, number), were invoiced; one statement for each number that occurs.

    That none is invoiced twice is held by the invoice's own source; this only keeps the next run short.
    """
    by_no: dict[int, list[int]] = {}
    for contract_id, no in instalments:
        by_no.setdefault(no, []).append(contract_id)
    for no, contract_ids in sorted(by_no.items()):
        rows = Instalment.objects.filter(bulk.is_any_of("contract_id", contract_ids), books_id=books_id, no=no)
        rows.update(is_invoiced=True, is_held=False)


@transaction.atomic
def end_contracts(*, books_id: int, contract_ids: Sequence[int], on: date, actor: Actor, at: datetime) -> int:
    """End live contracts whose invoices were all credited: nothing more of them is invoiced. Returns how many ended."""
    rows = Contract.objects.filter(bulk.is_any_of("id", list(contract_ids)), books_id=books_id)
    rows = rows.filter(state=ContractState.LIVE.value)
    live = list(rows.select_for_update().order_by("id").values_list("id", "number"))
    if live:
        rows.update(state=ContractState.ENDED.value)
        audit.record(
            kind="contracts.ended",
            actor=actor,
            subject=f"contract:{live[0][0]}",
            body={"contracts": [number for _, number in live], "on": on.isoformat()},
            at=at,
            books_id=books_id,
        )
    return len(live)


@transaction.atomic
def revive(
    *, books_id: int, instalments: Sequence[tuple[int, int]], reason: str, actor: Actor, at: datetime
) -> list[int]:
    """Let contracts go on of which instalments, as (contract id, number), are invoiced again after they were credited.

    Returns the contracts that had ended.
    """
    by_no: dict[int, list[int]] = {}
    for contract_id, no in instalments:
        by_no.setdefault(no, []).append(contract_id)
    for no, contract_ids in sorted(by_no.items()):
        rows = Instalment.objects.filter(bulk.is_any_of("contract_id", contract_ids), books_id=books_id, no=no)
        rows.update(undone=F("undone") + 1)
    named = sorted({contract_id for contract_id, _ in instalments})
    ended = Contract.objects.filter(bulk.is_any_of("id", named), books_id=books_id, state=ContractState.ENDED.value)
    found = list(ended.select_for_update().order_by("id").values_list("id", flat=True))
    if found:
        ended.update(state=ContractState.LIVE.value)
    if instalments:
        audit.record(
            kind="contracts.revived",
            actor=actor,
            subject=f"contract:{named[0]}",
            body={"instalments": [f"{contract_id}/{no}" for contract_id, no in instalments], "reason": reason},
            at=at,
            books_id=books_id,
        )
    return found


@transaction.atomic
def undo_contracts(
    *, books_id: int, contract_ids: Sequence[int], on: date, reason: str, actor: Actor, at: datetime
) -> list[int]:
    """Take signed contracts back as if they had not been signed: their opportunities may be signed again.

    The contract and its number stay on record. Returns those that changed; doing it again changes nothing.
    """
    rows = Contract.objects.filter(bulk.is_any_of("id", list(contract_ids)), books_id=books_id)
    rows = rows.exclude(state=ContractState.UNDONE.value)
    found = list(rows.select_for_update().order_by("id").values_list("id", "number"))
    if found:
        rows.update(state=ContractState.UNDONE.value, undone_on=on, undone_reason=reason[:200])
        audit.record(
            kind="contracts.undone",
            actor=actor,
            subject=f"contract:{found[0][0]}",
            body={"contracts": [number for _, number in found], "on": on.isoformat(), "reason": reason},
            at=at,
            books_id=books_id,
        )
    return [id_ for id_, _ in found]


@transaction.atomic
def undo_instalments(
    *, books_id: int, instalments: Sequence[tuple[int, int]], reason: str, actor: Actor, at: datetime
) -> None:
    """Plan instalments again, as (contract id, number), whose invoice was undone. They wait until a person says so."""
    by_no: dict[int, list[int]] = {}
    for contract_id, no in instalments:
        by_no.setdefault(no, []).append(contract_id)
    for no, contract_ids in sorted(by_no.items()):
        rows = Instalment.objects.filter(bulk.is_any_of("contract_id", contract_ids), books_id=books_id, no=no)
        rows.filter(is_invoiced=True).update(is_invoiced=False, is_held=True, undone=F("undone") + 1)
    if instalments:
        audit.record(
            kind="contracts.instalments_undone",
            actor=actor,
            subject=f"contract:{instalments[0][0]}",
            body={"instalments": [f"{contract_id}/{no}" for contract_id, no in instalments], "reason": reason},
            at=at,
            books_id=books_id,
        )


@transaction.atomic
def let_go(*, books_id: int, contract_id: int, no: int, actor: Actor, at: datetime) -> bool:
    """Let an instalment that waits since its invoice was undone be invoiced again; returns whether it waited."""
    rows = Instalment.objects.filter(books_id=books_id, contract_id=contract_id, no=no, is_held=True)
    changed = rows.update(is_held=False)
    if changed:
        audit.record(
            kind="contracts.instalment_let_go",
            actor=actor,
            subject=f"contract:{contract_id}",
            body={"no": no},
            at=at,
            books_id=books_id,
        )
    return bool(changed)
