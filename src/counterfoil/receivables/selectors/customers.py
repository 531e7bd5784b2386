"""Reading what customers owe: open items, aged receivables, statements of account, payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median

from django.db.models import Case, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.explanation import Explanation
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import AccountRole
from counterfoil.receivables.domain import aging
from counterfoil.receivables.domain.settlement import DocumentKind, ItemFacts
from counterfoil.receivables.models import Allocation, OpenItem, Payment
from counterfoil.receivables.selectors.facts import ITEM_FIELDS, allocation_facts, as_item, base_currency


@dataclass(slots=True)
class AgedRow:
    """What one customer owes in one currency as of a day, by bucket: minor units of the currency and of base.

    What the customer has to its credit (credit notes not used up) is negative in the bucket of its date. `conditional`
    is invoiced and not unconditional yet: it stands on the netted pair of accounts and is in no bucket. `unapplied` is
    money of the customer on no invoice yet, in base; it is a liability, shown apart, and in no total here.
    """

    customer_id: int
    customer: str
    currency: Currency
    amounts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(aging.BUCKETS, 0))
    base: dict[str, int] = field(default_factory=lambda: dict.fromkeys(aging.BUCKETS, 0))
    conditional_minor: int = 0
    conditional_base_minor: int = 0
    unapplied_base_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What is owed in the currency, over all buckets."""
        return sum(self.amounts.values())

    @property
    def total_base_minor(self) -> int:
        """What is owed in base, over all buckets."""
        return sum(self.base.values())

    @property
    def is_empty(self) -> bool:
        """Nothing to show."""
        figures = (*self.amounts.values(), *self.base.values(), self.conditional_minor, self.unapplied_base_minor)
        return not any((*figures, self.conditional_base_minor))


