"""Reading the journal: balances from month snapshots, scans only where a part of a month or an instant is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q, Sum

from counterfoil.audit.registry import BinderRow, Slice
from counterfoil.infra import bulk
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.ledger.domain import (
    AccountKind,
    AccountRole,
    JournalEntry,
    Posting,
    entry_bytes,
    month_after,
    month_of,
)
from counterfoil.ledger.models import Account, Balance, Entry, ExchangeRate, Period, PeriodStep, PostingRow

FAR_FUTURE = date(2199, 12, 31)


class NoExchangeRate(Refused):
    """No rate of this currency is known for the day; set one, or invoice in base currency."""

    code = "no_exchange_rate"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account of the chart."""

    id: int
    code: str
    name: str
    kind: AccountKind
    role: str


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """One account's balance in base currency, minor units, debit positive."""

    account_id: int
    code: str
    name: str
    kind: AccountKind
    role: str
    base_minor: int

    @property
    def debit_minor(self) -> int:
        """The balance if it is a debit, else 0."""
        return max(self.base_minor, 0)

    @property
    def credit_minor(self) -> int:
        """The balance if it is a credit, as a positive number, else 0."""
        return max(-self.base_minor, 0)


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry as it stands in the journal."""

    id: int
    source: str
    posted_at: datetime
    reverses_id: int | None
    reversed_by_id: int | None
    event_id: int
    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Ground:
    """What posting stands on: accounts by code, entries by source, and the states of months that were used before."""

    accounts: dict[str, int]
    posted: dict[str, int]
    states: dict[date, str]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One posting of an account, with the account's balance after it (base, minor units, debit positive)."""

    entry_id: int
    line: int
    entry_date: date
    memo: str
    source: str
    currency: str
    amount_minor: int
    base_minor: int
    balance_minor: int
    customer_id: int | None
    contract_id: int | None


@dataclass(frozen=True, slots=True)
class Position:
    """What a contract (or, without one, a customer) is owed or owes in performance: credit is a liability."""

    contract_id: int | None
    customer_id: int | None
    base_minor: int


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A month of the books and who last moved it."""

    start_date: date
    state: str
    moved_by: str
    moved_at: datetime | None
    reason: str


def account_ids(books_id: int) -> dict[str, int]:
    """Return the ids of the chart's accounts by code."""
    return dict(Account.objects.filter(books_id=books_id).values_list("code", "id"))


def account_codes(books_id: int) -> dict[AccountRole, str]:
    """Return the codes of the accounts the product itself posts to, by role."""
    rows = Account.objects.filter(books_id=books_id).exclude(role="").values_list("role", "code")
    return {AccountRole(role): code for role, code in rows}


def accounts(books_id: int) -> list[AccountLine]:
    """Return the chart in the order of its codes."""
    rows = Account.objects.filter(books_id=books_id).order_by("code")
    return [AccountLine(row.pk, row.code, row.name, AccountKind(row.kind), row.role) for row in rows]


def entry_ids_by_source(books_id: int, sources: Sequence[str]) -> dict[str, int]:
    """Return the entries that already stand for some sources; one statement."""
    rows = Entry.objects.filter(bulk.is_any_of("source", list(sources)), books_id=books_id)
    return dict(rows.values_list("source", "id"))


