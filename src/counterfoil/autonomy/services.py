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
from counterfoil.autonomy.domain import documents, levels
from counterfoil.autonomy.domain.levels import Change, Standing
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.autonomy.domain.promotion import SIGNATURES, Breach
from counterfoil.autonomy.domain.promotion import Promotion as Leave
from counterfoil.autonomy.models import Answer, Document, LevelChange, Promotion, Signature, Verdict
from counterfoil.decisions.domain import Mode
from counterfoil.infra import bulk, locks, stops
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refusal, Refused

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


# ------------------------------------------------------------------------------------ documents of another system


@dataclass(frozen=True, slots=True)
class NewDocument:
    """An invoice of the system that was really used, and the thing here that it belongs to."""

    document: documents.Document
    subject: str


@dataclass(frozen=True, slots=True)
class KeptDocuments:
    """What became of documents: how many are new or unchanged, which were refused, and the hashes of the new ones."""

    new: int
    unchanged: int
    refused: tuple[tuple[int, Refusal], ...]
    hashes: tuple[str, ...]


def plan_documents(*, books_id: int, wanted: Sequence[NewDocument]) -> tuple[list[NewDocument], KeptDocuments]:
    """Tell documents that are new from those that are known, and from numbers that are known with other content."""
    known = selectors.document_hashes(books_id, [one.document.number for one in wanted])
    new: list[NewDocument] = []
    refused: list[tuple[int, Refusal]] = []
    unchanged = 0
    for one in wanted:
        before = known.get(one.document.number)
        if before is None:
            new.append(one)
        elif before == document_hash(one):
            unchanged += 1
        else:
            refused.append((one.document.row, DocumentChanged(number=one.document.number, field="number").refusal))
    return new, KeptDocuments(len(new), unchanged, tuple(refused), tuple(document_hash(one) for one in new))


def document_hash(one: NewDocument) -> str:
    """Return what stands for a document in the record."""
    return canonical.hash_of({**one.document.content(), "subject": one.subject})


def keep_documents(*, books_id: int, batch_id: int, new: Sequence[NewDocument], actor: Actor, at: datetime) -> None:
    """Keep documents of an import in the caller's transaction; the import's event carries their hashes."""
    bulk.insert(
        Document,
        [
            "books_id", "number", "reference", "subject", "issue_date", "due_date", "currency", "net_minor",
            "tax_minor", "total_minor", "lines", "batch_id", "imported_by", "imported_at", "withdrawn_at", "item_hash",
        ],
        [
            (
                books_id, doc.number, doc.deal, one.subject, doc.issue_date, doc.due_date, doc.net.currency.code,
                doc.net.minor, doc.tax.minor, doc.total.minor, doc.lines, batch_id, str(actor), at, None,
                document_hash(one),
            )
            for one in new
            for doc in [one.document]
        ],
    )  # fmt: skip


@transaction.atomic
def withdraw_documents(*, books_id: int, batch_id: int, actor: Actor, at: datetime) -> int:
    """Take the documents of one import back: they stay readable and are compared with nothing any more."""
    count = Document.objects.filter(books_id=books_id, batch_id=batch_id, withdrawn_at=None).update(withdrawn_at=at)
    audit.record(
        kind="autonomy.documents_withdrawn",
        actor=actor,
        subject=f"import:{batch_id}",
        body={"documents": count},
        at=at,
        books_id=books_id,
    )
    return count


class DocumentChanged(Refused):
    """This number was imported before with other content."""

    code = "document_changed"


# ------------------------------------------------------------------------------------ promotion and demotion


class PromotionIsOpen(Refused):
    """Somebody proposed a promotion of this kind of decision already; sign it, or withdraw it first."""

    code = "promotion_is_open"


class NoSuchPromotion(Refused):
    """These books have no open promotion with this number."""

    code = "no_such_promotion"


class SignedAlready(Refused):
    """A person signs once; the second signature is another person's."""

    code = "promotion_signed_already"


class EvidenceChanged(Refused):
    """What was to be signed is not what the person saw."""

    code = "promotion_evidence_changed"


