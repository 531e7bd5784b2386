"""Reading the queue, what was said about a case, and which approvals hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case as When
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models import When as Then
from django.db.models.fields import BigIntegerField

from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.review import domain
from counterfoil.review.domain import Approval, Delegation, NoSuchCase, State, StepKind
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

WAITING = (State.OPEN.value, State.SNOOZED.value)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it is shown; `state` says open for a snoozed one whose time has come."""

    id: int
    kind: str
    subject: str
    content_hash: str
    code: str
    facts: Mapping[str, Fact]
    evidence: tuple[Mapping[str, Fact], ...]
    money: Money | None
    risk_micro: int
    weight_minor: int
    decision_id: int | None
    customer_id: int | None
    requested_by: str
    opened_at: datetime
    due_at: datetime
    owner_id: int | None
    owner: str
    owner_email: str
    state: State
    snoozed_until: datetime | None
    answer: str
    outcome: str
    reason: str
    answered_by: str
    answered_at: datetime | None

    @property
    def number(self) -> str:
        """How people name it."""
        return f"R-{self.id}"


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that was asked for, as it stands: asked, given, refused or void."""

    id: int
    case_id: int
    subject: str
    content_hash: str
    codes: tuple[str, ...]
    roles: tuple[Role, ...]
    limits: Mapping[str, Fact]
    reason: str
    days: int
    requested_by: str
    requested_at: datetime
    state: str
    role: str
    approver: str
    on_behalf_of: str
    answered_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, with the names of those it mentions."""

    id: int
    by: str
    name: str
    text: str
    at: datetime
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of a case."""

    kind: StepKind
    at: datetime
    actor: str
    content_hash: str
    body: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What a person said against the machine, and whether it was reviewed."""

    id: int
    case_id: int
    kind: str
    subject: str
    content_hash: str
    code: str
    machine: str
    person: str
    reason: str
    made_by: str
    made_at: datetime
    is_accepted: bool | None
    reviewed_by: str
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One use of a company of one's leave to approve its own request."""

    case_id: int
    subject: str
    person: str
    policy_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases of the queue are asked for. `now` decides which snoozed ones are open again.

    `answered_by` leaves what this person can answer: not what only another role approves, nor what they asked for.
    """

    now: datetime
    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    owner_id: int | None = None
    mentions_id: int | None = None
    subject: str = ""
    is_snoozed: bool = False
    is_overdue: bool = False
    due_before: datetime | None = None
    seen_by: Role | None = None
    answered_by: domain.Answerer | None = None


@dataclass(frozen=True, slots=True)
class Stake:
    """How many cases there are, and the money at stake in one currency."""

    currency: str
    count: int
    money: Money | None


def cases(books_id: int, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> list[CaseRow]:
    """Return the waiting cases asked for, the heaviest (money times risk) first; one statement."""
    rows = _wanted(books_id, wanted).select_related("owner").order_by("-weight_minor", "id")
    return [_row(row, wanted.now) for row in rows[offset : offset + limit]]


def stakes(books_id: int, wanted: Wanted) -> list[Stake]:
    """Return how many of the waiting cases asked for there are, and their money, by currency; one statement."""
    rows = _wanted(books_id, wanted).values("currency").annotate(n=Count("id"), minor=Sum("money_minor"))
    return [
        Stake(
            row["currency"], row["n"], Money(int(row["minor"]), currency(row["currency"])) if row["currency"] else None
        )
        for row in rows.order_by("currency")
    ]


def waiting_count(books_id: int, now: datetime, role: Role | None = None, who: domain.Answerer | None = None) -> int:
    """Return how many cases wait for an answer, that of a role or of somebody where they are named; one statement."""
    return _wanted(books_id, Wanted(now, seen_by=role, answered_by=who)).count()


def is_for(books_id: int, case_id: int, who: domain.Answerer) -> bool:
    """Tell whether somebody can answer a case; one statement."""
    return _for(Case.objects.filter(books_id=books_id, id=case_id), who).exists()


def counts_by_kind(books_id: int, now: datetime) -> dict[str, int]:
    """Return how many cases of each kind wait; one statement."""
    rows = _wanted(books_id, Wanted(now)).values_list("kind").annotate(n=Count("id"))
    return dict(rows)


def case(books_id: int, case_id: int, now: datetime) -> CaseRow:
    """Return one case.

    Raises:
        NoSuchCase: these books have none with this number.
    """
    row = Case.objects.filter(books_id=books_id, id=case_id).select_related("owner").first()
    if row is None:
        raise NoSuchCase(field="case", case=case_id)
    return _row(row, now)


def cases_by_id(books_id: int, case_ids: Sequence[int], now: datetime) -> dict[int, CaseRow]:
    """Return cases by their number; one statement."""
    rows = Case.objects.filter(bulk.is_any_of("id", case_ids), books_id=books_id).select_related("owner")
    return {row.pk: _row(row, now) for row in rows}


def cases_about(books_id: int, subjects: Sequence[str], now: datetime) -> list[CaseRow]:
    """Return every case, waiting or not, about some subjects; one statement."""
    rows = Case.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id).select_related("owner")
    return [_row(row, now) for row in rows.order_by("id")]


def answered_cases(books_id: int, now: datetime, *, limit: int = 50) -> list[CaseRow]:
    """Return what people answered last, the latest first."""
    rows = Case.objects.filter(books_id=books_id, state=State.ANSWERED.value).select_related("owner")
    return [_row(row, now) for row in rows.order_by("-answered_at", "-id")[:limit]]


def similar_cases(books_id: int, like: CaseRow, now: datetime, *, limit: int = 3) -> list[CaseRow]:
    """Return cases with the same reason that people answered: of the same customer first, then the latest."""
    rows = Case.objects.filter(books_id=books_id, kind=like.kind, code=like.code, state=State.ANSWERED.value)
    rows = rows.exclude(id=like.id).select_related("owner")
    order = (
        [When(Then(customer=like.customer_id, then=0), default=1, output_field=BigIntegerField())]
        if like.customer_id is not None
        else []
    )
    return [_row(row, now) for row in rows.order_by(*order, "-answered_at", "-id")[:limit]]


def steps(case_id: int) -> list[Happened]:
    """Return what happened to a case, in its order."""
    rows = Step.objects.filter(case_id=case_id).order_by("id")
    return [Happened(StepKind(row.kind), row.at, row.actor, row.content_hash, json.loads(row.body)) for row in rows]


def comments(case_id: int) -> list[Said]:
    """Return what people said about a case, the first first; two statements."""
    named: dict[int, list[str]] = {}
    mentions = Mention.objects.filter(comment__case_id=case_id).select_related("user").order_by("id")
    for mention in mentions:
        named.setdefault(mention.comment_id, []).append(mention.user.name or mention.user.email)
    rows = Comment.objects.filter(case_id=case_id).select_related("author").order_by("id")
    return [
        Said(
            row.pk,
            row.said_by,
            (row.author.name or row.author.email) if row.author else row.said_by.partition(":")[2],
            row.text,
            row.at,
            tuple(named.get(row.pk, ())),
        )
        for row in rows
    ]


def is_mentioned(case_id: int, user_id: int) -> bool:
    """Tell whether a comment on a case names somebody: then they see it, whatever its kind."""
    return Mention.objects.filter(comment__case_id=case_id, user_id=user_id).exists()


# ------------------------------------------------------------------------------------ approvals


def approvals(books_id: int, subjects: Sequence[str], at: datetime | None = None) -> dict[str, tuple[Approval, ...]]:
    """Return the approvals that were given and are neither void nor expired, by subject; one statement.

    An approval holds for one content: compare its `content_hash` with what is judged (`Approval.silences`).

    Args:
        at: when they must hold; None leaves the expiry to the caller.
    """
    rows = ApprovalRow.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, state="given")
    if at is not None:
        rows = rows.filter(expires_at__gt=at)
    found: dict[str, list[Approval]] = {}
    for row in rows.order_by("id"):
        assert row.answered_at is not None, "an approval that was given says when"
        assert row.expires_at is not None, "an approval that was given says until when"
        found.setdefault(row.subject, []).append(
            Approval(
                row.pk,
                row.subject,
                tuple(json.loads(row.codes)),
                row.role,
                row.approver,
                row.requested_by,
                row.content_hash,
                row.answered_at,
                row.expires_at,
                json.loads(row.limits),
                row.on_behalf_of,
            )
        )
    return {subject: tuple(ones) for subject, ones in found.items()}


def asked_approvals(books_id: int, subject: str) -> list[Asked]:
    """Return every approval that was asked for about a subject, the latest first."""
    rows = ApprovalRow.objects.filter(books_id=books_id, subject=subject)
    return [_asked(row) for row in rows.order_by("-id")]


def asked_by_case(case_id: int) -> Asked | None:
    """Return the approval that a case asks for now, or asked for last."""
    row = ApprovalRow.objects.filter(case_id=case_id).order_by("-id").first()
    return _asked(row) if row else None


def delegations(books_id: int, *, taker_id: int | None = None, on: date | None = None) -> list[Delegation]:
    """Return who lets whom approve with their role, as the givers' roles are now; two statements, one for nobody."""
    rows = DelegationRow.objects.filter(books_id=books_id).select_related("giver", "taker").order_by("-id")
    if taker_id is not None:
        rows = rows.filter(taker_id=taker_id)
    if on is not None:
        rows = rows.filter(start_date__lte=on, end_date__gte=on, revoked_at=None)
    found = list(rows)
    roles = {person.user_id: person.role.value for person in people.members(books_id)} if found else {}
    return [
        Delegation(
            row.pk,
            row.giver.email,
            roles.get(row.giver_id, ""),
            row.taker.email,
            row.start_date,
            row.end_date,
            row.reason,
            row.revoked_at is not None,
        )
        for row in found
    ]


