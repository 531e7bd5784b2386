"""Reading bank accounts and lines: positions, what there is to match, and what a line could settle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet, Sum

from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.receivables.domain import references
from counterfoil.receivables.domain.matching import Candidate, MatchLine
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.receivables.domain.statements import NOT_THERE
from counterfoil.receivables.models import BankAccount, BankLine, OpenItem, Payment, Statement
from counterfoil.receivables.selectors.facts import allocation_facts

_NOT_IN_LEDGER = ("listed", "quarantined")


class NoSuchBankAccount(Refused):
    """There is no such bank account in these books."""

    code = "no_such_bank_account"


class NoSuchLine(Refused):
    """There is no such bank line in these books."""

    code = "no_such_line"


@dataclass(frozen=True, slots=True)
class BankPosition:
    """How a bank account's statement and ledger meet.

    statement = brought forward + ledger - not on the statement yet + lines not posted yet + unexplained.
    """

    id: int
    iban: str
    name: str
    account_code: str
    statement: Money
    statement_date: date | None
    ledger: Money
    brought_forward: Money
    """What the account held before its first statement and nobody has entered in the ledger yet."""
    outstanding: Money
    """Payments entered by hand that no bank line stands for yet."""
    unposted: Money
    unposted_count: int

    @property
    def unexplained(self) -> Money:
        """What remains: a missing statement, or an entry by hand on the ledger account. Nothing when all is well."""
        return self.statement - self.brought_forward - self.ledger + self.outstanding - self.unposted


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """A bank line as lists show it."""

    id: int
    bank_account_id: int
    booking_date: date
    value_date: date | None
    amount: Money
    counterparty: str
    counterparty_iban: str
    text: str
    reference: str
    bank_tx_id: str
    state: str
    note: str
    left_code: str
    is_reversal: bool
    has_bad_iban: bool
    is_manual: bool
    is_hands_off: bool
    entry_id: int | None
    decision_id: int | None
    posted_at: datetime | None

    @property
    def key(self) -> tuple[date, int]:
        """Where the next page goes on."""
        return self.booking_date, self.id


@dataclass(frozen=True, slots=True)
class LineCandidate:
    """An open item that a line could settle, and why it is shown: it is named, its amount is equal, or the payer's."""

    item_id: int
    document_id: int
    number: str
    kind: DocumentKind
    customer_id: int
    customer: str
    due_date: date
    open: Money
    settle: Money
    why: str


@dataclass(frozen=True, slots=True)
class LineToMatch:
    """A listed line with what decides about it, and what the last matching said."""

    line: MatchLine
    bank_account_id: int
    text: str
    reference: str
    left_code: str

    @property
    def key(self) -> tuple[date, int]:
        """Where the next batch goes on."""
        return self.line.booking_date, self.line.id


def bank_account_ids(books_id: int) -> dict[tuple[str, str], int]:
    """Return the bank accounts by number and currency."""
    rows = BankAccount.objects.filter(books_id=books_id)
    return {(iban, code): id_ for iban, code, id_ in rows.values_list("iban", "currency", "id")}


def bank_account(books_id: int, bank_account_id: int | None = None) -> tuple[int, str, str] | None:
    """Return a bank account's id, number and currency; without an id the first one that was opened, if any.

    Raises:
        NoSuchBankAccount: none has this id in these books.
    """
    rows = BankAccount.objects.filter(books_id=books_id).order_by("id").values_list("id", "iban", "currency")
    if bank_account_id is None:
        return rows.first()
    found = rows.filter(id=bank_account_id).first()
    if found is None:
        raise NoSuchBankAccount(field="bank_account", id=bank_account_id)
    return found


def ledger_amounts(books_id: int) -> dict[tuple[str, str], int]:
    """Return what each account of the ledger holds in each currency, minor units, debit positive; by code."""
    codes = {id_: code for code, id_ in ledger_reads.account_ids(books_id).items()}
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for (account_id, _, money), (amount, _) in ledger_reads.snapshot_balance(books_id).items():
        totals[codes[account_id], money] += amount
    return dict(totals)


