"""Reading levels and the shadow log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from counterfoil.autonomy.domain import levels
from counterfoil.autonomy.domain import pairs as domain_pairs
from counterfoil.autonomy.domain.levels import Change, Entry, Standing
from counterfoil.autonomy.domain.pairs import Human, Pair, Said
from counterfoil.autonomy.models import Answer, Document, LevelChange, Promotion, Verdict
from counterfoil.decisions.domain import Mode
from counterfoil.infra import bulk, stops
from counterfoil.kernel.errors import Fact


def mode(books_id: int, kind: str, version: str) -> Mode:
    """Return the mode in force for a kind of decision and the version of its rules; one statement.

    Read it at the start of each batch, inside its transaction, and again before it ends (`is_stopped`).
    """
    return standing(books_id, kind, version).mode


def standing(books_id: int, kind: str, version: str) -> Standing:
    """Return where a kind of decision stands for one version; one statement."""
    found = levels.standing(entries(books_id, kind), version)
    if not found.is_stopped and (waiting := stops.announced(books_id, kind)):
        return levels.announced(found, waiting)
    return found


def is_stopped(books_id: int, kind: str) -> bool:
    """Tell whether somebody stopped a kind of decision, also one whose stop still waits for the database."""
    return bool(stops.announced(books_id, kind)) or levels.standing(entries(books_id, kind), "").is_stopped


def entries(books_id: int, kind: str) -> list[Entry]:
    """Return the history of a kind of decision, oldest first; one statement."""
    rows = LevelChange.objects.filter(books_id=books_id, kind=kind).order_by("id")
    return [_entry(*row) for row in rows.values_list("change", "version", "mode", "actor", "at", "reason")]


def _entry(change: str, version: str, mode_: str, actor: str, at: datetime, reason: str) -> Entry:
    return Entry(Change(change), version, Mode(mode_) if mode_ else None, actor, at, reason)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of a kind's history, as pages show it."""

    id: int
    kind: str
    entry: Entry
    event_id: int
    facts: dict[str, Fact]


def history(books_id: int, kind: str = "", *, limit: int = 100) -> list[HistoryLine]:
    """Return what happened to levels, newest first; one statement."""
    rows = LevelChange.objects.filter(books_id=books_id)
    if kind:
        rows = rows.filter(kind=kind)
    return [
        HistoryLine(
            row.pk,
            row.kind,
            _entry(row.change, row.version, row.mode, row.actor, row.at, row.reason),
            row.event_id,
            json.loads(row.facts),
        )
        for row in rows.order_by("-id")[:limit]
    ]


def kinds_with_levels(books_id: int) -> list[str]:
    """Return the kinds of decision that ever had a level or a stop in some books."""
    return sorted(set(LevelChange.objects.filter(books_id=books_id).values_list("kind", flat=True)))


def judged(books_id: int, kind: str, version: str, subjects: Sequence[str]) -> set[tuple[str, int, str]]:
    """Return what a version already gave a verdict on, as subject, part and hash of the inputs; one statement."""
    rows = Verdict.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, kind=kind, version=version)
    return set(rows.values_list("subject", "part", "inputs_hash"))


def document_numbers(books_id: int, subjects: Sequence[str]) -> dict[str, str]:
    """Return an invoice of the system that was really used for each thing that has one there; one statement."""
    rows = Document.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, withdrawn_at=None)
    return dict(rows.order_by("-issue_date", "-id").values_list("subject", "number"))


def document_hashes(books_id: int, numbers: Sequence[str]) -> dict[str, str]:
    """Return the hashes of documents that stand, by number; one statement."""
    rows = Document.objects.filter(bulk.is_any_of("number", numbers), books_id=books_id, withdrawn_at=None)
    return dict(rows.values_list("number", "item_hash"))


# ------------------------------------------------------------------------------------ the raw log


