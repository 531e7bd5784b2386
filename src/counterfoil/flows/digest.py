"""A mail per person who chose so: what waits for them, and the head of the record, so that it leaves the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMessage, get_connection

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.flows.review import answerer
from counterfoil.kernel.errors import Fact
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.selectors import CaseRow, Wanted

Say = Callable[[str, Mapping[str, Fact]], str]
"""How a door says a code with its facts."""
MOST = 10
EVERY = {"day": timedelta(hours=20), "week": timedelta(days=6, hours=20)}
"""How old the last digest must be, a little less than the rhythm, so that a job that starts early is not a day late."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail: to whom, how many cases it speaks of, what it says, and the head that it carries."""

    to: str
    waiting: int
    subject: str
    text: str
    head: str


def send_digests(*, books_id: int, say: Say, is_forced: bool = False, at: datetime) -> list[Digest]:
    """Send a digest to everybody who chose one and whose last is old enough; returns what was sent.

    Each is claimed before it is sent, so that two runs at once send it once; one that fails is tried again.

    Raises:
        OSError: the mail could not be handed over.
    """
    audit.seal()
    head = audit_reads.head().short
    choices = reads.digest_choices()
    sent = []
    with get_connection() as post:
        for person in people.members(books_id):
            every, last = choices.get(person.user_id, ("never", None))
            if every not in EVERY or (last is not None and not is_forced and at - last < EVERY[every]):
                continue
            if not review.claim_digest(user_id=person.user_id, last=last, at=at):
                continue
            digest = _digest(person, head, say, at)
            try:
                EmailMessage(digest.subject, digest.text, to=[digest.to], connection=post).send()
            except OSError:
                review.claim_digest(user_id=person.user_id, last=at, at=last)
                raise
            sent.append(digest)
    return sent


def _digest(person: Person, head: str, say: Say, at: datetime) -> Digest:
    books_id = person.books.id
    mine = reads.cases(books_id, Wanted(at, owner_id=person.user_id), limit=MOST)
    named = reads.cases(books_id, Wanted(at, mentions_id=person.user_id), limit=MOST)
    who = answerer(person, at) if person.may(Act.REVIEW) else None
    heaviest = reads.cases(books_id, Wanted(at, seen_by=person.role, answered_by=who), limit=MOST)
    total = reads.waiting_count(books_id, at, person.role, who)
    overdue = Wanted(at, is_overdue=True, seen_by=person.role, answered_by=who)
    late = sum(one.count for one in reads.stakes(books_id, overdue))
    parts = [f"{person.books.name}: {total:,} waiting, {late:,} over time."]
    parts += _part("Yours", mine, say) + _part("You are named in", named, say)
    parts += _part("Most money at risk", heaviest, say)
    parts.append(f"Head of the record: {head}")
    subject = f"{total:,} waiting in {person.books.name}"
    return Digest(person.email, total, subject, "\n\n".join(parts) + "\n", head)


def _part(title: str, rows: Sequence[CaseRow], say: Say) -> list[str]:
    if not rows:
        return []
    lines = [
        f"- {row.number}  {row.money.decimal_text() + ' ' + row.money.currency.code if row.money else ''}  "
        f"{say(row.code, row.facts)}"
        for row in rows
    ]
    return [f"{title}:\n" + "\n".join(lines)]
