"""When revenue is earned: at a point in time, or straight-line by day, always summing to what was promised.

A schedule is not a table of months but a closed form: what is earned by a day is a share of the whole, rounded once,
and a month is the difference of two such figures. So the parts sum to the whole by construction, the last day takes
what rounding left, and a service of a hundred years needs one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from counterfoil.contracts.domain import Contract
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.kernel.spans import Span, month_end, month_start
from counterfoil.ledger.domain import AccountRole, JournalEntry, Posting
from counterfoil.standards.domain import Recognition

SCHEDULE = "schedule"
FORM = 1


@dataclass(frozen=True, slots=True)
class ObligationDraft:
    """What was promised and for how much, before it has a schedule. `source` is the business key of the line.

    Over time it is earned by the days of `service`; at a point in time on `delivered_on`, and not before that is
    known. `base` is the same amount in base currency. `reference` is the contract's or invoice's number.
    """

    source: str
    contract_id: int | None
    customer_id: int
    amount: Money
    base: Money
    recognition: Recognition
    service: Span | None
    delivered_on: date | None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A schedule as it stands: what was promised, what of it was credited, and what was released so far.

    `earned_from` and `earned_until` bound the days it is earned on, the second not included; for a point in time they
    are the day of delivery and the next. Both are None while delivery is not known.
    """

    id: int
    source: str
    contract_id: int | None
    customer_id: int
    amount: Money
    base: Money
    recognition: Recognition
    earned_from: date | None
    earned_until: date | None
    credited: Money
    base_credited: Money
    released: Money
    base_released: Money
    released_through: date | None
    reference: str = ""

    @property
    def left(self) -> Money:
        """What is still to be earned."""
        return self.amount - self.credited - self.released


@dataclass(frozen=True, slots=True)
class Piece:
    """What is earned of one obligation in one month: on `earned_on`, the last of its days that counts.

    `posted_on` is the day it is posted on: the same, or the first open day after a closed period.
    """

    obligation_id: int
    contract_id: int | None
    customer_id: int
    source: str
    reference: str
    earned_on: date
    posted_on: date
    amount: Money
    base: Money


def earned(total: int, start: date, end: date, through: date) -> int:
    """How much of a total is earned from `start` through a day, straight-line by day; the last day is before `end`.

    ASC 606-10-25-31 to 33, 606-10-55-17 (a measure of time elapsed): total x days elapsed / days in all, rounded half
    away from zero to the minor unit, and the whole of it from the last day on.
    """
    if through < start:
        return 0
    days = (end - start).days
    elapsed = min((through - start).days + 1, days)
    return round_half_up(total * elapsed, days)


def pieces(obligation: Obligation, through: date) -> list[Piece]:
    """What an obligation earns by a day and was not released yet, by month.

    Over time, a month counts when its last day of service has come: each month is one piece. A price that was
    credited in part is earned as if it had been lower from the start (a cumulative catch-up, ASC 606-10-32-42 to 45).
    """
    start, end = obligation.earned_from, obligation.earned_until
    if start is None or end is None:
        return []
    total, base_total = (
        (obligation.amount - obligation.credited).minor,
        (obligation.base - obligation.base_credited).minor,
    )
    released, base_released = obligation.released.minor, obligation.base_released.minor
    first = start
    if obligation.released_through is not None:
        first = max(start, obligation.released_through + timedelta(days=1))
    found = []
    for earned_on in _month_ends(first, end, through):
        amount = earned(total, start, end, earned_on)
        base = earned(base_total, start, end, earned_on)
        if amount != released or base != base_released:
            found.append(_piece(obligation, earned_on, amount - released, base - base_released))
        released, base_released = amount, base
    return found


def _month_ends(first: date, end: date, through: date) -> Iterator[date]:
    """The last day of each month from `first` on, the last one being the day before `end`, as far as `through`."""
    last = end - timedelta(days=1)
    day = first
    while day <= last:
        closing = min(month_end(day), last)
        if closing > through:
            return
        yield closing
        day = closing + timedelta(days=1)


def _piece(obligation: Obligation, earned_on: date, amount: int, base: int) -> Piece:
    return Piece(
        obligation.id,
        obligation.contract_id,
        obligation.customer_id,
        obligation.source,
        obligation.reference,
        earned_on,
        earned_on,
        Money(amount, obligation.amount.currency),
        Money(base, obligation.base.currency),
    )


def trued_up(obligation: Obligation, credited: Money, base_credited: Money, on: date) -> Piece | None:
    """What is to be taken back when a part of the price, or all of it, is credited on a day.

    The rest is earned as if it had been the price from the start: what was released above that is taken back on the
    day of the credit note. Credited in full, everything that was released is taken back, and the schedule has ended.
    """
    total = (obligation.amount - obligation.credited - credited).minor
    base_total = (obligation.base - obligation.base_credited - base_credited).minor
    start, end, through = obligation.earned_from, obligation.earned_until, obligation.released_through
    if start is None or end is None or through is None:
        return None
    amount = earned(total, start, end, through) - obligation.released.minor
    base = earned(base_total, start, end, through) - obligation.base_released.minor
    return _piece(obligation, on, amount, base) if amount or base else None


def first_open_days(months: Iterable[date], closed: Sequence[date]) -> dict[date, date]:
    """Where what was earned in some months is posted instead, for those that are closed: the first open day after.

    Args:
        months: any days. closed: the first days of the closed months.
    """
    shut = set(closed)
    found = {}
    for day in {month_start(day) for day in months} & shut:
        open_day = day
        while open_day in shut:
            open_day = month_end(open_day) + timedelta(days=1)
        found[day] = open_day
    return found


