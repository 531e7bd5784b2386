"""What a case is, who may answer it, and when an approval holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act, Role, may

MILLION = 1_000_000
ASKED = "approval"
"""The kind of case that asks for an approval; every other kind is a kind of decision, or named in `SEEN_WITH`."""


class State(StrEnum):
    """Where a case stands. A snoozed one is open again when its time has come."""

    OPEN = "open"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class Answer(StrEnum):
    """What a person may say. For a control sample, approve means agree and reject means disagree.

    Who may not approve asks for it: the case rests until that was answered.
    """

    APPROVE = "approve"
    FIX = "fix"
    REJECT = "reject"
    SNOOZE = "snooze"
    ALWAYS = "always"
    ASK = "ask"


RESTING = (Answer.SNOOZE, Answer.ASK)
"""Answers after which a case rests for a time and nothing is decided."""


class Rhythm(StrEnum):
    """How often somebody gets a digest of what waits."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"


class StepKind(StrEnum):
    """What happened to a case, in the order in which it can happen."""

    OPENED = "opened"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    LABELLED = "labelled"


BY_ANOTHER = (ASKED, "dispute")
"""Kinds of case that who brought them about never answers."""
SEEN_WITH: Mapping[str, Act] = {
    "close_deal": Act.READ_SALES,
    "alias": Act.READ_SALES,
    "import": Act.READ_SALES,
    "quality": Act.READ_SALES,
    "policy": Act.READ_SALES,
    "approval": Act.READ_SALES,
    "anomaly": Act.READ_SALES,
}
"""Which right lets a person see a kind of case; every other kind needs the right to read the books."""
ANSWERED_WITH: Mapping[str, Act] = {
    "close_deal": Act.CLOSE_DEALS,
    "bill": Act.INVOICE,
    "enter_invoice": Act.INVOICE,
    "credit_invoice": Act.INVOICE,
    "match": Act.RECEIVE,
    "alias": Act.CONFIRM_ALIAS,
    "import": Act.IMPORT,
    "quality": Act.IMPORT,
    "policy": Act.EDIT_SALES,
    "approval": Act.REVIEW,
    "sample": Act.INVOICE,
    "dispute": Act.INVOICE,
    "anomaly": Act.CLOSE_DEALS,
}
"""Which right lets a person answer a kind of case; an approval asks for a role besides, a policy for a side."""
SLA_HOURS: Mapping[str, int] = {"match": 48, "approval": 24, "sample": 120, "policy": 72, "quality": 120}
DEFAULT_SLA_HOURS = 72
APPROVAL_DAYS = 30
"""How long an approval holds where nobody says otherwise."""


class NoSuchCase(Refused):
    """These books have no case with this number, or this person may not see it."""

    code = "no_such_case"


class CaseIsClosed(Refused):
    """Somebody answered it before, otherwise, or it resolved itself."""

    code = "case_is_closed"


class ChangedSinceSeen(Refused):
    """What is judged is not what it was when the case was read: both versions are in the facts."""

    code = "case_changed"


class ReasonMissing(Refused):
    """An override, a return or a policy needs its reason."""

    code = "case_needs_reason"


class NotYoursToAnswer(Refused):
    """This role does not answer this kind of case."""

    code = "not_yours_to_answer"


class RoleMayNotApprove(Refused):
    """Neither the person's role nor one that was delegated to them may approve this."""

    code = "role_may_not_approve"


class RequesterMayNotApprove(Refused):
    """Four eyes: who asks, or whoever acts for them, does not approve."""

    code = "requester_may_not_approve"


class DelegationSpan(Refused):
    """A delegation needs a first day that is not after its last, and another person."""

    code = "delegation_span"


def sla_hours(kind: str, policy: Mapping[str, int] | None = None) -> int:
    """Return how many hours a case of a kind may wait, as the policy or else the shipped default says."""
    return {**SLA_HOURS, **(policy or {})}.get(kind, DEFAULT_SLA_HOURS)


@dataclass(frozen=True, slots=True)
class NewCase:
    """Something that waits for a person.

    Args:
        kind: a kind of decision, or "approval", "policy", "anomaly", "dispute", "sample", "quality".
        subject: what is judged, as stations write it (`opportunity:12`, `bank_line:5`).
        content_hash: SHA-256 over what is judged; an answer binds to it.
        money: what is at stake. risk_micro: how likely it is wrong, in millionths.
        due_at: None: as the SLA of its kind says.
        requested_by: who brought it about; with four eyes they do not approve it.
    """

    kind: str
    subject: str
    content_hash: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    money: Money | None = None
    risk_micro: int = 500_000
    decision_id: int | None = None
    customer_id: int | None = None
    due_at: datetime | None = None
    evidence: tuple[Mapping[str, Fact], ...] = ()
    requested_by: str = ""

    def due(self, at: datetime, policy: Mapping[str, int] | None = None) -> datetime:
        """Return when it must be answered."""
        return self.due_at or at + timedelta(hours=sla_hours(self.kind, policy))


