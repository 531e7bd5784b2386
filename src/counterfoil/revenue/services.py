"""Scheduling what was promised, releasing what was earned, taking back what was credited."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.infra import bulk, ids
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import month_start
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind, Sourced
from counterfoil.people import selectors as people
from counterfoil.revenue import domain, selectors
from counterfoil.revenue.domain import Obligation, ObligationDraft, Piece
from counterfoil.revenue.models import Release, Schedule

SCHEDULED = "revenue.scheduled"
MAX_ENTRIES = 5_000
CHUNK = 2_000
_SCHEDULE_COLUMNS = (
    "id", "books_id", "source", "reference", "contract_id", "customer_id", "currency", "amount_minor", "base_minor",
    "recognition", "earned_from", "earned_until", "credited_minor", "base_credited_minor", "released_minor",
    "base_released_minor", "released_through", "event_id", "item_hash",
)  # fmt: skip
_RELEASE_COLUMNS = (
    "id", "schedule_id", "books_id", "earned_on", "posted_on", "amount_minor", "base_minor", "entry_id",
)  # fmt: skip
hashed_schedules = selectors.hashed_schedules


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The schedule of one promise, and whether it was made now (done) or stood already (unchanged)."""

    kind: OutcomeKind
    obligation_id: int
    entry_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reduction:
    """How much of a promise (by its source) a credit note takes back, and the same in base currency."""

    source: str
    amount: Money
    base: Money


@dataclass(slots=True)
class Released:
    """What a release did: the entries it posted, what it came to in base currency, what was held and what caught up."""

    entry_ids: list[int] = field(default_factory=list)
    obligations: int = 0
    base_minor: int = 0
    caught_up: dict[str, str] = field(default_factory=dict)
    """Closed months and the day on which their revenue was posted instead."""
    held: list[tuple[str, Finding]] = field(default_factory=list)
    seen: list[Obligation] = field(default_factory=list)
    """Every promise of which something was released, as it stood before."""
    seen_held: dict[str, Obligation] = field(default_factory=dict)
    """Every promise that was held, by its source."""


@transaction.atomic
def schedule_obligations(
    *,
    books_id: int,
    cleared: Cleared[tuple[ObligationDraft, ...]],
    released_through: date | None = None,
    actor: Actor,
    at: datetime,
) -> list[Scheduled]:
    """Open a schedule for each promise, once by its source. The number of statements does not grow with them.

    Args:
        released_through: release in the same step whatever is earned by this day (deliveries, whole months of service).

    Raises:
        PeriodIsClosed: somebody closed a period while this ran; nothing was done, and trying again answers.
    """
    drafts = cleared.value
    standing = selectors.obligation_ids_by_source(books_id, [draft.source for draft in drafts])
    fresh = {draft.source: draft for draft in drafts if draft.source not in standing}
    opened = _open(fresh, ids.take(Schedule, len(fresh)))
    entries: dict[int, list[int]] = {}
    if opened:
        _write_schedules(books_id, opened, actor, at, released_through, cleared, entries)
    by_source = {obligation.source: obligation.id for obligation in opened}
    return [
        Scheduled(OutcomeKind.DONE, by_source[draft.source], tuple(entries.get(by_source[draft.source], ())))
        if draft.source in by_source
        else Scheduled(OutcomeKind.UNCHANGED, standing[draft.source])
        for draft in drafts
    ]


def _open(fresh: Mapping[str, ObligationDraft], schedule_ids: Sequence[int]) -> list[Obligation]:
    return [domain.opened(schedule_id, draft) for schedule_id, draft in zip(schedule_ids, fresh.values(), strict=True)]


