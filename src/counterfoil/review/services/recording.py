"""Every step of a case, hashed under the one event that carries it: written, checked, handed to an auditor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.infra import bulk, ids
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact
from counterfoil.review import domain
from counterfoil.review.domain import StepKind
from counterfoil.review.models import Case, Step

RECORDED = "review.cases"


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step to be written: of which case, what, about which content, with which words."""

    case_id: int
    kind: StepKind
    content_hash: str
    body: Mapping[str, Fact]


def locked(books_id: int, case_id: int) -> Case:
    """Hold a case until the transaction ends.

    Raises:
        NoSuchCase: these books have none with this number.
    """
    row = Case.objects.select_for_update().filter(books_id=books_id, id=case_id).first()
    if row is None:
        raise domain.NoSuchCase(field="case", case=case_id)
    return row


def step(books_id: int, row: Case, kind: StepKind, body: Mapping[str, Fact], actor: Actor, at: datetime) -> None:
    """Write one step of one case, about its present content."""
    record(books_id, row.subject, [Stepped(row.pk, kind, row.content_hash, body)], actor, at)


def record(books_id: int, subject: str, stepped: Sequence[Stepped], actor: Actor, at: datetime) -> None:
    """Write steps and the one event that carries their root."""
    event_id = audit.reserve_event()
    rows, hashes = [], []
    for id_, one in zip(ids.take(Step, len(stepped)), stepped, strict=True):
        body = as_text(one.body)
        item_hash = _step_hash(one.case_id, one.kind.value, str(actor), one.content_hash, body)
        hashes.append(item_hash)
        rows.append((id_, one.case_id, one.kind.value, at, str(actor), one.content_hash, body, event_id, item_hash))
    bulk.insert(Step, ["id", "case_id", "kind", "at", "actor", "content_hash", "body", "event_id", "item_hash"], rows)
    counts: dict[str, Fact] = {}
    for one in stepped:
        before = counts.get(one.kind.value, 0)
        counts[one.kind.value] = (before if isinstance(before, int) else 0) + 1
    audit.record(
        kind=RECORDED,
        actor=actor,
        subject=subject,
        body=counts,
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )


def hashed_steps() -> Iterator[HashedRow]:
    """Yield every step with the hash of its present contents, for `verify`."""
    fields = ("event_id", "id", "case_id", "kind", "actor", "content_hash", "body", "item_hash")
    rows = Step.objects.order_by("event_id", "id").values_list(*fields)
    for event_id, id_, case_id, kind, actor, content_hash, body, kept in rows.iterator(chunk_size=5_000):
        yield HashedRow(event_id, f"review step {id_}", kept, _step_hash(case_id, kind, actor, content_hash, body))


def binder_steps(part: Slice) -> Iterator[BinderRow]:
    """Yield what happened to cases within the events of an auditor's binder: approvals, answers, comments."""
    rows = Step.objects.filter(
        case__books_id=part.books_id, event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    fields = ("event_id", "id", "item_hash", "case__subject", "case_id", "kind", "actor", "content_hash", "body")
    for event_id, id_, kept, subject, *columns in rows.values_list(*fields).iterator(chunk_size=5_000):
        text = as_text(_step_content(*columns))
        yield BinderRow(event_id, f"review step {id_}", kept, text, about={"subject": subject})


def _step_content(case_id: int, kind: str, actor: str, content_hash: str, body: str) -> dict[str, Fact]:
    return {"case": case_id, "kind": kind, "actor": actor, "content_hash": content_hash, "body": body}


def _step_hash(case_id: int, kind: str, actor: str, content_hash: str, body: str) -> str:
    return canonical.hash_of(_step_content(case_id, kind, actor, content_hash, body))


def as_text(value: Mapping[str, Fact]) -> str:
    """Return facts as the text that is stored and hashed."""
    return canonical.canonical_bytes(dict(value)).decode("utf-8")