@transaction.atomic
def propose_promotion(
    *,
    books_id: int,
    kind: str,
    version: str,
    leave: Leave,
    evidence: Mapping[str, Fact],
    actor: Actor,
    at: datetime,
) -> int:
    """Propose that a version may do more, with the evidence it stands on; it takes effect by two signatures.

    Args:
        leave: what `domain.promotion.promotion` gave for the evidence.

    Raises:
        PromotionIsOpen: one is proposed already.
    """
    locks.hold(WORK, books_id)
    if selectors.open_promotion(books_id, kind) is not None:
        raise PromotionIsOpen(kind=kind)
    text = _text(evidence)
    row = Promotion.objects.create(
        books_id=books_id,
        kind=kind,
        version=version,
        from_mode=leave.from_mode.value,
        to_mode=leave.to_mode.value,
        evidence=text,
        evidence_hash=canonical.sha256_hex(text.encode("utf-8")),
        proposed_by=str(actor),
        proposed_at=at,
    )
    audit.record(
        kind="autonomy.promotion_proposed",
        actor=actor,
        subject=f"autonomy:{kind}",
        body={
            "promotion": row.pk,
            "version": version,
            "from": row.from_mode,
            "to": row.to_mode,
            "evidence": row.evidence_hash,
        },
        at=at,
        books_id=books_id,
    )
    return int(row.pk)


@transaction.atomic
def sign_promotion(
    *, books_id: int, promotion_id: int, leave: Leave, evidence_hash: str, signer: str, actor: Actor, at: datetime
) -> bool:
    """Sign a promotion as one person; with the second person's signature it takes effect. Returns whether it did.

    Args:
        leave: given again for the evidence as it stands now, so that nothing rises on what is no longer true.
        evidence_hash: of what the person saw. signer: the person, however they came in.

    Raises:
        NoSuchPromotion, SignedAlready, EvidenceChanged: as they say.
        NeedsPromotion: the level changed since it was proposed.
    """
    locks.hold(WORK, books_id)
    row = Promotion.objects.filter(id=promotion_id, books_id=books_id, closed_at=None).first()
    if row is None:
        raise NoSuchPromotion(promotion=promotion_id)
    if row.evidence_hash != evidence_hash:
        raise EvidenceChanged(promotion=promotion_id)
    now = selectors.standing(books_id, row.kind, row.version).level
    if (leave.from_mode.value, leave.to_mode.value, now) != (row.from_mode, row.to_mode, leave.from_mode):
        raise levels.NeedsPromotion(kind=row.kind, mode=row.to_mode, now=now.value)
    signers = set(Signature.objects.filter(promotion=row).values_list("signer", flat=True))
    if signer in signers:
        raise SignedAlready(signer=signer)
    Signature.objects.create(promotion=row, signer=signer, evidence_hash=evidence_hash, at=at)
    audit.record(
        kind="autonomy.promotion_signed",
        actor=actor,
        subject=f"autonomy:{row.kind}",
        body={"promotion": row.pk, "signer": signer, "evidence": evidence_hash},
        at=at,
        books_id=books_id,
    )
    if len(signers) + 1 < SIGNATURES:
        return False
    both: list[Fact] = [*sorted(signers), signer]
    facts: dict[str, Fact] = {"from": row.from_mode, "promotion": row.pk, "signers": both, "evidence": evidence_hash}
    _write(books_id, row.kind, row.version, Change.PROMOTED, leave.to_mode, "", facts, actor, at)
    Promotion.objects.filter(id=row.pk).update(closed_at=at, outcome="promoted")
    return True


@transaction.atomic
def withdraw_promotion(*, books_id: int, promotion_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Close a proposed promotion without effect.

    Raises:
        NoSuchPromotion: it is not open.
    """
    closed = Promotion.objects.filter(id=promotion_id, books_id=books_id, closed_at=None).update(
        closed_at=at, outcome="withdrawn"
    )
    if not closed:
        raise NoSuchPromotion(promotion=promotion_id)
    audit.record(
        kind="autonomy.promotion_withdrawn",
        actor=actor,
        subject=f"promotion:{promotion_id}",
        body={"reason": reason[:255]},
        at=at,
        books_id=books_id,
    )


@transaction.atomic
def demote(*, books_id: int, kind: str, version: str, breach: Breach, actor: Actor, at: datetime) -> bool:
    """Let a version do less, because its evidence broke the bar; returns whether that changed anything."""
    locks.hold(WORK, books_id)
    now = selectors.standing(books_id, kind, version)
    if not levels.is_raise(breach.to_mode, now.level):
        return False
    facts: dict[str, Fact] = {
        "from": now.level.value,
        "code": breach.code,
        "have_micro": breach.have_micro,
        "need_micro": breach.need_micro,
        "compared": breach.compared,
    }
    _write(books_id, kind, version, Change.DEMOTED, breach.to_mode, breach.code, facts, actor, at)
    Promotion.objects.filter(books_id=books_id, kind=kind, closed_at=None).update(closed_at=at, outcome="demoted")
    return True
