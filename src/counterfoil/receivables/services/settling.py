"""Settling: posting money, applying it to open items, and recognising payments entered by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk, ids
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind, Sourced
from counterfoil.receivables import selectors
from counterfoil.receivables.domain import settlement as rules
from counterfoil.receivables.domain.settlement import Facts, Origin, Settlement, Worked
from counterfoil.receivables.domain.statements import LineState
from counterfoil.receivables.models import Allocation, BankLine, OpenItem, Payment
from counterfoil.receivables.services import recording

MAX_BATCH = 5_000
_PAYMENT_COLUMNS = (
    "source", "customer_id", "bank_account_id", "bank_line_id", "paid_date", "currency", "amount_minor", "base_minor",
    "other_minor", "unapplied_minor", "unapplied_base_minor", "text", "is_manual", "is_by_hand", "settlement_hash",
    "entry_id", "made_at",
)  # fmt: skip
ALLOCATION_COLUMNS = (
    "item_id", "payment_id", "credit_item_id", "amount_minor", "base_minor", "paid_minor", "paid_base_minor", "made_on",
    "made_at", "is_manual", "entry_id", "undoes_id", "returns_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one settlement, or of one undo.

    `effects` names what it led to, `refusal` why it was refused. `conditional` are the allocations on items whose right
    to payment was conditional: with each of them billing shows as much as a receivable, or takes that back.
    """

    kind: OutcomeKind
    payment_id: int | None = None
    entry_id: int | None = None
    effects: tuple[str, ...] = ()
    refusal: Refusal | None = None
    conditional: tuple[OnCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class OnCondition:
    """An allocation of a conditional item. `takes_back` is the allocation that it undoes or returns."""

    allocation_id: int
    document_id: int
    amount: Money
    on: date
    takes_back: int | None = None


@dataclass(slots=True)
class _Job:
    """One settlement on its way through a batch."""

    settlement: Settlement
    settled_as: str
    outcome: Settled | None = None
    worked: Worked | None = None
    source: str = ""
    entry_id: int | None = None
    payment_id: int | None = None
    allocation_ids: Sequence[int] = ()

    @property
    def is_payment(self) -> bool:
        """Money of a customer, not a line that belongs to ledger accounts alone."""
        has_money = self.settlement.origin in (Origin.LINE, Origin.HAND)
        return has_money and self.worked is not None and self.worked.customer_id is not None


@transaction.atomic
def settle(
    *,
    books_id: int,
    cleared: Cleared[tuple[Settlement, ...]],
    actor: Actor,
    at: datetime,
    texts: Mapping[str, str] | None = None,
) -> list[Settled]:
    """Post settlements and apply them to their items, each once.

    Lines, payments and items are locked, and what was checked is checked again as they stand: what changed since is
    refused. Settling the same line, or the same key by hand, the same way again answers `unchanged` with the payment
    already made. At most 5,000 a call; the number of statements does not depend on how many.

    Args:
        texts: what a person wrote beside a payment entered by hand, by its key.

    Returns:
        One outcome a settlement, in order. A refused one does not stop the others.
    """
    if len(cleared.value) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} settlements in one transaction")
    if not cleared.value:
        return []
    facts = selectors.settlement_facts(books_id, cleared.value, is_locked=True)
    jobs = [_Job(settlement, rules.content_hash(settlement)) for settlement in cleared.value]
    _answer_repeated(books_id, jobs, facts)
    _work_out(books_id, jobs, facts)
    _take_allocation_ids(jobs)
    _post(books_id, cleared, jobs, actor, at)
    done = [job for job in jobs if job.outcome is None]
    _write_payments(books_id, done, facts, texts or {}, actor, at)
    _write_allocations(books_id, done, actor, at)
    _write_balances(done, at)
    return [job.outcome or _settled(job, facts) for job in jobs]


def _answer_repeated(books_id: int, jobs: Sequence[_Job], facts: Facts) -> None:
    """Answer what was settled just so before: the same line the same way, the same payment by hand."""
    keys = {rules.hand_source(job.settlement.key) for job in jobs if job.settlement.origin is Origin.HAND}
    lines = {
        job.settlement.origin_id
        for job in jobs
        if job.settlement.origin is Origin.LINE
        and (line := facts.lines.get(job.settlement.origin_id)) is not None
        and line.settled_as == job.settled_as
    }
    by_key = selectors.payments_by_source(books_id, sorted(keys))
    by_line = selectors.payments_by_line(books_id, sorted(lines))
    for job in jobs:
        if job.settlement.origin is Origin.LINE and job.settlement.origin_id in lines:
            job.outcome = _unchanged(by_line.get(job.settlement.origin_id))
        elif job.settlement.origin is Origin.HAND and (found := by_key.get(rules.hand_source(job.settlement.key))):
            payment_id, settled_as = found
            job.outcome = (
                _unchanged(payment_id)
                if settled_as == job.settled_as
                else _refused(Finding(rules.CHECK, "key_was_used", {"key": job.settlement.key}))
            )


