"""The review queue: what waits, answering it, comments, approvals and delegations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from counterfoil.api import fields, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import Day, In, Instant, Line, Named, Notes, Out, Reference, Rows, prefixed
from counterfoil.api.routing import Routes
from counterfoil.flows import review as flow
from counterfoil.flows.review import Wish
from counterfoil.kernel.errors import Refusal
from counterfoil.people.domain import Act
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.domain import Answer
from counterfoil.review.selectors import CaseRow, Wanted
from counterfoil.words import sentence

routes = Routes("Review")
MOST = 100
CaseNumber = Annotated[int, prefixed("R")]
"""The number of a case, R-12."""
DelegationNumber = Annotated[int, prefixed("DG")]
"""The number of a delegation, DG-2."""
AnswerWord = Literal["approve", "fix", "reject", "snooze", "always", "ask"]


class CaseOut(Out):
    """Something that waits, or waited, for a person. An answer binds to its `content_hash`."""

    number: str
    kind: str
    subject: str
    code: str
    message: str
    facts: dict[str, JsonValue]
    evidence: list[dict[str, JsonValue]]
    amount: str | None
    currency: str | None
    risk_micro: int
    decision: str | None
    content_hash: str
    requested_by: str
    owner: str
    state: str
    opened_at: datetime
    due_at: datetime
    snoozed_until: datetime | None
    answer: str
    outcome: str
    reason: str
    answered_by: str
    answered_at: datetime | None


class CasesOut(Out):
    """Waiting cases, the most money at risk first. `total` counts all that were asked for."""

    cases: list[CaseOut]
    total: int


class CommentOut(Out):
    """What somebody said about a case."""

    by: str
    text: str
    at: datetime
    mentions: list[str]


class StepOut(Out):
    """What happened to a case."""

    kind: str
    at: datetime
    actor: str
    content_hash: str
    body: dict[str, JsonValue]


class ThreadOut(Out):
    """A case with everything that was said and done about it."""

    case: CaseOut
    comments: list[CommentOut]
    steps: list[StepOut]


class AnswerIn(In):
    """An answer: approve, fix (with values by field), reject, snooze (until an instant), always (as a policy) or ask
    (who may approve; the case rests until then)."""

    answer: AnswerWord
    reason: Notes = ""
    fix: Annotated[dict[Named, Line], Field(max_length=20)] = {}
    content_hash: Line = ""
    """Of what was seen; another version by now refuses the answer."""
    until: Instant | None = None


class CaseAnsweredOut(Out):
    """What became of an answer."""

    number: str
    answer: str
    outcome: str
    is_new: bool
    is_closed: bool
    effects: list[str]
    code: str | None = None
    message: str | None = None


class WishIn(In):
    """One answer of several."""

    case: CaseNumber
    answer: AnswerWord
    reason: Notes = ""
    fix: Annotated[dict[Named, Line], Field(max_length=20)] = {}
    content_hash: Line = ""


class WishesIn(In):
    """Several answers, each carried out whole or not at all."""

    answers: Annotated[list[WishIn], Field(min_length=1, max_length=MOST)]


class ResultsOut(Out):
    """One result an answer, in their order."""

    results: list[CaseAnsweredOut]


class CommentIn(In):
    """Words about a case; @name shows it to somebody."""

    text: Annotated[str, fields.named(4_000)]


class MentionedOut(Out):
    """Whom a comment named."""

    mentions: list[str]


class OwnerIn(In):
    """Who owns a case: an e-mail address, or nothing."""

    owner: Line = ""


class CaseChangedOut(Out):
    """Whether anything changed."""

    changed: bool


class ApprovalIn(In):
    """What an approval of a deal as it is is asked for."""

    codes: Annotated[list[Named], Field(min_length=1, max_length=50)]
    """The findings that it is meant to silence."""
    reason: Notes


class AskedOut(Out):
    """The case in which an approval waits."""

    case: str


class ApprovalOut(Out):
    """An approval of exactly one content: asked, given, refused or void."""

    subject: str
    content_hash: str
    codes: list[str]
    roles: list[str]
    reason: str
    requested_by: str
    requested_at: datetime
    state: str
    role: str
    approver: str
    on_behalf_of: str
    answered_at: datetime | None
    expires_at: datetime | None


class ApprovalsOut(Out):
    """Every approval that was asked for, the latest first."""

    approvals: list[ApprovalOut]


class DelegationIn(In):
    """Lend a role for approvals to somebody, from a first to a last day."""

    to: Named
    start: Day
    end: Day
    reason: Line = ""


class DelegationOut(Out):
    """Whose role somebody may use for approvals, and when."""

    number: str
    giver: str
    role: str
    taker: str
    start: str
    end: str
    reason: str
    is_revoked: bool


class DelegationsOut(Out):
    """All delegations, the latest first."""

    delegations: list[DelegationOut]


class RelaxationOut(Out):
    """One use of a company of one's leave to approve its own request."""

    case: str
    subject: str
    person: str
    policy: str
    at: datetime


