"""What runs by itself: heads leave hourly, levels are checked and samples drawn daily, data is looked at weekly.

One command, called as often as one likes, runs what is due and nothing twice (`counterfoil run-due`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.flows import autonomy, control_sample, digest, quality
from counterfoil.flows.digest import Say
from counterfoil.infra.home import home
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.people import selectors as people
from counterfoil.review import selectors as reads
from counterfoil.standards import quality as weeks
from counterfoil.standards import selectors as standards

RAN: Final = "due.ran"
DAY: Final = timedelta(days=1)
EARLY: Final = timedelta(minutes=10)
"""A job may begin so much before its time, so that one that is called on the hour is never an hour late."""


class NoSuchJob(Refused):
    """Nothing of this name runs by itself."""

    code = "no_such_job"


@dataclass(frozen=True, slots=True)
class Run:
    """What a job is given: the books, how a door says things, and when."""

    books_id: int
    say: Say
    is_forced: bool
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run, as a code with facts; `problem` is the code of what went wrong."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs by itself, and how often; a quiet one leaves no record where nothing came of it."""

    name: str
    every: timedelta
    work: Callable[[Run], Outcome]
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """When a job ran last, what came of it, and when it is due again; None where it never ran."""

    name: str
    every: timedelta
    last_at: datetime | None
    next_at: datetime | None
    outcome: Outcome | None
    is_silent: bool = False
    """Nothing is written where nothing came of it: an old last run is no fault."""

    def is_due(self, at: datetime) -> bool:
        """Tell whether it is time."""
        return self.next_at is None or self.next_at - EARLY <= at


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a job: it ran with an outcome, or it was not due."""

    name: str
    outcome: Outcome | None
    next_at: datetime | None


def schedule(*, books_id: int) -> list[Planned]:
    """Return every job with its last run, by itself or by hand, and when it is due."""
    last: dict[str, tuple[datetime, Outcome]] = {}
    for event in audit_reads.events(kind=RAN, limit=200):
        facts = event.body.get("facts")
        outcome = Outcome(
            str(event.body.get("code", "")),
            facts if isinstance(facts, Mapping) else {},
            str(event.body.get("problem", "")),
        )
        last.setdefault(event.subject, (event.at, outcome))
    left = [one.last for one in audit_reads.standings(home() / "anchors")]
    sent = [at for _, at in reads.digest_choices().values() if at is not None]
    drawn = audit_reads.events(kind=control_sample.DRAWN, subject=f"books:{books_id}", limit=1)
    looked = standards.quality_audits(books_id, limit=1)
    known: dict[str, datetime | None] = {
        "samples": drawn[0].at if drawn else None,
        "quality": looked[0].made_at if looked else None,
        "anchors": min((one.at for one in left if one), default=None) if all(left) else None,
        "digests": max(sent, default=None),
    }
    planned = []
    for job in JOBS:
        found = last.get(_subject(books_id, job.name))
        times = [one for one in (found[0] if found else None, known.get(job.name)) if one is not None]
        at = max(times, default=None)
        next_at = at + job.every if at else None
        planned.append(Planned(job.name, job.every, at, next_at, found[1] if found else None, job.is_quiet))
    return planned


def run_due(
    *, books_id: int, say: Say, only: Sequence[str] = (), is_forced: bool = False, actor: Actor, at: datetime
) -> list[Ran]:
    """Run each job whose time has come; one that fails says so, stops no other, and is tried again the next time.

    Two runs at once do the same as one after the other.

    Args:
        only: the jobs meant; all where none is named. is_forced: also those that are not due.

    Raises:
        NoSuchJob: nothing of a name runs by itself.
    """
    for name in only:
        if name not in {job.name for job in JOBS}:
            raise NoSuchJob(field="job", job=name[:40], known=[job.name for job in JOBS])
    run = Run(books_id, say, is_forced, actor, at)
    planned = {one.name: one for one in schedule(books_id=books_id)}
    ran = []
    for job in JOBS:
        if only and job.name not in only:
            continue
        if not (is_forced or planned[job.name].is_due(at)):
            ran.append(Ran(job.name, None, planned[job.name].next_at))
            continue
        try:
            outcome = job.work(run)
        except Refused as refused:
            outcome = Outcome("", problem=refused.code)
        except OSError:
            outcome = Outcome("", problem="job_unreachable")
        if outcome.problem or (outcome.code and not (job.is_quiet and not outcome.facts)):
            _keep(run, job.name, outcome)
        ran.append(Ran(job.name, outcome, at + job.every))
    return ran


@transaction.atomic
def _keep(run: Run, name: str, outcome: Outcome) -> None:
    audit.record(
        kind=RAN,
        actor=run.actor,
        subject=_subject(run.books_id, name),
        body={"code": outcome.code, "facts": dict(outcome.facts), "problem": outcome.problem},
        at=run.at,
        books_id=run.books_id,
    )


def _subject(books_id: int, name: str) -> str:
    return f"job:{name}/{books_id}"


# ------------------------------------------------------------------------------------ the jobs


def _levels(run: Run) -> Outcome:
    """Step down what broke its bar: also by what nobody answered in time."""
    fell = autonomy.check_all(books_id=run.books_id, at=run.at)
    return Outcome("levels_checked", {"fell": len(fell)})


def _samples(run: Run) -> Outcome:
    drawn = control_sample.draw(books_id=run.books_id, actor=run.actor, at=run.at)
    return Outcome("samples_drawn", {"drawn": drawn.drawn, "of": drawn.of})


def _quality(run: Run) -> Outcome:
    """Look at the week that is over, as it was on its last day."""
    zone = ZoneInfo(people.books_facts(run.books_id).time_zone)
    sunday = weeks.week_of(run.at.astimezone(zone).date()) - DAY
    done = quality.audit_data(books_id=run.books_id, week=sunday, today=sunday, actor=run.actor, at=run.at)
    return Outcome("data_looked_at", {"week": done.week.isoformat(), "fell": len(done.drops)})


def _digests(run: Run) -> Outcome:
    sent = digest.send_digests(books_id=run.books_id, say=run.say, is_forced=run.is_forced, at=run.at)
    return Outcome("digests_sent", {"sent": len(sent)} if sent else {})


def _anchors(run: Run) -> Outcome:
    """Let the head leave last, so that it holds what the other jobs left."""
    audit.seal()
    audit.export_head(home() / "anchors", every=timedelta(hours=1) - EARLY, everywhere=run.is_forced)
    bad = [one for one in audit_reads.standings(home() / "anchors") if one.problem]
    return Outcome("heads_left", {}, bad[0].problem if bad else "")


JOBS: Final = (
    Job("levels", DAY, _levels),
    Job("samples", DAY, _samples),
    Job("quality", 7 * DAY, _quality),
    Job("digests", timedelta(hours=1), _digests, is_quiet=True),
    Job("anchors", timedelta(hours=1), _anchors, is_quiet=True),
)
"""In the order in which they run."""
