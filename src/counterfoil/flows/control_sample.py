"""The control sample: of what was done without a person, so many in a million go to people, provably by chance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.selectors import Decided
from counterfoil.flows import control_rate
from counterfoil.infra import locks
from counterfoil.kernel.errors import Fact
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase

DRAWN: Final = "review.sample_drawn"
BY_ITSELF: Final = ("invoiced", "matched", "issued", "done", "released", "billed")
"""Outcomes by which something happened without a person."""
BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw: of how many, how many, by which seed, at which rates (in millionths, by kind)."""

    of: int
    drawn: int
    seed: str
    rates: Mapping[str, int]


def draw(*, books_id: int, actor: Actor, at: datetime) -> Drawn:
    """Draw from everything that was decided without a person since the last draw; what waits anyway is left out.

    The seed is the head of the record after these decisions were sealed: nobody can foresee it, and everybody can
    compute again who was drawn, by `is_drawn` from the seed and the hash of each decided item.
    """
    audit.seal()
    seed = audit_reads.head().hash
    with transaction.atomic():
        locks.hold("sampling", books_id)
        after = _last(books_id)
        of = drawn = 0
        rates: dict[str, int] = {}
        now = control_rate.rates(books_id)
        while items := decisions.decided_after(books_id, after, outcomes=BY_ITSELF, limit=BATCH):
            after = items[-1].id
            for item in items:
                rates.setdefault(item.kind, now.of(item.kind))
            of += len(items)
            drawn += _open(books_id, [one for one in items if is_drawn(seed, one, rates[one.kind])], actor, at)
        if of:
            body: dict[str, Fact] = {
                "through": after,
                "of": of,
                "drawn": drawn,
                "seed": seed,
                "rates": dict(rates),
                "policy": now.version,
            }
            audit.record(kind=DRAWN, actor=actor, subject=f"books:{books_id}", body=body, at=at, books_id=books_id)
    return Drawn(of, drawn, seed, rates)


def is_drawn(seed: str, item: Decided, rate_micro: int) -> bool:
    """Tell whether an item is drawn by a seed: anybody can compute it again."""
    digest = hashlib.sha256(f"{seed}\n{item.item_hash}".encode("ascii")).digest()
    return domain.sampled(seed, rate_micro, int.from_bytes(digest[:8], "big") % domain.MILLION)


def _last(books_id: int) -> int:
    """Return the last item that a draw looked at."""
    events = audit_reads.events(subject=f"books:{books_id}", kind=DRAWN, limit=1)
    through = events[0].body.get("through") if events else 0
    return through if isinstance(through, int) else 0


def _open(books_id: int, drawn: Sequence[Decided], actor: Actor, at: datetime) -> int:
    waiting = {one.subject for one in reads.cases_about(books_id, [item.subject for item in drawn], at)}
    cases = [
        NewCase(
            "sample",
            item.subject,
            item.item_hash,
            "sampled_decision",
            {
                "kind": item.kind,
                "version": item.rule_version,
                "outcome": item.outcome,
                "amount": item.money.decimal_text() if item.money else None,
                "currency": item.money.currency.code if item.money else None,
            },
            item.money,
            decision_id=item.decision_id,
        )
        for item in drawn
        if item.subject not in waiting
    ]
    return review.open_cases(books_id=books_id, cases=cases, actor=actor, at=at).new
