"""Opening, assigning, discussing, answering and resolving cases; asking for and giving approvals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.infra import bulk, ids
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact
from counterfoil.people.domain import Role
from counterfoil.review import domain, selectors
from counterfoil.review.domain import Answer, CaseIsClosed, ChangedSinceSeen, NewCase, State, StepKind, WantedApproval
from counterfoil.review.models import (
    ApprovalRow,
    Case,
    Comment,
    DelegationRow,
    DigestChoice,
    Label,
    Mention,
    Relaxation,
    Step,
)
from counterfoil.review.selectors import WAITING

RECORDED = "review.cases"
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


@dataclass(frozen=True, slots=True)
class Approver:
    """Who answers a request: the user, and the role they have in these books now.

    `relaxed_by` is the version of the policy by which a company of one may approve its own request; each use is written
    down for the auditor.
    """

    user_id: int
    role: Role
    relaxed_by: str = ""


@dataclass(frozen=True, slots=True)
class _Stepped:
    """A step to be written: of which case, what, about which content, with which words."""

    case_id: int
    kind: StepKind
    content_hash: str
    body: Mapping[str, Fact]


# ------------------------------------------------------------------------------------ opening and resolving


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
            row.state in WAITING and (row.code, row.facts) != (one.code, _text(one.facts))
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
    opened = [
        _Stepped(id_, StepKind.OPENED, one.content_hash, _why(one)) for id_, one in zip(new_ids, new, strict=True)
    ]
    opened += [_Stepped(row.pk, StepKind.REOPENED, one.content_hash, _why(one)) for row, one in reopened]
    _record(books_id, f"books:{books_id}", opened, actor, at)
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
    _record(
        books_id,
        f"books:{books_id}",
        [_Stepped(id_, StepKind.RESOLVED, hash_, {"outcome": outcome}) for id_, hash_ in waiting],
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
    row = _locked(books_id, case_id)
    if row.state == State.OPEN:
        return
    Case.objects.filter(id=case_id).update(
        state=State.OPEN.value, answer="", outcome="", reason="", answered_by="", answered_at=None, snoozed_until=None
    )
    _step(books_id, row, StepKind.REOPENED, {"why": why, "answer": row.answer}, actor, at)


# ------------------------------------------------------------------------------------ people's words


@transaction.atomic
def assign(*, books_id: int, case_id: int, owner_id: int | None, owner: str, actor: Actor, at: datetime) -> bool:
    """Make somebody, or nobody, the owner of a case; returns whether that changed anything.

    Raises:
        NoSuchCase: these books have none with this number.
    """
    row = _locked(books_id, case_id)
    if row.owner_id == owner_id:
        return False
    Case.objects.filter(id=case_id).update(owner_id=owner_id)
    _step(books_id, row, StepKind.ASSIGNED, {"owner": owner}, actor, at)
    return True


@transaction.atomic
def comment(
    *,
    books_id: int,
    case_id: int,
    text: str,
    author_id: int | None,
    people: Mapping[str, tuple[int, str]],
    actor: Actor,
    at: datetime,
) -> tuple[str, ...]:
    """Say something about a case and return the addresses of those it names; they see the case from now on.

    Args:
        people: id and name by e-mail address of everybody who may be named.

    Raises:
        NoSuchCase: these books have none with this number. ReasonMissing: the comment is empty.
    """
    row = _locked(books_id, case_id)
    if not text.strip():
        raise domain.ReasonMissing(field="text")
    named = domain.mentioned(text, {email: name for email, (_, name) in people.items()})
    said = Comment.objects.create(case_id=case_id, author_id=author_id, said_by=str(actor), text=text.strip(), at=at)
    Mention.objects.bulk_create([Mention(comment_id=said.pk, user_id=people[email][0]) for email in named])
    macs = audit.personal_macs(f"user:{author_id}", {"text": text.strip()}) if author_id is not None else {}
    body: dict[str, Fact] = {"comment": said.pk, "mentions": [people[email][0] for email in named], **macs}
    _step(books_id, row, StepKind.COMMENTED, body, actor, at)
    return named


@transaction.atomic
def see_mentions(*, case_id: int, user_id: int, at: datetime) -> int:
    """Keep that somebody opened a case they were named on; returns how many mentions were new to them."""
    rows = Mention.objects.filter(comment__case_id=case_id, user_id=user_id, seen_at=None)
    return rows.update(seen_at=at)


# ------------------------------------------------------------------------------------ answering


def insist_answerable(*, books_id: int, case_id: int, answer: Answer, content_hash: str, actor: Actor) -> bool:
    """Hold a case until the transaction ends; returns whether this answer is news, and not the one it has already.

    Args:
        content_hash: of what the person saw.

    Raises:
        NoSuchCase: these books have none with this number.
        ChangedSinceSeen: what is judged is another version by now.
        CaseIsClosed: it was answered otherwise, or resolved itself.
    """
    row = _locked(books_id, case_id)
    if row.content_hash != content_hash:
        raise ChangedSinceSeen(seen=content_hash, now=row.content_hash)
    if row.state == State.ANSWERED and (row.answer, row.answered_by) == (answer.value, str(actor)):
        return False
    if row.state not in WAITING:
        raise CaseIsClosed(case=row.pk, state=row.state, answer=row.answer, by=row.answered_by)
    return True


@transaction.atomic
def write_answer(
    *,
    books_id: int,
    case_id: int,
    answer: Answer,
    reason: str,
    outcome: str,
    is_closed: bool = True,
    until: datetime | None = None,
    facts: Mapping[str, Fact] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep what a person said of a case that `insist_answerable` holds, and what followed.

    Args:
        is_closed: nothing waits any more; else the case goes on waiting, with the answer among its steps.
        until: when a snoozed case waits again.
    """
    row = _locked(books_id, case_id)
    if answer is Answer.SNOOZE:
        Case.objects.filter(id=case_id).update(state=State.SNOOZED.value, snoozed_until=until, reason=reason)
    elif is_closed:
        Case.objects.filter(id=case_id).update(
            state=State.ANSWERED.value,
            answer=answer.value,
            outcome=outcome,
            reason=reason,
            answered_by=str(actor),
            answered_at=at,
            snoozed_until=None,
        )
    kind = StepKind.SNOOZED if answer is Answer.SNOOZE else StepKind.ANSWERED
    body: dict[str, Fact] = {"answer": answer.value, "outcome": outcome, "reason": reason, **(facts or {})}
    if until is not None:
        body["until"] = until.isoformat()
    _step(books_id, row, kind, body, actor, at)


