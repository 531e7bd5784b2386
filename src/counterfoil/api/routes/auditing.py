"""For auditors, and for persons who ask: stores of heads, binders, samples, retention, what is held about somebody."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from django.http import HttpResponse
from pydantic import Field, JsonValue

from counterfoil import words
from counterfoil.api import fields, references
from counterfoil.api.asking import Asked, file_answer
from counterfoil.api.fields import In, Month, Out, Reference
from counterfoil.api.routing import Routes
from counterfoil.audit import selectors as audit_reads
from counterfoil.flows import binder, control_rate, due, privacy, retention, sampling
from counterfoil.infra import world
from counterfoil.infra.home import home
from counterfoil.ledger.domain import month_after
from counterfoil.people.domain import Act
from counterfoil.policies.domain import plain

routes = Routes("auditing")
FIRST = date(1990, 1, 1)


class StoreOut(Out):
    """A place that keeps heads of the chain, and the head that left for it last."""

    name: str
    kind: str
    target: str
    sequence: int | None
    hash: str | None
    left_at: datetime | None
    problem: str


class StoresOut(Out):
    """Every place that keeps heads."""

    stores: list[StoreOut]


class SampleIn(In):
    """What to draw from, how many, and by which seed."""

    of: sampling.SampleOf = Field(strict=False)
    size: Annotated[int, Field(ge=1, le=sampling.MOST)] = 25
    seed: Annotated[str, fields.line(80)]
    period: Month | None = None
    """Else everything through today."""


class SampleOut(Out):
    """What was drawn. The same seed draws the same items from the same population."""

    seed: str
    population: int
    population_sha256: str
    rows: list[dict[str, str]]


class SampleRateOut(Out):
    """Which share of what was not queued people see all the same, as percentages; `policy` is the version that says so.

    `kinds` holds the kinds of decision with a rate of their own.
    """

    rate_percent: str
    kinds: dict[str, str]
    policy: str


class SampleRateIn(In):
    """A rate for one kind of decision, or for all that have none of their own, and why."""

    rate_percent: fields.Percent
    kind: fields.Line = ""
    reason: fields.Named


class KeptOut(Out):
    """How long a kind of record is kept, and why."""

    kind: str
    years: int
    count: int
    due: int
    oldest: int | None
    next_due: date | None
    reason: str
    message: str


class RetentionOut(Out):
    """Every kind of record with its time."""

    policy: str
    records: list[KeptOut]


class HeldAboutOut(Out):
    """All that is held about a person."""

    number: str
    held: dict[str, JsonValue]


@routes.get("/audit/anchors", act=Act.READ_BOOKS)
def list_anchors(asked: Asked) -> StoresOut:
    """List where heads of the chain are kept, and which left last."""
    return StoresOut(
        stores=[
            StoreOut(
                name=one.store.name,
                kind=one.store.kind.value,
                target=one.store.target if one.store.name != audit_reads.HOME else "",
                sequence=one.last.head.sequence if one.last else None,
                hash=one.last.head.hash if one.last else None,
                left_at=one.last.at if one.last else None,
                problem=one.problem,
            )
            for one in audit_reads.standings(home() / "anchors")
        ]
    )


class JobOut(Out):
    """Something that runs by itself: when it ran last, when it is due, and what came of it."""

    job: str
    every_minutes: int
    last: datetime | None
    next: datetime | None
    code: str
    problem: str
    facts: dict[str, JsonValue]


class ScheduleOut(Out):
    """All that runs by itself."""

    jobs: list[JobOut]


@routes.get("/schedule", act=Act.READ_BOOKS)
def read_schedule(asked: Asked) -> ScheduleOut:
    """Say what runs by itself, when it ran last and what came of it."""
    return _schedule(asked)


@routes.post("/schedule/run", act=Act.CLOSE_PERIOD, status=200, is_one_transaction=False)
def run_due(asked: Asked) -> ScheduleOut:
    """Run what is due. Repeating it runs nothing twice."""
    due.run_due(books_id=asked.books.id, say=words.sentence, actor=asked.actor, at=asked.at)
    return _schedule(asked)


def _schedule(asked: Asked) -> ScheduleOut:
    return ScheduleOut(
        jobs=[
            JobOut(
                job=one.name,
                every_minutes=one.every // timedelta(minutes=1),
                last=one.last_at,
                next=one.next_at,
                code=one.outcome.code if one.outcome else "",
                problem=one.outcome.problem if one.outcome else "",
                facts=fields.facts(one.outcome.facts) if one.outcome else {},
            )
            for one in due.schedule(books_id=asked.books.id)
        ]
    )


@routes.get(
    "/audit/binders/{period}",
    act=Act.READ_BOOKS,
    produces={"application/zip": {"type": "string", "contentMediaType": "application/zip"}},
)
def read_binder(asked: Asked, period: Month) -> HttpResponse:
    """Write the binder of a month and read it: one file with its verifier.

    That of a closed month is the same, byte for byte, whenever it is read. That it was read goes on the record.
    """
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        out = Path(folder) / "binder.zip"
        binder.write_binder(books_id=asked.books.id, month=period, out=out, actor=asked.actor)
        return file_answer(out.read_bytes(), "application/zip", f"counterfoil-{period:%Y-%m}.zip")


@routes.get("/audit/sampling-rate", act=Act.READ_BOOKS)
def read_sampling_rate(asked: Asked) -> SampleRateOut:
    """Read the rate of the control sample."""
    now = control_rate.rates(asked.books.id)
    return SampleRateOut(
        rate_percent=_percent(now.default),
        kinds={kind: _percent(now.of(kind)) for kind in sorted(now.sampling.kinds)},
        policy=now.version,
    )


@routes.post("/audit/sampling-rate", act=Act.SET_SAMPLING)
def set_sampling_rate(asked: Asked, body: SampleRateIn) -> SampleRateOut:
    """Set the rate of the control sample and sign it, as the auditor whose token this is."""
    control_rate.set_rate(
        person=asked.person,
        rate_micro=control_rate.micro_of(body.rate_percent),
        kind=body.kind,
        reason=body.reason,
        actor=asked.actor,
        at=asked.at,
    )
    return read_sampling_rate(asked)


def _percent(micro: int) -> str:
    return plain(Decimal(micro) / 10_000)


@routes.post("/audit/samples", act=Act.VERIFY)
def draw_sample(asked: Asked, body: SampleIn) -> SampleOut:
    """Draw a random sample; its seed goes on the record."""
    today = world.today(asked.books.time_zone)
    found = sampling.draw_sample(
        books_id=asked.books.id,
        of=body.of,
        size=body.size,
        seed=body.seed,
        start=body.period or FIRST,
        end=month_after(body.period) if body.period else today + timedelta(days=1),
        actor=asked.actor,
        at=asked.at,
    )
    return SampleOut(
        seed=found.seed,
        population=found.population,
        population_sha256=found.population_sha256,
        rows=[dict(row) for row in found.rows],
    )


@routes.get("/retention", act=Act.READ_BOOKS)
def list_retention(asked: Asked) -> RetentionOut:
    """List how long each kind of record is kept, why, and what is due."""
    found = retention.schedule(books_id=asked.books.id, today=world.today(asked.books.time_zone))
    return RetentionOut(
        policy=found[0].policy,
        records=[
            KeptOut(
                kind=one.kind,
                years=one.years,
                count=one.count,
                due=one.due,
                oldest=one.oldest,
                next_due=one.next_due,
                reason=one.reason,
                message=words.sentence(one.reason),
            )
            for one in found
        ],
    )


@routes.post("/contacts/{contact}/access", act=Act.ERASE, status=200, is_kept=False)
def answer_access(asked: Asked, contact: Reference) -> HeldAboutOut:
    """Read all that is held about a person, to be handed to them; that it was goes on the record."""
    id_ = references.contact_id(contact)
    found = privacy.answer_access(books_id=asked.books.id, contact_id=id_, actor=asked.actor, at=asked.at)
    return HeldAboutOut(number=references.number(references.CONTACT, id_), held=fields.facts(found.to_json()))
