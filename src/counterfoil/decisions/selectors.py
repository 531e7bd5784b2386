"""Reading counterfoils."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from counterfoil.audit.registry import BinderRow, Slice
from counterfoil.decisions.domain import Contribution, DisputeState, Evidence, Hashed, Mode, item_bytes
from counterfoil.decisions.models import Consulted, DecisionEffect, DecisionItem, Dispute, DisputeStep
from counterfoil.infra import bulk
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation
from counterfoil.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is as it is: one decided item, as pages show it."""

    decision_id: int
    kind: str
    rule_version: str
    mode: str
    actor: str
    made_at: datetime
    subject: str
    inputs: dict[str, Any]
    inputs_hash: str
    outcome: str
    code: str
    facts: dict[str, Fact]
    effects: tuple[str, ...]
    event_id: int
    item_id: int
    position: int
    books_id: int
    money: Money | None
    score_micro: int | None
    contributions: tuple[Contribution, ...]
    evidence: tuple[Evidence, ...]
    counterfactual: Explanation | None
    approver: str

    @property
    def number(self) -> str:
        """The one number an auditor quotes."""
        return f"CF-{self.decision_id}"


_BLIND = Mode.OBSERVE.value


def why(subject: str, *, limit: int = 20) -> list[Why]:
    """Return the decided items about a thing or that led to it, newest first; two statements.

    What was only observed is left out: who decides about the thing does not see what the machine would do.
    """
    about = DecisionEffect.objects.filter(effect=subject).values("item_id")
    rows = DecisionItem.objects.filter(Q(subject=subject) | Q(id__in=about)).exclude(decision__mode=_BLIND)
    return _whys(list(rows.select_related("decision").order_by("-id")[:limit]))


def decision_items(books_id: int, decision_id: int, *, after: int = -1, limit: int = 100) -> list[Why]:
    """Return the items of one decision of some books in their order, `limit` of them after a position."""
    rows = DecisionItem.objects.filter(decision_id=decision_id, decision__books_id=books_id, position__gt=after)
    return _whys(list(rows.select_related("decision").order_by("position")[:limit]))


def latest_items(books_id: int, *, limit: int = 20) -> list[Why]:
    """Return what was decided last, newest first: what the machine did without a person, not what it only observed."""
    rows = DecisionItem.objects.filter(decision__books_id=books_id).exclude(decision__mode=_BLIND)
    return _whys(list(rows.select_related("decision").order_by("-id")[:limit]))


@dataclass(frozen=True, slots=True)
class Stored:
    """A decided item as it is kept: its inputs, and the verdict on them as canonical text."""

    item_id: int
    decision_id: int
    position: int
    books_id: int
    kind: str
    subject: str
    form: int
    inputs: str
    inputs_hash: str
    verdict: dict[str, Fact]

    @property
    def name(self) -> str:
        """How a person finds it."""
        return f"CF-{self.decision_id}/{self.position + 1}"


def stored_items(
    *, books_id: int | None = None, kinds: Sequence[str] = (), before: int | None = None, limit: int = 2_000
) -> list[Stored]:
    """Return decided items as they are kept, newest first, `limit` of them older than an item; one statement."""
    rows = DecisionItem.objects.order_by("-id")
    if books_id is not None:
        rows = rows.filter(decision__books_id=books_id)
    if kinds:
        rows = rows.filter(decision__kind__in=list(kinds))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_stored(row) for row in rows.select_related("decision")[:limit]]


def stored_item(item_id: int) -> Stored | None:
    """Return one decided item as it is kept."""
    row = DecisionItem.objects.select_related("decision").filter(pk=item_id).first()
    return _stored(row) if row else None


def stored_of(decision_ids: Sequence[int]) -> dict[int, list[Stored]]:
    """Return the items of decisions as they are kept, by decision; one statement."""
    rows = DecisionItem.objects.filter(bulk.is_any_of("decision_id", decision_ids)).select_related("decision")
    found: dict[int, list[Stored]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.decision_id, []).append(_stored(row))
    return found


def _stored(row: DecisionItem) -> Stored:
    reasons = json.loads(row.reasons) if row.reasons else {}
    verdict = {name: reasons[name] for name in ("contributions", "counterfactual") if name in reasons}
    return Stored(
        row.pk,
        row.decision_id,
        row.position,
        row.decision.books_id,
        row.decision.kind,
        row.subject,
        row.form,
        row.inputs,
        row.inputs_hash,
        {
            "outcome": row.outcome,
            "code": row.code,
            "facts": json.loads(row.facts),
            "score_micro": row.score_micro,
            "reasons": verdict or None,
        },
    )