def pairs(
    books_id: int,
    kind: str,
    version: str,
    *,
    as_of: datetime,
    unpaired_after_days: int,
    has_documents: bool = False,
    is_first: bool = False,
) -> list[Pair]:
    """Pair what a version said with what people said, from the raw log; three statements.

    Args:
        has_documents: documents of the system that was really used speak about this kind of decision.
        is_first: this kind decides first about a deal, so that it missed one that it never judged.
    """
    verdicts = list(_verdicts(books_id, kind, version, as_of))
    humans = _humans(books_id, kind, as_of)
    if has_documents:
        humans += _from_documents(books_id, as_of)
        humans = _spoken_to(books_id, version, verdicts, humans, is_first=is_first)
    return domain_pairs.paired(verdicts, humans, as_of=as_of, unpaired_after_days=unpaired_after_days)


def _spoken_to(
    books_id: int, version: str, verdicts: Sequence[domain_pairs.Verdict], humans: Sequence[Human], *, is_first: bool
) -> list[Human]:
    """Leave out documents that another kind or an earlier version is to be compared with."""
    judged = {(one.subject, one.part) for one in verdicts}
    began = min((one.at for one in verdicts), default=None)
    stray = [one for one in humans if one.source == EXTERNAL and (one.subject, one.part) not in judged]
    missed: set[str] = set()
    if is_first and began is not None:
        late = sorted({one.subject for one in stray if one.part == 1 and one.at >= began})
        known = {subject for subject, _ in judged} | judged_before(books_id, version, late)
        missed = set(late) - known
    gone = {one.ref for one in stray if one.part != 1 or one.subject not in missed}
    return [one for one in humans if one.ref not in gone]


def _verdicts(books_id: int, kind: str, version: str, as_of: datetime) -> Iterator[domain_pairs.Verdict]:
    rows = Verdict.objects.filter(books_id=books_id, kind=kind, version=version, at__lte=as_of).order_by("id")
    fields = (
        "id", "subject", "part", "mode", "outcome", "total_minor", "currency", "answer", "stake_minor", "at", "code",
        "segments",
    )  # fmt: skip
    for id_, subject, part, mode_, outcome, total, code_, answer, stake, at, code, segments in rows.values_list(
        *fields
    ):
        said = Said(outcome, total, code_, json.loads(answer))
        yield domain_pairs.Verdict(id_, subject, part, Mode(mode_), said, stake, at, code, json.loads(segments))


def _humans(books_id: int, kind: str, as_of: datetime) -> list[Human]:
    rows = Answer.objects.filter(books_id=books_id, kind=kind, at__lte=as_of).order_by("id")
    fields = (
        "id", "subject", "part", "source", "outcome", "total_minor", "currency", "answer", "at", "actor", "reason",
    )  # fmt: skip
    return [
        Human(f"answer:{id_}", subject, part, source, Said(outcome, total, code, json.loads(answer)), at, actor, reason)
        for id_, subject, part, source, outcome, total, code, answer, at, actor, reason in rows.values_list(*fields)
    ]


def _from_documents(books_id: int, as_of: datetime) -> list[Human]:
    """Read documents as answers: the first of a deal is its first part, and so on."""
    rows = Document.objects.filter(books_id=books_id, withdrawn_at=None, imported_at__lte=as_of)
    fields = (
        "id", "subject", "issue_date", "due_date", "currency", "net_minor", "tax_minor", "number", "imported_by",
        "imported_at",
    )  # fmt: skip
    numbers: Counter[str] = Counter()
    found = []
    for id_, subject, issued, due, code, net, tax, number, by, at in rows.order_by(
        "subject", "issue_date", "number"
    ).values_list(*fields):
        numbers[subject] += 1
        said = Said("invoiced", net + tax, code, {"net": net, "tax": tax, "term_days": (due - issued).days})
        found.append(Human(f"document:{id_}", subject, numbers[subject], EXTERNAL, said, at, by, number))
    return found


EXTERNAL: Final = "external"
"""The source of answers that documents of another system give."""


def judged_before(books_id: int, version: str, subjects: Sequence[str]) -> set[str]:
    """Return the things on which another kind or version gave a verdict; one statement."""
    rows = Verdict.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id).exclude(version=version)
    return set(rows.values_list("subject", flat=True))


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """A proposed promotion with who signed it so far."""

    id: int
    kind: str
    version: str
    from_mode: Mode
    to_mode: Mode
    evidence: dict[str, Fact]
    evidence_hash: str
    proposed_by: str
    proposed_at: datetime
    signers: tuple[str, ...]


