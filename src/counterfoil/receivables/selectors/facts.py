"""What settlements are held against: items, lines, cash and accounts as they stand, locked where they will change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from counterfoil.infra import bulk
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import AccountRole, month_after
from counterfoil.people import selectors as people
from counterfoil.receivables.domain.settlement import (
    AllocationFacts,
    BankFacts,
    CashFacts,
    Chart,
    DocumentKind,
    Facts,
    HandFacts,
    ItemFacts,
    LineFacts,
    Origin,
    Settlement,
)
from counterfoil.receivables.domain.statements import LineState
from counterfoil.receivables.models import Allocation, BankAccount, BankLine, OpenItem, Payment

_Row = TypeVar("_Row", bound=Model)
_KEPT = (
    AccountRole.RECEIVABLE,
    AccountRole.INVOICED_NOT_DUE,
    AccountRole.INVOICED_NOT_DUE_CONTRA,
    AccountRole.CONTRACT_POSITION,
    AccountRole.UNAPPLIED_CASH,
)


def base_currency(books_id: int) -> Currency:
    """Return the books' base currency."""
    return people.books_facts(books_id).base_currency


def chart(books_id: int) -> Chart:
    """Return the accounts that settling posts to; those with sub-ledgers and the banks' own are kept from hands."""
    codes = ledger_reads.account_codes(books_id)
    banks = BankAccount.objects.filter(books_id=books_id).values_list("account_code", flat=True)
    return Chart(
        base=base_currency(books_id),
        receivable=codes[AccountRole.RECEIVABLE],
        unapplied=codes[AccountRole.UNAPPLIED_CASH],
        fx_difference=codes[AccountRole.FX_DIFFERENCE],
        clearing=codes[AccountRole.CURRENCY_CLEARING],
        kept=frozenset([*(codes[role] for role in _KEPT), *banks]),
        known=frozenset(ledger_reads.account_ids(books_id)),
    )


def closed_months(books_id: int) -> dict[date, date]:
    """Return the closed months, each with the first open day after it."""
    first_open: dict[date, date] = {}
    for month in reversed(ledger_reads.closed_months(books_id)):
        after = month_after(month)
        first_open[month] = first_open.get(after, after)
    return first_open


def settlement_facts(books_id: int, settlements: Sequence[Settlement], *, is_locked: bool = False) -> Facts:
    """Read everything that some settlements are held against; a number of statements that does not grow with them.

    With `is_locked` the rows are held until the transaction ends: bank lines, then payments, then items, each by id, so
    that two writers never wait for each other in a circle.
    """
    ids = {origin: {s.origin_id for s in settlements if s.origin is origin} for origin in Origin}
    parts = [part for settlement in settlements for part in settlement.parts]
    lines = line_facts(books_id, ids[Origin.LINE], is_locked=is_locked)
    cash = cash_facts(books_id, ids[Origin.CASH], is_locked=is_locked)
    recognised = {settlement.recognises for settlement in settlements if settlement.recognises is not None}
    by_hand = hand_facts(books_id, recognised, is_locked=is_locked)
    items = item_facts(books_id, {part.item_id for part in parts} | ids[Origin.CREDIT], is_locked=is_locked)
    returned = {part.returns for part in parts if part.returns is not None}
    return Facts(
        chart(books_id),
        items,
        lines,
        bank_facts(books_id),
        cash,
        {row.id: row for row in allocation_facts(books_id, allocation_ids=returned)},
        by_hand,
        closed_months(books_id),
    )


def bank_facts(books_id: int) -> dict[int, BankFacts]:
    """Return the bank accounts by id."""
    rows = BankAccount.objects.filter(books_id=books_id).values_list("id", "currency", "account_code")
    return {id_: BankFacts(id_, currency(code), account) for id_, code, account in rows}


def line_facts(books_id: int, line_ids: Iterable[int], *, is_locked: bool = False) -> dict[int, LineFacts]:
    """Return bank lines by id."""
    banks = bank_facts(books_id)
    return {
        row.pk: LineFacts(
            row.pk,
            LineState(row.state),
            Money(row.amount_minor, currency(row.currency)),
            row.booking_date,
            banks[row.bank_account_id].account,
            row.bank_account_id,
            row.postings,
            row.settlement_hash,
        )
        for row in _rows(BankLine.objects.filter(books_id=books_id), line_ids, is_locked)
    }


def cash_facts(books_id: int, payment_ids: Iterable[int], *, is_locked: bool = False) -> dict[int, CashFacts]:
    """Return what is not applied of payments, by id."""
    base = base_currency(books_id)
    return {
        row.pk: CashFacts(
            row.pk,
            row.customer_id,
            Money(row.unapplied_minor, currency(row.currency)),
            Money(row.unapplied_base_minor, base),
            row.undone_on is not None,
        )
        for row in _rows(Payment.objects.filter(books_id=books_id), payment_ids, is_locked)
    }