def bank_positions(books_id: int) -> list[BankPosition]:
    """Return how every bank account stands, in the order they were opened; statements do not grow with the lines.

    The balance of the bank is what the last statement with balances closed with, and the lines after it that came
    without.
    """
    ledger = ledger_amounts(books_id)
    first, last = _outer_statements(books_id)
    without = _lines_without_balances(books_id, first, last)
    waiting = BankLine.objects.filter(books_id=books_id, state__in=_NOT_IN_LEDGER)
    unposted = {
        account: (count, minor)
        for account, count, minor in waiting.values_list("bank_account_id").annotate(Count("id"), Sum("amount_minor"))
    }
    by_hand = Payment.objects.filter(books_id=books_id, is_by_hand=True, bank_line=None, undone_on=None)
    outstanding = dict(by_hand.values_list("bank_account_id").annotate(Sum("amount_minor")))
    positions = []
    for row in BankAccount.objects.filter(books_id=books_id).order_by("id"):
        own = currency(row.currency)
        known = row.ledger_before_minor + row.entered_before_minor
        before, beside, after = without.get(row.pk, (0, 0, 0))
        opening, closing = first.get(row.pk), last.get(row.pk)
        statement = closing[1] + after if closing else known + before + beside + after
        count, minor = unposted.get(row.pk, (0, 0))
        positions.append(
            BankPosition(
                row.pk,
                row.iban,
                row.name,
                row.account_code,
                Money(statement, own),
                closing[0] if closing else None,
                Money(ledger.get((row.account_code, row.currency), 0), own),
                Money(opening[1] - before - known if opening else 0, own),
                Money(outstanding.get(row.pk, 0), own),
                Money(minor, own),
                count,
            )
        )
    return positions


def bank_position(books_id: int, bank_account_id: int) -> BankPosition:
    """Return how one bank account stands.

    Raises:
        NoSuchBankAccount: none has this id in these books.
    """
    found = [position for position in bank_positions(books_id) if position.id == bank_account_id]
    if not found:
        raise NoSuchBankAccount(field="bank_account", id=bank_account_id)
    return found[0]


Edge = tuple[date, int]


def _outer_statements(books_id: int) -> tuple[dict[int, Edge], dict[int, Edge]]:
    """Return each account's first statement with balances (day, opening) and its last one (day, closing)."""
    rows = Statement.objects.filter(books_id=books_id, undone_at=None, closing_minor__isnull=False)
    first: dict[int, Edge] = {}
    last: dict[int, Edge] = {}
    fields = ("last_date", "sequence", "id", "bank_account_id", "first_date", "opening_minor", "closing_minor")
    ordered = sorted(rows.values_list(*fields), key=lambda row: (row[0], row[1] or 0, row[2]))
    for closes, _, _, account, opens, opening, closing in ordered:
        if account not in first or opens < first[account][0]:
            first[account] = (opens, opening or 0)
        last[account] = (closes, closing or 0)
    return first, last


def _lines_without_balances(
    books_id: int, first: Mapping[int, Edge], last: Mapping[int, Edge]
) -> dict[int, tuple[int, int, int]]:
    """Sum the lines of statements without balances: before the first that has some, up to the last, and after it."""
    before = reduce(or_, (Q(bank_account_id=id_, booking_date__lt=day) for id_, (day, _) in first.items()), _NEVER)
    after = reduce(or_, (Q(bank_account_id=id_, booking_date__gt=day) for id_, (day, _) in last.items()), _NEVER)
    rows = BankLine.objects.filter(books_id=books_id, statement__closing_minor=None).exclude(note__in=NOT_THERE)
    sums = rows.values_list("bank_account_id").annotate(
        Sum("amount_minor"),
        before=Sum("amount_minor", filter=before, default=0),
        after=Sum("amount_minor", filter=after, default=0),
    )
    return {id_: (early, total - early - late, late) for id_, total, early, late in sums}