def release_entry(parts: Sequence[Piece], memo: str, accounts: Mapping[AccountRole, str]) -> JournalEntry:
    """The entry that releases what one contract earned: contract position against revenue."""
    first = parts[0]
    amount = sum([part.amount for part in parts], Money.zero(first.amount.currency))
    base = sum([part.base for part in parts], Money.zero(first.base.currency))
    position, revenue = accounts[AccountRole.CONTRACT_POSITION], accounts[AccountRole.REVENUE]
    return JournalEntry(
        first.posted_on,
        memo[:255],
        (
            Posting(position, amount, base, first.customer_id, first.contract_id),
            Posting(revenue, -amount, -base, first.customer_id, first.contract_id),
        ),
    )


def check_schedules(obligations: Sequence[Obligation], through: date, today: date) -> list[list[Finding]]:
    """Find what stands against releasing obligations through a day, by obligation.

    A month that has not begun earns nothing yet; and never may more stand as released than was promised.
    """
    ahead: list[Finding] = []
    if through > month_end(today):
        ahead.append(Finding(SCHEDULE, "release_ahead", {"through": through.isoformat(), "today": today.isoformat()}))
    return [ahead + _beyond(obligation) for obligation in obligations]


def _beyond(obligation: Obligation) -> list[Finding]:
    whole, released = (obligation.amount - obligation.credited).minor, obligation.released.minor
    if abs(released) <= abs(whole) and released * whole >= 0:
        return []
    facts: dict[str, Fact] = {"reference": obligation.reference, "released": released, "promised": whole}
    return [Finding(SCHEDULE, "released_beyond_promise", facts)]


def shared_base(total: Money, amounts: Sequence[Money]) -> tuple[Money, ...]:
    """Share a total in base currency out over amounts in another currency, summing to it exactly.

    Cumulative, so that amounts of both signs are fine: the share of the first n amounts is the total's part in
    proportion, rounded once.
    """
    whole = sum([amount.minor for amount in amounts])
    if whole == 0:
        return tuple([total if at == 0 else Money.zero(total.currency) for at in range(len(amounts))])
    shares = []
    running, before = 0, 0
    for amount in amounts:
        running += amount.minor
        until = round_half_up(total.minor * running, whole)
        shares.append(Money(until - before, total.currency))
        before = until
    return tuple(shares)


def contract_line_source(contract_line_id: int) -> str:
    """The business key of a contract line's schedule."""
    return f"contract-line:{contract_line_id}"


def invoice_line_source(invoice_id: int, no: int) -> str:
    """The business key of the schedule of an invoice line without a contract."""
    return f"invoice-line:{invoice_id}:{no}"


def contract_obligations(contract: Contract, base_total: Money) -> list[ObligationDraft]:
    """What a contract promises, line by line.

    Args:
        base_total: the contract's total in base currency.
    """
    lines = contract.lines
    if contract.currency == base_total.currency:
        bases: Sequence[Money] = [line.net for line in lines]
    else:
        bases = shared_base(base_total, [line.net for line in lines])
    return [
        ObligationDraft(
            contract_line_source(line.id),
            contract.id,
            contract.customer_id,
            line.net,
            base,
            line.recognition,
            line.service,
            line.delivered_on,
            contract.number,
        )
        for line, base in zip(lines, bases, strict=True)
    ]


def opened(schedule_id: int, draft: ObligationDraft) -> Obligation:
    """Return the schedule of a promise of which nothing was released yet."""
    start: date | None = None
    end: date | None = None
    if draft.recognition is Recognition.OVER_TIME:
        assert draft.service is not None, f"{draft.source} is earned over time and has no service span"
        start, end = draft.service.start, draft.service.end
    elif draft.delivered_on is not None:
        start, end = draft.delivered_on, draft.delivered_on + timedelta(days=1)
    none, base_none = Money.zero(draft.amount.currency), Money.zero(draft.base.currency)
    return Obligation(
        schedule_id,
        draft.source,
        draft.contract_id,
        draft.customer_id,
        draft.amount,
        draft.base,
        draft.recognition,
        start,
        end,
        none,
        base_none,
        none,
        base_none,
        None,
        draft.reference,
    )


def schedule_content(
    source: str,
    contract_id: int | None,
    customer_id: int,
    currency: str,
    amount_minor: int,
    base_minor: int,
    recognition: str,
    earned_from: str | None,
    earned_until: str | None,
) -> bytes:
    """Return exactly what a schedule's hash covers (form 1). Delivery may become known later and is not in it."""
    days = f"{earned_from}\n{earned_until}" if recognition == Recognition.OVER_TIME.value else "on delivery"
    head = f"counterfoil/schedule/{FORM}\n{source}\n{contract_id or ''}\n{customer_id}"
    return f"{head}\n{currency}\n{amount_minor}\n{base_minor}\n{recognition}\n{days}".encode()


def fresh(obligation: Obligation, total: Money) -> Obligation:
    """The obligation as if nothing of it had been released or credited, at a total: for showing its months."""
    none = Money.zero(total.currency)
    base_none = Money.zero(obligation.base.currency)
    return replace(
        obligation,
        amount=total,
        credited=none,
        base_credited=base_none,
        released=none,
        base_released=base_none,
        released_through=None,
    )
