"""One decision in full: its passport, other inputs, why not otherwise, others like it, disputes, and replay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from ninja import Query
from pydantic import Field, JsonValue

from counterfoil import words
from counterfoil.api import fields, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import DecisionNumber, DisputeNumber, In, Line, Out
from counterfoil.api.problems import NotFound
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.api.routing import Routes
from counterfoil.audit import selectors as audit
from counterfoil.decisions import registry
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import DisputeState, Verdict
from counterfoil.decisions.selectors import DisputeRow, Stored, Why
from counterfoil.flows import blind, replay
from counterfoil.flows import disputes as flow
from counterfoil.kernel.explanation import Explanation
from counterfoil.people.domain import Act

routes = Routes("decisions")
MOST_REPLAYED = 10_000
Place = Annotated[int, Field(ge=1, le=100_000)]
"""The place of an item in its decision, from 1."""


class SentenceOut(Out):
    """A reason: its code, its figures, and the sentence that says them."""

    code: str
    facts: dict[str, JsonValue]
    message: str


class ContributionOut(Out):
    """One additive part of the score, in millionths; all parts sum to it."""

    code: str
    facts: dict[str, JsonValue]
    amount_micro: int


class EvidenceOut(Out):
    """Words that were read; the characters from `start` up to `end` say it."""

    source: str
    quote: str
    start: int
    end: int


class PassportOut(Out):
    """One decided thing with everything that speaks for it. `sequence` is its place in the chain."""

    number: str
    place: int
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
    reasons: list[SentenceOut]
    amount: str | None
    currency: str | None
    score_micro: int | None
    contributions: list[ContributionOut]
    evidence: list[EvidenceOut]
    would_pass: SentenceOut | None
    approver: str
    effects: list[str]
    taken_back_by: list[str]
    inputs: dict[str, JsonValue]
    inputs_hash: str
    may_change: dict[str, JsonValue]
    sequence: int | None
    event: int
    replays: bool | None


class PassportReasonsOut(Out):
    """Why a decision did not come out otherwise."""

    outcome: str
    reasons: list[SentenceOut]
    would_pass: SentenceOut | None


class VerdictOut(Out):
    """What is said of some inputs."""

    outcome: str
    code: str
    message: str
    facts: dict[str, JsonValue]


class SupposedOut(Out):
    """A decision as it was made and as it would have been on other inputs; nothing is written."""

    before: VerdictOut
    after: VerdictOut
    is_other: bool


class TypeOut(Out):
    """A kind of automatic decision."""

    kind: str
    version: str


class TypesOut(Out):
    """Every kind of decision that this installation makes by itself."""

    types: list[TypeOut]


class ReplayOut(Out):
    """How many stored decisions were made again, and how many came out the same bit for bit."""

    decisions: int
    identical: int
    incomplete: int
    by_kind: dict[str, int]
    first_difference: str | None


class DisputeStepOut(Out):
    """What was said to a dispute."""

    state: str
    text: str
    said_by: str
    said_at: datetime


class DisputeOut(Out):
    """A dispute of a decision, from its beginning to where it stands."""

    number: str
    decision: str
    place: int
    kind: str
    subject: str
    reason: str
    raised_by: str
    raised_at: datetime
    state: str
    steps: list[DisputeStepOut]


class DisputesOut(Out):
    """Disputes, the newest first."""

    disputes: list[DisputeOut]


class DisputeIn(In):
    """What is wrong with a decision."""

    reason: Annotated[str, fields.named(1000)]


class DisputeStepKind(StrEnum):
    """How a dispute is answered."""

    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeStepIn(In):
    """An answer to a dispute, or its end."""

    step: DisputeStepKind
    text: Annotated[str, fields.named(1000)]


@routes.get("/decision-types", act=Act.READ_BOOKS)
def list_decision_types(asked: Asked) -> TypesOut:
    """List the kinds of decision that are made automatically, each with the version of its rule."""
    return TypesOut(types=[TypeOut(kind=one.kind, version=one.version) for one in registry.types().values()])


@routes.get("/decisions/{number}/items/{place}", act=Act.READ_BOOKS)
def read_passport(asked: Asked, number: DecisionNumber, place: Place) -> PassportOut:
    """Read one decided thing in full: inputs, reasons, score, evidence, effects, place in the chain."""
    why, stored = _item(asked, number, place)
    event = next(iter(audit.events(before=why.event_id + 1, limit=1)), None)
    names = references.shown([why.subject, *why.effects])
    is_whole = stored.form != replay.FIRST_FORM
    return PassportOut(
        number=why.number,
        place=place,
        kind=why.kind,
        rule_version=why.rule_version,
        mode=why.mode,
        actor=why.actor,
        made_at=why.made_at,
        subject=names[why.subject],
        outcome=why.outcome,
        code=why.code,
        message=words.sentence(why.code, why.facts),
        facts=fields.facts(why.facts),
        reasons=_reasons(why),
        amount=why.money.decimal_text() if why.money else None,
        currency=why.money.currency.code if why.money else None,
        score_micro=why.score_micro,
        contributions=[
            ContributionOut(code=one.code, facts=fields.facts(one.facts), amount_micro=one.amount_micro)
            for one in why.contributions
        ],
        evidence=[
            EvidenceOut(source=one.source, quote=one.quote, start=one.start, end=one.end) for one in why.evidence
        ],
        would_pass=_sentence(why.counterfactual) if why.counterfactual else None,
        approver=why.approver,
        effects=[names[effect] for effect in why.effects],
        taken_back_by=[one.number for one in decisions.undone_by(why)],
        inputs=fields.facts(why.inputs),
        inputs_hash=why.inputs_hash,
        may_change=fields.facts(replay.asked_inputs(stored)) if is_whole else {},
        sequence=event.sequence if event and event.id == why.event_id else None,
        event=why.event_id,
        replays=replay.is_same(stored) if is_whole else None,
    )


@routes.get("/decisions/{number}/items/{place}/what-if", act=Act.READ_BOOKS)
def suppose_inputs(
    asked: Asked, number: DecisionNumber, place: Place, changes: Annotated[str, Query(max_length=4000)] = "{}"
) -> SupposedOut:
    """Say what would have been decided on other inputs; nothing is written.

    `changes` is a JSON object: new values by the paths that the decision names in `may_change`.
    """
    _why, stored = _item(asked, number, place)
    done = replay.what_if(books_id=asked.books.id, item_id=stored.item_id, changes=_changes(changes))
    return SupposedOut(before=_verdict(done.before), after=_verdict(done.after), is_other=done.is_other)


@routes.get("/decisions/{number}/items/{place}/why-not", act=Act.READ_BOOKS)
def explain_why_not(asked: Asked, number: DecisionNumber, place: Place) -> PassportReasonsOut:
    """Say why it did not come out otherwise: everything that stood against it, and what would have let it pass."""
    why, _stored = _item(asked, number, place)
    return PassportReasonsOut(
        outcome=why.outcome,
        reasons=_reasons(why),
        would_pass=_sentence(why.counterfactual) if why.counterfactual else None,
    )


@routes.get("/decisions/{number}/items/{place}/similar", act=Act.READ_BOOKS)
def list_similar(asked: Asked, number: DecisionNumber, place: Place) -> WhysOut:
    """List earlier decisions of the same kind for the same reason, the most alike first."""
    why, _stored = _item(asked, number, place)
    return whys(decisions.alike(why))


@routes.get("/replay", act=Act.READ_BOOKS)
def replay_decisions(
    asked: Asked, last: Annotated[int, Query(ge=1, le=MOST_REPLAYED)] = 1_000, kind: Line = ""
) -> ReplayOut:
    """Make the last decisions again from their stored inputs and compare them bit for bit."""
    done = replay.replay(books_id=asked.books.id, last=last, kinds=[kind] if kind else [])
    return ReplayOut(
        decisions=done.n,
        identical=done.identical,
        incomplete=done.incomplete,
        by_kind=dict(sorted(done.by_kind.items())),
        first_difference=done.first_difference.number if done.first_difference else None,
    )


@routes.get("/disputes", act=Act.READ_BOOKS)
def list_disputes(asked: Asked) -> DisputesOut:
    """List the decisions that somebody disputed, with what was said to it, the newest first."""
    return _disputes(decisions.disputes(asked.books.id))


@routes.post("/decisions/{number}/items/{place}/disputes", act=Act.EDIT_SALES)
def raise_dispute(asked: Asked, number: DecisionNumber, place: Place, given: DisputeIn) -> DisputeOut:
    """Dispute a decision: it goes on record and waits in the queue."""
    why, _stored = _item(asked, number, place)
    dispute_id = flow.raise_dispute(item=why, reason=given.reason, actor=asked.actor, at=asked.at)
    return _one(asked, dispute_id)


@routes.post("/disputes/{dispute}/steps", act=Act.INVOICE)
def answer_dispute(asked: Asked, dispute: DisputeNumber, given: DisputeStepIn) -> DisputeOut:
    """Answer a dispute, or end it. Who raised it may only withdraw it."""
    flow.answer_dispute(
        books_id=asked.books.id,
        dispute_id=dispute,
        step=DisputeState(given.step.value),
        text=given.text,
        actor=asked.actor,
        at=asked.at,
    )
    return _one(asked, dispute)


def _item(asked: Asked, number: int, place: int) -> tuple[Why, Stored]:
    why = decisions.item_at(asked.books.id, number, place - 1)
    stored = decisions.stored_item(why.item_id) if why else None
    if why is None or stored is None or not blind.visible(asked.person, [why]):
        raise NotFound(what="decision", name=f"CF-{number}/{place}")
    return why, stored


def _reasons(why: Why) -> list[SentenceOut]:
    found = registry.type_of(why.kind).explain(Verdict(why.outcome, why.code, why.facts))
    return [_sentence(one) for one in found]


def _sentence(one: Explanation) -> SentenceOut:
    return SentenceOut(code=one.code, facts=fields.facts(one.facts), message=words.sentence(one.code, one.facts))


def _verdict(one: Verdict) -> VerdictOut:
    return VerdictOut(
        outcome=one.outcome,
        code=one.code,
        message=words.sentence(one.code, one.facts),
        facts=fields.facts(one.facts),
    )


def _changes(text: str) -> Mapping[str, str | int | bool | None]:
    """Read the changes of a "What if": an object of single values.

    Raises:
        NoSuchInput: it is not one.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        value is None or isinstance(value, str | int | bool) for value in found.values()
    ):
        raise replay.NoSuchInput(field="changes", input=text[:40])
    return found


def _one(asked: Asked, dispute_id: int) -> DisputeOut:
    (found,) = decisions.disputes(asked.books.id, dispute_id=dispute_id)
    return _disputes([found]).disputes[0]


def _disputes(found: list[DisputeRow]) -> DisputesOut:
    names = references.shown(one.subject for one in found)
    return DisputesOut(
        disputes=[
            DisputeOut(
                number=f"DP-{one.id}",
                decision=f"CF-{one.decision_id}",
                place=one.position + 1,
                kind=one.kind,
                subject=names[one.subject],
                reason=one.reason,
                raised_by=one.raised_by,
                raised_at=one.raised_at,
                state=one.state.value,
                steps=[
                    DisputeStepOut(state=step.state.value, text=step.text, said_by=step.said_by, said_at=step.said_at)
                    for step in one.steps
                ],
            )
            for one in found
        ]
    )