def _write_schedules(
    books_id: int,
    opened: Sequence[Obligation],
    actor: Actor,
    at: datetime,
    released_through: date | None,
    cleared: Cleared[Any],
    entries: dict[int, list[int]],
) -> None:
    pieces: list[Piece] = []
    if released_through is not None:
        pieces = [piece for obligation in opened for piece in domain.pieces(obligation, released_through)]
    steps = _steps(pieces)
    event_id = audit.reserve_event()
    rows, hashes = [], []
    for one in opened:
        start = one.earned_from.isoformat() if one.earned_from else None
        end = one.earned_until.isoformat() if one.earned_until else None
        code = one.amount.currency.code
        content = domain.schedule_content(
            one.source,
            one.contract_id,
            one.customer_id,
            code,
            one.amount.minor,
            one.base.minor,
            one.recognition.value,
            start,
            end,
        )
        hash_ = hashlib.sha256(content).hexdigest()
        hashes.append(hash_)
        amount, base, through = steps.get(one.id, (0, 0, None))
        rows.append(
            (
                one.id,
                books_id,
                one.source,
                one.reference,
                one.contract_id,
                one.customer_id,
                code,
                one.amount.minor,
                one.base.minor,
                one.recognition.value,
                one.earned_from,
                one.earned_until,
                0,
                0,
                amount,
                base,
                through,
                event_id,
                hash_,
            )
        )
    bulk.insert(Schedule, _SCHEDULE_COLUMNS, rows)
    audit.record(
        kind=SCHEDULED,
        actor=actor,
        subject=f"schedule:{opened[0].id}",
        body={"first": opened[0].source, "last": opened[-1].source},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    done = Released()
    _post(books_id, pieces, cleared, actor, at, done, entries)


def _steps(pieces: Iterable[Piece]) -> dict[int, tuple[int, int, date]]:
    """What pieces add to each schedule: amount, base amount, and through which day it is released."""
    steps: dict[int, tuple[int, int, date]] = {}
    for piece in pieces:
        amount, base, through = steps.get(piece.obligation_id, (0, 0, piece.earned_on))
        steps[piece.obligation_id] = (
            amount + piece.amount.minor,
            base + piece.base.minor,
            max(through, piece.earned_on),
        )
    return steps


def release_revenue(
    *,
    books_id: int,
    through: date,
    obligation_ids: Sequence[int] | None = None,
    actor: Actor,
    at: datetime,
) -> Released:
    """Release what is earned by a day and was not released yet: one entry for each contract and month.

    Deliveries count on their day, services by whole months (the last one when it ends). Doing it again changes
    nothing. What belongs to a closed month is posted on the first open day after it, and the record says so. The
    number of statements grows only with each further 2,000 schedules and 5,000 entries.

    Raises:
        PeriodIsClosed: somebody closed a period while this ran; that part was not done, and trying again answers.
    """
    done = Released()
    after = 0
    while True:
        with transaction.atomic():
            found = selectors.obligations_to_release(books_id, through, ids=obligation_ids, after=after, limit=CHUNK)
            if found:
                _release(books_id, found, through, actor, at, done)
        if len(found) < CHUNK:
            return done
        after = found[-1].id


def _release(
    books_id: int, found: Sequence[Obligation], through: date, actor: Actor, at: datetime, done: Released
) -> None:
    today = at.astimezone(ZoneInfo(people.books_facts(books_id).time_zone)).date()
    findings = domain.check_schedules(found, through, today)
    cleared, held = decisions.clear(Act.RELEASE, found, {domain.SCHEDULE: findings})
    done.held += [(one.item.source, finding) for one in held for finding in one.findings]
    done.seen_held.update((one.item.source, one.item) for one in held)
    earning = [(obligation, domain.pieces(obligation, through)) for obligation in cleared.value]
    pieces = [piece for _, parts in earning for piece in parts]
    done.seen += [obligation for obligation, parts in earning if parts]
    if pieces:
        steps = _steps(pieces)
        done.obligations += len(steps)
        _post(books_id, pieces, cleared, actor, at, done, {})
        bulk.change(
            Schedule,
            ["released_through"],
            ["released_minor", "base_released_minor"],
            [(id_, through_, amount, base) for id_, (amount, base, through_) in sorted(steps.items())],
        )


def _post(
    books_id: int,
    pieces: Sequence[Piece],
    cleared: Cleared[Any],
    actor: Actor,
    at: datetime,
    done: Released,
    entries: dict[int, list[int]],
) -> None:
    """Post pieces, one entry for each contract (or line without one) and month, and note each release."""
    if not pieces:
        return
    moved = _in_open_periods(books_id, pieces, done)
    moved.sort(key=_entry_key)
    groups = [list(group) for _, group in groupby(moved, key=_entry_key)]
    accounts = ledger_reads.account_codes(books_id)
    release_ids = iter(ids.take(Release, len(moved)))
    rows = []
    for start in range(0, len(groups), MAX_ENTRIES):
        chunk = groups[start : start + MAX_ENTRIES]
        numbered = [[(next(release_ids), piece) for piece in group] for group in chunk]
        sourced = tuple(
            [
                Sourced(f"release:{group[0][0]}", domain.release_entry(parts, _memo(parts), accounts))
                for group, parts in zip(numbered, chunk, strict=True)
            ]
        )
        outcomes = ledger.post_entries(books_id=books_id, cleared=cleared.into(sourced), actor=actor, at=at)
        for group, outcome in zip(numbered, outcomes, strict=True):
            if outcome.kind is OutcomeKind.REFUSED:
                raise Refusal(outcome.code, outcome.facts or {}).error()
            assert outcome.entry_id is not None, "what is posted has its entry"
            done.entry_ids.append(outcome.entry_id)
            for release_id, piece in group:
                entries.setdefault(piece.obligation_id, []).append(outcome.entry_id)
                done.base_minor += piece.base.minor
                rows.append(
                    (
                        release_id,
                        piece.obligation_id,
                        books_id,
                        piece.earned_on,
                        piece.posted_on,
                        piece.amount.minor,
                        piece.base.minor,
                        outcome.entry_id,
                    )
                )
    bulk.insert(Release, _RELEASE_COLUMNS, rows)
    if done.caught_up:
        audit.record(
            kind="revenue.caught_up",
            actor=actor,
            subject=f"books:{books_id}",
            body={"posted_on_by_closed_month": dict(done.caught_up)},
            at=at,
            books_id=books_id,
        )


def _in_open_periods(books_id: int, pieces: Sequence[Piece], done: Released) -> list[Piece]:
    """Move pieces of closed months to the first open day after, and note which."""
    closed = ledger_reads.closed_months(books_id)
    if not closed:
        return list(pieces)
    instead = domain.first_open_days([piece.earned_on for piece in pieces], closed)
    done.caught_up |= {f"{month:%Y-%m}": day.isoformat() for month, day in instead.items()}
    return [
        replace(piece, posted_on=instead[month_start(piece.earned_on)])
        if month_start(piece.earned_on) in instead
        else piece
        for piece in pieces
    ]


def _entry_key(piece: Piece) -> tuple[int, str, date, date]:
    own = "" if piece.contract_id is not None else piece.reference or piece.source
    return (piece.contract_id or 0, own, piece.earned_on, piece.posted_on)


def _memo(parts: Sequence[Piece]) -> str:
    first = parts[0]
    late = "" if first.posted_on == first.earned_on else ", caught up"
    return f"Revenue {first.earned_on:%Y-%m}, {first.reference or first.source}{late}"


@transaction.atomic
def mark_delivered(*, books_id: int, deliveries: Mapping[str, date], actor: Actor, at: datetime) -> int:
    """Note on which day promises (by source) were delivered that waited for it; returns how many did.

    What is delivered is released by the next release. A day that was noted before is not changed.
    """
    waiting = Schedule.objects.filter(bulk.is_any_of("source", list(deliveries)), books_id=books_id, earned_from=None)
    rows = list(waiting.select_for_update().order_by("id").values_list("id", "source"))
    days = [(id_, deliveries[source], deliveries[source] + timedelta(days=1)) for id_, source in rows]
    bulk.change(Schedule, ["earned_from", "earned_until"], [], days)
    if rows:
        delivered: dict[str, Fact] = {source: deliveries[source].isoformat() for _, source in rows}
        audit.record(
            kind="revenue.delivered",
            actor=actor,
            subject=f"schedule:{rows[0][0]}",
            body={"delivered": delivered},
            at=at,
            books_id=books_id,
        )
    return len(rows)


@transaction.atomic
def reduce_schedules(
    *,
    books_id: int,
    cleared: Cleared[Any],
    reductions: Sequence[Reduction],
    on: date,
    actor: Actor,
    at: datetime,
) -> list[int]:
    """Take back what a credit note credits: the promise shrinks, and what was released above it is taken back.

    Negative amounts take that back: the promise grows again, and what is earned of it by now is released on the day.
    Credited in full, a schedule has ended and everything it released is taken back, on the credit note's day. Each
    call acts: the credit note's own source is what keeps it from happening twice.

    Returns:
        The entries that were posted.
    """
    standing = selectors.obligations_by_source(books_id, [one.source for one in reductions], lock=True)
    wanted: dict[str, tuple[Money, Money]] = {}
    for one in reductions:
        if one.source in standing:
            amount, base = wanted.get(one.source, (Money.zero(one.amount.currency), Money.zero(one.base.currency)))
            wanted[one.source] = (amount + one.amount, base + one.base)
    pieces, rows = [], []
    for source, (amount, stated_base) in wanted.items():
        obligation = standing[source]
        base = stated_base
        if obligation.credited + amount == obligation.amount:
            base = obligation.base - obligation.base_credited
        elif not obligation.credited + amount:  # A credit note was taken back, and nothing of the promise is credited.
            base = -obligation.base_credited
        piece = domain.trued_up(obligation, amount, base, on)
        back = (piece.amount.minor, piece.base.minor) if piece else (0, 0)
        rows.append((obligation.id, amount.minor, base.minor, *back))
        if piece is not None:
            pieces.append(piece)
    bulk.change(
        Schedule, [], ["credited_minor", "base_credited_minor", "released_minor", "base_released_minor"], sorted(rows)
    )
    done = Released()
    _post(books_id, pieces, cleared, actor, at, done, {})
    if wanted:
        audit.record(
            kind="revenue.reduced",
            actor=actor,
            subject=f"schedule:{rows[0][0]}",
            body={"on": on.isoformat(), "credited": {source: str(amount) for source, (amount, _) in wanted.items()}},
            at=at,
            books_id=books_id,
        )
    return done.entry_ids


@transaction.atomic
def take_back_releases(
    *, books_id: int, cleared: Cleared[tuple[int, ...]], on: date, reason: str, actor: Actor, at: datetime
) -> list[int]:
    """Take back what some entries released, newest first, each once: the schedules stand as they did before.

    A later release computes what is earned from the whole again, so that what is taken back is released by it.

    Args:
        cleared: the entries. What was released on top of one of them must be among them, or taken back before.

    Returns:
        The reversing entries.

    Raises:
        PeriodIsClosed: the day lies in a closed period.
    """
    steps = [one for one in selectors.release_steps(books_id, cleared.value, lock=True) if not one.is_taken_back]
    entry_ids = tuple(sorted({one.entry_id for one in steps}, reverse=True))
    if not entry_ids:
        return []
    beyond = [one for one in steps if not set(one.later) <= set(entry_ids)]
    assert not beyond, f"more was released on top of entry {beyond[0].entry_id if beyond else 0}"
    outcomes = ledger.reverse_entries(
        books_id=books_id, cleared=cleared.into(entry_ids), on=on, reason=reason, actor=actor, at=at
    )
    reversals: dict[int, int] = {}
    for entry_id, outcome in zip(entry_ids, outcomes, strict=True):
        if outcome.kind is OutcomeKind.REFUSED or outcome.entry_id is None:
            raise Refusal(outcome.code, outcome.facts or {}).error()
        reversals[entry_id] = outcome.entry_id
    rows = [
        (id_, one.schedule_id, books_id, one.earned_on, on, -one.amount.minor, -one.base.minor, reversals[one.entry_id])
        for id_, one in zip(ids.take(Release, len(steps)), steps, strict=True)
    ]
    bulk.insert(Release, _RELEASE_COLUMNS, rows)
    back: dict[int, tuple[int, int, date | None]] = {}
    for one in sorted(steps, key=lambda one: one.earned_on, reverse=True):
        amount, base, _ = back.get(one.schedule_id, (0, 0, None))
        back[one.schedule_id] = (amount - one.amount.minor, base - one.base.minor, one.before)
    bulk.change(
        Schedule,
        ["released_through"],
        ["released_minor", "base_released_minor"],
        [(id_, through, amount, base) for id_, (amount, base, through) in sorted(back.items())],
    )
    audit.record(
        kind="revenue.taken_back",
        actor=actor,
        subject=f"schedule:{steps[0].schedule_id}",
        body={"on": on.isoformat(), "reason": reason, "entries": list(entry_ids)},
        at=at,
        books_id=books_id,
    )
    return [reversals[entry_id] for entry_id in entry_ids]
