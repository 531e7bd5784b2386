"""The journal: accounts, entries, periods, exchange rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from counterfoil.api import fields, paging
from counterfoil.api.asking import Asked
from counterfoil.api.fields import (
    PAGE,
    After,
    CurrencyCode,
    Day,
    EntryNumber,
    In,
    Month,
    Named,
    Number,
    Out,
    Rate,
    Reference,
    Rows,
)
from counterfoil.api.problems import NotFound
from counterfoil.api.routing import Routes
from counterfoil.flows import journal
from counterfoil.flows import periods as flow
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import AccountKind, JournalEntry, Posting
from counterfoil.ledger.selectors import LedgerLine, PostedEntry
from counterfoil.people.domain import Act

routes = Routes("ledger")


class AccountOut(Out):
    """An account of the chart. `role` names what the product itself posts to it."""

    code: str
    name: str
    kind: str
    role: str


class AccountsOut(Out):
    """The chart of accounts, by code."""

    accounts: list[AccountOut]


class AccountIn(In):
    """A new account."""

    code: Annotated[str, fields.coded("[0-9A-Z][0-9A-Z.-]{0,19}", "1205")]
    name: Annotated[str, fields.named(120)]
    kind: Literal["asset", "liability", "equity", "income", "expense"]


class PostingIn(In):
    """One side of an entry in base currency; debit is positive, credit negative."""

    account: Annotated[str, fields.coded("[0-9A-Z][0-9A-Z.-]{0,19}", "1205")]
    amount: Number


class EntryIn(In):
    """An entry by hand. The same reference is posted once."""

    reference: Annotated[str, fields.named(100)]
    memo: Named
    entry_date: Day | None = None
    """The accounting date; today in the zone of the books where it is left out."""
    postings: Annotated[list[PostingIn], Field(min_length=2, max_length=500)]


class ReversedIn(In):
    """Why an entry is taken back, and on which accounting date."""

    reason: Annotated[str, fields.named(200)]
    on: Day | None = None


class PostingOut(Out):
    """One side of an entry; debit is positive. `base` is the amount in the currency of the books."""

    account: str
    amount: str
    currency: str
    base: str
    base_currency: str


class EntryOut(Out):
    """A posted entry with what caused it, and the entries that it takes back or that took it back."""

    number: str
    entry_date: date
    memo: str
    source: str
    posted_at: datetime
    reverses: str | None
    reversed_by: str | None
    postings: list[PostingOut]


class EntriesOut(Out):
    """Entries, the last posted first."""

    entries: list[EntryOut]
    next: str | None


class LedgerLineOut(Out):
    """One posting of an account and the account's balance after it, in the currency of the books."""

    entry: str
    entry_date: date
    memo: str
    source: str
    amount: str
    currency: str
    base: str
    balance: str
    base_currency: str


class LedgerLinesOut(Out):
    """Postings of an account by date."""

    account: str
    lines: list[LedgerLineOut]
    next: str | None


class PeriodOut(Out):
    """A month of the books. `moved_by` closed or reopened it last."""

    month: str
    state: str
    moved_by: str
    moved_at: datetime | None
    reason: str


class PeriodsOut(Out):
    """The months that were used, the newest first."""

    periods: list[PeriodOut]


class MovedOut(Out):
    """A month after it was closed or reopened. `changed` is false where it was so already."""

    month: str
    state: str
    changed: bool


class ReopenIn(In):
    """Why a month is opened again; it stays on record."""

    reason: Named


class RateIn(In):
    """What one unit of a currency is worth in the currency of the books, from a day on."""

    currency: CurrencyCode
    rate: Rate
    valid_from: Day | None = None
    """From this day on; today where it is left out."""


class RateOut(Out):
    """An exchange rate: units of base currency for one unit."""

    currency: str
    rate: str
    valid_from: date
    base_currency: str


class RatesOut(Out):
    """Exchange rates by currency, the latest first."""

    rates: list[RateOut]


