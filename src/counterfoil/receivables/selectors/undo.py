"""What taking matches back would touch, as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.receivables.domain.undoing import Cash, Made, Undo, UndoFacts, What
from counterfoil.receivables.models import BankLine, Payment
from counterfoil.receivables.selectors.facts import AllocationRow, allocation_facts, item_facts


def undo_facts(books_id: int, undos: Sequence[Undo], *, is_locked: bool = False) -> list[UndoFacts]:
    """Return what each undo would take back, in order; a number of statements that does not grow with them.

    With `is_locked` lines, payments and items are held until the transaction ends, in that order and each by id.
    """
    ids = {what: [undo.id for undo in undos if undo.what is what] for what in What}
    single = [*ids[What.ALLOCATION], *ids[What.APPLIED]]
    asked = {row.id: row for row in allocation_facts(books_id, allocation_ids=single)}
    lines = _lines(books_id, ids[What.LINE], is_locked)
    payment_ids = set(ids[What.PAYMENT]) | {row.payment_id for row in asked.values() if row.payment_id is not None}
    payments = _payments(books_id, payment_ids, list(lines), is_locked)
    of_line = {row.bank_line_id: row for row in payments.values() if row.bank_line_id and row.undone_on is None}
    credit_ids = {row.credit_item_id for row in asked.values() if row.credit_item_id is not None}
    rows = allocation_facts(books_id, payment_ids=payments, credit_item_ids=credit_ids)
    touched = {row.item_id for row in rows} | credit_ids
    if is_locked:
        item_facts(books_id, touched, is_locked=True)
        rows = allocation_facts(books_id, payment_ids=payments, credit_item_ids=credit_ids)
    made = _made(books_id, rows)
    groups = _groups(rows)
    of_payment: dict[int | None, list[Made]] = defaultdict(list)
    for one in made.values():
        of_payment[one.payment_id].append(one)
    found = []
    for undo in undos:
        match undo.what:
            case What.LINE:
                line = lines.get(undo.id)
                payment = of_line.get(undo.id)
                found.append(_of_line(undo, line, payment, of_payment[payment.pk] if payment else [], groups))
            case What.PAYMENT:
                payment = payments.get(undo.id)
                found.append(_of_payment(undo, payment, of_payment[payment.pk] if payment else [], groups))
            case What.ALLOCATION:
                found.append(_of_allocation(undo, asked.get(undo.id), payments, made, groups))
            case What.APPLIED:
                found.append(_of_applied(undo, asked.get(undo.id), payments, made))
    return found


def _lines(books_id: int, ids: Sequence[int], is_locked: bool) -> dict[int, BankLine]:
    if not ids:
        return {}
    rows = BankLine.objects.filter(bulk.is_any_of("id", sorted(ids)), books_id=books_id).order_by("id")
    return {row.pk: row for row in (rows.select_for_update() if is_locked else rows)}


def _payments(books_id: int, ids: set[int], line_ids: Sequence[int], is_locked: bool) -> dict[int, Payment]:
    """Read payments by id and by line, and lock them in the order of their ids."""
    if line_ids:
        rows = Payment.objects.filter(bulk.is_any_of("bank_line_id", sorted(line_ids)), books_id=books_id)
        ids = ids | set(rows.filter(undone_on=None).values_list("id", flat=True))
    if not ids:
        return {}
    rows = Payment.objects.filter(bulk.is_any_of("id", sorted(ids)), books_id=books_id).order_by("id")
    return {row.pk: row for row in (rows.select_for_update() if is_locked else rows)}


Groups = Mapping[tuple[int | None, int | None], tuple[int, ...]]
"""By payment and entry: the entries that took single allocations of it off."""


def _groups(rows: Sequence[AllocationRow]) -> Groups:
    """Find what was taken off alone: what is undone while others of its entry, or its payment, still stand."""
    by_id = {row.id: row for row in rows}
    found: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for row in rows:
        if row.undoes_id is not None and row.entry_id is not None and (first := by_id.get(row.undoes_id)):
            found[first.payment_id, first.entry_id].append(row.entry_id)
    return {key: tuple(sorted(set(entries))) for key, entries in found.items()}


def _made(books_id: int, rows: Sequence[AllocationRow]) -> dict[int, Made]:
    """Return the allocations that are in force."""
    items = item_facts(books_id, {row.item_id for row in rows})
    return {
        row.id: Made(
            row.id,
            row.item_id,
            items[row.item_id].document_id,
            items[row.item_id].number,
            row.amount.currency,
            items[row.item_id].is_conditional,
            row.payment_id,
            row.credit_item_id,
            row.amount.minor,
            row.base.minor,
            row.paid_minor,
            row.paid_base_minor,
            row.is_manual,
            row.entry_id,
            row.is_returned,
            items[row.item_id].kind.sign,
            items[row.item_id].customer_id,
        )
        for row in rows
        if not row.is_undone
    }


def _of_line(
    undo: Undo, line: BankLine | None, payment: Payment | None, made: Sequence[Made], groups: Groups
) -> UndoFacts:
    if line is None:
        return UndoFacts(undo, is_known=False)
    if line.entry_id is None:
        return UndoFacts(undo, is_known=True, is_done=True)
    if payment is not None and payment.is_by_hand:
        return UndoFacts(
            undo,
            is_known=True,
            made_on=payment.paid_date,
            line_id=line.pk,
            payment_id=payment.pk,
            is_recognition=True,
        )
    return UndoFacts(
        undo,
        is_known=True,
        made_on=line.booking_date,
        entry_id=line.entry_id,
        line_id=line.pk,
        payment_id=payment.pk if payment else None,
        allocations=tuple(one for one in made if one.entry_id == line.entry_id),
        later=tuple(one for one in made if one.entry_id != line.entry_id),
        taken_off=groups.get((payment.pk if payment else None, line.entry_id), ()),
    )


def _of_payment(undo: Undo, payment: Payment | None, made: Sequence[Made], groups: Groups) -> UndoFacts:
    if payment is None:
        return UndoFacts(undo, is_known=False)
    if payment.undone_on is not None:
        return UndoFacts(undo, is_known=True, is_done=True)
    return UndoFacts(
        undo,
        is_known=True,
        made_on=payment.paid_date,
        entry_id=payment.entry_id,
        line_id=payment.bank_line_id,
        payment_id=payment.pk,
        allocations=tuple(one for one in made if one.entry_id == payment.entry_id),
        later=tuple(one for one in made if one.entry_id != payment.entry_id),
        is_recognised=payment.is_by_hand and payment.bank_line_id is not None,
        taken_off=groups.get((payment.pk, payment.entry_id), ()),
    )


def _of_allocation(
    undo: Undo,
    row: AllocationRow | None,
    payments: Mapping[int, Payment],
    made: Mapping[int, Made],
    groups: Groups,
) -> UndoFacts:
    """A later use of cash or credit: all allocations of its entry, or the one that needed none."""
    if row is None:
        return UndoFacts(undo, is_known=False)
    if row.id not in made:
        return UndoFacts(undo, is_known=True, is_done=True)
    together = tuple(
        one
        for one in made.values()
        if one.id == row.id
        or (row.entry_id is not None and one.entry_id == row.entry_id and one.payment_id == row.payment_id)
    )
    payment = payments.get(row.payment_id or 0)
    return UndoFacts(
        undo,
        is_known=True,
        made_on=row.made_on,
        entry_id=row.entry_id,
        payment_id=row.payment_id,
        allocations=together,
        is_part=payment is not None and payment.entry_id == row.entry_id,
        taken_off=groups.get((row.payment_id, row.entry_id), ()) if row.entry_id is not None else (),
    )


def _of_applied(
    undo: Undo, row: AllocationRow | None, payments: Mapping[int, Payment], made: Mapping[int, Made]
) -> UndoFacts:
    """One allocation of a payment, by itself."""
    payment = payments.get(row.payment_id or 0) if row is not None else None
    if row is None or payment is None:
        return UndoFacts(undo, is_known=False)
    if row.id not in made:
        return UndoFacts(undo, is_known=True, is_done=True)
    return UndoFacts(
        undo,
        is_known=True,
        made_on=row.made_on,
        payment_id=payment.pk,
        allocations=(made[row.id],),
        cash=Cash(payment.pk, payment.customer_id, currency(payment.currency)),
    )
