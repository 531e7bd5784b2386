"""Reading what is usual, what was found, and inspecting what is about to be posted: a constant number of statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.anomalies import inspecting
from counterfoil.anomalies.candidates import recent_of
from counterfoil.anomalies.facts import Buyer, Candidate, DealFacts, Price
from counterfoil.anomalies.habit import Habit, Recent
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.anomalies.models import Noted, Profile
from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people

EVERYBODY = "all"
BESIDE = 32
"""Deals of the same customer in the same batch that are looked at on either side of one."""


@dataclass(frozen=True, slots=True)
class NotedRow:
    """One thing that was found, as lists show it."""

    id: int
    subject: str
    content_hash: str
    customer_id: int
    rule: str
    code: str
    field: str
    facts: Mapping[str, Fact]
    stake: Money
    has_held: bool
    seen_at: datetime


def customer_profile(customer_id: int) -> str:
    """The name of a customer's profile."""
    return f"customer:{customer_id}"


def segment_profile(segment: str) -> str:
    """The name of a segment's profile."""
    return f"segment:{segment}"[:80]


def habits(books_id: int, names: Sequence[str]) -> dict[str, Habit]:
    """Return what is usual, by the name of the profile; one statement. Who has none has an empty habit."""
    rows = Profile.objects.filter(bulk.is_any_of("name", sorted(set(names))), books_id=books_id)
    return {name: habit_of(content) for name, content in rows.values_list("name", "content")}


def habit_of(content: str) -> Habit:
    """Read a habit as it is stored."""
    return Habit.from_json(json.loads(content))


def base_amounts(books_id: int, wanted: Sequence[Candidate]) -> list[int]:
    """Return net amounts in minor units of base, at the rate of the issue date; without a rate as they stand."""
    base = people.books_facts(books_id).base_currency
    found = ledger.base_amounts(books_id, base, [(one.net, one.issue_date) for one in wanted])
    return [one.net.minor if money is None else money.minor for one, money in zip(wanted, found, strict=True)]


def facts_of(books_id: int, wanted: Sequence[Candidate], *, today: date) -> list[DealFacts]:
    """Gather everything that the rules compare a batch with, in its order; statements do not grow with it."""
    if not wanted:
        return []
    base = people.books_facts(books_id).base_currency
    in_base = base_amounts(books_id, wanted)
    buyers = buyers_of(sorted({one.customer_id for one in wanted}))
    names = {customer_profile(id_) for id_ in buyers} | {
        segment_profile(buyer.segment) for buyer in buyers.values() if buyer.segment
    }
    known = habits(books_id, [*names, EVERYBODY])
    prices = price_list()
    beside = _beside(wanted, in_base)
    nobody = Habit()
    facts = []
    for one, amount, siblings in zip(wanted, in_base, beside, strict=True):
        buyer = buyers[one.customer_id]
        habit = known.get(customer_profile(one.customer_id), nobody)
        group = known.get(segment_profile(buyer.segment) if buyer.segment else EVERYBODY, nobody)
        nearby = tuple([other for other in (*habit.recent, *siblings) if other.subject != one.subject])
        facts.append(DealFacts(one, today, buyer, base, amount, habit, group, nearby, prices))
    return facts


def inspected(
    books_id: int, wanted: Sequence[Candidate], *, today: date, is_historical: bool = False
) -> list[Inspected]:
    """Say what stands against each of a batch, and what is merely worth a note; statements do not grow with it."""
    batch = facts_of(books_id, wanted, today=today)
    return inspecting.inspect(batch, parameters={}, is_historical=is_historical)


def buyers_of(customer_ids: Sequence[int]) -> dict[int, Buyer]:
    """Return what rules know of customers; two statements."""
    known = crm.customer_facts(customer_ids)
    outside = crm.external_ids_of("customer", customer_ids)
    return {
        id_: Buyer(
            id_,
            one.name,
            (*(external_id for _, external_id in outside.get(id_, ())), one.name),
            one.segment,
            Term.parse(one.terms) if one.terms else None,
            one.is_blocked,
        )
        for id_, one in known.items()
    }


def price_list() -> dict[str, Price]:
    """Return the price list by code; one statement."""
    return {
        one.code: Price(
            one.code, one.tax_class, one.kind.is_over_time, one.currency, one.price_minor, one.unit_cost_minor
        )
        for one in crm.product_facts().values()
    }


def noted(
    books_id: int,
    *,
    subjects: Sequence[str] | None = None,
    customer_id: int | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[NotedRow]:
    """Return what was found, the latest first, `limit` of them before an id (keyset)."""
    rows = Noted.objects.filter(books_id=books_id).order_by("-id")
    if subjects is not None:
        rows = rows.filter(bulk.is_any_of("subject", subjects))
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        NotedRow(
            row.pk,
            row.subject,
            row.content_hash,
            row.customer_id,
            row.rule,
            row.code,
            row.field,
            json.loads(row.facts),
            Money(row.stake_minor, currency(row.currency)),
            row.has_held,
            row.seen_at,
        )
        for row in rows[:limit]
    ]


def _beside(wanted: Sequence[Candidate], in_base: Sequence[int]) -> list[tuple[Recent, ...]]:
    """For each of a batch, the others of the same customer that lie next to it in time."""
    by_customer: dict[int, list[tuple[Recent, int]]] = defaultdict(list)
    for position, (one, amount) in enumerate(zip(wanted, in_base, strict=True)):
        by_customer[one.customer_id].append((recent_of(one, amount), position))
    found: list[tuple[Recent, ...]] = [()] * len(wanted)
    for ones in by_customer.values():
        if len(ones) == 1:
            continue
        ones.sort(key=lambda one: (one[0].on, one[1]))
        only = [recent for recent, _ in ones]
        for place, (_, position) in enumerate(ones):
            found[position] = (*only[max(0, place - BESIDE) : place], *only[place + 1 : place + 1 + BESIDE])
    return found