def consulted(hashes: Sequence[str]) -> dict[str, Any]:
    """Return what decisions were made by, parsed, by its hash; what was altered or is gone is left out."""
    rows = Consulted.objects.filter(bulk.is_any_of("sha256", sorted(set(hashes)))).values_list("sha256", "content")
    return {sha: json.loads(text) for sha, text in rows if canonical.sha256_hex(text.encode("utf-8")) == sha}


def subjects_decided(kind: str, subjects: Sequence[str]) -> set[str]:
    """Return which of these subjects a kind of decision was made about; one statement."""
    rows = DecisionItem.objects.filter(bulk.is_any_of("subject", sorted(set(subjects))), decision__kind=kind)
    return set(rows.values_list("subject", flat=True))


@dataclass(frozen=True, slots=True)
class Decided:
    """One decided item as a control sample is drawn from it."""

    id: int
    decision_id: int
    kind: str
    rule_version: str
    subject: str
    outcome: str
    item_hash: str
    money: Money | None
    made_at: datetime


def decided_after(
    books_id: int, after: int, *, outcomes: Sequence[str], limit: int, since: datetime | None = None
) -> list[Decided]:
    """Return what was decided with some outcomes after an item, in the order of items; one statement.

    Args:
        since: only what was decided at this time or later.
    """
    rows = DecisionItem.objects.filter(decision__books_id=books_id, id__gt=after, outcome__in=outcomes)
    if since is not None:
        rows = rows.filter(decision__made_at__gte=since)
    return [
        Decided(
            row.pk,
            row.decision_id,
            row.decision.kind,
            row.decision.rule_version,
            row.subject,
            row.outcome,
            row.item_hash,
            Money(row.money_minor, currency(row.money_currency))
            if row.money_minor is not None and row.money_currency
            else None,
            row.decision.made_at,
        )
        for row in rows.select_related("decision").order_by("id")[:limit]
    ]


def _whys(rows: list[DecisionItem]) -> list[Why]:
    effects: dict[int, list[str]] = {}
    led_to = DecisionEffect.objects.filter(bulk.is_any_of("item_id", [row.pk for row in rows]))
    for item_id, effect in led_to.order_by("id").values_list("item_id", "effect"):
        effects.setdefault(item_id, []).append(effect)
    return [_why(row, tuple(effects.get(row.pk, ()))) for row in rows]


def _why(row: DecisionItem, effects: tuple[str, ...]) -> Why:
    reasons = json.loads(row.reasons) if row.reasons else {}
    nearest = reasons.get("counterfactual")
    return Why(
        row.decision_id,
        row.decision.kind,
        row.decision.rule_version,
        row.decision.mode,
        row.decision.actor,
        row.decision.made_at,
        row.subject,
        json.loads(row.inputs),
        row.inputs_hash,
        row.outcome,
        row.code,
        {**json.loads(row.facts), **reasons.get("made", {})},
        effects,
        row.decision.event_id,
        row.pk,
        row.position,
        row.decision.books_id,
        Money(row.money_minor, currency(row.money_currency)) if row.money_minor is not None else None,
        row.score_micro,
        tuple(Contribution(**part) for part in reasons.get("contributions", ())),
        tuple(Evidence(**one) for one in reasons.get("evidence", ())),
        Explanation(**nearest) if nearest else None,
        row.approver,
    )


# ------------------------------------------------------------------------------------ the auditor's binder


def binder_items(part: Slice) -> Iterator[BinderRow]:
    """Yield what was decided within the events of a slice, with the inputs as they were seen."""
    fields = ("decision__event_id", "decision_id", "position", "decision__kind", "inputs", "item_hash", "form")
    covered = tuple(field.name for field in dataclasses.fields(Hashed))
    rows = DecisionItem.objects.filter(
        decision__books_id=part.books_id,
        decision__event_id__gte=part.first_event,
        decision__event_id__lte=part.last_event,
    ).order_by("decision__event_id", "position")
    for event_id, decision_id, position, kind, inputs, kept, form, *columns in rows.values_list(
        *fields, *covered
    ).iterator(chunk_size=2_000):
        one = Hashed(*columns)
        text = (
            one.canonical() if form != 1 else item_bytes(one.subject, one.inputs_hash, one.outcome, one.code, one.facts)
        )
        name = f"decision CF-{decision_id}, item {position + 1}"
        yield BinderRow(event_id, name, kept, text.decode("utf-8"), about={"kind": kind}, attached={"inputs": inputs})