_NEVER: Final = Q(pk__in=())


# ------------------------------------------------------------------------------------ exact matching


def lines_to_match(
    books_id: int,
    *,
    after: tuple[date, int] | None = None,
    codes: Sequence[str] = (),
    only: int | None = None,
    limit: int = 5_000,
) -> list[LineToMatch]:
    """Return listed lines by booking date, `limit` of them after a keyset position.

    Args:
        codes: only lines that the last matching left with one of these; all when empty.
        only: one line alone.
    """
    rows = BankLine.objects.filter(books_id=books_id, state="listed").order_by("booking_date", "id")
    if only is not None:
        rows = rows.filter(id=only)
    if codes:
        rows = rows.filter(left_code__in=codes)
    if after is not None:
        day, id_ = after
        rows = rows.filter(Q(booking_date__gt=day) | Q(booking_date=day, id__gt=id_))
    return [_to_match(*row) for row in rows.values_list(*_TO_MATCH)[:limit]]


def line_to_match(books_id: int, line_id: int) -> LineToMatch | None:
    """Return one listed line as the matching sees it, or None where it is not listed."""
    row = BankLine.objects.filter(books_id=books_id, id=line_id, state="listed").values_list(*_TO_MATCH).first()
    return _to_match(*row) if row else None


_TO_MATCH: Final = (
    "id", "amount_minor", "currency", "booking_date", "has_bad_iban", "is_reversal", "is_hands_off", "bank_account_id",
    "text", "end_to_end_id", "reference", "left_code",
)  # fmt: skip


def _to_match(
    id_: int,
    minor: int,
    code: str,
    day: date,
    has_bad_iban: bool,
    is_reversal: bool,
    is_hands_off: bool,
    *rest: Any,
) -> LineToMatch:
    bank_account_id, text, end_to_end_id, reference, left_code = rest
    line = MatchLine(id_, Money(minor, currency(code)), day, has_bad_iban, is_reversal, is_hands_off)
    return LineToMatch(line, bank_account_id, f"{text} {end_to_end_id}", reference, left_code)


@dataclass(frozen=True, slots=True)
class _Item:
    """What of an open item makes it a candidate."""

    id: int
    document_id: int
    number: str
    kind: DocumentKind
    open: Money


def named_candidates(books_id: int, lines: Sequence[LineToMatch]) -> dict[int, tuple[Candidate, ...]]:
    """Return, for each line, every item that its reference or its text names, by item id.

    Two look-ups of all keys of all lines, whatever their number; what settled the items that are closed, or that a
    line going out may return, is read as well.
    """
    keys = {to_match.line.id: references.text_keys(to_match.text) for to_match in lines}
    texts = {key for found in keys.values() for key in found}
    structured = {to_match.reference for to_match in lines if to_match.reference}
    structured |= {key for key in texts if references.is_creditor_reference(key) or references.is_qr_reference(key)}
    by_number = _items_by("match_key", books_id, sorted(texts))
    by_reference = _items_by("reference", books_id, sorted(structured))
    named: dict[int, dict[int, tuple[_Item, str]]] = {}
    for to_match in lines:
        found: dict[int, tuple[_Item, str]] = {}
        runs = references.runs(to_match.text)
        for key in keys[to_match.line.id] & by_number.keys():
            for item in by_number[key]:
                if references.names(runs, item.number):
                    found[item.id] = (item, "number")
        for key in {to_match.reference, *keys[to_match.line.id]} & by_reference.keys():
            for item in by_reference[key]:
                found[item.id] = (item, "reference")
        named[to_match.line.id] = found
    return _with_payments(books_id, lines, named)


def _items_by(field: str, books_id: int, keys: Sequence[str]) -> dict[str, list[_Item]]:
    found: dict[str, list[_Item]] = defaultdict(list)
    rows = OpenItem.objects.filter(bulk.is_any_of(field, keys), books_id=books_id).order_by("id")
    fields = (field, "id", "document_id", "number", "kind", "open_minor", "currency")
    for key, id_, document_id, number, kind, minor, code in rows.values_list(*fields):
        found[key].append(_Item(id_, document_id, number, DocumentKind(kind), Money(minor, currency(code))))
    return found