def open_promotion(books_id: int, kind: str) -> PromotionRow | None:
    """Return the promotion of a kind that waits for signatures, or None; two statements."""
    return next(iter(open_promotions(books_id, kind)), None)


def open_promotions(books_id: int, kind: str = "") -> list[PromotionRow]:
    """Return the promotions that wait for signatures; two statements."""
    rows = Promotion.objects.filter(books_id=books_id, closed_at=None).order_by("id")
    if kind:
        rows = rows.filter(kind=kind)
    return [
        PromotionRow(
            row.pk,
            row.kind,
            row.version,
            Mode(row.from_mode),
            Mode(row.to_mode),
            json.loads(row.evidence),
            row.evidence_hash,
            row.proposed_by,
            row.proposed_at,
            tuple(one.signer for one in row.signature_set.all()),
        )
        for row in rows.prefetch_related("signature_set")
    ]


def said_of(books_id: int, kind: str, subject: str) -> list[tuple[int, Said]]:
    """Return what the machine last said of each part of one thing, as part and answer; one statement."""
    rows = Verdict.objects.filter(books_id=books_id, kind=kind, subject=subject).order_by("id")
    fields = ("part", "outcome", "total_minor", "currency", "answer")
    found = {part: Said(o, total, code, json.loads(a)) for part, o, total, code, a in rows.values_list(*fields)}
    return sorted(found.items())


@dataclass(frozen=True, slots=True)
class Judged:
    """What the machine said last of one part of a thing, as which kind and version."""

    kind: str
    version: str
    subject: str
    part: int
    said: Said


def last_said(books_id: int, subjects: Sequence[str]) -> list[Judged]:
    """Return what the machine said last of each part of some things, by kind; one statement."""
    rows = Verdict.objects.filter(bulk.is_any_of("subject", list(subjects)), books_id=books_id).order_by("id")
    fields = ("kind", "version", "subject", "part", "outcome", "total_minor", "currency", "answer")
    found = {
        (kind, subject, part): Judged(kind, version, subject, part, Said(outcome, total, code, json.loads(answer)))
        for kind, version, subject, part, outcome, total, code, answer in rows.values_list(*fields)
    }
    return list(found.values())


def spoken_of(books_id: int, subjects: Sequence[str]) -> set[tuple[str, str, int]]:
    """Return what people spoke of among some things, as kind, thing and part; two statements.

    The kind is `EXTERNAL` for what documents of the system that was really used say: they speak of every kind.
    """
    about = bulk.is_any_of("subject", list(subjects))
    answers = Answer.objects.filter(about, books_id=books_id).values_list("kind", "subject", "part")
    documents = Document.objects.filter(about, books_id=books_id, withdrawn_at=None).values_list("subject", flat=True)
    counts = Counter(documents)
    return {*answers, *((EXTERNAL, one, part) for one, n in counts.items() for part in range(1, n + 1))}


def is_blind(books_id: int, kind: str, subject: str) -> bool:
    """Tell whether a person must not see what the machine said of a thing: it observes."""
    rows = Verdict.objects.filter(books_id=books_id, kind=kind, subject=subject).order_by("-id")
    return rows.values_list("mode", flat=True).first() == Mode.OBSERVE.value


@dataclass(frozen=True, slots=True)
class Logged:
    """One verdict of the log with the decision that it belongs to."""

    verdict: domain_pairs.Verdict
    inputs_hash: str
    decision_id: int


def logged(books_id: int, kind: str, version: str, *, after: int = 0, limit: int = 2_000) -> list[Logged]:
    """Return what a version said in observing, oldest first, `limit` of it after a verdict's id; one statement."""
    rows = Verdict.objects.filter(
        books_id=books_id, kind=kind, version=version, id__gt=after, mode=Mode.OBSERVE.value
    ).exclude(decision_id=None)
    return [
        Logged(
            domain_pairs.Verdict(
                row.pk,
                row.subject,
                row.part,
                Mode(row.mode),
                Said(row.outcome, row.total_minor, row.currency, json.loads(row.answer)),
                row.stake_minor,
                row.at,
                row.code,
                json.loads(row.segments),
            ),
            row.inputs_hash,
            row.decision_id or 0,
        )
        for row in rows.order_by("id")[:limit]
    ]