def relaxations(books_id: int) -> list[Relaxed]:
    """Return each time somebody approved their own request by leave of the policy, the latest first."""
    rows = Relaxation.objects.filter(books_id=books_id).order_by("-id")
    return [Relaxed(row.case_id, row.subject, row.person, row.policy_version, row.at) for row in rows]


def labels(books_id: int, *, is_reviewed: bool | None = None, limit: int = 1_000) -> list[LabelRow]:
    """Return what people said against, or for, the machine: the latest first. Only reviewed ones may teach."""
    rows = Label.objects.filter(books_id=books_id)
    if is_reviewed is not None:
        rows = rows.filter(reviewed_at__isnull=not is_reviewed)
    return [
        LabelRow(
            row.pk,
            row.case_id,
            row.kind,
            row.subject,
            row.content_hash,
            row.code,
            row.machine,
            row.person,
            row.reason,
            row.made_by,
            row.made_at,
            row.is_accepted,
            row.reviewed_by,
            row.reviewed_at,
        )
        for row in rows.order_by("-id")[:limit]
    ]


def digest_choices() -> dict[int, tuple[str, datetime | None]]:
    """Return who wants a digest, how often, and when they got the last one, by user."""
    rows = DigestChoice.objects.values_list("user_id", "every", "sent_at")
    return {user_id: (every, sent_at) for user_id, every, sent_at in rows}


