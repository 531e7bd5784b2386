"""Setting, stopping and reviving what may be done alone, and keeping the shadow log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import HashedRow
from counterfoil.autonomy import selectors
from counterfoil.autonomy.domain import levels
from counterfoil.autonomy.domain.levels import Change, Standing
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.autonomy.models import Answer, LevelChange, Verdict
from counterfoil.decisions.domain import Mode
from counterfoil.infra import bulk, locks, stops
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact

WORK: Final = "autonomy"
OBSERVED: Final = "autonomy.observed"
ANSWERED: Final = "autonomy.answered"


# ------------------------------------------------------------------------------------ levels


@transaction.atomic
def set_level(
    *, books_id: int, kind: str, version: str, mode: Mode, reason: str = "", actor: Actor, at: datetime
) -> Standing:
    """Give a version of a kind of decision a mode that is not above the present one.

    Raises:
        NeedsPromotion: the mode is above the present one; that takes evidence and two signatures (`propose_promotion`).
    """
    locks.hold(WORK, books_id)
    now = selectors.standing(books_id, kind, version)
    if levels.is_raise(now.level, mode):
        raise levels.NeedsPromotion(kind=kind, mode=mode.value, now=now.level.value, field="mode")
    if not now.is_set or now.level is not mode:
        _write(books_id, kind, version, Change.SET, mode, reason, {"from": now.level.value}, actor, at)
    return selectors.standing(books_id, kind, version)


def kill(*, books_id: int, kind: str, reason: str = "", actor: Actor, at: datetime) -> Standing:
    """Stop a kind of decision at once, for every version: the next batch observes, and one that runs is given up.

    Raises:
        AlreadyStopped: somebody stopped it before.
    """
    with stops.announce(books_id, kind, str(actor)), transaction.atomic():
        locks.hold(WORK, books_id)
        before = levels.standing(selectors.entries(books_id, kind), "")
        if before.is_stopped:
            raise levels.AlreadyStopped(kind=kind, by=before.stopped_by)
        _write(books_id, kind, "", Change.STOPPED, None, reason, {}, actor, at)
    return selectors.standing(books_id, kind, "")


@transaction.atomic
def revive(*, books_id: int, kind: str, reason: str = "", actor: Actor, at: datetime) -> None:
    """Let a kind of decision that was stopped do again what its level allows.

    Raises:
        NotStopped: it is not stopped.
    """
    locks.hold(WORK, books_id)
    if not selectors.is_stopped(books_id, kind):
        raise levels.NotStopped(kind=kind)
    _write(books_id, kind, "", Change.REVIVED, None, reason, {}, actor, at)
    stops.take_down(books_id, kind)


def _write(
    books_id: int,
    kind: str,
    version: str,
    change: Change,
    mode: Mode | None,
    reason: str,
    facts: Mapping[str, Fact],
    actor: Actor,
    at: datetime,
) -> int:
    event_id = audit.reserve_event()
    LevelChange.objects.create(
        books_id=books_id,
        kind=kind,
        version=version,
        change=change.value,
        mode=mode.value if mode else "",
        reason=reason[:255],
        facts=canonical.canonical_bytes(dict(facts)).decode("utf-8"),
        actor=str(actor),
        at=at,
        event_id=event_id,
    )
    audit.record(
        kind=f"autonomy.{change.value}",
        actor=actor,
        subject=f"autonomy:{kind}",
        body={"version": version, "mode": mode.value if mode else None, "reason": reason[:255], **facts},
        at=at,
        books_id=books_id,
        event_id=event_id,
    )
    return event_id


# ------------------------------------------------------------------------------------ the shadow log


@dataclass(frozen=True, slots=True)
class NewVerdict:
    """What the machine says of one thing. `stake_minor` is in base currency."""

    subject: str
    said: Said
    inputs_hash: str
    stake_minor: int
    code: str = ""
    part: int = 1
    segments: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a person says of one thing: `source` is queue or hand."""

    subject: str
    said: Said
    source: str
    part: int = 1
    reason: str = ""


