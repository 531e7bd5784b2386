"""Clearing what may be done, and writing down what was decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import HashedRow
from counterfoil.decisions import domain, registry
from counterfoil.decisions.domain import Act, Cleared, DisputeState, Held, Mode
from counterfoil.decisions.models import Consulted, Decision, DecisionEffect, DecisionItem, Dispute, DisputeStep
from counterfoil.infra import bulk, locks
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

T = TypeVar("T")


def clear(
    act: Act, items: Sequence[T], findings: Mapping[str, Sequence[Sequence[Finding]]]
) -> tuple[Cleared[tuple[T, ...]], list[Held[T]]]:
    """Divide a batch into what passed every check required for the act, and what is held with its findings.

    Raises:
        CheckNotRegistered: a required check is not there; automation fails closed.
    """
    return domain.cleared_and_held(act, items, findings, registry.registered_checks(act))


def _text(value: Mapping[str, Fact]) -> str:
    return canonical.canonical_bytes(dict(value)).decode("utf-8")


COLUMNS = [
    "id",
    "decision_id",
    "position",
    "subject",
    "inputs",
    "inputs_hash",
    "outcome",
    "code",
    "facts",
    "item_hash",
    "form",
    "effects",
    "reasons",
    "money_minor",
    "money_currency",
    "score_micro",
    "approver",
]


def record(
    *,
    books_id: int,
    kind: str,
    rule_version: str,
    actor: Actor,
    items: Sequence[domain.Item],
    at: datetime,
    mode: Mode = Mode.ACT,
) -> int:
    """Write one decision with its items inside the caller's transaction and return its number (CF-...).

    The number of statements does not depend on how many items there are.
    """
    assert connection.in_atomic_block, "a decision belongs to the transaction of its act"
    event_id, ((decision_id,), item_ids) = audit.reserve_event_and((Decision, 1), (DecisionItem, len(items)))
    rows, hashes = [], []
    effects: list[tuple[int, str]] = []
    for position, (item_id, item) in enumerate(zip(item_ids, items, strict=True)):
        inputs, hashed = _covered(item)
        item_hash = canonical.sha256_hex(hashed.canonical())
        hashes.append(item_hash)
        rows.append(
            (
                item_id,
                decision_id,
                position,
                hashed.subject,
                inputs,
                hashed.inputs_hash,
                hashed.outcome,
                hashed.code,
                hashed.facts,
                item_hash,
                2,
                hashed.effects,
                hashed.reasons,
                hashed.money_minor,
                hashed.money_currency,
                hashed.score_micro,
                hashed.approver,
            )
        )
        effects.extend((item_id, effect) for effect in item.effects)
    decision = (decision_id, books_id, kind, rule_version, mode.value, str(actor), at, len(items), event_id)
    with bulk.one_trip():
        bulk.insert(
            Decision,
            ["id", "books_id", "kind", "rule_version", "mode", "actor", "made_at", "items_count", "event_id"],
            [decision],
        )
        bulk.insert(DecisionItem, COLUMNS, rows)
        bulk.insert(DecisionEffect, ["item_id", "effect"], effects)
        audit.record(
            kind="decisions.decided",
            actor=actor,
            subject=f"decision:{decision_id}",
            body={"kind": kind, "rule_version": rule_version, "mode": mode.value},
            at=at,
            books_id=books_id,
            items=hashes,
            event_id=event_id,
        )
    return int(decision_id)


def consult(*, contents: Mapping[str, Fact], actor: Actor, at: datetime) -> dict[str, Fact]:
    """Keep what decisions are made by, each content once, and return the hash to name it by in inputs.

    One statement where all of it is known already.

    Args:
        contents: canonical JSON data by name: the standard, the tax table, a policy.
    """
    texts = {name: _text_of(content) for name, content in contents.items()}
    names = {name: canonical.sha256_hex(text.encode("utf-8")) for name, text in texts.items()}
    if set(names.values()) - _known(names.values()):
        locks.hold("consult", 0)
        known = _known(names.values())
        fresh = {sha: texts[name] for name, sha in names.items() if sha not in known}
        if fresh:
            event_id = audit.record(
                kind="decisions.consulted",
                actor=actor,
                subject=f"consulted:{min(fresh)[:12]}",
                body={"contents": len(fresh)},
                at=at,
                items=sorted(fresh),
            )
            rows = [(sha, text, event_id) for sha, text in sorted(fresh.items())]
            bulk.insert(Consulted, ["sha256", "content", "event_id"], rows)
    return dict(names)


def _known(hashes: Iterable[str]) -> set[str]:
    rows = Consulted.objects.filter(bulk.is_any_of("sha256", sorted(set(hashes))))
    return set(rows.values_list("sha256", flat=True))


def _text_of(content: Fact) -> str:
    return canonical.canonical_bytes(content).decode("utf-8")


def hashed_consulted() -> Iterator[HashedRow]:
    """Yield everything that was consulted with the hash of its present content, for `verify`."""
    rows = Consulted.objects.order_by("event_id", "sha256").values_list("event_id", "sha256", "content")
    for event_id, sha, content in rows.iterator(chunk_size=100):
        yield HashedRow(event_id, f"consulted content {sha[:12]}", sha, canonical.sha256_hex(content.encode("utf-8")))


def _covered(item: domain.Item) -> tuple[str, domain.Hashed]:
    """Return an item's inputs as text, and its columns as its hash covers them."""
    inputs = _text(item.inputs)
    reasons = domain.reasons_json(item)
    money = item.money
    return inputs, domain.Hashed(
        item.subject,
        canonical.sha256_hex(inputs.encode("utf-8")),
        item.outcome,
        item.code,
        _text(item.facts),
        canonical.canonical_bytes(item.effects).decode("utf-8") if item.effects else "",
        _text(reasons) if reasons else "",
        money.minor if money else None,
        money.currency.code if money else "",
        item.score_micro,
        item.approver,
    )