@dataclass(frozen=True, slots=True)
class LedTo:
    """What one decided item did, without its reasons."""

    books_id: int
    subject: str
    outcome: str
    effects: tuple[str, ...]


def led_to(decision_id: int) -> list[LedTo]:
    """Return what each item of a decision did, in order; two statements, however many there are."""
    effects: dict[int, list[str]] = {}
    rows = DecisionEffect.objects.filter(item__decision_id=decision_id).order_by("id")
    for item_id, effect in rows.values_list("item_id", "effect"):
        effects.setdefault(item_id, []).append(effect)
    items = DecisionItem.objects.filter(decision_id=decision_id).order_by("position")
    return [
        LedTo(books_id, subject, outcome, tuple(effects.get(id_, ())))
        for id_, subject, outcome, books_id in items.values_list("id", "subject", "outcome", "decision__books_id")
    ]


def decided_by(books_id: int, things: Sequence[str], *, but: str) -> dict[str, list[int]]:
    """Return the decisions about each thing or that led to it, oldest first, but those of one kind; two statements."""
    found: dict[str, set[int]] = {}
    items = DecisionItem.objects.filter(bulk.is_any_of("subject", list(things)), decision__books_id=books_id)
    about = items.exclude(decision__kind=but).values_list("subject", "decision_id")
    led = DecisionEffect.objects.filter(
        bulk.is_any_of("effect", list(things)), item__decision__books_id=books_id
    ).exclude(item__decision__kind=but)
    for thing, decision_id in (*about, *led.values_list("effect", "item__decision_id")):
        found.setdefault(thing, set()).add(decision_id)
    return {thing: sorted(ids) for thing, ids in found.items()}


# ------------------------------------------------------------------------------------ samples and retention


def decisions_by_year(books_id: int) -> dict[int, int]:
    """Count the decided items of some books by the year in which they were decided."""
    rows = DecisionItem.objects.filter(decision__books_id=books_id)
    return dict(rows.values_list("decision__made_at__year").annotate(count=Count("id")).order_by())


def item_lines(
    books_id: int, start: datetime, end: datetime
) -> Iterator[tuple[int, int, datetime, str, str, str, str]]:
    """Yield what was decided in a span of time for a sample: decision, position, when, kind, subject, outcome, code."""
    rows = DecisionItem.objects.filter(
        decision__books_id=books_id, decision__made_at__gte=start, decision__made_at__lt=end
    ).order_by("decision_id", "position")
    fields = ("decision_id", "position", "decision__made_at", "decision__kind", "subject", "outcome", "code")
    yield from rows.values_list(*fields).iterator(chunk_size=5_000)


# ------------------------------------------------------------------------------------ one item, and others like it


def item_at(books_id: int, decision_id: int, position: int) -> Why | None:
    """Return one item of a decision of some books by its place, from 0."""
    rows = DecisionItem.objects.filter(decision_id=decision_id, decision__books_id=books_id, position=position)
    found = _whys(list(rows.select_related("decision")))
    return found[0] if found else None


def undone_by(item: Why) -> list[Why]:
    """Return what took an item back: it names this decision, and its subject or an effect of it."""
    things = {item.subject, *item.effects}
    about = DecisionEffect.objects.filter(effect=f"decision:{item.decision_id}").values("item_id")
    rows = DecisionItem.objects.filter(id__in=about, subject__in=sorted(things), outcome="undone")
    return _whys(list(rows.select_related("decision").order_by("id")[:20]))


def alike(item: Why, *, limit: int = 3, among: int = 200) -> list[Why]:
    """Return earlier decisions of the same kind for the same reason about other things, the most alike first.

    Alike is what shares facts with it, and among those what is nearest in money; what was only observed is left out.
    Two statements.
    """
    rows = DecisionItem.objects.filter(
        decision__books_id=item.books_id, decision__kind=item.kind, code=item.code, id__lt=item.item_id
    ).exclude(subject=item.subject)
    rows = rows.exclude(decision__mode=_BLIND)
    found = list(rows.select_related("decision").order_by("-id")[:among])
    facts = {(name, json.dumps(value)) for name, value in item.facts.items()}

    def likeness(row: DecisionItem) -> tuple[int, int, int]:
        shared = facts & {(name, json.dumps(value)) for name, value in json.loads(row.facts).items()}
        mine = item.money.minor if item.money else 0
        return -len(shared), abs((row.money_minor or 0) - mine), -row.pk

    return _whys(sorted(found, key=likeness)[:limit])