class DigestIn(In):
    """How often a digest comes."""

    every: Literal["never", "day", "week"]


class RelaxationsOut(Out):
    """Each use, the latest first."""

    relaxations: list[RelaxationOut]


@routes.get("/review", act=Act.READ_SALES)
def list_cases(
    asked: Asked,
    view: Literal["open", "for_me", "mine", "mentions", "overdue", "snoozed"] = "open",
    kind: Line = "",
    limit: Rows = fields.PAGE,
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0,
) -> CasesOut:
    """List what waits for a person, the most money at risk first."""
    wanted = Wanted(
        asked.at,
        (kind,) if kind else (),
        owner_id=asked.person.user_id if view == "mine" else None,
        mentions_id=asked.person.user_id if view == "mentions" else None,
        is_snoozed=view == "snoozed",
        is_overdue=view == "overdue",
        seen_by=None if view in ("mine", "mentions") else asked.person.role,
        answered_by=flow.answerer(asked.person, asked.at) if view == "for_me" else None,
    )
    rows = reads.cases(asked.books.id, wanted, limit=limit, offset=offset)
    total = sum(stake.count for stake in reads.stakes(asked.books.id, wanted))
    return CasesOut(cases=[case_out(row) for row in rows], total=total)


@routes.post("/review/answers", act=Act.REVIEW, status=200)
def answer_several_cases(asked: Asked, body: WishesIn) -> ResultsOut:
    """Answer several cases, each whole or not at all; a refused one does not stop the others."""
    wishes = [Wish(one.case, Answer(one.answer), one.reason, one.fix, one.content_hash) for one in body.answers]
    done = flow.answer_cases(person=asked.person, wishes=wishes, actor=asked.actor, at=asked.at)
    return ResultsOut(results=[answered_out(one) for one in done])


@routes.get("/review/{case}", act=Act.READ_SALES)
def get_case(asked: Asked, case: CaseNumber) -> ThreadOut:
    """Read one case with its comments and its steps."""
    row = flow.visible_case(person=asked.person, case_id=case, at=asked.at)
    return ThreadOut(
        case=case_out(row),
        comments=[
            CommentOut(by=one.name, text=one.text, at=one.at, mentions=list(one.mentions))
            for one in reads.comments(case)
        ],
        steps=[
            StepOut(
                kind=one.kind.value,
                at=one.at,
                actor=one.actor,
                content_hash=one.content_hash,
                body=fields.facts(one.body),
            )
            for one in reads.steps(case)
        ],
    )


@routes.post("/review/{case}/answer", act=Act.REVIEW, status=200)
def answer_one_case(asked: Asked, case: CaseNumber, body: AnswerIn) -> CaseAnsweredOut:
    """Answer one case; the same answer again changes nothing."""
    done = flow.answer_case(
        person=asked.person,
        case_id=case,
        answer=Answer(body.answer),
        reason=body.reason,
        fix=body.fix,
        content_hash=body.content_hash,
        until=body.until,
        actor=asked.actor,
        at=asked.at,
    )
    return answered_out(done)


@routes.post("/review/{case}/undo", act=Act.REVIEW, status=200)
def take_answer_back(asked: Asked, case: CaseNumber) -> CaseOut:
    """Take an answer back where nothing was sent; the case waits again."""
    flow.take_back(person=asked.person, case_id=case, actor=asked.actor, at=asked.at)
    return case_out(reads.case(asked.books.id, case, asked.at))


@routes.post("/review/{case}/comments", act=Act.REVIEW)
def comment_on_case(asked: Asked, case: CaseNumber, body: CommentIn) -> MentionedOut:
    """Say something about a case; whom it names sees the case."""
    named = flow.comment_on(person=asked.person, case_id=case, text=body.text, actor=asked.actor, at=asked.at)
    return MentionedOut(mentions=list(named))


@routes.put("/review/{case}/owner", act=Act.REVIEW)
def assign_case(asked: Asked, case: CaseNumber, body: OwnerIn) -> CaseChangedOut:
    """Make somebody, or nobody, the owner of a case."""
    changed = flow.assign_case(person=asked.person, case_id=case, email=body.owner, actor=asked.actor, at=asked.at)
    return CaseChangedOut(changed=changed)


@routes.post("/opportunities/{opportunity}/approvals", act=Act.EDIT_SALES)
def ask_for_approval(asked: Asked, opportunity: Reference, body: ApprovalIn) -> AskedOut:
    """Ask that somebody with authority lets a deal pass as it is."""
    case_id = flow.ask_approval(
        person=asked.person,
        opportunity_id=_opportunity(asked, opportunity),
        codes=body.codes,
        reason=body.reason,
        actor=asked.actor,
        at=asked.at,
    )
    return AskedOut(case=f"R-{case_id}")


