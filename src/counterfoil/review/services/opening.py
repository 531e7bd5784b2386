"""Opening cases, resolving those whose subject went through, and letting one wait again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.infra import bulk, ids
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact
from counterfoil.review import domain
from counterfoil.review.domain import NewCase, State, StepKind
from counterfoil.review.models import ApprovalRow, Case
from counterfoil.review.selectors import WAITING
from counterfoil.review.services.recording import Stepped, as_text, locked, record, step

_COLUMNS = [
    "id", "books_id", "kind", "subject", "content_hash", "code", "facts", "evidence", "money_minor", "currency",
    "risk_micro", "weight_minor", "decision_id", "customer", "requested_by", "opened_at", "due_at", "state", "answer",
    "outcome", "reason", "answered_by",
]  # fmt: skip
_AGAIN = [
    "id", "content_hash", "code", "facts", "evidence", "money_minor", "currency", "risk_micro", "weight_minor",
    "decision_id", "customer", "requested_by", "opened_at", "due_at", "state", "snoozed_until", "answer", "outcome",
    "reason", "answered_by", "answered_at",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of cases that were to be opened; `unchanged` ones wait, or were answered, in the same version."""

    new: int = 0
    reopened: int = 0
    unchanged: int = 0


@transaction.atomic
def open_cases(
    *,
    books_id: int,
    cases: Sequence[NewCase],
    actor: Actor,
    at: datetime,
    sla: Mapping[str, int] | None = None,
) -> Opened:
    """Let things wait for a person: one case for each kind and subject, however often it is opened.

    The same content changes nothing, also where somebody answered it; a case that had resolved itself waits again.
    Other content opens it again and voids the approvals of its subject. The number of statements does not grow with
    the cases.

    Args:
        sla: hours by kind, as the policy in force says; the shipped defaults where it is silent.
    """
    wanted = {(one.kind, one.subject): one for one in cases}
    if not wanted:
        return Opened()
    known = {
        (row.kind, row.subject): row
        for row in Case.objects.filter(
            bulk.is_any_of("subject", sorted({subject for _, subject in wanted})),
            books_id=books_id,
            kind__in=sorted({kind for kind, _ in wanted}),
        )
    }
    new = [one for key, one in wanted.items() if key not in known]
    again: list[tuple[Case, NewCase]] = []
    changed: list[tuple[Case, NewCase]] = []
    for key, one in wanted.items():
        row = known.get(key)
        if row is None:
            continue
        if row.content_hash != one.content_hash:
            changed.append((row, one))
        elif row.state == State.RESOLVED or (
            row.state in WAITING and (row.code, row.facts) != (one.code, as_text(one.facts))
        ):
            again.append((row, one))
    reopened = [*changed, *again]
    if not new and not reopened:
        return Opened(unchanged=len(wanted))
    new_ids = ids.take(Case, len(new))
    bulk.insert(
        Case,
        _COLUMNS,
        [
            (id_, books_id, one.kind, one.subject, *_judged(one), at, one.due(at, sla), "open", "", "", "", "")
            for id_, one in zip(new_ids, new, strict=True)
        ],
    )
    bulk.update(
        Case,
        _AGAIN,
        [(row.pk, *_judged(one), at, one.due(at, sla), "open", None, "", "", "", "", None) for row, one in reopened],
    )
    _void(books_id, [*new, *(one for _, one in changed)])
    opened = [Stepped(id_, StepKind.OPENED, one.content_hash, _why(one)) for id_, one in zip(new_ids, new, strict=True)]
    opened += [Stepped(row.pk, StepKind.REOPENED, one.content_hash, _why(one)) for row, one in reopened]
    record(books_id, f"books:{books_id}", opened, actor, at)
    return Opened(len(new), len(reopened), len(wanted) - len(new) - len(reopened))


@transaction.atomic
def resolve_cases(
    *, books_id: int, kind: str, subjects: Sequence[str], outcome: str, actor: Actor, at: datetime
) -> int:
    """Close waiting cases whose subjects went through without an answer here; returns how many waited.

    One statement where none waits; a number that does not grow with the subjects where some do.
    """
    if not subjects:
        return 0
    rows = Case.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, kind=kind, state__in=WAITING)
    waiting = list(rows.values_list("id", "content_hash"))
    if not waiting:
        return 0
    Case.objects.filter(bulk.is_any_of("id", [id_ for id_, _ in waiting])).update(
        state=State.RESOLVED.value, outcome=outcome, snoozed_until=None
    )
    record(
        books_id,
        f"books:{books_id}",
        [Stepped(id_, StepKind.RESOLVED, hash_, {"outcome": outcome}) for id_, hash_ in waiting],
        actor,
        at,
    )
    return len(waiting)


@transaction.atomic
def reopen_case(*, books_id: int, case_id: int, why: str, actor: Actor, at: datetime) -> None:
    """Let a case wait again, because its answer was taken back.

    Raises:
        NoSuchCase: these books have none with this number.
    """
    row = locked(books_id, case_id)
    if row.state == State.OPEN:
        return
    Case.objects.filter(id=case_id).update(
        state=State.OPEN.value, answer="", outcome="", reason="", answered_by="", answered_at=None, snoozed_until=None
    )
    step(books_id, row, StepKind.REOPENED, {"why": why, "answer": row.answer}, actor, at)


def _judged(one: NewCase) -> tuple[int | str | None, ...]:
    return (
        one.content_hash,
        one.code,
        as_text(one.facts),
        canonical.canonical_bytes([dict(found) for found in one.evidence]).decode("utf-8"),
        one.money.minor if one.money else None,
        one.money.currency.code if one.money else "",
        one.risk_micro,
        domain.weight_of(one.money, one.risk_micro),
        one.decision_id,
        one.customer_id,
        one.requested_by,
    )


def _why(one: NewCase) -> dict[str, Fact]:
    return {"code": one.code, "subject": one.subject, "kind": one.kind}


def _void(books_id: int, changed: Sequence[NewCase]) -> None:
    """Void the approvals of subjects that are not what they were."""
    if changed:
        hashes = {one.subject: one.content_hash for one in changed}
        rows = ApprovalRow.objects.filter(
            bulk.is_any_of("subject", sorted(hashes)), books_id=books_id, state__in=["asked", "given"]
        )
        old = [
            id_ for id_, subject, hash_ in rows.values_list("id", "subject", "content_hash") if hashes[subject] != hash_
        ]
        if old:
            ApprovalRow.objects.filter(bulk.is_any_of("id", old)).update(state="void")
