"""Clearing what may be done, and writing down what was decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import HashedRow
from counterfoil.decisions import domain, registry
from counterfoil.decisions.domain import Act, Cleared, Held, Mode
from counterfoil.decisions.models import Decision, DecisionEffect, DecisionItem
from counterfoil.infra import bulk, ids
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
    (decision_id,) = ids.take(Decision, 1)
    item_ids = ids.take(DecisionItem, len(items))
    event_id = audit.reserve_event()
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