@routes.get("/opportunities/{opportunity}/approvals", act=Act.READ_SALES)
def list_approvals(asked: Asked, opportunity: Reference) -> ApprovalsOut:
    """List the approvals that were asked for about a deal."""
    subject = f"opportunity:{_opportunity(asked, opportunity)}"
    return ApprovalsOut(
        approvals=[
            ApprovalOut(
                subject=one.subject,
                content_hash=one.content_hash,
                codes=list(one.codes),
                roles=[role.value for role in one.roles],
                reason=one.reason,
                requested_by=domain.identity(one.requested_by),
                requested_at=one.requested_at,
                state=one.state,
                role=one.role,
                approver=domain.identity(one.approver) if one.approver else "",
                on_behalf_of=one.on_behalf_of,
                answered_at=one.answered_at,
                expires_at=one.expires_at,
            )
            for one in reads.asked_approvals(asked.books.id, subject)
        ]
    )


@routes.post("/delegations", act=Act.REVIEW)
def delegate(asked: Asked, body: DelegationIn) -> DelegationOut:
    """Lend your role for approvals to somebody for some days."""
    made = flow.delegate(
        person=asked.person,
        to=body.to,
        start=body.start,
        end=body.end,
        reason=body.reason,
        actor=asked.actor,
        at=asked.at,
    )
    return next(delegation_out(one) for one in reads.delegations(asked.books.id) if one.id == made)


@routes.get("/delegations", act=Act.READ_SALES)
def list_delegations(asked: Asked) -> DelegationsOut:
    """List who may approve with whose role, and when."""
    return DelegationsOut(delegations=[delegation_out(one) for one in reads.delegations(asked.books.id)])


@routes.delete("/delegations/{delegation}", act=Act.REVIEW)
def end_delegation(asked: Asked, delegation: DelegationNumber) -> CaseChangedOut:
    """End a delegation of yours at once; what was approved by it stands."""
    changed = flow.end_delegation(person=asked.person, delegation_id=delegation, actor=asked.actor, at=asked.at)
    return CaseChangedOut(changed=changed)


@routes.get("/relaxations", act=Act.READ_BOOKS)
def list_relaxations(asked: Asked) -> RelaxationsOut:
    """List each time somebody approved their own request because the policy of a company of one lets them."""
    return RelaxationsOut(
        relaxations=[
            RelaxationOut(
                case=f"R-{one.case_id}",
                subject=one.subject,
                person=domain.identity(one.person),
                policy=one.policy_version,
                at=one.at,
            )
            for one in reads.relaxations(asked.books.id)
        ]
    )


@routes.put("/digest", act=Act.REVIEW)
def choose_digest(asked: Asked, body: DigestIn) -> CaseChangedOut:
    """Choose whether you get a digest of the queue by mail."""
    review.choose_digest(user_id=asked.person.user_id, every=body.every, actor=asked.actor, at=asked.at)
    return CaseChangedOut(changed=True)


def case_out(row: CaseRow) -> CaseOut:
    """Answer one case."""
    return CaseOut(
        number=row.number,
        kind=row.kind,
        subject=row.subject,
        code=row.code,
        message=sentence(row.code, row.facts),
        facts=fields.facts(row.facts),
        evidence=[fields.facts(one) for one in row.evidence],
        amount=row.money.decimal_text() if row.money else None,
        currency=row.money.currency.code if row.money else None,
        risk_micro=row.risk_micro,
        decision=f"CF-{row.decision_id}" if row.decision_id else None,
        content_hash=row.content_hash,
        requested_by=domain.identity(row.requested_by) if row.requested_by else "",
        owner=row.owner_email,
        state=row.state.value,
        opened_at=row.opened_at,
        due_at=row.due_at,
        snoozed_until=row.snoozed_until,
        answer=row.answer,
        outcome=row.outcome,
        reason=row.reason,
        answered_by=domain.identity(row.answered_by) if row.answered_by else "",
        answered_at=row.answered_at,
    )


def answered_out(done: flow.Answered) -> CaseAnsweredOut:
    """Answer what became of an answer."""
    refusal: Refusal | None = done.refusal
    return CaseAnsweredOut(
        number=f"R-{done.case_id}",
        answer=done.answer.value,
        outcome=done.outcome,
        is_new=done.is_new,
        is_closed=done.is_closed,
        effects=list(done.effects),
        code=refusal.code if refusal else None,
        message=sentence(refusal.code, refusal.facts) if refusal else None,
    )


def delegation_out(one: domain.Delegation) -> DelegationOut:
    """Answer one delegation."""
    return DelegationOut(
        number=references.number("DG", one.id),
        giver=one.giver,
        role=one.giver_role,
        taker=one.taker,
        start=one.start.isoformat(),
        end=one.end.isoformat(),
        reason=one.reason,
        is_revoked=one.is_revoked,
    )


def _opportunity(asked: Asked, reference: str) -> int:
    return references.opportunity_id(asked.books.id, reference)