def record_verdicts(
    *,
    books_id: int,
    kind: str,
    version: str,
    mode: Mode,
    verdicts: Sequence[NewVerdict],
    decision_id: int | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Keep what the machine said in the caller's transaction; what it said of the same inputs before stays as it is.

    Returns how many are new. The number of statements does not depend on how many there are.
    """
    assert connection.in_atomic_block, "a verdict belongs to the transaction of its decision"
    known = selectors.judged(books_id, kind, version, [one.subject for one in verdicts])
    new = [one for one in verdicts if (one.subject, one.part, one.inputs_hash) not in known]
    if not new:
        return 0
    event_id = audit.reserve_event()
    rows, hashes = [], []
    for one in new:
        answer, segments = _text(one.said.answer), _text(one.segments or {})
        hash_ = _verdict_hash(
            kind, version, mode.value, one.subject, one.part, one.inputs_hash, one.said.outcome, one.code, answer,
            one.said.total_minor, one.said.currency, one.stake_minor, segments,
        )  # fmt: skip
        hashes.append(hash_)
        rows.append(
            (
                books_id, kind, version, mode.value, one.subject, one.part, one.inputs_hash, one.said.outcome, one.code,
                answer, one.said.total_minor, one.said.currency, one.stake_minor, segments, decision_id, at, event_id,
                hash_,
            )
        )  # fmt: skip
    bulk.insert(Verdict, ["books_id", *_VERDICT, "decision_id", "at", "event_id", "item_hash"], rows)
    audit.record(
        kind=OBSERVED,
        actor=actor,
        subject=f"autonomy:{kind}",
        body={"version": version, "mode": mode.value, "decision": decision_id},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return len(new)


_VERDICT: Final = (
    "kind", "version", "mode", "subject", "part", "inputs_hash", "outcome", "code", "answer", "total_minor", "currency",
    "stake_minor", "segments",
)  # fmt: skip


@transaction.atomic
def record_answers(*, books_id: int, kind: str, answers: Sequence[NewAnswer], actor: Actor, at: datetime) -> int:
    """Keep what a person said of some things; returns how many there were."""
    if not answers:
        return 0
    event_id = audit.reserve_event()
    rows, hashes = [], []
    for one in answers:
        answer, reason = _text(one.said.answer), one.reason[:255]
        cells = (
            kind, one.subject, one.part, one.source, one.said.outcome, answer, one.said.total_minor, one.said.currency,
            reason, str(actor),
        )  # fmt: skip
        hashes.append(canonical.hash_of(list(cells)))
        rows.append((books_id, *cells, at, event_id, hashes[-1]))
    bulk.insert(Answer, ["books_id", *_ANSWER, "at", "event_id", "item_hash"], rows)
    audit.record(
        kind=ANSWERED,
        actor=actor,
        subject=f"autonomy:{kind}",
        body={"kind": kind},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return len(rows)


_ANSWER: Final = (
    "kind", "subject", "part", "source", "outcome", "answer", "total_minor", "currency", "reason", "actor",
)  # fmt: skip


def _text(value: Mapping[str, Fact] | Mapping[str, str]) -> str:
    return canonical.canonical_bytes(dict(value)).decode("utf-8")


def _verdict_hash(*cells: str | int) -> str:
    return canonical.hash_of(list(cells))


def hashed_verdicts() -> Iterator[HashedRow]:
    """Yield every verdict with the hash of its present contents, for `verify`."""
    rows = Verdict.objects.order_by("event_id", "id").values_list("event_id", "id", "item_hash", *_VERDICT)
    for event_id, id_, kept, *cells in rows.iterator(chunk_size=5_000):
        yield HashedRow(event_id, f"verdict {id_}", kept, _verdict_hash(*cells))


def hashed_answers() -> Iterator[HashedRow]:
    """Yield every answer of a person with the hash of its present contents, for `verify`."""
    rows = Answer.objects.order_by("event_id", "id").values_list("event_id", "id", "item_hash", *_ANSWER)
    for event_id, id_, kept, *cells in rows.iterator(chunk_size=5_000):
        yield HashedRow(event_id, f"answer {id_}", kept, canonical.hash_of(list(cells)))