def ground(books_id: int, *, sources: Sequence[str], months: Iterable[date]) -> Ground:
    """Return what posting needs to know, by one statement, and hold the months against closing until it is done."""
    if connection.vendor == "postgresql":
        query = _GROUND.format(lock=" FOR SHARE", months="= ANY (%s::date[])", sources="= ANY (%s::text[])")
        params: list[Any] = [books_id, sorted(months), books_id, books_id, list(sources)]
    else:
        any_of = "IN (SELECT value FROM json_each(%s))"
        query = _GROUND.format(lock="", months=any_of, sources=any_of)
        marks = json.dumps([month.isoformat() for month in months])
        params = [books_id, marks, books_id, books_id, json.dumps(list(sources))]
    found = Ground({}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        for what, name, id_, state in cursor.fetchall():
            match what:
                case "account":
                    found.accounts[name] = id_
                case "entry":
                    found.posted[name] = id_
                case _:
                    found.states[date.fromisoformat(name)] = state
    return found


_GROUND = """
WITH month AS (SELECT start_date, state FROM ledger_period WHERE books_id = %s AND start_date {months}
    ORDER BY start_date{lock})
SELECT 'account', code, id, '' FROM ledger_account WHERE books_id = %s
UNION ALL SELECT 'entry', source, id, '' FROM ledger_entry WHERE books_id = %s AND source {sources}
UNION ALL SELECT 'month', CAST(start_date AS text), 0, state FROM month
"""


def closed_months(books_id: int) -> list[date]:
    """Return the first days of the closed months, oldest first."""
    rows = Period.objects.filter(books_id=books_id, state="closed").order_by("start_date")
    return list(rows.values_list("start_date", flat=True))


def first_open_date(books_id: int, day: date) -> date:
    """Return the first date from `day` on that lies in no closed period."""
    closed = set(closed_months(books_id))
    while month_of(day) in closed:
        day = month_after(month_of(day))
    return day


def last_day(month: date) -> date:
    """Return a month's last day, given its first."""
    return month_after(month) - timedelta(days=1)


def periods(books_id: int) -> list[PeriodLine]:
    """Return the months that were used, newest first, with the last step of each; two statements."""
    steps: dict[int, PeriodStep] = {}
    for step in PeriodStep.objects.filter(period__books_id=books_id).order_by("id"):
        steps[step.period_id] = step
    lines = []
    for row in Period.objects.filter(books_id=books_id).order_by("-start_date"):
        last = steps.get(row.pk)
        lines.append(
            PeriodLine(
                row.start_date,
                row.state,
                last.actor if last else "",
                last.made_at if last else None,
                last.reason if last else "",
            )
        )
    return lines


def base_amounts(books_id: int, base: Currency, wanted: Sequence[tuple[Money, date]]) -> list[Money | None]:
    """Convert amounts to base currency at the latest rate on or before each day; None where there is none.

    Rounds half away from zero to the base currency's minor unit. One statement, whatever the number.
    """
    codes = {amount.currency.code for amount, _ in wanted} - {base.code}
    rates: dict[str, list[tuple[date, Decimal]]] = {}
    if codes:
        rows = ExchangeRate.objects.filter(books_id=books_id, currency__in=sorted(codes)).order_by("valid_from")
        for code, day, rate in rows.values_list("currency", "valid_from", "base_rate"):
            rates.setdefault(code, []).append((day, rate))
    return [_converted(amount, day, base, rates) for amount, day in wanted]


def _converted(amount: Money, day: date, base: Currency, rates: dict[str, list[tuple[date, Decimal]]]) -> Money | None:
    if amount.currency == base:
        return amount
    known = [rate for valid_from, rate in rates.get(amount.currency.code, ()) if valid_from <= day]
    if not known:
        return None
    exact = Fraction(amount.minor) * Fraction(known[-1]) * Fraction(10) ** (base.exponent - amount.currency.exponent)
    return Money(round_half_up(exact.numerator, exact.denominator), base)


def exchange_rates(books_id: int) -> list[tuple[str, date, Decimal]]:
    """Return the rates that are known as (currency, from which day, units of base for one unit), the latest first."""
    rows = ExchangeRate.objects.filter(books_id=books_id).order_by("currency", "-valid_from")
    return list(rows.values_list("currency", "valid_from", "base_rate"))


def base_amount(books_id: int, base: Currency, amount: Money, day: date) -> Money:
    """Convert one amount to base currency.

    Raises:
        NoExchangeRate: no rate is known on or before the day.
    """
    (converted,) = base_amounts(books_id, base, [(amount, day)])
    if converted is None:
        raise NoExchangeRate(field="currency", currency=amount.currency.code, day=day.isoformat())
    return converted


def _balances(books_id: int, as_of: date | None) -> dict[int, int]:
    """Sum base amounts by account up to a date: whole months from snapshots, a part of a month from its lines."""
    as_of = as_of or FAR_FUTURE
    whole_until = month_after(month_of(as_of)) if last_day(month_of(as_of)) == as_of else month_of(as_of)
    totals: dict[int, int] = {}

    def add(rows: Iterable[tuple[int, int]]) -> None:
        for account_id, minor in rows:
            totals[account_id] = totals.get(account_id, 0) + minor

    snapshots = Balance.objects.filter(books_id=books_id, month__lt=whole_until)
    add(snapshots.values_list("account_id").annotate(total=Sum("base_minor")))
    if whole_until <= as_of:
        part = PostingRow.objects.filter(books_id=books_id, entry_date__gte=whole_until, entry_date__lte=as_of)
        part = part.filter(account_id__in=Account.objects.filter(books_id=books_id).values("id"))
        add(part.values_list("account_id").annotate(total=Sum("base_minor")))
    return totals


def _scanned(books_id: int, as_of: date | None, known_at: datetime) -> dict[int, int]:
    rows = PostingRow.objects.filter(books_id=books_id, entry__posted_at__lte=known_at)
    if as_of is not None:
        rows = rows.filter(entry_date__lte=as_of)
    return dict(rows.values_list("account_id").annotate(total=Sum("base_minor")))


def trial_balance(
    books_id: int, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[TrialBalanceRow]:
    """Return every account that has moved, with its balance as of an accounting date, by code.

    Args:
        as_of: the last accounting date that counts; None for all.
        known_at: count only what had been posted by this instant (a scan of the lines).
    """
    totals = _balances(books_id, as_of) if known_at is None else _scanned(books_id, as_of, known_at)
    return [
        TrialBalanceRow(line.id, line.code, line.name, line.kind, line.role, totals[line.id])
        for line in accounts(books_id)
        if line.id in totals
    ]


def movements(books_id: int, start: date, end: date) -> list[TrialBalanceRow]:
    """Return what each account moved from `start` to `end`, both inclusive, in base currency."""
    before = _balances(books_id, start - timedelta(days=1))
    until = _balances(books_id, end)
    return [
        TrialBalanceRow(line.id, line.code, line.name, line.kind, line.role, until[line.id] - before.get(line.id, 0))
        for line in accounts(books_id)
        if line.id in until
    ]


def scanned_balance(books_id: int) -> dict[tuple[int, date, str], tuple[int, int]]:
    """Fold the lines themselves into (account, month, currency) -> (amount, base): what the snapshots must equal."""
    totals: dict[tuple[int, date, str], tuple[int, int]] = {}
    rows = PostingRow.objects.filter(books_id=books_id).values_list("account_id", "entry_date", "currency")
    for account_id, day, code, amount, base in rows.annotate(a=Sum("amount_minor"), b=Sum("base_minor")):
        key = (account_id, month_of(day), code)
        kept = totals.get(key, (0, 0))
        totals[key] = (kept[0] + amount, kept[1] + base)
    return totals


def snapshot_balance(books_id: int) -> dict[tuple[int, date, str], tuple[int, int]]:
    """Return the snapshots as they are kept: (account, month, currency) -> (amount, base)."""
    rows = Balance.objects.filter(books_id=books_id)
    fields = ("account_id", "month", "currency", "amount_minor", "base_minor")
    return {(account, month, code): (amount, base) for account, month, code, amount, base in rows.values_list(*fields)}


def contract_positions(books_id: int, *, as_of: date | None = None, contract_id: int | None = None) -> list[Position]:
    """Return every contract's position that is not zero: debit is a contract asset, credit a contract liability."""
    rows = PostingRow.objects.filter(
        books_id=books_id, account__role=AccountRole.CONTRACT_POSITION.value, account__books_id=books_id
    )
    if as_of is not None:
        rows = rows.filter(entry_date__lte=as_of)
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    sums = rows.values_list("contract_id", "customer_id").annotate(total=Sum("base_minor"))
    return [Position(*row) for row in sums.exclude(total=0).order_by("contract_id", "customer_id")]


def account_balance(books_id: int, role: AccountRole, *, as_of: date | None = None) -> int:
    """Return the base balance of the account with a role, minor units, debit positive."""
    totals = _balances(books_id, as_of)
    account_id = Account.objects.values_list("id", flat=True).get(books_id=books_id, role=role.value)
    return totals.get(account_id, 0)


def customer_balances(books_id: int, role: AccountRole, *, as_of: date | None = None) -> dict[int | None, int]:
    """Return an account's base balance by customer."""
    rows = PostingRow.objects.filter(books_id=books_id, account__role=role.value, account__books_id=books_id)
    if as_of is not None:
        rows = rows.filter(entry_date__lte=as_of)
    return dict(rows.values_list("customer_id").annotate(total=Sum("base_minor")))


def ledger_lines(
    books_id: int,
    code: str,
    *,
    start: date,
    end: date,
    contract_id: int | None = None,
    after: tuple[date, int, int] | None = None,
    limit: int = 200,
) -> list[LedgerLine]:
    """Return an account's postings by date with a running balance, `limit` of them from a keyset position on.

    Args:
        after: (entry date, entry id, line) of the last posting already seen.
    """
    rows = PostingRow.objects.filter(
        books_id=books_id, account__code=code, account__books_id=books_id, entry_date__lte=end
    )
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    before = rows.filter(entry_date__lt=start)
    shown = rows.filter(entry_date__gte=start)
    balance = before.aggregate(total=Sum("base_minor"))["total"] or 0
    if after is not None:
        day, entry_id, line = after
        seen = Q(entry_date__lt=day) | Q(entry_date=day, entry_id__lt=entry_id)
        seen |= Q(entry_date=day, entry_id=entry_id, line__lte=line)
        balance += shown.filter(seen).aggregate(total=Sum("base_minor"))["total"] or 0
        shown = shown.exclude(seen)
    lines = []
    fields = ("entry_id", "line", "entry_date", "entry__memo", "entry__source", "currency", "amount_minor")
    page = shown.order_by("entry_date", "entry_id", "line").values_list(
        *fields, "base_minor", "customer_id", "contract_id"
    )[:limit]
    for entry_id, line, day, memo, source, currency_code, amount, base, customer, contract in page:
        balance += base
        lines.append(
            LedgerLine(entry_id, line, day, memo, source, currency_code, amount, base, balance, customer, contract)
        )
    return lines


def entries_by_id(books_id: int, entry_ids: Sequence[int]) -> dict[int, PostedEntry]:
    """Return posted entries with their postings; two statements.

    Raises:
        KeyError: on looking up an id that is not an entry of these books.
    """
    sides: dict[int, list[Posting]] = {}
    base = currency(_base_code(books_id))
    rows = PostingRow.objects.filter(bulk.is_any_of("entry_id", list(entry_ids)), books_id=books_id)
    fields = ("entry_id", "account__code", "currency", "amount_minor", "base_minor", "customer_id", "contract_id")
    for entry_id, code, money, amount, in_base, customer, contract in rows.order_by("entry_id", "line").values_list(
        *fields
    ):
        posting = Posting(code, Money(amount, currency(money)), Money(in_base, base), customer, contract)
        sides.setdefault(entry_id, []).append(posting)
    entries = Entry.objects.filter(bulk.is_any_of("id", list(entry_ids)), books_id=books_id)
    return {
        row.pk: PostedEntry(
            row.pk,
            row.source,
            row.posted_at,
            row.reverses_id,
            row.reversal.pk if hasattr(row, "reversal") else None,
            row.event_id,
            JournalEntry(row.entry_date, row.memo, tuple(sides[row.pk])),
        )
        for row in entries.select_related("reversal")
    }


def entries_of_sources(books_id: int, sources: Sequence[str]) -> list[PostedEntry]:
    """Return the entries that stand for some sources, by id."""
    found = entry_ids_by_source(books_id, sources)
    return [entry for _, entry in sorted(entries_by_id(books_id, sorted(found.values())).items())]


def latest_entries(books_id: int, *, before: int | None = None, limit: int = 50) -> list[PostedEntry]:
    """Return entries newest first, `limit` of them below an entry id (keyset)."""
    rows = Entry.objects.filter(books_id=books_id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = entries_by_id(books_id, list(rows.values_list("id", flat=True)[:limit]))
    return sorted(found.values(), key=lambda entry: -entry.id)


def _base_code(books_id: int) -> str:
    code = Account.objects.filter(books_id=books_id).values_list("books__base_currency", flat=True).first()
    assert code is not None, "books without a chart"
    return code


# ------------------------------------------------------------------------------------ the auditor's binder


def binder_reach(books_id: int, start: date, end: date) -> int | None:
    """Return the lowest event of the entries dated in a span."""
    rows = Entry.objects.filter(books_id=books_id, entry_date__gte=start, entry_date__lt=end)
    lowest: int | None = rows.aggregate(lowest=Min("event_id"))["lowest"]
    return lowest


def binder_entries(part: Slice) -> Iterator[BinderRow]:
    """Yield the entries of a slice with their postings; those of its batches that are dated elsewhere by hash alone."""
    batch = Entry.objects.filter(
        books_id=part.books_id, event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    dated = PostingRow.objects.filter(
        books_id=part.books_id,
        entry_date__gte=part.start,
        entry_date__lt=part.end,
        entry__event_id__gte=part.first_event,
        entry__event_id__lte=part.last_event,
    ).order_by("entry__event_id", "entry_id", "line")
    sides = dated.values_list(
        "entry_id", "account_id", "currency", "amount_minor", "base_minor", "customer_id", "contract_id"
    ).iterator(chunk_size=5_000)
    by_entry = groupby(sides, key=lambda row: row[0])
    found = next(by_entry, None)
    fields = ("id", "event_id", "item_hash", "entry_date", "memo", "source", "reverses_id")
    for id_, event_id, kept, day, memo, source, reverses in batch.values_list(*fields).iterator(chunk_size=5_000):
        text = None
        if found is not None and found[0] == id_:
            text = entry_bytes(day.isoformat(), memo, source, reverses, [row[1:] for row in found[1]]).decode("utf-8")
            found = next(by_entry, None)
        yield BinderRow(event_id, f"entry J-{id_}", kept, text)


def entries_from(part: Slice, source: str) -> set[int]:
    """Return the entries of a slice that are dated in it and whose source begins so."""
    rows = Entry.objects.filter(
        books_id=part.books_id,
        entry_date__gte=part.start,
        entry_date__lt=part.end,
        event_id__gte=part.first_event,
        event_id__lte=part.last_event,
    )
    return set(rows.filter(source__startswith=source).values_list("id", flat=True))


def binder_accounts(part: Slice) -> Iterator[dict[str, Fact]]:
    """Yield the accounts that a slice needs, with what stood on each before its first day (base, debit positive)."""
    rows = PostingRow.objects.filter(books_id=part.books_id, entry__event_id__lte=part.last_event)
    opening = dict(rows.filter(entry_date__lt=part.start).values_list("account_id").annotate(total=Sum("base_minor")))
    within = rows.filter(entry_date__gte=part.start, entry_date__lt=part.end)
    used = set(within.values_list("account_id", flat=True).distinct())
    for line in accounts(part.books_id):
        if line.id in used or opening.get(line.id):
            yield {
                "account": line.id,
                "code": line.code,
                "kind": line.kind.value,
                "name": line.name,
                "opening_minor": opening.get(line.id, 0),
            }


# ------------------------------------------------------------------------------------ samples and retention


def entries_by_year(books_id: int) -> dict[int, int]:
    """Count the entries of some books by year of their accounting date."""
    rows = Entry.objects.filter(books_id=books_id)
    return dict(rows.values_list("entry_date__year").annotate(count=Count("id")).order_by())


def entry_lines(books_id: int, start: date, end: date) -> Iterator[tuple[int, date, str, str]]:
    """Yield the entries dated in a span (`end` exclusive) for a sample: id, date, memo, source."""
    rows = Entry.objects.filter(books_id=books_id, entry_date__gte=start, entry_date__lt=end).order_by("id")
    yield from rows.values_list("id", "entry_date", "memo", "source").iterator(chunk_size=5_000)