def weight_of(money: Money | None, risk_micro: int) -> int:
    """Return money at stake times risk, in hundredths of a unit: what the queue is sorted by."""
    if money is None:
        return 0
    hundredths: int = abs(money.minor) * 100 // 10**money.currency.exponent
    return hundredths * risk_micro // MILLION


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody with a role approved exactly this content; `codes` are the findings it was asked for.

    `limits` are the figures that were approved (`amount`, `discount_percent`, `term_days`), as the request named them.
    """

    id: int
    subject: str
    codes: tuple[str, ...]
    role: str
    approver: str
    requested_by: str
    content_hash: str
    at: datetime
    expires_at: datetime
    limits: Mapping[str, Fact] = field(default_factory=dict)
    on_behalf_of: str = ""

    def silences(self, code: str, content_hash: str) -> bool:
        """Tell whether a finding about this content needs no more than this approval."""
        return code in self.codes and content_hash == self.content_hash


@dataclass(frozen=True, slots=True)
class WantedApproval:
    """What an approval is asked for: the content as it is, the findings, and the roles that may say yes."""

    subject: str
    content_hash: str
    codes: tuple[str, ...]
    roles: tuple[Role, ...]
    reason: str
    money: Money | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    customer_id: int | None = None
    days: int = APPROVAL_DAYS


@dataclass(frozen=True, slots=True)
class Delegation:
    """One person lets another approve with their role, from a first to a last day, both inclusive."""

    id: int
    giver: str
    giver_role: str
    taker: str
    start: date
    end: date
    reason: str
    is_revoked: bool = False

    def holds_on(self, day: date) -> bool:
        """Tell whether the delegation is in force on a day."""
        return not self.is_revoked and self.start <= day <= self.end


def identity(actor: Actor | str) -> str:
    """Return who a person is, whatever door, session, token or role they come with: their e-mail address.

    An actor may be given as the record writes it (`person:a@b`, `token:a@b`).
    """
    name = actor.name if isinstance(actor, Actor) else actor.partition(":")[2] or actor
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class Authority:
    """With which role somebody approves; `giver` is whose role it is when it was delegated."""

    role: Role
    giver: str = ""
    is_relaxed: bool = False


def authority(
    *,
    approver: str,
    role: Role,
    roles: Sequence[Role],
    requested_by: str,
    delegations: Iterable[Delegation],
    on: date,
    may_relax: bool,
) -> Authority:
    """Return with which role a person may approve.

    Args:
        roles: those that may approve; empty: any that may answer. delegations: those given to the approver.
        may_relax: the policy of a company of one lets the requester approve; each use is listed for the auditor.

    Raises:
        RequesterMayNotApprove: the approver is the requester, or acts with the requester's role.
        RoleMayNotApprove: no role at hand suffices.
    """
    asked_by = identity(requested_by)
    is_own = bool(asked_by) and identity(approver) == asked_by
    if is_own and not may_relax:
        raise RequesterMayNotApprove(requested_by=asked_by)
    if not roles or role in roles:
        return Authority(role, is_relaxed=is_own)
    given = [one for one in delegations if one.holds_on(on) and one.giver_role in roles]
    others = [one for one in given if identity(one.giver) != asked_by]
    if others:
        return Authority(Role(others[0].giver_role), others[0].giver, is_own)
    if given:
        raise RequesterMayNotApprove(requested_by=asked_by)
    raise RoleMayNotApprove(role=role.value, roles=[one.value for one in roles])


def may_see(role: Role, kind: str) -> bool:
    """Tell whether a role sees a kind of case."""
    return may(role, SEEN_WITH.get(kind, Act.READ_BOOKS))


def may_answer(role: Role, kind: str) -> bool:
    """Tell whether a role answers a kind of case."""
    return may(role, ANSWERED_WITH.get(kind, Act.CLOSE_DEALS))


@dataclass(frozen=True, slots=True)
class Answerer:
    """Whose turn it may be: who they are, with which roles they approve, and whether they sign for a side.

    `identity` is empty where a company of one may approve its own requests. `approves_as` are their own role and those
    that were delegated to them.
    """

    identity: str
    role: Role
    approves_as: tuple[Role, ...]
    signs: bool

    @property
    def never_answers(self) -> tuple[str, ...]:
        """The kinds of case that are not theirs to answer."""
        kinds = [kind for kind in ANSWERED_WITH if not may_answer(self.role, kind)]
        return (*kinds, *(() if self.signs or "policy" in kinds else ("policy",)))


_MENTION = re.compile(r"(?<![\w@.])@([\w.+-]+(?:@[\w-]+(?:\.[\w-]+)+)?)")


def mentioned(text: str, people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the e-mail addresses of the people that a text names with @, in their order.

    `@` may be followed by the whole address, what stands before its `@`, or a first name that only one person has.

    Args:
        people: name by e-mail address.
    """
    found: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        word = match[1].rstrip(".-").casefold()
        hits = [email for email in people if email.casefold() == word]
        hits = hits or [email for email in people if email.partition("@")[0].casefold() == word]
        hits = hits or [email for email, name in people.items() if name.casefold().partition(" ")[0] == word]
        if len(hits) == 1:
            found[hits[0]] = None
    return tuple(found)


def sampled(seed: str, rate_micro: int, digest: int) -> bool:
    """Tell whether something is drawn into the control sample.

    Args:
        digest: a number from 0 to 999,999 that nobody can foresee and everybody can compute again from the seed.
    """
    assert seed, "a draw needs the seed it can be repeated with"
    return digest < rate_micro
