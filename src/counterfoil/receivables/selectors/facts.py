"""What settlements are held against: items, lines, cash and accounts as they stand, locked where they will change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

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
    return _chart(books_id, base_currency(books_id), bank_facts(books_id))


def _chart(books_id: int, base: Currency, banks: Mapping[int, BankFacts]) -> Chart:
    accounts = ledger_reads.accounts(books_id)
    codes = {account.role: account.code for account in accounts if account.role}
    return Chart(
        base=base,
        receivable=codes[AccountRole.RECEIVABLE],
        unapplied=codes[AccountRole.UNAPPLIED_CASH],
        fx_difference=codes[AccountRole.FX_DIFFERENCE],
        clearing=codes[AccountRole.CURRENCY_CLEARING],
        kept=frozenset([*(codes[role] for role in _KEPT), *(bank.account for bank in banks.values())]),
        known=frozenset(account.code for account in accounts),
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

    With `is_locked` the rows are held until the transaction ends: the bank accounts of payments by hand, then lines,
    payments and items, each by id, so that two writers never wait for each other in a circle.
    """
    ids = {origin: {s.origin_id for s in settlements if s.origin is origin} for origin in Origin}
    parts = [part for settlement in settlements for part in settlement.parts]
    item_ids = {part.item_id for part in parts} | ids[Origin.CREDIT]
    returned = {part.returns for part in parts if part.returns is not None}
    recognised = {settlement.recognises for settlement in settlements if settlement.recognises is not None}
    if is_locked and ids[Origin.HAND]:
        hold_bank_accounts(books_id, ids[Origin.HAND])
    base = base_currency(books_id)
    banks = bank_facts(books_id)
    lines = _line_facts(books_id, ids[Origin.LINE], banks, is_locked)
    payments = _payments(books_id, ids[Origin.CASH] | recognised, is_locked)
    return Facts(
        _chart(books_id, base, banks),
        _item_facts(books_id, item_ids, base, is_locked),
        lines,
        banks,
        {id_: _cash(row, base) for id_, row in payments.items() if id_ in ids[Origin.CASH]},
        {row.id: row for row in allocation_facts(books_id, allocation_ids=returned)} if returned else {},
        {id_: _hand(row) for id_, row in payments.items() if row.is_by_hand},
        closed_months(books_id),
    )


def hold_bank_accounts(books_id: int, bank_account_ids: Iterable[int]) -> None:
    """Let others wait who enter payments by hand or import statements of these accounts; rows may still name them."""
    rows = BankAccount.objects.filter(books_id=books_id, id__in=sorted(bank_account_ids)).order_by("id")
    list(rows.select_for_update(no_key=True).values_list("id"))


def bank_facts(books_id: int) -> dict[int, BankFacts]:
    """Return the bank accounts by id."""
    rows = BankAccount.objects.filter(books_id=books_id).values_list("id", "currency", "account_code")
    return {id_: BankFacts(id_, currency(code), account) for id_, code, account in rows}


def _line_facts(
    books_id: int, line_ids: Iterable[int], banks: Mapping[int, BankFacts], is_locked: bool
) -> dict[int, LineFacts]:
    fields = (
        "id", "state", "amount_minor", "currency", "booking_date", "bank_account_id", "postings", "settlement_hash",
    )  # fmt: skip
    rows = _rows(BankLine.objects.filter(books_id=books_id), line_ids, is_locked)
    return {
        id_: LineFacts(
            id_, LineState(state), Money(minor, currency(code)), day, banks[bank].account, bank, postings, settled_as
        )
        for id_, state, minor, code, day, bank, postings, settled_as in rows.values_list(*fields)
    }


def _payments(books_id: int, payment_ids: Iterable[int], is_locked: bool) -> dict[int, Payment]:
    return {row.pk: row for row in _rows(Payment.objects.filter(books_id=books_id), payment_ids, is_locked)}


def _cash(row: Payment, base: Currency) -> CashFacts:
    unapplied = Money(row.unapplied_minor, currency(row.currency))
    in_base = Money(row.unapplied_base_minor, base)
    return CashFacts(row.pk, row.customer_id, unapplied, in_base, row.undone_on is not None)


def _hand(row: Payment) -> HandFacts:
    amount = Money(row.amount_minor, currency(row.currency))
    is_free = row.undone_on is None and row.bank_line_id is None
    return HandFacts(row.pk, row.bank_account_id, amount, row.entry_id, is_free)


ITEM_FIELDS: Final = (
    "id", "kind", "document_id", "number", "reference", "customer_id", "contract_id", "currency", "amount_minor",
    "base_minor", "open_minor", "open_base_minor", "issue_date", "due_date", "is_conditional", "unconditional_on",
)  # fmt: skip
"""The columns that `as_item` takes, in its order."""


def item_facts(books_id: int, item_ids: Iterable[int], *, is_locked: bool = False) -> dict[int, ItemFacts]:
    """Return open items by id."""
    return _item_facts(books_id, item_ids, base_currency(books_id), is_locked)


def _item_facts(books_id: int, item_ids: Iterable[int], base: Currency, is_locked: bool) -> dict[int, ItemFacts]:
    rows = _rows(OpenItem.objects.filter(books_id=books_id), item_ids, is_locked)
    return {row[0]: as_item(row, base) for row in rows.values_list(*ITEM_FIELDS)}


def as_item(row: tuple[Any, ...], base: Currency) -> ItemFacts:
    """Return a row of `ITEM_FIELDS` as the rules know it."""
    id_, kind, document, number, reference, customer, contract, code, amount, in_base, open_, open_base, *rest = row
    issue_date, due_date, is_conditional, unconditional_on = rest
    own = currency(code)
    return ItemFacts(
        id_,
        DocumentKind(kind),
        document,
        number,
        reference,
        customer,
        contract,
        Money(amount, own),
        Money(in_base, base),
        Money(open_, own),
        Money(open_base, base),
        issue_date,
        due_date,
        is_conditional and unconditional_on is None,
    )


def _rows(rows: QuerySet[_Row], ids: Iterable[int], is_locked: bool) -> QuerySet[_Row]:
    """Pick rows by id, in the order of their ids, and lock them if asked to; no statement for no id."""
    found = rows.filter(bulk.is_any_of("id", sorted(ids))).order_by("id")
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
    undoes_id: int | None = None


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
                row.undoes_id,
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