@dataclass(frozen=True, slots=True)
class AgedReceivables:
    """Aged receivables as of a day: by customer and currency, and their base totals, which equal the ledger."""

    as_of: date
    base: Currency
    rows: tuple[AgedRow, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Base minor units by bucket."""
        return {name: sum(row.base[name] for row in self.rows) for name in aging.BUCKETS}

    @property
    def total_base_minor(self) -> int:
        """What all customers owe: the balance of the receivable account as of the day."""
        return sum(row.total_base_minor for row in self.rows)

    @property
    def conditional_base_minor(self) -> int:
        """What is invoiced and still conditional: the balance of the account of the netted pair."""
        return sum(row.conditional_base_minor for row in self.rows)

    @property
    def unapplied_base_minor(self) -> int:
        """Customers' money on no invoice yet: the balance of that account, as a positive number."""
        return sum(row.unapplied_base_minor for row in self.rows)


def aged_receivables(books_id: int, as_of: date) -> AgedReceivables:
    """Return who owed how much as of any day, by days overdue.

    Of each item: what is open now, plus what was allocated after the day. So the present costs a look at the open items
    and the past a look at what happened since. Statements do not grow with items or customers.
    """
    base = base_currency(books_id)
    rows: dict[tuple[int, str], AgedRow] = {}

    def row_of(customer_id: int, code: str) -> AgedRow:
        return rows.setdefault((customer_id, code), AgedRow(customer_id, "", currency(code)))

    for customer_id, code, bucket, amount, in_base in _movements(books_id, as_of):
        row = row_of(customer_id, code)
        if bucket == _CONDITIONAL:
            row.conditional_minor += amount
            row.conditional_base_minor += in_base
        else:
            row.amounts[bucket] += amount
            row.base[bucket] += in_base
    unapplied = ledger_reads.customer_balances(books_id, AccountRole.UNAPPLIED_CASH, as_of=as_of)
    for customer, minor in unapplied.items():
        if customer is not None and minor:
            known = [key for key in rows if key[0] == customer]
            row_of(*(known[0] if known else (customer, base.code))).unapplied_base_minor -= minor
    names = crm.customer_names(sorted({customer_id for customer_id, _ in rows}))
    for row in rows.values():
        row.customer = names.get(row.customer_id, "")
    shown = [row for row in rows.values() if not row.is_empty]
    shown.sort(key=lambda row: (row.customer.casefold(), row.customer_id, row.currency.code))
    return AgedReceivables(as_of, base, tuple(shown))


_CONDITIONAL = "conditional"
Movement = tuple[int, str, str, int, int]
"""customer, currency, bucket, amount minor, base minor"""


def _movements(books_id: int, as_of: date) -> Iterator[Movement]:
    """Yield sums that add up to what was open as of a day, by customer, currency and bucket; four statements."""
    items = OpenItem.objects.filter(books_id=books_id, open_minor__gt=0, issue_date__lte=as_of)
    yield from _summed(items, "", as_of, "open_minor", "open_base_minor", 1)
    later = Allocation.objects.filter(books_id=books_id, made_on__gt=as_of)
    yield from _summed(later.filter(item__issue_date__lte=as_of), "item__", as_of, "amount_minor", "base_minor", 1)
    given = later.filter(credit_item__issue_date__lte=as_of)
    yield from _summed(given, "credit_item__", as_of, "paid_minor", "paid_base_minor", 1)
    # Paid before it was invoiced: until the invoice's date the payment stands as a credit on the receivable.
    early = Allocation.objects.filter(books_id=books_id, made_on__lte=as_of, item__issue_date__gt=as_of)
    yield from _summed(early, "item__", as_of, "amount_minor", "base_minor", -1)


def _summed(
    rows: QuerySet[OpenItem] | QuerySet[Allocation],
    prefix: str,
    as_of: date,
    amount: str,
    in_base: str,
    sign: int,
) -> Iterator[Movement]:
    """Sum rows by customer, currency and bucket; what is to a customer's credit counts negative."""
    keys = (f"{prefix}customer_id", f"{prefix}currency", f"{prefix}kind", "bucket")
    found = rows.annotate(bucket=_bucket(prefix, as_of)).values_list(*keys).annotate(Sum(amount), Sum(in_base))
    for customer, code, kind, bucket, minor, base_minor in found.order_by():
        side = sign * DocumentKind(kind).sign
        yield customer, code, bucket, side * minor, side * base_minor


def _bucket(prefix: str, as_of: date) -> Case:
    """The bucket of an item as of a day, in the database: due dates within the ranges that the rule gives."""
    waits = Q(**{f"{prefix}is_conditional": True}) & (
        Q(**{f"{prefix}unconditional_on": None}) | Q(**{f"{prefix}unconditional_on__gt": as_of})
    )
    whens = [When(waits, then=Value(_CONDITIONAL))]
    for bucket in aging.buckets(as_of):
        inside = Q()
        if bucket.due_from is not None:
            inside &= Q(**{f"{prefix}due_date__gte": bucket.due_from})
        if bucket.due_to is not None:
            inside &= Q(**{f"{prefix}due_date__lte": bucket.due_to})
        whens.append(When(inside, then=Value(bucket.name)))
    return Case(*whens)


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """What a customer owes now, in base: invoices less credit, what of it is overdue, and money not applied."""

    open: Money
    overdue: Money
    unapplied: Money
    items: int


def customer_balance(books_id: int, customer_id: int, as_of: date) -> CustomerBalance:
    """Return a customer's balance today; `as_of` decides what is overdue."""
    base = base_currency(books_id)
    rows = OpenItem.objects.filter(books_id=books_id, customer_id=customer_id, open_minor__gt=0)
    open_ = overdue = items = 0
    for kind, due, minor in rows.values_list("kind", "due_date", "open_base_minor"):
        signed = DocumentKind(kind).sign * minor
        open_ += signed
        overdue += signed if due < as_of else 0
        items += 1
    cash = Payment.objects.filter(books_id=books_id, customer_id=customer_id, unapplied_minor__gt=0)
    unapplied = cash.aggregate(total=Sum("unapplied_base_minor"))["total"] or 0
    return CustomerBalance(Money(open_, base), Money(overdue, base), Money(unapplied, base), items)


def open_items(
    books_id: int, *, customer_id: int | None = None, after: tuple[date, int] | None = None, limit: int = 100
) -> list[ItemFacts]:
    """Return items with something open, by due date, `limit` of them after a keyset position (due date, id)."""
    rows = OpenItem.objects.filter(books_id=books_id, open_minor__gt=0).order_by("due_date", "id")
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if after is not None:
        day, id_ = after
        rows = rows.filter(Q(due_date__gt=day) | Q(due_date=day, id__gt=id_))
    base = base_currency(books_id)
    return [as_item(row, base) for row in rows.values_list(*ITEM_FIELDS)[:limit]]


def items_of_documents(books_id: int, document_ids: Sequence[int]) -> dict[int, ItemFacts]:
    """Return the items of issued documents, by document: what is open of each; one statement and the books."""
    base = base_currency(books_id)
    rows = OpenItem.objects.filter(bulk.is_any_of("document_id", list(document_ids)), books_id=books_id)
    items = [as_item(row, base) for row in rows.values_list(*ITEM_FIELDS)]
    return {item.document_id: item for item in items}


@dataclass(frozen=True, slots=True)
class Settling:
    """One step of how an item was settled. Negative amounts take an earlier step back."""

    allocation_id: int
    made_on: date
    amount: Money
    payment_id: int | None
    bank_line_id: int | None
    credit_number: str
    entry_id: int | None
    is_manual: bool
    is_live: bool
    takes_back: str
    """"undo", "return", or empty."""


def settlings(books_id: int, document_id: int) -> list[Settling]:
    """Return how a document was settled, or what a credit note was used for, oldest first."""
    rows = Allocation.objects.filter(books_id=books_id).filter(
        Q(item__document_id=document_id) | Q(credit_item__document_id=document_id)
    )
    live = {row.id: row for row in allocation_facts(books_id, allocation_ids=rows.values_list("id", flat=True))}
    found = []
    for row in rows.select_related("item", "credit_item", "payment").order_by("made_on", "id"):
        is_given = row.credit_item is not None and row.credit_item.document_id == document_id
        other = row.item.number if is_given else row.credit_item.number if row.credit_item else ""
        found.append(
            Settling(
                row.pk,
                row.made_on,
                live[row.pk].amount,
                row.payment_id,
                row.payment.bank_line_id if row.payment else None,
                other,
                row.entry_id,
                row.is_manual,
                live[row.pk].is_live,
                "undo" if row.undoes_id else "return" if row.returns_id else "",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as lists show it. Negative: money that went back."""

    id: int
    paid_date: date
    customer_id: int
    customer: str
    amount: Money
    unapplied: Money
    bank_account_id: int
    bank_line_id: int | None
    entry_id: int
    text: str
    is_by_hand: bool
    is_manual: bool
    undone_on: date | None
    settled: tuple[tuple[str, Money], ...]
    """What it settles now: number and amount."""

    @property
    def key(self) -> tuple[date, int]:
        """Where the next page goes on."""
        return self.paid_date, self.id


def payments(
    books_id: int,
    *,
    customer_id: int | None = None,
    payment_id: int | None = None,
    is_unapplied: bool = False,
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[PaymentRow]:
    """Return payments, the newest first, `limit` of them after a keyset position.

    Args:
        is_unapplied: only those with money that is on no invoice yet.
    """
    rows = Payment.objects.filter(books_id=books_id).order_by("-paid_date", "-id")
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if payment_id is not None:
        rows = rows.filter(id=payment_id)
    if is_unapplied:
        rows = rows.filter(unapplied_minor__gt=0)
    if after is not None:
        day, id_ = after
        rows = rows.filter(Q(paid_date__lt=day) | Q(paid_date=day, id__lt=id_))
    page = list(rows[:limit])
    names = crm.customer_names(sorted({row.customer_id for row in page}))
    settled = _settled_by(books_id, [row.pk for row in page])
    return [
        PaymentRow(
            row.pk,
            row.paid_date,
            row.customer_id,
            names.get(row.customer_id, ""),
            Money(row.amount_minor, currency(row.currency)),
            Money(row.unapplied_minor, currency(row.currency)),
            row.bank_account_id,
            row.bank_line_id,
            row.entry_id,
            row.text,
            row.is_by_hand,
            row.is_manual,
            row.undone_on,
            tuple(settled[row.pk]),
        )
        for row in page
    ]


def _settled_by(books_id: int, payment_ids: Sequence[int]) -> dict[int, list[tuple[str, Money]]]:
    rows = [row for row in allocation_facts(books_id, payment_ids=payment_ids) if not row.is_undone]
    items = OpenItem.objects.filter(bulk.is_any_of("id", sorted({row.item_id for row in rows})), books_id=books_id)
    numbers = dict(items.values_list("id", "number"))
    settled: dict[int, list[tuple[str, Money]]] = defaultdict(list)
    for row in rows:
        if row.payment_id is not None:
            settled[row.payment_id].append((numbers[row.item_id], row.amount))
    return settled


PAID_LATELY = 24
"""How many of a customer's last settled invoices say how late it usually pays."""


def usual_delays(books_id: int, customer_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many days after the due date each customer usually pays, and over how many invoices; one statement.

    It is the median over the last settled invoices, negative where they pay early; who never paid is left out.
    """
    rows = (
        Allocation.objects.filter(
            bulk.is_any_of("item__customer_id", sorted(set(customer_ids))),
            books_id=books_id,
            item__kind=DocumentKind.INVOICE.value,
            item__open_minor=0,
            payment__isnull=False,
            undoes=None,
            undone_by=None,
        )
        .values_list("item__customer_id", "item_id", "item__due_date")
        .annotate(paid_on=Max("payment__paid_date"))
        .order_by("-item_id")
    )
    days: dict[int, list[int]] = defaultdict(list)
    for customer_id, _item_id, due_date, paid_on in rows:
        if len(days[customer_id]) < PAID_LATELY:
            days[customer_id].append((paid_on - due_date).days)
    return {customer_id: (round(median(found)), len(found)) for customer_id, found in days.items()}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One line of a statement of account, with the customer's balance after it (minor units of its currency).

    `what`: invoice, credit_note, payment (also what of it is not applied), returned, undone.
    """

    day: date
    what: str
    number: str
    amount: Money
    balance_minor: int
    document_id: int | None = None
    payment_id: int | None = None


def statement_of_account(
    books_id: int, customer_id: int, *, start: date, end: date
) -> dict[Currency, tuple[int, list[AccountLine]]]:
    """Return what happened on a customer's account from `start` to `end`, both inclusive, by currency.

    Invoices add, credit notes and money subtract, whether the money is applied or not, so that the last balance is what
    the customer owes less what is on account. The number beside each currency is the balance before `start`.
    """
    moves: dict[str, list[AccountLine]] = defaultdict(list)
    for row in OpenItem.objects.filter(books_id=books_id, customer_id=customer_id, issue_date__lte=end):
        signed = DocumentKind(row.kind).sign * row.amount_minor
        amount = Money(signed, currency(row.currency))
        moves[row.currency].append(AccountLine(row.issue_date, row.kind, row.number, amount, 0, row.document_id))
    for payment_id, code, day, undone_on, minor in _customer_money(books_id, customer_id, end):
        amount = Money(-minor, currency(code))
        what = "payment" if minor > 0 else "returned"
        moves[code].append(AccountLine(day, what, "", amount, 0, payment_id=payment_id))
        if undone_on is not None and undone_on <= end:
            moves[code].append(AccountLine(undone_on, "undone", "", -amount, 0, payment_id=payment_id))
    found = {}
    for code, rows in sorted(moves.items()):
        rows.sort(key=lambda line: (line.day, line.payment_id or 0, line.document_id or 0))
        balance = before = sum(line.amount.minor for line in rows if line.day < start)
        lines = []
        for line in rows:
            if line.day >= start:
                balance += line.amount.minor
                lines.append(replace(line, balance_minor=balance))
        found[currency(code)] = (before, lines)
    return found


Received = tuple[int, str, date, date | None, int]
"""payment, currency, day, day it was undone, minor units that are the customer's"""


def _customer_money(books_id: int, customer_id: int, end: date) -> list[Received]:
    """Return what each payment brought to a customer's account: what settled the customer's items, and what was left.

    A payment may settle items of several customers, and in another currency than its own; later uses of what was left
    change nothing for the account.
    """
    theirs = Allocation.objects.filter(
        books_id=books_id, item__customer_id=customer_id, undoes=None, entry_id=F("payment__entry_id")
    )
    fields = ("payment_id", "item__currency", "payment__paid_date", "payment__undone_on")
    sums: dict[tuple[int, str], tuple[date, date | None, int]] = {}
    for id_, code, day, undone_on, kind, minor in (
        theirs.values_list(*fields, "item__kind").annotate(total=Sum("amount_minor")).order_by()
    ):
        kept = sums.get((id_, code), (day, undone_on, 0))
        sums[id_, code] = (day, undone_on, kept[2] + DocumentKind(kind).sign * minor)
    used = Allocation.objects.filter(payment_id=OuterRef("pk"), undoes=None, entry_id=OuterRef("entry_id"))
    signed = Case(When(item__kind=DocumentKind.INVOICE.value, then=F("paid_minor")), default=-F("paid_minor"))
    spent = used.order_by().values("payment_id").annotate(total=Sum(signed)).values("total")
    own = Payment.objects.filter(books_id=books_id, customer_id=customer_id).annotate(spent=Subquery(spent))
    for row in own:
        left = row.amount_minor - row.other_minor - (row.spent or 0)
        if left:
            kept = sums.get((row.pk, row.currency), (row.paid_date, row.undone_on, 0))
            sums[row.pk, row.currency] = (row.paid_date, row.undone_on, kept[2] + left)
    return [(id_, code, day, undone_on, minor) for (id_, code), (day, undone_on, minor) in sums.items() if day <= end]


def faults(books_id: int) -> list[Explanation]:
    """Return where what is maintained differs from a fold over the rows, or from the ledger; nothing when all is well.

    Reads every allocation: for tests and the nightly look-over.
    """
    found: list[Explanation] = []
    settled: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    spent: dict[int | None, list[int]] = defaultdict(lambda: [0, 0])
    rows = Allocation.objects.filter(books_id=books_id).values_list(
        "item_id", "item__kind", "credit_item_id", "payment_id", "amount_minor", "base_minor", "paid_minor",
        "paid_base_minor",
    )  # fmt: skip
    for item_id, kind, credit, payment, amount, in_base, paid, paid_base in rows.iterator(chunk_size=5_000):
        _add(settled[item_id], amount, in_base)
        if credit is not None:
            _add(settled[credit], paid, paid_base)
        _add(spent[payment], DocumentKind(kind).sign * paid, DocumentKind(kind).sign * paid_base)
    for item in OpenItem.objects.filter(books_id=books_id).iterator(chunk_size=5_000):
        amount, in_base = settled[item.pk]
        if (item.open_minor, item.open_base_minor) != (item.amount_minor - amount, item.base_minor - in_base):
            found.append(Explanation("open_item_off", {"item": item.pk, "number": item.number}))
    found += [
        Explanation("payment_off", {"payment": row.pk})
        for row in Payment.objects.filter(books_id=books_id, undone_on=None).iterator(chunk_size=5_000)
        if row.unapplied_minor != row.amount_minor - row.other_minor - spent[row.pk][0]
    ]
    aged = aged_receivables(books_id, ledger_reads.FAR_FUTURE)
    for name, ours, role, sign in (
        ("receivables", aged.total_base_minor, AccountRole.RECEIVABLE, 1),
        ("conditional receivables", aged.conditional_base_minor, AccountRole.INVOICED_NOT_DUE, 1),
        ("unapplied cash", _unapplied(books_id), AccountRole.UNAPPLIED_CASH, -1),
    ):
        theirs = sign * ledger_reads.account_balance(books_id, role)
        if ours != theirs:
            found.append(Explanation("sub_ledger_off", {"what": name, "ours": str(ours), "ledger": str(theirs)}))
    return found


def _add(kept: list[int], minor: int, base_minor: int) -> None:
    kept[0] += minor
    kept[1] += base_minor


def _unapplied(books_id: int) -> int:
    total = Payment.objects.filter(books_id=books_id).aggregate(total=Sum("unapplied_base_minor"))["total"]
    return int(total or 0)
