"""When a conditional right to payment becomes unconditional: the netted pair is taken back, a receivable stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import Conditional
from counterfoil.billing.models import Condition, GrossUp
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind, Sourced


@dataclass(frozen=True, slots=True)
class Right:
    """How much of a conditional invoice becomes unconditional, on which day; None: all that is left.

    `source` is the business key of what made it so (a payment, the date); the same source acts once.
    """

    invoice_id: int
    on: date
    source: str
    amount: Money | None = None


@transaction.atomic
def make_unconditional(
    *, books_id: int, cleared: Cleared[Any], rights: Sequence[Right], actor: Actor, at: datetime
) -> list[int]:
    """Show as receivable and contract liability what of conditional invoices is now due without condition, or was paid.

    Invoices that were unconditional from the start, were credited, or stand in full already, are left as they are; so
    is a source that acted before. Amounts above the rest count as the rest. The number of statements does not depend
    on how many there are.

    Args:
        cleared: what the caller's act was cleared for (receiving money, releasing revenue).

    Returns:
        The entries that were posted.

    Raises:
        PeriodIsClosed: a right's day lies in a closed period.
    """
    held = selectors.conditional_invoices(books_id, [right.invoice_id for right in rights], lock=True)
    known = set(selectors.gross_up_sources(books_id, [right.source for right in rights]))
    steps: list[tuple[Right, Conditional, Money]] = []
    grossed = {invoice_id: one.grossed for invoice_id, one in held.items()}
    for right in rights:
        one = held.get(right.invoice_id)
        if one is None or right.source in known:
            continue
        known.add(right.source)
        left = one.gross - grossed[one.invoice_id]
        amount = left if right.amount is None or right.amount > left else right.amount
        if amount.minor > 0:
            steps.append((right, replace(one, grossed=grossed[one.invoice_id]), amount))
            grossed[one.invoice_id] += amount
    return _post(books_id, cleared, steps, actor, at)


def bring_forward(*, books_id: int, contract_ids: Sequence[int], on: date) -> int:
    """Say that everything under some contracts was delivered on a day, which makes the right to payment unconditional.

    The next release of revenue moves their conditional invoices to the receivable, dated that day. Returns how many
    invoices it is.
    """
    waiting = Condition.objects.filter(
        bulk.is_any_of("invoice__contract_id", list(contract_ids)), books_id=books_id, unconditional_from__gt=on
    )
    return waiting.update(unconditional_from=on)


@transaction.atomic
def take_back_unconditional(
    *, books_id: int, cleared: Cleared[Any], sources: Sequence[str], on: date, reason: str, actor: Actor, at: datetime
) -> list[int]:
    """Take back what payments made unconditional, because they were undone before the invoice's own day had come.

    Where that day has come by `on`, the receivable stands without the payment, and nothing is taken back.

    Args:
        reason: a business key of the undoing; the same one acts once.

    Returns:
        The entries that were posted.
    """
    rows = GrossUp.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    found = list(rows.order_by("id").values_list("invoice_id", "source", "amount_minor"))
    held = selectors.conditional_invoices(books_id, [row[0] for row in found], lock=True)
    known = set(selectors.gross_up_sources(books_id, [f"{source}:{reason}" for _, source, _ in found]))
    steps: list[tuple[Right, Conditional, Money]] = []
    grossed = {invoice_id: one.grossed for invoice_id, one in held.items()}
    for invoice_id, source, minor in found:
        one = held.get(invoice_id)
        back = f"{source}:{reason}"
        if one is None or back in known or (one.unconditional_from is not None and one.unconditional_from <= on):
            continue
        amount = Money(-minor, one.gross.currency)
        steps.append((Right(invoice_id, on, back), replace(one, grossed=grossed[invoice_id]), amount))
        grossed[invoice_id] += amount
    return _post(books_id, cleared, steps, actor, at)


def _post(
    books_id: int, cleared: Cleared[Any], steps: Sequence[tuple[Right, Conditional, Money]], actor: Actor, at: datetime
) -> list[int]:
    if not steps:
        return []
    accounts = ledger_reads.account_codes(books_id)
    entries = tuple(
        [Sourced(right.source, domain.gross_up_entry(one, amount, right.on, accounts)) for right, one, amount in steps]
    )
    outcomes = ledger.post_entries(books_id=books_id, cleared=cleared.into(entries), actor=actor, at=at)
    rows, entry_ids = [], []
    moved: dict[int, int] = {}
    for (right, one, amount), outcome in zip(steps, outcomes, strict=True):
        if outcome.kind is OutcomeKind.REFUSED:
            raise Refusal(outcome.code, outcome.facts or {}).error()
        assert outcome.kind is OutcomeKind.DONE, f"{right.source} was posted before"
        assert outcome.entry_id is not None, "what is done has its entry"
        entry_ids.append(outcome.entry_id)
        rows.append((one.invoice_id, books_id, right.source, right.on, amount.minor, outcome.entry_id))
        moved[one.invoice_id] = moved.get(one.invoice_id, 0) + amount.minor
    columns = ("invoice_id", "books_id", "source", "on_date", "amount_minor", "entry_id")
    bulk.insert(GrossUp, columns, rows)
    bulk.change(Condition, [], ["grossed_minor"], sorted(moved.items()))
    return entry_ids
