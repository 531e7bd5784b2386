"""Looking at the data each week: how sound it is, whose it is, whether it got worse; and the score of the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import selectors as crm
from counterfoil.infra import world
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Refused
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import Kind, QualityPolicy
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase
from counterfoil.standards import domain as standards
from counterfoil.standards import quality
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards import services as standard_writes
from counterfoil.standards.quality import Audit, Checked, Drop, Scope, Score, Thing

CASE = "quality"
CHUNK = 5_000
WEEK = timedelta(days=7)
THINGS = {
    "receivables.match": (Thing.CUSTOMERS,),
    "match": (Thing.CUSTOMERS,),
}
"""What a kind of decision feeds on; the others feed on deals and on the customers of these."""


class WeekNotBegun(Refused):
    """A week that has not begun holds nothing to look at."""

    code = "week_not_begun"


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit of one week found."""

    audit_id: int
    week: date
    is_new: bool
    scores: tuple[Score, ...]
    drops: tuple[Drop, ...]


@transaction.atomic
def audit_data(*, books_id: int, week: date, today: date, actor: Actor, at: datetime) -> Audited:
    """Score the data of one week and open a case for every score that fell too far; safe to repeat.

    Deals are those with a close date in the week. What is still open and the customers are as they are now, so that
    they belong to the present week alone.

    Args:
        week: any day of it.

    Raises:
        WeekNotBegun: it lies ahead.
    """
    monday = quality.week_of(week)
    if monday > today:
        raise WeekNotBegun(field="week", week=monday.isoformat())
    policy = policies.active(Kind.DATA_QUALITY, books_id).as_a(QualityPolicy)
    wanted = standard_reads.standard()
    scores = quality.scores_of(_checked(books_id, monday, today, wanted), policy.teams)
    before = standard_reads.quality_audits(books_id, before=monday, limit=policy.weeks)
    audit_id, is_new = standard_writes.keep_audit(
        books_id=books_id, week=monday, standard=wanted.version, scores=scores, actor=actor, at=at
    )
    fallen = quality.drops(scores, before, policy)
    if monday == quality.week_of(today):
        _keep_cases(books_id, monday, scores, fallen, actor, at)
    return Audited(audit_id, monday, is_new, scores, fallen)


def _keep_cases(
    books_id: int, week: date, scores: Sequence[Score], fallen: Sequence[Drop], actor: Actor, at: datetime
) -> None:
    """Open a case for what fell, and close those of what rose again."""
    review.open_cases(
        books_id=books_id,
        cases=[
            NewCase(
                CASE,
                _subject(drop.score),
                canonical.hash_of([week.isoformat(), drop.score.to_json()]),
                "data_quality_fell",
                {
                    "thing": drop.score.thing.value,
                    "of": drop.score.name or None,
                    "week": week.isoformat(),
                    "now_percent": percent(drop.score.micro),
                    "before_percent": percent(drop.before_micro),
                    "rows": drop.score.rows,
                    "faults": [f"{code} {count}" for code, count in _most(drop.score)],
                },
                risk_micro=min(1_000_000, drop.drop_micro * 5),
            )
            for drop in fallen
        ],
        actor=actor,
        at=at,
    )
    low = {drop.score.key for drop in fallen}
    sound = [_subject(score) for score in scores if score.key not in low]
    review.resolve_cases(books_id=books_id, kind=CASE, subjects=sound, outcome="recovered", actor=actor, at=at)


def sign_off(*, person: Person, audit_id: int, note: str, actor: Actor, at: datetime) -> bool:
    """Answer for an audit; returns whether it was new.

    Raises:
        NoSuchAudit, NotesNeeded.
    """
    return standard_writes.sign_off_audit(
        books_id=person.books.id, audit_id=audit_id, who=f"person:{person.email}", note=note, actor=actor, at=at
    )


def quality_score(books_id: int, kind: str) -> int:
    """Return how sound the data is that a kind of decision feeds on, in millionths: the lowest of what it feeds on.

    Taken over the weeks that the policy looks back on. What nobody audited of late scores 0, so that nothing rises on
    data that nobody has looked at.
    """
    policy = policies.active(Kind.DATA_QUALITY, books_id).as_a(QualityPolicy)
    oldest = quality.week_of(world.now().date()) - policy.weeks * WEEK
    audits = standard_reads.quality_audits(books_id, limit=policy.weeks + 1)
    found = quality.joined(audit for audit in audits if audit.week >= oldest)
    wanted = [found.get((thing, Scope.ALL, "")) for thing in THINGS.get(kind, (Thing.DEALS, Thing.CUSTOMERS))]
    return min(score.micro if score else 0 for score in wanted)


def percent(micro: int) -> str:
    """Write millionths as percent with one place, rounded down: 998,700 is 99.8."""
    return f"{micro // 10_000}.{micro // 1_000 % 10}"


def trend(books_id: int, *, weeks: int = 13) -> list[Audit]:
    """Return the audits of the last weeks, the latest first."""
    return standard_reads.quality_audits(books_id, limit=weeks)


def _subject(score: Score) -> str:
    name = canonical.sha256_hex(score.name.encode("utf-8"))[:12] if score.name else "all"
    return f"quality:{score.thing}:{score.scope}:{name}"


def _most(score: Score) -> list[tuple[str, int]]:
    return sorted(score.faults.items(), key=lambda pair: (-pair[1], pair[0]))[:3]


def _checked(books_id: int, monday: date, today: date, wanted: standards.Standard) -> Iterator[Checked]:
    yield from _judged(Thing.DEALS, crm.won_between(books_id, monday, monday + WEEK), wanted)
    if quality.week_of(today) != monday:
        return
    yield from _judged(Thing.PIPELINE, crm.still_open(books_id), wanted)
    for _, empty in crm.customer_gaps():
        yield Checked(Thing.CUSTOMERS, "", tuple(f"missing_{name}" for name in empty))


def _judged(thing: Thing, opportunity_ids: Sequence[int], wanted: standards.Standard) -> Iterator[Checked]:
    """Hold opportunities against the standard of their stage, some thousands at a time."""
    for start in range(0, len(opportunity_ids), CHUNK):
        catalogue, known = standard_reads.catalogue_for(crm.opportunity_facts(opportunity_ids[start : start + CHUNK]))
        for one in known:
            found = standards.findings_of(one, catalogue, wanted)
            faults = tuple(f"{finding.code}:{finding.field}" if finding.field else finding.code for finding in found)
            yield Checked(thing, one.owner, faults)