def hashed_items() -> Iterator[HashedRow]:
    """Yield every decided item with the hash of its present contents, for `verify`."""
    fields = ("decision__event_id", "id", "inputs", "item_hash", "form")
    covered = tuple(field.name for field in dataclasses.fields(domain.Hashed))
    rows = DecisionItem.objects.order_by("decision__event_id", "position").values_list(*fields, *covered)
    for event_id, id_, inputs, kept, form, *columns in rows.iterator(chunk_size=5_000):
        hashed = domain.Hashed(*columns)
        seen = canonical.sha256_hex(inputs.encode("utf-8"))
        content = hashed.canonical() if form != 1 else _first_form(hashed)
        present = canonical.sha256_hex(content) if seen == hashed.inputs_hash else ""
        yield HashedRow(event_id, f"decision item {id_}", kept, present)


def _first_form(hashed: domain.Hashed) -> bytes:
    """Return what form 1 covers; a row of that form that holds more was altered."""
    if (hashed.effects, hashed.reasons, hashed.money_minor, hashed.score_micro, hashed.approver) != (
        "",
        "",
        None,
        None,
        "",
    ):
        return b""
    return domain.item_bytes(hashed.subject, hashed.inputs_hash, hashed.outcome, hashed.code, hashed.facts)


# ------------------------------------------------------------------------------------ disputes


@transaction.atomic
def dispute(*, books_id: int, item_id: int, reason: str, actor: Actor, at: datetime) -> tuple[int, bool]:
    """Keep that somebody says a decision is wrong, and why; one that this person has open on it stands.

    Returns:
        The dispute, and whether it is new.

    Raises:
        ReasonNeeded: it does not say why.
        NoSuchDispute: these books have no such decided item.
    """
    text = reason.strip()[:1000]
    if not text:
        raise domain.ReasonNeeded(field="reason")
    if not DecisionItem.objects.filter(pk=item_id, decision__books_id=books_id).exists():
        raise domain.NoSuchDispute(field="item", dispute=item_id)
    ended = DisputeStep.objects.filter(kind__in=[state.value for state in DisputeState if state.is_end])
    standing = Dispute.objects.filter(item_id=item_id, raised_by=str(actor)).exclude(id__in=ended.values("dispute_id"))
    if known := standing.values_list("id", flat=True).first():
        return known, False
    row = Dispute.objects.create(books_id=books_id, item_id=item_id, reason=text, raised_by=str(actor), raised_at=at)
    audit.record(
        kind="decisions.disputed",
        actor=actor,
        subject=f"dispute:{row.pk}",
        body={"item": item_id, "reason": text},
        at=at,
        books_id=books_id,
    )
    return row.pk, True


@transaction.atomic
def answer_dispute(
    *, books_id: int, dispute_id: int, step: DisputeState, text: str, actor: Actor, at: datetime
) -> DisputeState:
    """Answer a dispute, or end it: accepted, rejected, or withdrawn by who raised it; returns where it stands now.

    Raises:
        NoSuchDispute, DisputeIsClosed, OwnDispute, ReasonNeeded.
    """
    row = Dispute.objects.select_for_update().filter(pk=dispute_id, books_id=books_id).first()
    if row is None:
        raise domain.NoSuchDispute(field="dispute", dispute=dispute_id)
    last = DisputeStep.objects.filter(dispute=row).order_by("-id").values_list("kind", flat=True).first()
    state = DisputeState(last) if last else DisputeState.OPEN
    domain.check_step(state, step, raised_by=row.raised_by, actor=str(actor), text=text)
    DisputeStep.objects.create(dispute=row, kind=step.value, text=text.strip()[:1000], said_by=str(actor), said_at=at)
    audit.record(
        kind="decisions.dispute_answered",
        actor=actor,
        subject=f"dispute:{dispute_id}",
        body={"step": step.value, "text": text.strip()[:1000]},
        at=at,
        books_id=books_id,
    )
    return step
