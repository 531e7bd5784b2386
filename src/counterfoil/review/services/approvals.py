"""Asking for approvals, giving and refusing them, and voiding them; each binds to the hash of what was approved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact
from counterfoil.people.domain import Role
from counterfoil.review import domain, selectors
from counterfoil.review.domain import Answer, NewCase, WantedApproval
from counterfoil.review.models import ApprovalRow, Case, Relaxation
from counterfoil.review.services.answering import insist_answerable, write_answer
from counterfoil.review.services.opening import open_cases, reopen_case
from counterfoil.review.services.recording import as_text


@dataclass(frozen=True, slots=True)
class Approver:
    """Who answers a request: the user, and the role they have in these books now.

    `relaxed_by` is the version of the policy by which a company of one may approve its own request; each use is written
    down for the auditor.
    """

    user_id: int
    role: Role
    relaxed_by: str = ""


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
        limits=as_text(limits),
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
        limits=as_text(wanted.facts),
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