def hand_facts(books_id: int, payment_ids: Iterable[int], *, is_locked: bool = False) -> dict[int, HandFacts]:
    """Return payments entered by hand, by id."""
    return {
        row.pk: HandFacts(
            row.pk,
            row.bank_account_id,
            Money(row.amount_minor, currency(row.currency)),
            row.entry_id,
            row.undone_on is None and row.bank_line_id is None,
        )
        for row in _rows(Payment.objects.filter(books_id=books_id, is_by_hand=True), payment_ids, is_locked)
    }


def item_facts(books_id: int, item_ids: Iterable[int], *, is_locked: bool = False) -> dict[int, ItemFacts]:
    """Return open items by id."""
    base = base_currency(books_id)
    found = _rows(OpenItem.objects.filter(books_id=books_id), item_ids, is_locked)
    return {row.pk: as_item(row, base) for row in found}


def as_item(row: OpenItem, base: Currency) -> ItemFacts:
    """Return a row as the rules know it."""
    own = currency(row.currency)
    return ItemFacts(
        row.pk,
        DocumentKind(row.kind),
        row.document_id,
        row.number,
        row.reference,
        row.customer_id,
        row.contract_id,
        Money(row.amount_minor, own),
        Money(row.base_minor, base),
        Money(row.open_minor, own),
        Money(row.open_base_minor, base),
        row.issue_date,
        row.due_date,
        row.is_conditional and row.unconditional_on is None,
    )


def _rows(rows: QuerySet[_Row], ids: Iterable[int], is_locked: bool) -> Iterable[_Row]:
    """Read rows by id, in the order of their ids, and lock them if asked to; no statement for no id."""
    wanted = sorted(ids)
    if not wanted:
        return ()
    found = rows.filter(bulk.is_any_of("id", wanted)).order_by("id")
    return found.select_for_update() if is_locked else found


@dataclass(frozen=True, slots=True)
class AllocationRow(AllocationFacts):
    """An allocation with whose it is."""

    payment_id: int | None
    credit_item_id: int | None
    paid_minor: int
    paid_base_minor: int
    made_on: date
    is_manual: bool
    entry_id: int | None
    returns_id: int | None
    is_undone: bool
    """It was taken back, or it takes one back itself."""
    is_returned: bool


def allocation_facts(
    books_id: int,
    *,
    allocation_ids: Iterable[int] = (),
    item_ids: Iterable[int] = (),
    payment_ids: Iterable[int] = (),
    credit_item_ids: Iterable[int] = (),
) -> list[AllocationRow]:
    """Return allocations by id, item, payment or credit note's item, in the order of ids; one statement each."""
    base = base_currency(books_id)
    undone = Allocation.objects.filter(undoes=OuterRef("pk"))
    returned = Allocation.objects.filter(returns=OuterRef("pk"), undone_by=None)
    found: dict[int, AllocationRow] = {}
    for field, ids in (
        ("id", allocation_ids),
        ("item_id", item_ids),
        ("payment_id", payment_ids),
        ("credit_item_id", credit_item_ids),
    ):
        wanted = sorted(ids)
        if not wanted:
            continue
        rows = Allocation.objects.filter(bulk.is_any_of(field, wanted), books_id=books_id).select_related("item")
        for row in rows.annotate(was_undone=Exists(undone), was_returned=Exists(returned)):
            is_undone = row.was_undone or row.undoes_id is not None
            found[row.pk] = AllocationRow(
                row.pk,
                row.item_id,
                Money(row.amount_minor, currency(row.item.currency)),
                Money(row.base_minor, base),
                not (is_undone or row.was_returned or row.returns_id is not None),
                row.payment_id,
                row.credit_item_id,
                row.paid_minor,
                row.paid_base_minor,
                row.made_on,
                row.is_manual,
                row.entry_id,
                row.returns_id,
                is_undone,
                row.was_returned,
            )
    return [found[id_] for id_ in sorted(found)]


def items_by_document(books_id: int, document_ids: Sequence[int]) -> dict[int, int]:
    """Return the ids of the items that some issued documents opened, by document."""
    rows = OpenItem.objects.filter(bulk.is_any_of("document_id", list(document_ids)), books_id=books_id)
    return dict(rows.values_list("document_id", "id")) if document_ids else {}


def payments_by_source(books_id: int, sources: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return payments with the hash of what they settled, by their business key."""
    if not sources:
        return {}
    rows = Payment.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    return {source: (id_, hash_) for source, id_, hash_ in rows.values_list("source", "id", "settlement_hash")}


def payments_by_line(books_id: int, line_ids: Sequence[int]) -> dict[int, int]:
    """Return the payments that stand for some bank lines now, by line."""
    if not line_ids:
        return {}
    rows = Payment.objects.filter(bulk.is_any_of("bank_line_id", list(line_ids)), books_id=books_id, undone_on=None)
    return {line: id_ for line, id_ in rows.values_list("bank_line_id", "id") if line is not None}
