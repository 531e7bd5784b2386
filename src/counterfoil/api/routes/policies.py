"""Business settings as signed versions, what they would have done, credit, and the audits of the data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import JsonValue

from counterfoil import words
from counterfoil.api import fields, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import Day, In, Out, Reference
from counterfoil.api.routing import Routes
from counterfoil.flows import policies as flow
from counterfoil.flows import quality as quality_flow
from counterfoil.kernel.errors import Fact
from counterfoil.people.domain import Act
from counterfoil.policies import domain, services
from counterfoil.policies import selectors as reads
from counterfoil.policies.domain import CreditProfile, Side
from counterfoil.policies.selectors import Version
from counterfoil.receivables import selectors as receivables
from counterfoil.standards import selectors as standards
from counterfoil.standards.quality import Audit, Score

routes = Routes("policies")
YEAR = timedelta(days=365)


def _object(value: Any) -> dict[str, object]:
    if not isinstance(value, dict):
        raise domain.WrongSetting(field="content", setting="content", wanted="an object")
    return value


Content = Annotated[dict[str, object], fields.Read(_object, {"type": "object"})]
"""Read by the kind's own types, which refuse what they do not know, with its path."""
Hash = Annotated[str, fields.coded("[0-9a-f]{64}", "0" * 64)]


class SignatureOut(Out):
    """Who agreed, for which side, and when. `is_alone`: nobody else of the books could have signed."""

    side: str
    who: str
    at: datetime
    is_alone: bool


class VersionOut(Out):
    """One version. It takes effect when nothing is missing; signatures are bound to `content_hash`."""

    version: str
    kind: str
    state: str
    based_on: str
    reason: str
    owner: str
    review_date: date
    proposed_by: str
    proposed_at: datetime
    active_from: datetime | None
    ended_at: datetime | None
    content_hash: str
    missing: list[str]
    signatures: list[SignatureOut]


class ChangeOut(Out):
    """One setting that a version changes; null where it is not there."""

    path: list[str]
    before: str | None
    after: str | None


class VersionDetailOut(VersionOut):
    """One version with what it says, and what that changes."""

    content: dict[str, JsonValue]
    changes: list[ChangeOut]


class PolicyOut(Out):
    """What is in force of one kind. Number 0 is what was shipped; nobody signed it."""

    kind: str
    version: str
    owner: str | None
    review_date: date | None
    is_overdue: bool
    signed_by: list[str]
    waiting: list[str]


class PoliciesOut(Out):
    """All kinds."""

    policies: list[PolicyOut]


class PolicyDetailOut(Out):
    """One kind: what is in force, and every version, the newest first."""

    kind: str
    version: str
    content: dict[str, JsonValue]
    history: list[VersionOut]


class ContentIn(In):
    """A content, to be tried on the deals won since a day; a year ago where none is named."""

    content: Content
    since: Day | None = None


class ProposalIn(In):
    """A content, why it changes, who looks after it, and when it is looked at again."""

    content: Content
    reason: Annotated[str, fields.named(400)]
    owner: Annotated[str, fields.line(200)] = ""
    review_date: Day | None = None


class SignIn(In):
    """A signature for one side, on the content with this hash."""

    side: Literal["sales", "finance"]
    content_hash: Hash


class SignedOut(Out):
    """What a signature led to."""

    version: str
    is_active: bool
    missing: list[str]
    is_alone: bool


class WithdrawIn(In):
    """Why a proposal is taken back."""

    reason: Annotated[str, fields.line(400)] = ""


class WithdrawnOut(Out):
    """A proposal after it was taken back; `changed` is false where it was before."""

    version: str
    changed: bool


class ReviewIn(In):
    """When a version is looked at again."""

    until: Day
    note: Annotated[str, fields.line(400)] = ""


class StoppedOut(Out):
    """A past deal that would have been stopped, and why; the amount is in base currency."""

    number: str
    name: str
    close_date: date
    amount: str | None
    reasons: list[str]


class SimulatedOut(Out):
    """What a content would have done to the past, beside what is in force; `deals` are the largest.

    `of` is what was tested: deals, invoices, decisions or weeks.
    """

    kind: str
    of: str
    against: str
    since: date
    tested: int
    currency: str
    stopped: int
    stopped_amount: str
    released: int
    released_amount: str
    by_code: dict[str, int]
    deals: list[StoppedOut]


class CreditOut(Out):
    """What a customer is trusted with and what it would owe, in base currency; null is no limit."""

    policy: str
    risk_class: str
    limit_minor: int | None
    max_term_days: int | None
    max_overdue_days: int | None
    open_minor: int
    unbilled_minor: int
    overdue_minor: int
    overdue_days: int
    currency: str


class ScoreOut(Out):
    """Of so many records so many are sound."""

    thing: str
    scope: str
    name: str
    rows: int
    sound: int
    score_micro: int
    faults: dict[str, int]


class SignOffOut(Out):
    """Who answers for an audit."""

    who: str
    at: datetime
    note: str


