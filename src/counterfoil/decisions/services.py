"""Clearing what may be done, and writing down what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import HashedRow
from counterfoil.decisions import domain, registry
from counterfoil.decisions.domain import Act, Cleared, Held
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


def record(
    *, books_id: int, kind: str, rule_version: str, actor: Actor, items: Sequence[domain.Item], at: datetime
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
        inputs, facts = _text(item.inputs), _text(item.facts)
        inputs_hash = canonical.sha256_hex(inputs.encode("utf-8"))
        item_hash = canonical.sha256_hex(domain.item_bytes(item.subject, inputs_hash, item.outcome, item.code, facts))
        hashes.append(item_hash)
        rows.append(
            (
                item_id,
                decision_id,
                position,
                item.subject,
                inputs,
                inputs_hash,
                item.outcome,
                item.code,
                facts,
                item_hash,
            )
        )
        effects.extend((item_id, effect) for effect in item.effects)
    decision = (decision_id, books_id, kind, rule_version, "act", str(actor), at, len(items), event_id)
    bulk.insert(
        Decision,
        ["id", "books_id", "kind", "rule_version", "mode", "actor", "made_at", "items_count", "event_id"],
        [decision],
    )
    bulk.insert(
        DecisionItem,
        ["id", "decision_id", "position", "subject", "inputs", "inputs_hash", "outcome", "code", "facts", "item_hash"],
        rows,
    )
    bulk.insert(DecisionEffect, ["item_id", "effect"], effects)
    audit.record(
        kind="decisions.decided",
        actor=actor,
        subject=f"decision:{decision_id}",
        body={"kind": kind, "rule_version": rule_version, "mode": "act"},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return int(decision_id)


def hashed_items() -> Iterator[HashedRow]:
    """Yield every decided item with the hash of its present contents, for `verify`."""
    fields = ("decision__event_id", "id", "subject", "inputs", "inputs_hash", "outcome", "code", "facts", "item_hash")
    rows = DecisionItem.objects.order_by("decision__event_id", "position").values_list(*fields)
    for event_id, id_, subject, inputs, inputs_hash, outcome, code, facts, kept in rows.iterator(chunk_size=5_000):
        seen = canonical.sha256_hex(inputs.encode("utf-8"))
        present = canonical.sha256_hex(domain.item_bytes(subject, seen, outcome, code, facts))
        yield HashedRow(event_id, f"decision item {id_}", kept, present if seen == inputs_hash else "")