@routes.get("/ledger/accounts", act=Act.READ_BOOKS)
def list_accounts(asked: Asked) -> AccountsOut:
    """List the chart of accounts."""
    found = ledger_reads.accounts(asked.books.id)
    return AccountsOut(
        accounts=[AccountOut(code=row.code, name=row.name, kind=row.kind.value, role=row.role) for row in found]
    )


@routes.post("/ledger/accounts", act=Act.ADMINISTER)
def add_account(asked: Asked, body: AccountIn) -> AccountOut:
    """Add an account to the chart."""
    kind = AccountKind(body.kind)
    ledger.add_account(
        books_id=asked.books.id, code=body.code, name=body.name, kind=kind, actor=asked.actor, at=asked.at
    )
    return AccountOut(code=body.code, name=body.name, kind=kind.value, role="")


@routes.get("/ledger/accounts/{code}/lines", act=Act.READ_BOOKS)
def list_ledger_lines(
    asked: Asked,
    code: Reference,
    start: Day | None = None,
    end: Day | None = None,
    limit: Rows = PAGE,
    after: After = "",
) -> LedgerLinesOut:
    """List the postings of an account.

    From `start` (the first of January where it is left out) to `end` (today), both inclusive, by date.
    """
    if not any(line.code == code for line in ledger_reads.accounts(asked.books.id)):
        raise NotFound(what="account", name=code[:40])
    until = end or asked.today
    place = paging.position(after, date, int, int)
    lines = ledger_reads.ledger_lines(
        asked.books.id, code, start=start or until.replace(month=1, day=1), end=until, after=place, limit=limit + 1
    )
    return LedgerLinesOut(
        account=code,
        lines=[_line(asked, line) for line in lines[:limit]],
        next=paging.next_of(lines, limit, lambda line: (line.entry_date.isoformat(), line.entry_id, line.line)),
    )


@routes.get("/ledger/entries", act=Act.READ_BOOKS)
def list_entries(
    asked: Asked,
    limit: Rows = PAGE,
    after: After = "",
) -> EntriesOut:
    """List journal entries, the last posted first."""
    place = paging.position(after, int)
    found = ledger_reads.latest_entries(asked.books.id, before=place[0] if place else None, limit=limit + 1)
    return EntriesOut(
        entries=[entry_out(entry) for entry in found[:limit]], next=paging.next_of(found, limit, lambda e: [e.id])
    )


@routes.post("/ledger/entries", act=Act.INVOICE)
def enter_journal(asked: Asked, body: EntryIn) -> EntryOut:
    """Post an entry by hand in base currency, once for its reference.

    Accounts that are sums of documents (receivables, contract position) are refused.
    """
    base = asked.books.base_currency
    sides = []
    for number, side in enumerate(body.postings):
        amount = fields.amount(side.amount, base.code, f"postings[{number}].amount")
        sides.append(Posting(side.account, amount, amount))
    entry = JournalEntry(body.entry_date or asked.today, body.memo, tuple(sides))
    made = journal.enter_journal(books_id=asked.books.id, entry=entry, reference=body.reference, actor=asked.actor)
    return entry_out(ledger_reads.entries_by_id(asked.books.id, [made])[made])


@routes.post("/ledger/entries/{number}/reverse", act=Act.UNDO, status=200)
def reverse_entry(asked: Asked, number: EntryNumber, body: ReversedIn) -> EntryOut:
    """Take back an entry that was made by hand; reversing it again answers the same reversal."""
    made = journal.reverse_entry(
        books_id=asked.books.id, entry_id=number, on=body.on or asked.today, reason=body.reason, actor=asked.actor
    )
    return entry_out(ledger_reads.entries_by_id(asked.books.id, [made])[made])


@routes.get("/ledger/entries/{number}", act=Act.READ_BOOKS)
def read_entry(asked: Asked, number: EntryNumber) -> EntryOut:
    """Read one journal entry."""
    found = ledger_reads.entries_by_id(asked.books.id, [number])
    if number not in found:
        raise NotFound(what="entry", name=f"J-{number}")
    return entry_out(found[number])