class AuditOut(Out):
    """The data of one week."""

    audit: str
    week: date
    standard: str
    made_at: datetime
    scores: list[ScoreOut]
    signed: list[SignOffOut]


class AuditsOut(Out):
    """The audit that counts of each week, the latest first."""

    audits: list[AuditOut]


class WeekIn(In):
    """Any day of the week; this week where none is named."""

    week: Day | None = None


class DropOut(Out):
    """A score that fell further below the weeks before than it may."""

    thing: str
    scope: str
    name: str
    now_micro: int
    before_micro: int


class AuditedOut(Out):
    """What an audit found; the same result as before is not kept again."""

    audit: str
    week: date
    is_new: bool
    scores: list[ScoreOut]
    drops: list[DropOut]


class NoteIn(In):
    """What follows from an audit."""

    note: Annotated[str, fields.named(400)]


class AnsweredOut(Out):
    """An audit after somebody signed it off; `changed` is false where they had before."""

    audit: str
    changed: bool


@routes.get("/policies", act=Act.READ_SALES)
def list_policies(asked: Asked) -> PoliciesOut:
    """List what is in force of every kind, who looks after it, and what waits for signatures."""
    rows = reads.overviews(asked.books.id, asked.today)
    return PoliciesOut(
        policies=[
            PolicyOut(
                kind=row.kind.value,
                version=row.active.version,
                owner=row.owner or None,
                review_date=row.review_date,
                is_overdue=row.is_overdue,
                signed_by=list(row.signed_by),
                waiting=[one.name for one in row.proposed],
            )
            for row in rows
        ]
    )


@routes.get("/policies/versions/{version}", act=Act.READ_SALES)
def read_policy_version(asked: Asked, version: Reference) -> VersionDetailOut:
    """Read one version, such as approval_matrix-3, with what it changes."""
    one = reads.version_by_name(version, asked.books.id)
    return VersionDetailOut(
        **_version(one).model_dump(),
        content=_json(one.content),
        changes=[
            ChangeOut(path=list(change.path), before=change.before, after=change.after) for change in reads.changes(one)
        ],
    )


@routes.post("/policies/versions/{version}/sign", act=Act.SET_POLICY)
def sign_policy_version(asked: Asked, version: Reference, body: SignIn) -> SignedOut:
    """Sign a version for one side; with the last signature it takes effect."""
    one = reads.version_by_name(version, asked.books.id)
    signed = flow.sign_policy(
        person=asked.person,
        version_id=one.id,
        side=Side(body.side),
        content_hash=body.content_hash,
        actor=asked.actor,
        at=asked.at,
    )
    return SignedOut(
        version=signed.name,
        is_active=signed.is_active,
        missing=[side.value for side in signed.missing],
        is_alone=signed.is_alone,
    )


@routes.post("/policies/versions/{version}/withdraw", act=Act.SET_POLICY)
def withdraw_policy_version(asked: Asked, version: Reference, body: WithdrawIn) -> WithdrawnOut:
    """Take a proposal back."""
    one = reads.version_by_name(version, asked.books.id)
    changed = flow.withdraw_policy(
        books_id=asked.books.id, version_id=one.id, reason=body.reason, actor=asked.actor, at=asked.at
    )
    return WithdrawnOut(version=one.name, changed=changed)


@routes.post("/policies/versions/{version}/review", act=Act.SET_POLICY)
def review_policy_version(asked: Asked, version: Reference, body: ReviewIn) -> VersionOut:
    """Note that what is in force was looked at and stays until the next review."""
    one = reads.version_by_name(version, asked.books.id)
    services.review(
        version_id=one.id,
        books_id=asked.books.id,
        next_review=body.until,
        note=body.note,
        actor=asked.actor,
        at=asked.at,
    )
    return _version(reads.version(one.id, asked.books.id))


@routes.get("/policies/{kind}", act=Act.READ_SALES)
def read_policy(asked: Asked, kind: Reference) -> PolicyDetailOut:
    """Read what is in force of one kind, with its history."""
    of = reads.kind_of(kind)
    now = reads.active(of, asked.books.id)
    return PolicyDetailOut(
        kind=of.value,
        version=now.version,
        content=_json(now.content),
        history=[_version(one) for one in reads.history(of, asked.books.id)],
    )


@routes.post("/policies/{kind}", act=Act.SET_POLICY)
def propose_policy(asked: Asked, kind: Reference, body: ProposalIn) -> VersionOut:
    """Propose a content; it takes effect when both sides have signed."""
    of = reads.kind_of(kind)
    one = flow.propose_policy(
        person=asked.person,
        kind=of,
        content=domain.read_content(of, body.content),
        reason=body.reason,
        owner=body.owner or asked.person.email,
        review_date=body.review_date or asked.today + YEAR,
        actor=asked.actor,
        at=asked.at,
    )
    return _version(one)