@transaction.atomic
def answer(
    *,
    books_id: int,
    case_id: int,
    answer: Answer,
    content_hash: str,
    reason: str,
    outcome: str,
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Keep an answer from which nothing else follows; returns whether it was news. Raises as `insist_answerable`."""
    if not insist_answerable(books_id=books_id, case_id=case_id, answer=answer, content_hash=content_hash, actor=actor):
        return False
    write_answer(
        books_id=books_id,
        case_id=case_id,
        answer=answer,
        reason=reason,
        outcome=outcome,
        until=until,
        actor=actor,
        at=at,
    )
    return True


# ------------------------------------------------------------------------------------ approvals


@transaction.atomic
def request_approval(*, books_id: int, wanted: WantedApproval, actor: Actor, at: datetime) -> int:
    """Ask for an approval of exactly this content and return the case that waits; asking again changes nothing.

    An approval asked for before of other content is void.
    """
    limits = dict(wanted.facts)
    facts: dict[str, Fact] = {
        **limits,
        "codes": sorted(wanted.codes),
        "roles": [role.value for role in wanted.roles],
        "why": wanted.reason,
        "requested_by": domain.identity(actor),
    }
    opened = open_cases(
        books_id=books_id,
        cases=[
            NewCase(
                domain.ASKED,
                wanted.subject,
                wanted.content_hash,
                "approval_asked",
                facts,
                wanted.money,
                customer_id=wanted.customer_id,
                requested_by=str(actor),
            )
        ],
        actor=actor,
        at=at,
    )
    case_id: int = Case.objects.values_list("id", flat=True).get(
        books_id=books_id, kind=domain.ASKED, subject=wanted.subject
    )
    standing = ApprovalRow.objects.filter(
        books_id=books_id, subject=wanted.subject, content_hash=wanted.content_hash, state__in=["asked", "given"]
    )
    codes = json.dumps(sorted(wanted.codes))
    if standing.filter(codes=codes).exclude(expires_at__lte=at).exists():
        return case_id
    standing.filter(state="asked").update(state="void")
    ApprovalRow.objects.create(
        books_id=books_id,
        case_id=case_id,
        subject=wanted.subject,
        content_hash=wanted.content_hash,
        codes=codes,
        roles=json.dumps([role.value for role in wanted.roles]),
        limits=_text(limits),
        reason=wanted.reason,
        days=wanted.days,
        requested_by=str(actor),
        requested_at=at,
        state="asked",
    )
    if not opened.new and not opened.reopened:
        reopen_case(books_id=books_id, case_id=case_id, why="asked_again", actor=actor, at=at)
    return case_id


@transaction.atomic
def answer_approval(
    *,
    books_id: int,
    case_id: int,
    is_given: bool,
    content_hash: str,
    reason: str,
    approver: Approver,
    today: date,
    actor: Actor,
    at: datetime,
) -> bool:
    """Give or refuse an approval and answer its case; giving it again changes nothing. Who asked never gives it.

    Returns:
        Whether anything changed.

    Raises:
        NoSuchCase, ChangedSinceSeen, CaseIsClosed: as `insist_answerable`.
        RequesterMayNotApprove, RoleMayNotApprove: this person may not.
    """
    verb = Answer.APPROVE if is_given else Answer.REJECT
    if not insist_answerable(books_id=books_id, case_id=case_id, answer=verb, content_hash=content_hash, actor=actor):
        return False
    decide_approval(
        books_id=books_id, case_id=case_id, is_given=is_given, approver=approver, today=today, actor=actor, at=at
    )
    write_answer(
        books_id=books_id,
        case_id=case_id,
        answer=verb,
        reason=reason,
        outcome="approved" if is_given else "refused",
        actor=actor,
        at=at,
    )
    return True


@transaction.atomic
def decide_approval(
    *, books_id: int, case_id: int, is_given: bool, approver: Approver, today: date, actor: Actor, at: datetime
) -> None:
    """Give or refuse the approval that a case asks for.

    Args:
        today: the day in the books' zone, for delegations.

    Raises:
        NoSuchCase: nothing is asked for there.
        RequesterMayNotApprove, RoleMayNotApprove: this person may not.
    """
    asked = ApprovalRow.objects.select_for_update().filter(case_id=case_id, state="asked").order_by("-id").first()
    if asked is None:
        raise domain.NoSuchCase(field="case", case=case_id)
    roles = [Role(one) for one in json.loads(asked.roles)]
    who = _authority(books_id, approver, roles, asked.requested_by, today, actor)
    ApprovalRow.objects.filter(id=asked.pk).update(
        state="given" if is_given else "refused",
        role=who.role.value,
        approver=str(actor),
        on_behalf_of=who.giver,
        answered_at=at,
        expires_at=at + timedelta(days=asked.days) if is_given else None,
    )
    if who.is_relaxed and is_given:
        _note_relaxation(books_id, case_id, asked.subject, approver, actor, at)


@transaction.atomic
def give_approval(
    *,
    books_id: int,
    case_id: int,
    wanted: WantedApproval,
    requested_by: str,
    approver: Approver,
    today: date,
    actor: Actor,
    at: datetime,
) -> None:
    """Approve on the spot what nobody had asked for: an override of what is held.

    Args:
        requested_by: who brought it about, as the record names them; they do not approve it.

    Raises:
        RequesterMayNotApprove, RoleMayNotApprove: this person may not.
    """
    who = _authority(books_id, approver, wanted.roles, requested_by, today, actor)
    ApprovalRow.objects.create(
        books_id=books_id,
        case_id=case_id,
        subject=wanted.subject,
        content_hash=wanted.content_hash,
        codes=json.dumps(sorted(wanted.codes)),
        roles=json.dumps([role.value for role in wanted.roles]),
        limits=_text(wanted.facts),
        reason=wanted.reason,
        days=wanted.days,
        requested_by=requested_by,
        requested_at=at,
        state="given",
        role=who.role.value,
        approver=str(actor),
        on_behalf_of=who.giver,
        answered_at=at,
        expires_at=at + timedelta(days=wanted.days),
    )
    if who.is_relaxed:
        _note_relaxation(books_id, case_id, wanted.subject, approver, actor, at)


def _authority(
    books_id: int, approver: Approver, roles: Sequence[Role], requested_by: str, today: date, actor: Actor
) -> domain.Authority:
    return domain.authority(
        approver=str(actor),
        role=approver.role,
        roles=roles,
        requested_by=requested_by,
        delegations=selectors.delegations(books_id, taker_id=approver.user_id),
        on=today,
        may_relax=bool(approver.relaxed_by),
    )


def _note_relaxation(books_id: int, case_id: int, subject: str, approver: Approver, actor: Actor, at: datetime) -> None:
    Relaxation.objects.create(
        books_id=books_id,
        case_id=case_id,
        subject=subject,
        person=str(actor),
        policy_version=approver.relaxed_by,
        at=at,
    )
    audit.record(
        kind="review.four_eyes_relaxed",
        actor=actor,
        subject=subject,
        body={"case": case_id, "policy": approver.relaxed_by},
        at=at,
        books_id=books_id,
    )


@transaction.atomic
def void_approvals(*, books_id: int, subject: str, actor: Actor, at: datetime) -> int:
    """Take back the approvals of a subject, given or asked for; returns how many there were."""
    count = ApprovalRow.objects.filter(books_id=books_id, subject=subject, state__in=["asked", "given"]).update(
        state="void"
    )
    if count:
        audit.record(
            kind="review.approvals_voided",
            actor=actor,
            subject=subject,
            body={"approvals": count},
            at=at,
            books_id=books_id,
        )
    return count


@transaction.atomic
def delegate(
    *,
    books_id: int,
    giver_id: int,
    taker_id: int,
    start: date,
    end: date,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> int:
    """Let somebody approve with another's role, from a first to a last day; the same again is the same.

    Raises:
        DelegationSpan: the days are the wrong way round, or both are one person.
    """
    if start > end or giver_id == taker_id:
        raise domain.DelegationSpan(start=start.isoformat(), end=end.isoformat())
    same = DelegationRow.objects.filter(
        books_id=books_id, giver_id=giver_id, taker_id=taker_id, start_date=start, end_date=end, revoked_at=None
    ).first()
    if same is not None:
        return same.pk
    row = DelegationRow.objects.create(
        books_id=books_id,
        giver_id=giver_id,
        taker_id=taker_id,
        start_date=start,
        end_date=end,
        reason=reason,
        made_by=str(actor),
        made_at=at,
    )
    audit.record(
        kind="review.delegated",
        actor=actor,
        subject=f"user:{giver_id}",
        body={
            "delegation": row.pk,
            "taker": f"user:{taker_id}",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "reason": reason,
        },
        at=at,
        books_id=books_id,
    )
    return row.pk


@transaction.atomic
def revoke_delegation(*, books_id: int, delegation_id: int, actor: Actor, at: datetime) -> bool:
    """End a delegation at once; ending it again changes nothing. What was approved by it stands."""
    changed = DelegationRow.objects.filter(books_id=books_id, id=delegation_id, revoked_at=None).update(revoked_at=at)
    if changed:
        audit.record(
            kind="review.delegation_revoked",
            actor=actor,
            subject=f"delegation:{delegation_id}",
            body={},
            at=at,
            books_id=books_id,
        )
    return bool(changed)


# ------------------------------------------------------------------------------------ labels and digests


@transaction.atomic
def label(*, books_id: int, case_id: int, machine: str, person: str, reason: str, actor: Actor, at: datetime) -> int:
    """Keep what a person said against, or for, the machine; it teaches nothing until it was reviewed."""
    row = _locked(books_id, case_id)
    return Label.objects.create(
        books_id=books_id,
        case_id=case_id,
        kind=row.kind,
        subject=row.subject,
        content_hash=row.content_hash,
        code=row.code,
        machine=machine,
        person=person,
        reason=reason,
        made_by=str(actor),
        made_at=at,
    ).pk


@transaction.atomic
def review_label(*, books_id: int, label_id: int, is_accepted: bool, actor: Actor, at: datetime) -> bool:
    """Accept or drop a label; only somebody else than who made it does, and only once.

    Raises:
        NoSuchCase: there is no such label. RequesterMayNotApprove: it is their own.
    """
    row = Label.objects.select_for_update().filter(books_id=books_id, id=label_id).first()
    if row is None:
        raise domain.NoSuchCase(field="case", case=label_id)
    if domain.identity(row.made_by) == domain.identity(actor):
        raise domain.RequesterMayNotApprove(requested_by=domain.identity(actor))
    if row.reviewed_at is not None:
        return False
    Label.objects.filter(id=label_id).update(is_accepted=is_accepted, reviewed_by=str(actor), reviewed_at=at)
    body: dict[str, Fact] = {"label": label_id, "is_accepted": is_accepted}
    _step(books_id, _locked(books_id, row.case_id), StepKind.LABELLED, body, actor, at)
    return True


@transaction.atomic
def choose_digest(*, user_id: int, every: str, actor: Actor, at: datetime) -> None:
    """Keep whether somebody wants a digest by mail: never, each day, or each week.

    Raises:
        ValueError: no such rhythm.
    """
    if every not in ("never", "day", "week"):
        raise ValueError(f"no such rhythm: {every}")
    DigestChoice.objects.update_or_create(user_id=user_id, defaults={"every": every})
    audit.record(kind="review.digest_chosen", actor=actor, subject=f"user:{user_id}", body={"every": every}, at=at)


def digest_sent(*, user_id: int, at: datetime) -> None:
    """Keep when somebody got their last digest."""
    DigestChoice.objects.filter(user_id=user_id).update(sent_at=at)


# ------------------------------------------------------------------------------------ the record


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
        text = _text(_step_content(*columns))
        yield BinderRow(event_id, f"review step {id_}", kept, text, about={"subject": subject})


def _judged(one: NewCase) -> tuple[int | str | None, ...]:
    return (
        one.content_hash,
        one.code,
        _text(one.facts),
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


def _locked(books_id: int, case_id: int) -> Case:
    row = Case.objects.select_for_update().filter(books_id=books_id, id=case_id).first()
    if row is None:
        raise domain.NoSuchCase(field="case", case=case_id)
    return row


def _step(books_id: int, row: Case, kind: StepKind, body: Mapping[str, Fact], actor: Actor, at: datetime) -> None:
    _record(books_id, row.subject, [_Stepped(row.pk, kind, row.content_hash, body)], actor, at)


def _record(books_id: int, subject: str, stepped: Sequence[_Stepped], actor: Actor, at: datetime) -> None:
    """Write steps and the one event that carries their root."""
    event_id = audit.reserve_event()
    rows, hashes = [], []
    for id_, one in zip(ids.take(Step, len(stepped)), stepped, strict=True):
        body = _text(one.body)
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


def _step_content(case_id: int, kind: str, actor: str, content_hash: str, body: str) -> dict[str, Fact]:
    return {"case": case_id, "kind": kind, "actor": actor, "content_hash": content_hash, "body": body}


def _step_hash(case_id: int, kind: str, actor: str, content_hash: str, body: str) -> str:
    return canonical.hash_of(_step_content(case_id, kind, actor, content_hash, body))


def _text(value: Mapping[str, Fact]) -> str:
    return canonical.canonical_bytes(dict(value)).decode("utf-8")