@routes.get("/periods", act=Act.READ_BOOKS)
def list_periods(asked: Asked) -> PeriodsOut:
    """List the months that were used, the newest first."""
    return PeriodsOut(
        periods=[
            PeriodOut(
                month=f"{row.start_date:%Y-%m}",
                state=row.state,
                moved_by=row.moved_by,
                moved_at=row.moved_at,
                reason=row.reason,
            )
            for row in ledger_reads.periods(asked.books.id)
        ]
    )


@routes.post("/periods/{month}/close", act=Act.CLOSE_PERIOD, status=200)
def close_period(asked: Asked, month: Month) -> MovedOut:
    """Close a month.

    Releases the revenue that belongs to it; then nothing is posted in it any more. Closing it again changes nothing.
    """
    changed = flow.close_period(books_id=asked.books.id, month=month, actor=asked.actor)
    return MovedOut(month=f"{month:%Y-%m}", state="closed", changed=changed)


@routes.post("/periods/{month}/reopen", act=Act.CLOSE_PERIOD, status=200)
def reopen_period(asked: Asked, month: Month, body: ReopenIn) -> MovedOut:
    """Open a closed month again, with a reason that stays on record."""
    changed = flow.reopen_period(books_id=asked.books.id, month=month, reason=body.reason, actor=asked.actor)
    return MovedOut(month=f"{month:%Y-%m}", state="open", changed=changed)


@routes.get("/exchange-rates", act=Act.READ_BOOKS)
def list_exchange_rates(asked: Asked) -> RatesOut:
    """List exchange rates by currency, the latest first."""
    base = asked.books.base_currency.code
    return RatesOut(
        rates=[
            RateOut(currency=code, rate=f"{rate.normalize():f}", valid_from=valid_from, base_currency=base)
            for code, valid_from, rate in ledger_reads.exchange_rates(asked.books.id)
        ]
    )


@routes.put("/exchange-rates", act=Act.INVOICE)
def set_exchange_rate(asked: Asked, body: RateIn) -> RateOut:
    """Set an exchange rate.

    It holds from its day until the next one; setting it again replaces it, and changes nothing that was posted.
    """
    valid_from = body.valid_from or asked.today
    ledger.set_exchange_rate(
        books_id=asked.books.id,
        currency_code=body.currency,
        valid_from=valid_from,
        base_rate=body.rate,
        actor=asked.actor,
        at=asked.at,
    )
    return RateOut(
        currency=body.currency,
        rate=f"{body.rate.normalize():f}",
        valid_from=valid_from,
        base_currency=asked.books.base_currency.code,
    )


def entry_out(posted: PostedEntry) -> EntryOut:
    """Return a posted entry as the API answers it."""
    return EntryOut(
        number=f"J-{posted.id}",
        entry_date=posted.entry.entry_date,
        memo=posted.entry.memo,
        source=posted.source,
        posted_at=posted.posted_at,
        reverses=_number(posted.reverses_id),
        reversed_by=_number(posted.reversed_by_id),
        postings=[
            PostingOut(
                account=side.account,
                amount=side.amount.decimal_text(),
                currency=side.amount.currency.code,
                base=side.base.decimal_text(),
                base_currency=side.base.currency.code,
            )
            for side in posted.entry.postings
        ],
    )


def _number(entry_id: int | None) -> str | None:
    return None if entry_id is None else f"J-{entry_id}"


def _line(asked: Asked, line: LedgerLine) -> LedgerLineOut:
    base = asked.books.base_currency
    return LedgerLineOut(
        entry=f"J-{line.entry_id}",
        entry_date=line.entry_date,
        memo=line.memo,
        source=line.source,
        amount=Money(line.amount_minor, currency(line.currency)).decimal_text(),
        currency=line.currency,
        base=Money(line.base_minor, base).decimal_text(),
        balance=Money(line.balance_minor, base).decimal_text(),
        base_currency=base.code,
    )
