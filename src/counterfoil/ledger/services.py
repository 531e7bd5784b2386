"""Writing the journal."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import HashedRow
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.ledger import domain, selectors
from counterfoil.ledger.domain import AccountKind, Outcome, OutcomeKind, Sourced
from counterfoil.ledger.models import Account, Balance, Entry, ExchangeRate, Period, PeriodStep, PostingRow

MAX_BATCH = 5_000
_ENTRY_COLUMNS = (
    "id", "books_id", "entry_date", "memo", "source", "reverses_id", "postings", "posted_at", "event_id", "item_hash",
)  # fmt: skip
_POSTING_COLUMNS = (
    "entry_id", "line", "books_id", "entry_date", "account_id", "currency", "amount_minor", "base_minor",
    "customer_id", "contract_id",
)  # fmt: skip


class AccountExists(Refused):
    """The chart has an account with this code already."""

    code = "account_exists"


class NoSuchPeriod(Refused):
    """Nothing was posted in this month, so there is no period to close or reopen."""

    code = "no_such_period"


@transaction.atomic
def open_chart(*, books_id: int, actor: Actor, at: datetime) -> None:
    """Open the standard chart for new books; opening it again changes nothing."""
    if Account.objects.filter(books_id=books_id).exists():
        return
    Account.objects.bulk_create(
        [
            Account(books_id=books_id, code=plan.code, name=plan.name, kind=plan.kind.value, role=plan.role.value)
            for plan in domain.STANDARD_CHART
        ]
    )
    audit.record(
        kind="ledger.chart_opened",
        actor=actor,
        subject=f"books:{books_id}",
        body={"accounts": [plan.code for plan in domain.STANDARD_CHART]},
        at=at,
        books_id=books_id,
    )


@transaction.atomic
def add_account(*, books_id: int, code: str, name: str, kind: AccountKind, actor: Actor, at: datetime) -> int:
    """Add an account to the chart and return its id.

    Raises:
        AccountExists: the code is taken.
    """
    if Account.objects.filter(books_id=books_id, code=code).exists():
        raise AccountExists(field="code", account=code)
    account = Account.objects.create(books_id=books_id, code=code, name=name, kind=kind.value)
    audit.record(
        kind="ledger.account_added",
        actor=actor,
        subject=f"account:{account.pk}",
        body={"code": code, "name": name, "kind": kind.value},
        at=at,
        books_id=books_id,
    )
    return account.pk


@transaction.atomic
def post_entries(*, books_id: int, cleared: Cleared[tuple[Sourced, ...]], actor: Actor, at: datetime) -> list[Outcome]:
    """Write balanced entries to the journal, each once.

    Posting the same source again answers `unchanged` with the entry already written, so a retried job
    changes nothing. At most 5,000 entries a call; the number of statements does not depend on how many.

    Returns:
        One outcome per entry, in order: done, unchanged, or refused with its code (`period_is_closed`,
        `unknown_account`). A refused entry does not stop the others.
    """
    wanted = cleared.value
    if len(wanted) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} entries in one transaction")
    if not wanted:
        return []
    months = {domain.month_of(sourced.entry.entry_date) for sourced in wanted}
    ground = selectors.ground(books_id, sources=[sourced.source for sourced in wanted], months=months)
    accounts, posted = ground.accounts, ground.posted
    closed = _closed_months(books_id, months, ground.states)
    outcomes: list[Outcome | None] = []
    accepted: list[Sourced] = []
    for sourced in wanted:
        outcome = _refusal_or_unchanged(sourced, accounts, posted, closed)
        outcomes.append(outcome)
        if outcome is None:
            accepted.append(sourced)
            posted[sourced.source] = 0
    new_ids = iter(_write(books_id, accepted, accounts, actor, at))
    done = [outcome or Outcome(OutcomeKind.DONE, next(new_ids)) for outcome in outcomes]
    twice = {sourced.source: answer.entry_id for sourced, answer in zip(wanted, done, strict=True) if answer.entry_id}
    return [
        answer if answer.entry_id != 0 else Outcome(OutcomeKind.UNCHANGED, twice[sourced.source])
        for sourced, answer in zip(wanted, done, strict=True)
    ]


def _refusal_or_unchanged(
    sourced: Sourced, accounts: dict[str, int], posted: dict[str, int], closed: dict[date, date]
) -> Outcome | None:
    if sourced.source in posted:
        return Outcome(OutcomeKind.UNCHANGED, posted[sourced.source])
    month = domain.month_of(sourced.entry.entry_date)
    if month in closed:
        facts: dict[str, Fact] = {"period": f"{month:%Y-%m}", "first_open": closed[month].isoformat()}
        return Outcome(OutcomeKind.REFUSED, None, domain.PeriodIsClosed.code, facts)
    for posting in sourced.entry.postings:
        if posting.account not in accounts:
            return Outcome(OutcomeKind.REFUSED, None, domain.UnknownAccount.code, {"account": posting.account})
    return None


def _closed_months(books_id: int, months: set[date], states: dict[date, str]) -> dict[date, date]:
    """Make periods on first use, lock them against closing, and map closed months to the next open day.

    Args:
        states: of the months that have been used before, which are locked already.
    """
    if missing := months - states.keys():
        Period.objects.bulk_create(
            [Period(books_id=books_id, start_date=m, end_date=domain.month_after(m)) for m in sorted(missing)],
            ignore_conflicts=True,
        )
        states |= selectors.ground(books_id, sources=(), months=missing).states
    closed = [month for month in sorted(months) if states[month] == "closed"]
    return {month: selectors.first_open_date(books_id, month) for month in closed}


def _write(
    books_id: int, accepted: Sequence[Sourced], accounts: dict[str, int], actor: Actor, at: datetime
) -> Sequence[int]:
    if not accepted:
        return ()
    event_id, (entry_ids,) = audit.reserve_event_and((Entry, len(accepted)))
    entries, postings, hashes = [], [], []
    sums: dict[tuple[int, date, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry_id, sourced in zip(entry_ids, accepted, strict=True):
        entry = sourced.entry
        day, month = entry.entry_date.isoformat(), domain.month_of(entry.entry_date)
        sides = []
        for line, posting in enumerate(entry.postings, 1):
            account, amount, base = accounts[posting.account], posting.amount, posting.base.minor
            code = amount.currency.code
            side = (account, code, amount.minor, base, posting.customer_id, posting.contract_id)
            sides.append(side)
            postings.append((entry_id, line, books_id, day, *side))
            total = sums[account, month, code]
            total[0] += amount.minor
            total[1] += base
        content = domain.entry_bytes(day, entry.memo, sourced.source, sourced.reverses, sides)
        hash_ = hashlib.sha256(content).hexdigest()
        hashes.append(hash_)
        entries.append(
            (entry_id, books_id, day, entry.memo, sourced.source, sourced.reverses, len(sides), at, event_id, hash_)
        )
    with bulk.one_trip():
        bulk.insert(PostingRow, _POSTING_COLUMNS, postings)
        bulk.insert(Entry, _ENTRY_COLUMNS, entries)
        bulk.add_to(
            Balance,
            ["books_id", "account_id", "month", "currency"],
            ["amount_minor", "base_minor"],
            [(books_id, account, month, code, *total) for (account, month, code), total in sums.items()],
        )
        audit.record(
            kind="ledger.posted",
            actor=actor,
            subject=f"entry:{entry_ids[0]}",
            body={"first_entry": entry_ids[0], "last_entry": entry_ids[-1]},
            at=at,
            books_id=books_id,
            items=hashes,
            event_id=event_id,
        )
    return entry_ids


def reverse_entries(
    *, books_id: int, cleared: Cleared[tuple[int, ...]], on: date, reason: str, actor: Actor, at: datetime
) -> list[Outcome]:
    """Take entries back by linked reversing entries on a later date; reversing twice is reversing once."""
    entries = selectors.entries_by_id(books_id, cleared.value)
    wanted = tuple(
        Sourced(
            f"reversal:{entry_id}",
            entries[entry_id].entry.reversed_on(on, f"{reason}: {entries[entry_id].entry.memo}"[:255]),
            entry_id,
        )
        for entry_id in cleared.value
    )
    return post_entries(books_id=books_id, cleared=cleared.into(wanted), actor=actor, at=at)


def close_period(*, books_id: int, month: date, actor: Actor, at: datetime) -> bool:
    """Close a month: nothing is posted in it any more. Closing it again changes nothing.

    Returns:
        Whether the period was open.
    """
    return _move_period(books_id, month, "closed", "", actor, at)


def reopen_period(*, books_id: int, month: date, reason: str, actor: Actor, at: datetime) -> bool:
    """Open a closed month again, with a reason that stays on record.

    Returns:
        Whether the period was closed.
    """
    return _move_period(books_id, month, "open", reason, actor, at)


@transaction.atomic
def _move_period(books_id: int, month: date, state: str, reason: str, actor: Actor, at: datetime) -> bool:
    month = domain.month_of(month)
    Period.objects.bulk_create(
        [Period(books_id=books_id, start_date=month, end_date=domain.month_after(month))], ignore_conflicts=True
    )
    period = Period.objects.select_for_update().get(books_id=books_id, start_date=month)
    if period.state == state:
        return False
    period.state = state
    period.save(update_fields=["state"])
    rows = selectors.trial_balance(books_id, as_of=selectors.last_day(month))
    kept = json.dumps([[row.code, str(row.base_minor)] for row in rows])
    PeriodStep.objects.create(
        books_id=books_id, period=period, state=state, actor=str(actor), reason=reason, made_at=at, trial_balance=kept
    )
    audit.record(
        kind="ledger.period_closed" if state == "closed" else "ledger.period_reopened",
        actor=actor,
        subject=f"period:{month:%Y-%m}",
        body={"reason": reason, "trial_balance": {row.code: str(row.base_minor) for row in rows}},
        at=at,
        books_id=books_id,
    )
    return True


@transaction.atomic
def set_exchange_rate(
    *, books_id: int, currency_code: str, valid_from: date, base_rate: Decimal, actor: Actor, at: datetime
) -> None:
    """Say what one unit of a currency is worth in base currency from a day on; setting it again replaces it."""
    ExchangeRate.objects.update_or_create(
        books_id=books_id,
        currency=currency(currency_code).code,
        valid_from=valid_from,
        defaults={"base_rate": base_rate},
    )
    audit.record(
        kind="ledger.rate_set",
        actor=actor,
        subject=f"rate:{currency_code}",
        body={"valid_from": valid_from.isoformat(), "base_rate": str(base_rate)},
        at=at,
        books_id=books_id,
    )


def hashed_entries() -> Iterator[HashedRow]:
    """Yield every entry with the hash of its present contents, for `verify`; streams, never all at once."""
    rows = (
        PostingRow.objects.order_by("entry__event_id", "entry_id", "line")
        .values_list(
            "entry_id", "entry__event_id", "entry__item_hash", "entry__entry_date", "entry__memo", "entry__source",
            "entry__reverses_id", "account_id", "currency", "amount_minor", "base_minor", "customer_id", "contract_id",
        )
        .iterator(chunk_size=5_000)
    )  # fmt: skip
    for entry, group in groupby(rows, key=lambda row: row[:7]):
        entry_id, event_id, kept, day, memo, source, reverses = entry
        content = domain.entry_bytes(day.isoformat(), memo, source, reverses, [row[7:] for row in group])
        yield HashedRow(event_id, f"entry J-{entry_id}", kept, hashlib.sha256(content).hexdigest())