def _with_payments(
    books_id: int, lines: Sequence[LineToMatch], named: dict[int, dict[int, tuple[_Item, str]]]
) -> dict[int, tuple[Candidate, ...]]:
    """Add what settled the items that a line may return, or that it may be the payment of."""
    going_out = {to_match.line.id for to_match in lines if to_match.line.amount.minor < 0}
    asked = {
        item.id
        for line_id, items in named.items()
        for item, _ in items.values()
        if line_id in going_out or not item.open
    }
    settling = allocation_facts(books_id, item_ids=asked) if asked else []
    live = [row for row in settling if row.is_live and row.payment_id is not None]
    payment_ids = sorted({row.payment_id for row in live if row.payment_id is not None})
    free = Payment.objects.filter(
        bulk.is_any_of("id", payment_ids), books_id=books_id, is_by_hand=True, bank_line=None, undone_on=None
    )
    by_hand = {
        id_: (account, minor) for id_, account, minor in free.values_list("id", "bank_account_id", "amount_minor")
    }
    settled: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    entered: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in live:
        settled[row.item_id].append((row.id, row.amount.minor, row.is_manual))
        if row.payment_id in by_hand:
            entered[row.item_id].append((row.payment_id, *by_hand[row.payment_id]))
    accounts = {to_match.line.id: to_match.bank_account_id for to_match in lines}
    return {
        line_id: tuple(
            Candidate(
                item.id,
                item.document_id,
                item.number,
                item.kind,
                item.open,
                by,
                tuple(settled[item.id]) if line_id in going_out else (),
                ()
                if item.open
                else tuple((id_, minor) for id_, account, minor in entered[item.id] if account == accounts[line_id]),
            )
            for item, by in (items[id_] for id_ in sorted(items))
        )
        for line_id, items in named.items()
    }


# ------------------------------------------------------------------------------------ pages