def _unchanged(payment_id: int | None) -> Settled:
    effects = () if payment_id is None else (f"payment:{payment_id}",)
    return Settled(OutcomeKind.UNCHANGED, payment_id, effects=effects)


def _refused(finding: Finding) -> Settled:
    return Settled(OutcomeKind.REFUSED, refusal=Refusal(finding.code, finding.facts, finding.field))


def _work_out(books_id: int, jobs: Sequence[_Job], facts: Facts) -> None:
    """Check each settlement as things stand after the ones before it, and work out its entry and allocations."""
    money = [
        (job.settlement.amount, job.settlement.on)
        for job in jobs
        if job.settlement.origin in (Origin.LINE, Origin.HAND)
    ]
    in_base = iter(ledger_reads.base_amounts(books_id, facts.chart.base, money))
    items, lines, cash = dict(facts.items), dict(facts.lines), dict(facts.cash)
    allocations, by_hand, keys = dict(facts.allocations), dict(facts.by_hand), set[str]()
    facts = replace(facts, items=items, lines=lines, cash=cash, allocations=allocations, by_hand=by_hand)
    # Only what a later settlement meets again is brought up to date; most items occur once in a batch.
    again = Counter(part.item_id for job in jobs for part in job.settlement.parts)
    again.update(job.settlement.origin_id for job in jobs if job.settlement.origin is Origin.CREDIT)
    for job in jobs:
        given = job.settlement
        has_money = given.origin in (Origin.LINE, Origin.HAND)
        base = next(in_base) if has_money else None
        if job.outcome is not None:
            continue
        found = rules.findings(given, facts)
        if not found and given.origin is Origin.HAND and given.key in keys:
            found = (Finding(rules.CHECK, "key_was_used", {"key": given.key}),)
        if not found and has_money and base is None:
            day = given.on.isoformat()
            found = (Finding(rules.CHECK, "no_exchange_rate", {"currency": given.amount.currency.code, "day": day}),)
        if found:
            job.outcome = _refused(found[0])
            continue
        if given.origin is Origin.CASH:
            base = cash[given.origin_id].unapplied_base
        elif given.origin is Origin.CREDIT:
            base = items[given.origin_id].open_base
        assert base is not None
        job.worked = worked = rules.worked(given, facts, base)
        keys.add(given.key)
        for applied in worked.applied:
            if again[applied.item_id] > 1:
                item = items[applied.item_id]
                items[item.id] = replace(
                    item,
                    open=Money(item.open.minor - applied.amount_minor, item.open.currency),
                    open_base=Money(item.open_base.minor - applied.base_minor, item.open_base.currency),
                )
            if applied.returns is not None:
                allocations[applied.returns] = replace(allocations[applied.returns], is_live=False)
        match given.origin:
            case Origin.LINE:
                line = lines[given.origin_id]
                job.source = f"bank_line:{line.id}:{line.postings + 1}"
                lines[line.id] = replace(line, state=LineState.POSTED)
                if given.recognises is not None:
                    hand = by_hand[given.recognises]
                    by_hand[hand.id] = replace(hand, is_free=False)
                    job.entry_id, job.payment_id = hand.entry_id, hand.id
            case Origin.HAND:
                job.source = rules.hand_source(given.key)
            case Origin.CASH:
                left = replace(cash[given.origin_id], unapplied=worked.rest, unapplied_base=worked.rest_base)
                cash[given.origin_id] = left
            case Origin.CREDIT:
                credit = items[given.origin_id]
                items[credit.id] = replace(credit, open=worked.rest, open_base=worked.rest_base)


def _take_allocation_ids(jobs: Sequence[_Job]) -> None:
    """Take the allocations' ids ahead: a transfer's entry has its first allocation as its source."""
    working = [(job, job.worked) for job in jobs if job.outcome is None and job.worked is not None]
    taken = ids.take(Allocation, sum(len(worked.applied) for _, worked in working))
    start = 0
    for job, worked in working:
        job.allocation_ids = taken[start : start + len(worked.applied)]
        start += len(worked.applied)
        if not job.source and job.allocation_ids:
            job.source = f"allocation:{job.allocation_ids[0]}"


def _post(
    books_id: int, cleared: Cleared[tuple[Settlement, ...]], jobs: Sequence[_Job], actor: Actor, at: datetime
) -> None:
    """Post the entries; what the journal refuses is refused."""
    posting = [(job, job.worked.entry) for job in jobs if job.worked is not None and job.worked.entry is not None]
    sourced = tuple(Sourced(job.source, entry) for job, entry in posting)
    if not sourced:
        return
    outcomes = ledger.post_entries(books_id=books_id, cleared=cleared.into(sourced), actor=actor, at=at)
    for (job, _), outcome in zip(posting, outcomes, strict=True):
        if outcome.kind is OutcomeKind.REFUSED:
            job.outcome = Settled(OutcomeKind.REFUSED, refusal=Refusal(outcome.code, outcome.facts or {}))
        elif outcome.kind is OutcomeKind.UNCHANGED:
            raise ValueError(f"the journal knows {job.source} and receivables do not")
        else:
            job.entry_id = outcome.entry_id