def latest_about(subjects: Sequence[str]) -> dict[str, Why]:
    """Return the last decision about each of these things; two statements."""
    rows = DecisionItem.objects.filter(bulk.is_any_of("subject", sorted(set(subjects))))
    rows = rows.exclude(decision__mode=_BLIND)
    latest = {row.subject: row for row in rows.select_related("decision").order_by("id")}
    return {why.subject: why for why in _whys(list(latest.values()))}


def places_of(subjects: Sequence[str]) -> dict[str, str]:
    """Return where the last decision about each of these things stands, as `CF-12/3`; one statement."""
    rows = DecisionItem.objects.filter(bulk.is_any_of("subject", subjects)).exclude(decision__mode=_BLIND)
    found = rows.order_by("id").values_list("subject", "decision_id", "position")
    return {subject: f"CF-{decision_id}/{position + 1}" for subject, decision_id, position in found}


# ------------------------------------------------------------------------------------ disputes


@dataclass(frozen=True, slots=True)
class Step:
    """What was said to a dispute."""

    state: DisputeState
    text: str
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute from its beginning to where it stands."""

    id: int
    item_id: int
    decision_id: int
    position: int
    kind: str
    subject: str
    reason: str
    raised_by: str
    raised_at: datetime
    steps: tuple[Step, ...]

    @property
    def state(self) -> DisputeState:
        """Where it stands."""
        return self.steps[-1].state if self.steps else DisputeState.OPEN


def disputes(
    books_id: int, *, item_id: int | None = None, dispute_id: int | None = None, limit: int = 100
) -> list[DisputeRow]:
    """Return disputes with all that was said to them, the latest first; two statements."""
    rows = Dispute.objects.filter(books_id=books_id).order_by("-id")
    if item_id is not None:
        rows = rows.filter(item_id=item_id)
    if dispute_id is not None:
        rows = rows.filter(pk=dispute_id)
    found = list(rows.select_related("item__decision")[:limit])
    steps: dict[int, list[Step]] = {}
    for row in DisputeStep.objects.filter(bulk.is_any_of("dispute_id", [one.pk for one in found])).order_by("id"):
        steps.setdefault(row.dispute_id, []).append(Step(DisputeState(row.kind), row.text, row.said_by, row.said_at))
    return [
        DisputeRow(
            one.pk,
            one.item_id,
            one.item.decision_id,
            one.item.position,
            one.item.decision.kind,
            one.item.subject,
            one.reason,
            one.raised_by,
            one.raised_at,
            tuple(steps.get(one.pk, ())),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things were decided in one way: by kind, mode and outcome, with the money of it in one currency."""

    kind: str
    mode: str
    outcome: str
    currency: str
    count: int
    amount_minor: int


def decided_since(books_id: int, since: datetime, until: datetime) -> list[Counted]:
    """Count what was decided in a span, by kind, mode, outcome and currency; one statement."""
    rows = DecisionItem.objects.filter(
        decision__books_id=books_id, decision__made_at__gte=since, decision__made_at__lt=until
    )
    return _counted(rows)


def taken_back_since(books_id: int, since: datetime, until: datetime) -> list[Counted]:
    """Count what was decided in a span and taken back in it, grouped as `decided_since` does; four statements."""
    links = DecisionEffect.objects.filter(
        effect__startswith="decision:",
        item__outcome="undone",
        item__decision__books_id=books_id,
        item__decision__made_at__gte=since,
        item__decision__made_at__lt=until,
    )
    undone: dict[int, set[str]] = {}
    for effect, thing in links.values_list("effect", "item__subject"):
        undone.setdefault(int(effect.partition(":")[2]), set()).add(thing)
    if not undone:
        return []
    things = sorted({thing for some in undone.values() for thing in some})
    led = DecisionEffect.objects.filter(
        bulk.is_any_of("effect", things), bulk.is_any_of("item__decision_id", sorted(undone))
    ).values_list("item_id", "item__decision_id", "effect")
    own = DecisionItem.objects.filter(
        bulk.is_any_of("subject", things), bulk.is_any_of("decision_id", sorted(undone))
    ).values_list("id", "decision_id", "subject")
    items = sorted({item_id for item_id, decision_id, thing in (*led, *own) if thing in undone[decision_id]})
    return _counted(
        DecisionItem.objects.filter(
            bulk.is_any_of("id", items), decision__made_at__gte=since, decision__made_at__lt=until
        )
    )


def _counted(rows: QuerySet[DecisionItem]) -> list[Counted]:
    grouped = rows.values_list("decision__kind", "decision__mode", "outcome", "money_currency").annotate(
        count=Count("id"), amount=Sum("money_minor")
    )
    return [Counted(kind, mode, outcome, code, n, amount or 0) for kind, mode, outcome, code, n, amount in grouped]