def bank_lines(
    books_id: int,
    *,
    bank_account_id: int | None = None,
    states: Sequence[str] = (),
    search: str = "",
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[BankLineRow]:
    """Return bank lines, the newest first, `limit` of them after a keyset position.

    Args:
        states: only lines in these states; all when empty.
        search: in payer, text or bank's id, whatever the case.
    """
    rows = _chosen(books_id, bank_account_id, states, search).order_by("-booking_date", "-id")
    if after is not None:
        day, id_ = after
        rows = rows.filter(Q(booking_date__lt=day) | Q(booking_date=day, id__lt=id_))
    return [_line_row(row) for row in rows[:limit]]


def bank_line_counts(books_id: int, *, bank_account_id: int | None = None) -> dict[str, int]:
    """Return how many lines stand in each state."""
    rows = _chosen(books_id, bank_account_id, (), "")
    return dict(rows.values_list("state").annotate(Count("id")))


def _chosen(books_id: int, bank_account_id: int | None, states: Sequence[str], search: str) -> QuerySet[BankLine]:
    rows = BankLine.objects.filter(books_id=books_id).exclude(note="import_undone")
    if bank_account_id is not None:
        rows = rows.filter(bank_account_id=bank_account_id)
    if states:
        rows = rows.filter(state__in=states)
    if search:
        rows = rows.filter(
            Q(counterparty__icontains=search) | Q(text__icontains=search) | Q(bank_tx_id__icontains=search)
        )
    return rows


def line_texts(books_id: int, line_ids: Sequence[int]) -> dict[int, str]:
    """Return the text of each bank line, as far as it was not erased; one statement, none for no line."""
    if not line_ids:
        return {}
    rows = BankLine.objects.filter(bulk.is_any_of("id", list(line_ids)), books_id=books_id)
    return dict(rows.values_list("id", "text"))


def bank_line(books_id: int, line_id: int) -> BankLineRow:
    """Return one bank line.

    Raises:
        NoSuchLine: none has this id in these books.
    """
    row = BankLine.objects.filter(books_id=books_id, id=line_id).first()
    if row is None:
        raise NoSuchLine(field="line", id=line_id)
    return _line_row(row)


def _line_row(row: BankLine) -> BankLineRow:
    return BankLineRow(
        row.pk,
        row.bank_account_id,
        row.booking_date,
        row.value_date,
        Money(row.amount_minor, currency(row.currency)),
        row.counterparty,
        row.counterparty_iban,
        row.text,
        row.reference,
        row.bank_tx_id,
        row.state,
        row.note,
        row.left_code,
        row.is_reversal,
        row.has_bad_iban,
        row.is_manual,
        row.is_hands_off,
        row.entry_id,
        row.decision_id,
        row.posted_at,
    )


def recently_matched(books_id: int, *, limit: int = 20) -> list[BankLineRow]:
    """Return the lines that were posted last, newest first."""
    rows = BankLine.objects.filter(books_id=books_id, state="posted").order_by("-posted_at", "-id")
    return [_line_row(row) for row in rows[:limit]]


def line_candidates(books_id: int, line_id: int, *, limit: int = 20) -> list[LineCandidate]:
    """Return the open items that a line could settle, the likeliest first: named, equal in amount, of the payer.

    What each would settle is what is open of it, the earlier due first, until the money is used up.

    Raises:
        NoSuchLine: none has this id in these books.
    """
    row = BankLine.objects.filter(books_id=books_id, id=line_id).first()
    if row is None:
        raise NoSuchLine(field="line", id=line_id)
    asked = [_to_match(*found) for found in BankLine.objects.filter(id=line_id).values_list(*_TO_MATCH)]
    named = {candidate.item_id for candidate in named_candidates(books_id, asked)[line_id]}
    open_items = OpenItem.objects.filter(books_id=books_id, open_minor__gt=0, currency=row.currency)
    kind = DocumentKind.INVOICE if row.amount_minor >= 0 else DocumentKind.CREDIT_NOTE
    shown: dict[int, tuple[OpenItem, str]] = {}
    questions = [
        ("named", open_items.filter(id__in=named)),
        ("equal_amount", open_items.filter(kind=kind.value, open_minor=abs(row.amount_minor))),
    ]
    first_word = row.counterparty.split()[0] if row.counterparty.split() else ""
    if len(first_word) > 2:
        questions.append(("payer", open_items.filter(kind=kind.value, customer__name__icontains=first_word)))
    for why, rows in questions:
        for item in rows.order_by("due_date", "id")[:limit]:
            shown.setdefault(item.pk, (item, why))
    chosen = list(shown.values())[:limit]
    names = crm.customer_names(sorted({item.customer_id for item, _ in chosen}))
    left = abs(row.amount_minor)
    found = []
    for item, why in chosen:
        settle = min(left, item.open_minor) if item.kind == kind.value else 0
        left -= settle
        own = currency(item.currency)
        found.append(
            LineCandidate(
                item.pk,
                item.document_id,
                item.number,
                DocumentKind(item.kind),
                item.customer_id,
                names.get(item.customer_id, ""),
                item.due_date,
                Money(item.open_minor, own),
                Money(settle, own),
                why,
            )
        )
    return found


def lines_of_import(books_id: int, batch_id: int) -> list[int]:
    """Return the lines that one import brought; one statement."""
    rows = BankLine.objects.filter(books_id=books_id, statement__batch_id=batch_id, statement__undone_at=None)
    return list(rows.values_list("id", flat=True))


def listed_count(books_id: int) -> int:
    """Return how many lines wait to be matched."""
    return BankLine.objects.filter(books_id=books_id, state="listed").count()


def last_booking_date(books_id: int) -> date | None:
    """Return the latest booking date of any line."""
    found: date | None = BankLine.objects.filter(books_id=books_id).aggregate(day=Max("booking_date"))["day"]
    return found