@routes.post("/policies/{kind}/simulate", act=Act.SET_POLICY, status=200)
def simulate_policy(asked: Asked, kind: Reference, body: ContentIn) -> SimulatedOut:
    """Say what a content would have done to the deals won since a day. Nothing is written."""
    of = reads.kind_of(kind)
    content = domain.read_content(of, body.content)
    since = body.since or asked.today - YEAR
    done = flow.simulate(books_id=asked.books.id, kind=of, content=content, since=since)
    return SimulatedOut(
        kind=of.value,
        of=done.of.value,
        against=done.against,
        since=done.since,
        tested=done.tested,
        currency=done.currency.code,
        stopped=done.stopped_count,
        stopped_amount=done.stopped_amount.decimal_text(),
        released=done.released_count,
        released_amount=done.released_amount.decimal_text(),
        by_code=dict(done.by_code),
        deals=[
            StoppedOut(
                number=references.number(references.DEAL, row.opportunity_id) if row.opportunity_id else row.reference,
                name=row.name,
                close_date=row.close_date,
                amount=row.amount.decimal_text() if row.amount else None,
                reasons=[words.sentence(finding.code, finding.facts) for finding in row.findings],
            )
            for row in done.stopped
        ],
    )


@routes.get("/customers/{customer}/credit", act=Act.READ_BOOKS)
def read_credit(asked: Asked, customer: Reference) -> CreditOut:
    """Read what a customer is trusted with, beside what it owes and would owe."""
    id_ = references.customer_id(customer)
    standing = receivables.credit_standings(asked.books.id, [id_], asked.today)[id_]
    profile: CreditProfile = standing.profile
    owed = standing.exposure
    return CreditOut(
        policy=standing.policy,
        risk_class=profile.risk_class.value,
        limit_minor=profile.limit_minor,
        max_term_days=profile.max_term_days,
        max_overdue_days=profile.max_overdue_days,
        open_minor=owed.open_minor,
        unbilled_minor=owed.unbilled_minor,
        overdue_minor=owed.overdue_minor,
        overdue_days=owed.overdue_days,
        currency=asked.books.base_currency.code,
    )


@routes.get("/quality", act=Act.READ_SALES)
def list_data_audits(asked: Asked) -> AuditsOut:
    """List how sound the data of the last quarter's weeks was."""
    return AuditsOut(audits=[_audit(one) for one in standards.quality_audits(asked.books.id)])


@routes.post("/quality", act=Act.SET_POLICY)
def audit_data(asked: Asked, body: WeekIn) -> AuditedOut:
    """Score the data of a week by object, team and owner; what fell too far becomes a case."""
    done = quality_flow.audit_data(
        books_id=asked.books.id, week=body.week or asked.today, today=asked.today, actor=asked.actor, at=asked.at
    )
    return AuditedOut(
        audit=_number(done.audit_id),
        week=done.week,
        is_new=done.is_new,
        scores=[_score(score) for score in done.scores],
        drops=[
            DropOut(
                thing=drop.score.thing.value,
                scope=drop.score.scope.value,
                name=drop.score.name,
                now_micro=drop.score.micro,
                before_micro=drop.before_micro,
            )
            for drop in done.drops
        ],
    )


@routes.post("/quality/{audit}/sign", act=Act.SET_POLICY)
def sign_data_audit(asked: Asked, audit: Annotated[int, fields.prefixed("QA")], body: NoteIn) -> AnsweredOut:
    """Answer for an audit, with what follows from it."""
    changed = quality_flow.sign_off(person=asked.person, audit_id=audit, note=body.note, actor=asked.actor, at=asked.at)
    return AnsweredOut(audit=_number(audit), changed=changed)


def _version(one: Version) -> VersionOut:
    return VersionOut(
        version=one.name,
        kind=one.kind.value,
        state=one.state.value,
        based_on=one.based_on,
        reason=one.reason,
        owner=one.owner,
        review_date=one.review_date,
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        active_from=one.active_from,
        ended_at=one.ended_at,
        content_hash=one.content_hash,
        missing=[side.value for side in one.missing],
        signatures=[
            SignatureOut(side=signed.side.value, who=signed.who, at=signed.at, is_alone=signed.is_alone)
            for signed in one.signatures
        ],
    )


def _json(content: domain.Settings) -> dict[str, Any]:
    written: dict[str, Fact] = content.to_json()
    return dict(written)


def _number(audit_id: int) -> str:
    return references.number("QA", audit_id)


def _score(score: Score) -> ScoreOut:
    return ScoreOut(
        thing=score.thing.value,
        scope=score.scope.value,
        name=score.name,
        rows=score.rows,
        sound=score.sound,
        score_micro=score.micro,
        faults=dict(score.faults),
    )


def _audit(one: Audit) -> AuditOut:
    return AuditOut(
        audit=_number(one.id),
        week=one.week,
        standard=one.standard,
        made_at=one.made_at,
        scores=[_score(score) for score in one.scores],
        signed=[SignOffOut(who=off.who, at=off.at, note=off.note) for off in one.signed],
    )
