"""Releasing revenue: rights to payment whose day has come, then everything that is earned by a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, decided
from counterfoil.flows.verdicts import release_revenue as verdicts
from counterfoil.infra import world
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.people import selectors as people
from counterfoil.receivables import services as receivables
from counterfoil.revenue import domain, selectors
from counterfoil.revenue import services as revenue

KIND, RULE_VERSION = verdicts.KIND, verdicts.VERSION
CHUNK = 5_000


def release_revenue(*, books_id: int, through: date, actor: Actor) -> list[int]:
    """Post what is earned by a day and was not yet; returns the entries. Doing it again changes nothing.

    First, invoices whose right to payment became unconditional by that day are shown as receivables, each on its
    day. What belongs to a closed month is posted on the first open day after it.
    """
    at = world.now()
    entries = _make_unconditional(books_id, through, actor, at)
    after = 0
    while ids := selectors.ids_to_release(books_id, through, after=after, limit=CHUNK):
        with transaction.atomic():
            released = revenue.release_revenue(
                books_id=books_id, through=through, obligation_ids=ids, actor=actor, at=at
            )
            if released.entry_ids or released.held:
                _record(books_id, through, released, actor, at)
        entries += released.entry_ids
        after = ids[-1]
    return entries


def _record(books_id: int, through: date, released: revenue.Released, actor: Actor, at: datetime) -> None:
    """Write one decision for what was released, and one item for each schedule that was held."""
    today = at.astimezone(ZoneInfo(people.books_facts(books_id).time_zone)).date()
    closed = ledger_reads.closed_months(books_id)
    items = []
    if released.entry_ids:
        stored = verdicts.released_inputs(through, today, closed, released.seen)
        items.append(
            decided(
                f"books:{books_id}",
                stored,
                verdicts.decide(stored, {}),
                effects=tuple([f"entry:{id_}" for id_ in released.entry_ids]),
                made={"entries": len(released.entry_ids)},
                money=Money(released.base_minor, people.books_facts(books_id).base_currency),
            )
        )
    for source, promise in released.seen_held.items():
        stored = verdicts.released_inputs(through, today, closed, [promise])
        items.append(decided(f"schedule:{source}"[:60], stored, verdicts.decide(stored, {}), money=promise.left))
    decisions.record(books_id=books_id, kind=KIND, rule_version=RULE_VERSION, actor=actor, items=items, at=at)


def _make_unconditional(books_id: int, through: date, actor: Actor, at: datetime) -> list[int]:
    """Gross up conditional invoices whose day has come; a day in a closed month counts as the first open one after."""
    entries: list[int] = []
    while reached := billing_reads.conditions_reached(books_id, through, limit=CHUNK):
        with transaction.atomic():
            entries += _gross_up(books_id, reached, actor, at)
    return entries


def _gross_up(books_id: int, reached: Sequence[tuple[int, date, int]], actor: Actor, at: datetime) -> list[int]:
    closed = ledger_reads.closed_months(books_id)
    moved = domain.first_open_days([day for _, day, _ in reached], closed)
    rights = [
        billing.Right(invoice_id, moved.get(day.replace(day=1), day), f"unconditional:{invoice_id}:{steps}")
        for invoice_id, day, steps in reached
    ]
    cleared, _ = decisions.clear(Act.RELEASE, rights, {domain.SCHEDULE: [()] * len(rights)})
    posted = billing.make_unconditional(books_id=books_id, cleared=cleared, rights=rights, actor=actor, at=at)
    for on in sorted({right.on for right in rights}):
        documents = [right.invoice_id for right in rights if right.on == on]
        receivables.make_unconditional(books_id=books_id, document_ids=documents, on=on)
    items = []
    for right, (_, day, _) in zip(rights, reached, strict=True):
        stored = verdicts.unconditional_inputs(day, closed)
        items.append(decided(f"invoice:{right.invoice_id}", stored, verdicts.decide(stored, {})))
    decisions.record(books_id=books_id, kind=KIND, rule_version=RULE_VERSION, actor=actor, items=items, at=at)
    return posted
