"""What taking matches back would touch, as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.receivables.domain.undoing import Cash, Made, Undo, UndoFacts, What
from counterfoil.receivables.models import Allocation, BankLine, Payment
from counterfoil.receivables.selectors.facts import AllocationRow, allocation_facts, item_facts, items_by_document


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


# ------------------------------------------------------------------------------------ for a plan


@dataclass(frozen=True, slots=True)
class Label:
    """What people call a bank line or a payment, and how much it is."""

    name: str
    amount: Money
    day: date


def undo_labels(books_id: int, undos: Sequence[Undo]) -> dict[Undo, Label]:
    """Return what lines and payments are called; one statement for each of the two."""
    found: dict[Undo, Label] = {}
    line_ids = [undo.id for undo in undos if undo.what is What.LINE]
    lines = BankLine.objects.filter(bulk.is_any_of("id", line_ids), books_id=books_id)
    for id_, payer, text, minor, code, day in lines.values_list(
        "id", "counterparty", "text", "amount_minor", "currency", "booking_date"
    ):
        found[Undo(What.LINE, id_)] = Label((payer or text)[:80], Money(minor, currency(code)), day)
    payment_ids = [undo.id for undo in undos if undo.what is What.PAYMENT]
    payments = Payment.objects.filter(bulk.is_any_of("id", payment_ids), books_id=books_id)
    for id_, text, minor, code, day in payments.values_list("id", "text", "amount_minor", "currency", "paid_date"):
        found[Undo(What.PAYMENT, id_)] = Label(text[:80], Money(minor, currency(code)), day)
    return found


@dataclass(frozen=True, slots=True)
class AppliedTo:
    """What settles a document now, and what would take it off."""

    document_id: int
    undo: Undo
    number: str
    amount: Money
    made_on: date


def applied_to(books_id: int, document_ids: Sequence[int]) -> list[AppliedTo]:
    """Return what settles some documents: each to be taken off by itself, so that the money stays.

    Of a payment that a credit note's part went into, everything is taken off: the rest alone was never money. What
    their own credit notes settled is left out. A number of statements that does not grow with them.
    """
    items = items_by_document(books_id, document_ids)
    rows = [row for row in allocation_facts(books_id, item_ids=items.values()) if row.is_live]
    every = allocation_facts(books_id, payment_ids={row.payment_id for row in rows if row.payment_id is not None})
    standing = [row for row in every if row.is_live]
    facts = item_facts(books_id, {row.item_id for row in (*rows, *standing)})
    mixed = {row.payment_id for row in standing if facts[row.item_id].kind is DocumentKind.CREDIT_NOTE}
    wanted = {row.id: row for row in rows} | {row.id: row for row in standing if row.payment_id in mixed}
    return [
        AppliedTo(
            facts[row.item_id].document_id,
            Undo(What.APPLIED if row.payment_id is not None else What.ALLOCATION, row.id),
            facts[row.item_id].number,
            row.amount,
            row.made_on,
        )
        for _, row in sorted(wanted.items())
    ]


def uses_of_credit(books_id: int, notes: Sequence[tuple[int, int]]) -> dict[Undo, int]:
    """Return what used credit notes, and would be taken back, with the note: other invoices they settled, refunds.

    What a credit note settled of the invoice it corrects is left out. A number of statements that does not grow.

    Args:
        notes: each as (credit note, its invoice), by document id.
    """
    items = items_by_document(books_id, [document for pair in notes for document in pair])
    own = {items[note]: items.get(invoice) for note, invoice in notes if note in items}
    documents = {items[note]: note for note, _ in notes if note in items}
    found: dict[Undo, int] = {}
    for row in allocation_facts(books_id, item_ids=own, credit_item_ids=own):
        if row.is_live and row.credit_item_id in own and row.item_id != own[row.credit_item_id]:
            found[Undo(What.ALLOCATION, row.id)] = documents[row.credit_item_id]
        elif row.is_live and row.item_id in own and row.payment_id is not None:
            found[Undo(What.PAYMENT, row.payment_id)] = documents[row.item_id]
    lines = Payment.objects.filter(
        bulk.is_any_of("id", [undo.id for undo in found if undo.what is What.PAYMENT]), books_id=books_id
    )
    for payment_id, line_id in lines.exclude(bank_line=None).exclude(is_by_hand=True).values_list("id", "bank_line_id"):
        if line_id is not None:
            found[Undo(What.LINE, line_id)] = found.pop(Undo(What.PAYMENT, payment_id))
    return found


def returns_of(books_id: int, allocation_ids: Sequence[int]) -> dict[int, Undo]:
    """Return what gave the money of some allocations back: the bank line, or the payment by hand."""
    rows = Allocation.objects.filter(bulk.is_any_of("returns_id", list(allocation_ids)), books_id=books_id)
    fields = rows.filter(undone_by=None).values_list("returns_id", "payment_id", "payment__bank_line_id")
    return {
        returned: Undo(What.LINE, line_id) if line_id is not None else Undo(What.PAYMENT, payment_id)
        for returned, payment_id, line_id in fields
        if returned is not None and payment_id is not None
    }


def posted_lines_of_import(books_id: int, batch_id: int) -> list[int]:
    """Return the lines of an import that are matched or assigned."""
    rows = BankLine.objects.filter(books_id=books_id, statement__batch_id=batch_id, state="posted")
    return list(rows.order_by("id").values_list("id", flat=True))


def payment_of_entry(books_id: int, entry_ids: Sequence[int]) -> dict[int, Undo]:
    """Return what posted some entries: a bank line, or a payment by hand."""
    lines = BankLine.objects.filter(bulk.is_any_of("entry_id", list(entry_ids)), books_id=books_id)
    found = {entry: Undo(What.LINE, id_) for entry, id_ in lines.values_list("entry_id", "id") if entry is not None}
    payments = Payment.objects.filter(bulk.is_any_of("entry_id", list(entry_ids)), books_id=books_id)
    return {entry: Undo(What.PAYMENT, id_) for entry, id_ in payments.values_list("entry_id", "id")} | found