def digest_choice(user_id: int) -> str:
    """Return how often somebody wants a digest: never, day or week."""
    return DigestChoice.objects.filter(user_id=user_id).values_list("every", flat=True).first() or "never"


def _wanted(books_id: int, wanted: Wanted) -> QuerySet[Case]:
    rows = Case.objects.filter(books_id=books_id)
    if wanted.is_snoozed:
        rows = rows.filter(state=State.SNOOZED.value, snoozed_until__gt=wanted.now)
    else:
        rows = rows.filter(state__in=WAITING).exclude(state=State.SNOOZED.value, snoozed_until__gt=wanted.now)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.codes:
        rows = rows.filter(code__in=wanted.codes)
    if wanted.owner_id is not None:
        rows = rows.filter(owner_id=wanted.owner_id)
    if wanted.mentions_id is not None:
        rows = rows.filter(id__in=Mention.objects.filter(user_id=wanted.mentions_id).values("comment__case_id"))
    if wanted.subject:
        rows = rows.filter(subject=wanted.subject)
    if wanted.is_overdue:
        rows = rows.filter(due_at__lt=wanted.now)
    if wanted.due_before is not None:
        rows = rows.filter(due_at__lt=wanted.due_before)
    if wanted.seen_by is not None and not domain.may_see(wanted.seen_by, ""):
        rows = rows.filter(Q(kind__in=[kind for kind in domain.SEEN_WITH if domain.may_see(wanted.seen_by, kind)]))
    return _for(rows, wanted.answered_by) if wanted.answered_by is not None else rows


def _for(rows: QuerySet[Case], who: domain.Answerer) -> QuerySet[Case]:
    """Leave what somebody can answer: of approvals, those that ask a role of theirs and were wanted by another."""
    if not domain.may_answer(who.role, ""):
        known = [kind for kind in domain.ANSWERED_WITH if domain.may_answer(who.role, kind)]
        rows = rows.filter(kind__in=known)
    asks_them = Q(roles="[]")
    for role in who.approves_as:
        asks_them |= Q(roles__contains=json.dumps(role.value))
    asked = ApprovalRow.objects.filter(asks_them, case_id=OuterRef("id"), state="asked")
    by_them = Q(requested_by__iendswith=f":{who.identity}")
    rows = rows.exclude(kind__in=who.never_answers)
    if who.identity:
        rows = rows.exclude(by_them, kind__in=domain.BY_ANOTHER)
    return rows.filter(~Q(kind=domain.ASKED) | Exists(asked))


def _row(row: Case, now: datetime) -> CaseRow:
    state = State(row.state)
    if state is State.SNOOZED and row.snoozed_until is not None and row.snoozed_until <= now:
        state = State.OPEN
    money = Money(row.money_minor, currency(row.currency)) if row.money_minor is not None and row.currency else None
    return CaseRow(
        row.pk,
        row.kind,
        row.subject,
        row.content_hash,
        row.code,
        json.loads(row.facts),
        tuple(json.loads(row.evidence)),
        money,
        row.risk_micro,
        row.weight_minor,
        row.decision_id,
        row.customer,
        row.requested_by,
        row.opened_at,
        row.due_at,
        row.owner_id,
        (row.owner.name or row.owner.email) if row.owner else "",
        row.owner.email if row.owner else "",
        state,
        row.snoozed_until,
        row.answer,
        row.outcome,
        row.reason,
        row.answered_by,
        row.answered_at,
    )


def _asked(row: ApprovalRow) -> Asked:
    return Asked(
        row.pk,
        row.case_id,
        row.subject,
        row.content_hash,
        tuple(json.loads(row.codes)),
        tuple(Role(role) for role in json.loads(row.roles)),
        json.loads(row.limits),
        row.reason,
        row.days,
        row.requested_by,
        row.requested_at,
        row.state,
        row.role,
        row.approver,
        row.on_behalf_of,
        row.answered_at,
        row.expires_at,
    )
