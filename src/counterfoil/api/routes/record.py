"""The record: events, the head of the chain, verification, and why something is as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from counterfoil import words
from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import PAGE, After, DecisionNumber, Line, Out, Rows
from counterfoil.api.problems import NotFound
from counterfoil.api.routing import Routes
from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.selectors import Why
from counterfoil.flows import blind
from counterfoil.infra.home import home
from counterfoil.people.domain import Act

routes = Routes("record")


class EventOut(Out):
    """One business act. `sequence` is its place in the chain, null for the moment until it has one."""

    sequence: int | None
    at: datetime
    actor: str
    kind: str
    subject: str
    body: dict[str, JsonValue]
    items: int
    hash: str


class EventsOut(Out):
    """Events, the newest first."""

    events: list[EventOut]
    next: str | None


class HeadOut(Out):
    """The last link of the chain. Keep it outside: it proves later that nothing before it was changed."""

    sequence: int
    hash: str


class VerificationOut(Out):
    """What a check of the whole record found. `first_bad` names the first place that does not hold."""

    events: int
    rows: int
    ok: bool
    first_bad: str
    head: HeadOut


class WhyOut(Out):
    """Why something is as it is: what was decided, on which facts, by which rule, and what it led to."""

    number: str
    kind: str
    rule_version: str
    mode: str
    actor: str
    made_at: datetime
    subject: str
    outcome: str
    code: str
    message: str
    facts: dict[str, JsonValue]
    inputs: dict[str, JsonValue]
    inputs_hash: str
    effects: list[str]


class WhysOut(Out):
    """Decisions, the newest first."""

    decisions: list[WhyOut]


class DecisionOut(Out):
    """One decision with its items in their order."""

    decisions: list[WhyOut]
    next: str | None


@routes.get("/audit/events", act=Act.READ_BOOKS)
def list_events(
    asked: Asked,
    subject: Line = "",
    kind: Line = "",
    limit: Rows = PAGE,
    after: After = "",
) -> EventsOut:
    """List what was done, the newest first.

    `subject` and `kind` narrow the list, as `invoice:2026-0017` and `ledger.posted`.
    """
    place = paging.position(after, int)
    about = references.subject(asked.books.id, subject) if subject else None
    found = audit_reads.events(subject=about, kind=kind, before=place[0] if place else None, limit=limit + 1)
    names = references.shown(line.subject for line in found)
    return EventsOut(
        events=[
            EventOut(
                sequence=line.sequence,
                at=line.at,
                actor=line.actor,
                kind=line.kind,
                subject=names[line.subject],
                body=fields.facts(line.body),
                items=line.items_count,
                hash=line.hash,
            )
            for line in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda line: [line.id]),
    )


@routes.get("/audit/head", act=Act.READ_BOOKS)
def read_head(asked: Asked) -> HeadOut:
    """Read the head of the chain."""
    head = audit_reads.head()
    return HeadOut(sequence=head.sequence, hash=head.hash)


@routes.post("/audit/verify", act=Act.VERIFY, status=200, is_kept=False)
def verify_record(asked: Asked) -> VerificationOut:
    """Check the whole record: every event, link, exported head and hashed row."""
    found = audit.verify(anchors=home() / "anchors")
    return VerificationOut(
        events=found.events,
        rows=found.rows,
        ok=found.ok,
        first_bad=found.first_bad,
        head=HeadOut(sequence=found.head.sequence, hash=found.head.hash),
    )


@routes.get("/decisions", act=Act.READ_BOOKS)
def list_decisions(
    asked: Asked,
    subject: Line = "",
    limit: Rows = PAGE,
) -> WhysOut:
    """List what was decided automatically, the newest first.

    With a `subject` such as `invoice:2026-0017`: what was decided about it, and what led to it.
    """
    if subject:
        return whys(decisions.why(references.subject(asked.books.id, subject), limit=limit))
    return whys(decisions.latest_items(asked.books.id, limit=limit))


@routes.get("/decisions/{number}", act=Act.READ_BOOKS)
def read_decision(
    asked: Asked,
    number: DecisionNumber,
    limit: Rows = PAGE,
    after: After = "",
) -> DecisionOut:
    """Read one decision with its items; what was only observed is shown once a person has decided of it."""
    place = paging.position(after, int)
    begin = place[0] if place else -1
    found = decisions.decision_items(asked.books.id, number, after=begin, limit=limit + 1)
    shown = blind.visible(asked.person, found[:limit])
    if not shown and (not found or not place):
        raise NotFound(what="decision", name=f"CF-{number}")
    more = paging.next_at(begin + limit) if len(found) > limit else None
    return DecisionOut(decisions=whys(shown).decisions, next=more)


def whys(found: Sequence[Why]) -> WhysOut:
    """Return decided items as the API answers them."""
    names = references.shown(reference for line in found for reference in (line.subject, *line.effects))
    return WhysOut(decisions=[_why(line, names) for line in found])


def _why(line: Why, names: Mapping[str, str]) -> WhyOut:
    return WhyOut(
        number=line.number,
        kind=line.kind,
        rule_version=line.rule_version,
        mode=line.mode,
        actor=line.actor,
        made_at=line.made_at,
        subject=names[line.subject],
        outcome=line.outcome,
        code=line.code,
        message=words.sentence(line.code, line.facts),
        facts=fields.facts(line.facts),
        inputs=fields.facts(line.inputs),
        inputs_hash=line.inputs_hash,
        effects=[names[effect] for effect in line.effects],
    )
