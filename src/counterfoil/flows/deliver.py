"""Noting a delivery: revenue that waited for it is released."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import services as billing
from counterfoil.contracts import selectors as contract_reads
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.revenue import selectors as revenue_reads
from counterfoil.revenue import services as revenue
from counterfoil.revenue.domain import contract_line_source
from counterfoil.standards.domain import Recognition


class NoSuchContract(Refused):
    """These books have no contract of this number."""

    code = "no_such_contract"


class NothingToDeliver(Refused):
    """Every line of the contract is delivered, or is a service that is released by time."""

    code = "nothing_to_deliver"


@transaction.atomic
def deliver(*, books_id: int, number: str, on: date, actor: Actor) -> list[int]:
    """Note that a contract's lines were delivered on a day and release their revenue; returns the entries.

    Raises:
        NoSuchContract, NothingToDeliver.
    """
    contract = contract_reads.contract_by_number(books_id, number)
    if contract is None:
        raise NoSuchContract(field="contract", contract=number)
    deliveries = {contract_line_source(line.id): on for line in contract.lines}
    at = world.now()
    if not revenue.mark_delivered(books_id=books_id, deliveries=deliveries, actor=actor, at=at):
        raise NothingToDeliver(field="contract", contract=number)
    promises = revenue_reads.contract_obligations(books_id, contract.id)
    if all(one.earned_until is not None and one.recognition is Recognition.POINT_IN_TIME for one in promises):
        billing.bring_forward(books_id=books_id, contract_ids=[contract.id], on=on)
    return release_revenue(books_id=books_id, through=on, actor=actor)