def _write_payments(
    books_id: int, done: Sequence[_Job], facts: Facts, texts: Mapping[str, str], actor: Actor, at: datetime
) -> None:
    """Write a payment for each customer's money, and take what is transferred from the payments it comes from."""
    paying = [job for job in done if job.is_payment]
    rows = []
    for job in paying:
        given, worked = job.settlement, job.worked
        assert worked is not None
        is_line = given.origin is Origin.LINE
        rows.append(
            (
                job.source,
                worked.customer_id,
                facts.lines[given.origin_id].bank_account_id if is_line else given.origin_id,
                given.origin_id if is_line else None,
                given.on,
                given.amount.currency.code,
                given.amount.minor,
                worked.base.minor,
                sum(part.amount.minor for part in given.account_parts),
                worked.rest.minor,
                worked.rest_base.minor,
                "" if is_line else texts.get(given.key, "")[:255],
                given.is_manual,
                not is_line,
                job.settled_as,
                job.entry_id,
                at,
            )
        )
    made = recording.add(Payment, _PAYMENT_COLUMNS, rows, books_id=books_id, body={}, actor=actor, at=at)
    for job, payment_id in zip(paying, made, strict=True):
        job.payment_id = payment_id
    for job in done:
        if job.settlement.origin is Origin.CASH:
            job.payment_id = job.settlement.origin_id


def _write_allocations(books_id: int, done: Sequence[_Job], actor: Actor, at: datetime) -> None:
    rows: list[tuple[bulk.Cell, ...]] = []
    for job in done:
        worked = job.worked
        assert worked is not None
        credit = job.settlement.origin_id if job.settlement.origin is Origin.CREDIT else None
        rows.extend(
            (
                applied.item_id,
                job.payment_id,
                credit,
                applied.amount_minor,
                applied.base_minor,
                applied.paid_minor,
                applied.paid_base_minor,
                job.settlement.on,
                at,
                job.settlement.is_manual,
                job.entry_id,
                None,
                applied.returns,
            )
            for applied in worked.applied
        )
    row_ids = [id_ for job in done for id_ in job.allocation_ids]
    recording.add(Allocation, ALLOCATION_COLUMNS, rows, books_id=books_id, body={}, actor=actor, at=at, row_ids=row_ids)


def _write_balances(done: Sequence[_Job], at: datetime) -> None:
    """Bring what is maintained beside the rows up to date: open amounts, unapplied cash, the lines' state."""
    items: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    cash: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    lines = []
    for job in done:
        given, worked = job.settlement, job.worked
        assert worked is not None
        for applied in worked.applied:
            _subtract(items[applied.item_id], applied.amount_minor, applied.base_minor)
            if given.origin is Origin.CREDIT:
                _subtract(items[given.origin_id], applied.paid_minor, applied.paid_base_minor)
        if given.origin is Origin.CASH:
            used = given.amount - worked.rest
            _subtract(cash[given.origin_id], used.minor, (worked.base - worked.rest_base).minor)
        if given.origin is Origin.LINE:
            lines.append((given.origin_id, "posted", "", job.settled_as, given.is_manual, job.entry_id, at, 1))
    bulk.change(OpenItem, [], ["open_minor", "open_base_minor"], [(id_, *change) for id_, change in items.items()])
    bulk.change(
        Payment, [], ["unapplied_minor", "unapplied_base_minor"], [(id_, *change) for id_, change in cash.items()]
    )
    bulk.change(
        Payment,
        ["bank_line_id"],
        [],
        [(job.payment_id, job.settlement.origin_id) for job in done if job.settlement.recognises is not None],
    )
    bulk.change(
        BankLine,
        ["state", "left_code", "settlement_hash", "is_manual", "entry_id", "posted_at"],
        ["postings"],
        lines,
    )


def _subtract(kept: list[int], minor: int, base_minor: int) -> None:
    kept[0] -= minor
    kept[1] -= base_minor


def _settled(job: _Job, facts: Facts) -> Settled:
    """Say what a settlement led to, in the words that decisions keep."""
    assert job.worked is not None
    effects = [] if job.entry_id is None else [f"entry:{job.entry_id}"]
    if job.payment_id is not None:
        effects.append(f"payment:{job.payment_id}")
    effects += [f"allocation:{id_}" for id_ in job.allocation_ids]
    effects += [facts.items[applied.item_id].effect for applied in job.worked.applied]
    conditional = tuple(
        OnCondition(
            id_,
            facts.items[applied.item_id].document_id,
            Money(applied.amount_minor, facts.items[applied.item_id].open.currency),
            job.settlement.on,
            applied.returns,
        )
        for id_, applied in zip(job.allocation_ids, job.worked.applied, strict=True)
        if facts.items[applied.item_id].is_conditional and job.settlement.origin is not Origin.CREDIT
    )
    return Settled(OutcomeKind.DONE, job.payment_id, job.entry_id, tuple(effects), conditional=conditional)
