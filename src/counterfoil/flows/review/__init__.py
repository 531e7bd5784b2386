"""Answering cases: what a person says is carried out through the flow that knows the subject, or refused whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.audit.domain import person as person_actor
from counterfoil.crm import selectors as crm
from counterfoil.flows import bill_due, disputes, queue, receive_money
from counterfoil.flows import policies as policy_flow
from counterfoil.flows.review import deals, lines, others
from counterfoil.flows.review.asked import Asked, CannotAnswerSo, Done, NothingToFix, StillHeld
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.text import parse_amount, parse_date
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act, Role
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import Allowance, AlwaysAllow, Kind, sides_of
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.domain import Answer, State, WantedApproval
from counterfoil.review.selectors import CaseRow

__all__ = [
    "Answered",
    "CannotAnswerSo",
    "CannotTakeBack",
    "NothingToFix",
    "StillHeld",
    "Wish",
    "answer_case",
    "answer_cases",
    "answerer",
    "ask_approval",
    "assign_case",
    "comment_on",
    "delegate",
    "end_delegation",
    "held_for",
    "is_turn_of",
    "may_ask",
    "may_overrule",
    "overrulers",
    "take_back",
    "visible_case",
]

Handler = Callable[[Asked], Done]
HANDLERS: Final[Mapping[str, Handler]] = {
    queue.DEAL: deals.answered,
    queue.LINE: lines.answered,
    "match": lines.answered,
    queue.INVOICE: others.invoice_answered,
    domain.ASKED: others.approval_answered,
    "policy": others.policy_answered,
    "sample": others.sample_answered,
    disputes.CASE: others.dispute_answered,
    bill_due.KIND: others.instalment_answered,
}
"""Who carries out an answer to which kind; for every other kind it is kept and nothing else follows."""
SNOOZE_DAYS: Final = 7
ASKED_DAYS: Final = 14
"""How long a case rests while an approval is asked for; when that is answered, it goes through or waits again."""
ALLOWED_DAYS: Final = 90


class CannotTakeBack(Refused):
    """What followed from this answer is not taken back here: an issued invoice needs its credit note."""

    code = "cannot_take_back"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one answer. `is_new`: it was not given before. `may_undo`: `take_back` takes it back."""

    case_id: int
    answer: Answer
    outcome: str
    is_new: bool = True
    is_closed: bool = True
    may_undo: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """One answer of several: to which case, in which version (as it is now where none is named)."""

    case_id: int
    answer: Answer
    reason: str = ""
    fix: Mapping[str, str] = field(default_factory=dict)
    content_hash: str = ""


def visible_case(*, person: Person, case_id: int, at: datetime) -> CaseRow:
    """Return a case that this person may see: of a kind that their role sees, theirs, or one that names them.

    Raises:
        NoSuchCase: these books have none, or not for this person.
    """
    found = reads.case(person.books.id, case_id, at)
    if domain.may_see(person.role, found.kind) or found.owner_id == person.user_id:
        return found
    if reads.is_mentioned(case_id, person.user_id):
        return found
    raise domain.NoSuchCase(field="case", case=case_id)


@transaction.atomic
def answer_case(
    *,
    person: Person,
    case_id: int,
    answer: Answer,
    reason: str = "",
    fix: Mapping[str, str] | None = None,
    content_hash: str = "",
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Answered:
    """Carry one person's answer to one case out, for exactly what was seen; the same answer again changes nothing.

    Args:
        fix: values by field, where the answer is to mend it; empty for what is suggested.
        content_hash: of what the person saw; empty for what the case is about now.
        until: when a snoozed case waits again; a week from now where nobody says.

    Raises:
        NoSuchCase, NotYoursToAnswer: there is none for this person, or their role does not answer it.
        ChangedSinceSeen: what is judged changed; both versions are in the facts, nothing was done.
        CaseIsClosed: it was answered otherwise, or resolved itself.
        Refused: what the flow of the subject refuses; nothing was done.
    """
    case = visible_case(person=person, case_id=case_id, at=at)
    if not may_answer(person, case):
        raise domain.NotYoursToAnswer(kind=case.kind, role=person.role.value)
    is_new = review.insist_answerable(
        books_id=person.books.id,
        case_id=case_id,
        answer=answer,
        content_hash=content_hash or case.content_hash,
        actor=actor,
    )
    if not is_new:
        return Answered(case_id, answer, case.outcome, is_new=False)
    asked = Asked(case, answer, reason, dict(fix or {}), person, actor, at)
    if answer is Answer.SNOOZE:
        when = until or at + timedelta(days=SNOOZE_DAYS)
        return _write(asked, Done("snoozed", is_closed=False), when)
    if answer is Answer.ALWAYS:
        return _write(asked, _always(asked))
    if answer is Answer.ASK:
        return _write(asked, _asks(asked), at + timedelta(days=ASKED_DAYS))
    return _write(asked, HANDLERS.get(case.kind, others.noted)(asked))


def answer_cases(*, person: Person, wishes: Sequence[Wish], actor: Actor, at: datetime) -> list[Answered]:
    """Carry several answers out, each whole or not at all; a refused one does not stop the others.

    Returns:
        One result an answer, in order; a refused one with its refusal.
    """
    results = []
    for wish in wishes:
        try:
            results.append(
                answer_case(
                    person=person,
                    case_id=wish.case_id,
                    answer=wish.answer,
                    reason=wish.reason,
                    fix=wish.fix,
                    content_hash=wish.content_hash,
                    actor=actor,
                    at=at,
                )
            )
        except Refused as refused:
            results.append(Answered(wish.case_id, wish.answer, "refused", is_closed=False, refusal=refused.refusal))
    return results


def may_answer(person: Person, case: CaseRow) -> bool:
    """Tell whether a person's role answers this case; an approval and a policy look at roles themselves."""
    return person.may(Act.REVIEW) and domain.may_answer(person.role, case.kind)


@transaction.atomic
def take_back(*, person: Person, case_id: int, actor: Actor, at: datetime) -> None:
    """Take an answer back where nothing was sent: a match, a return to sales, a snooze, a question for an approval.

    The case waits again.

    Raises:
        NoSuchCase, NotYoursToAnswer: as `answer_case`.
        CannotTakeBack: an invoice was issued, or a policy signed.
        Refused: something was built on a match.
    """
    case = visible_case(person=person, case_id=case_id, at=at)
    if not may_answer(person, case):
        raise domain.NotYoursToAnswer(kind=case.kind, role=person.role.value)
    if case.state is State.OPEN:
        return
    if not is_undoable(case):
        raise CannotTakeBack(outcome=case.outcome)
    if case.outcome in ("matched", "assigned"):
        line_id = int(case.subject.partition(":")[2])
        zone_day = Asked(case, Answer.REJECT, "", {}, person, actor, at).today
        receive_money.undo_match(
            books_id=person.books.id,
            undo=Undo(What.LINE, line_id),
            on=zone_day,
            reason="taken back in the queue",
            actor=actor,
            at=at,
        )
        verdict = lines.verdict_of(person.books.id, line_id)
        if verdict is not None:
            proposed = [(verdict, case.code, case.facts)]
            queue.hold_lines(
                books_id=person.books.id, proposed=proposed, decision_id=case.decision_id, actor=actor, at=at
            )
    if case.state is State.SNOOZED:
        _withdraw_asked(person, case, actor, at)
    review.reopen_case(books_id=person.books.id, case_id=case_id, why="taken_back", actor=actor, at=at)


def _withdraw_asked(person: Person, case: CaseRow, actor: Actor, at: datetime) -> None:
    """Take the question for an approval back, with which a person let this case rest."""
    asked = reads.asked_approvals(person.books.id, case.subject)
    if any(one.state == "asked" and domain.identity(one.requested_by) == domain.identity(actor) for one in asked):
        review.void_approvals(books_id=person.books.id, subject=case.subject, actor=actor, at=at)
        review.resolve_cases(
            books_id=person.books.id,
            kind=domain.ASKED,
            subjects=[case.subject],
            outcome="withdrawn",
            actor=actor,
            at=at,
        )


def is_undoable(case: CaseRow) -> bool:
    """Tell whether `take_back` takes the answer of a case back."""
    return case.state is State.SNOOZED or (
        case.state is State.ANSWERED
        and case.outcome in ("matched", "assigned", "left", "sent_back", "agreed", "disagreed", "accepted", "rejected")
    )


def comment_on(*, person: Person, case_id: int, text: str, actor: Actor, at: datetime) -> tuple[str, ...]:
    """Say something about a case; returns whom it names. An answer to what was sent back lets the case wait again."""
    case = visible_case(person=person, case_id=case_id, at=at)
    members = {one.email: (one.user_id, one.name) for one in people.members(person.books.id)}
    with transaction.atomic():
        named = review.comment(
            books_id=person.books.id,
            case_id=case_id,
            text=text,
            author_id=person.user_id,
            people=members,
            actor=actor,
            at=at,
        )
        was_asked = case.outcome == "sent_back" and domain.identity(case.answered_by) != domain.identity(actor)
        if was_asked:
            review.reopen_case(books_id=person.books.id, case_id=case_id, why="answered_by_sales", actor=actor, at=at)
    return named


def assign_case(*, person: Person, case_id: int, email: str, actor: Actor, at: datetime) -> bool:
    """Make a member of the books, or nobody, the owner of a case; returns whether that changed anything.

    Raises:
        NoSuchCase: there is none for this person. NoSuchMember: nobody here has this address.
    """
    visible_case(person=person, case_id=case_id, at=at)
    owner = member(person.books.id, email) if email else None
    return review.assign(
        books_id=person.books.id,
        case_id=case_id,
        owner_id=owner.user_id if owner else None,
        owner=owner.email if owner else "",
        actor=actor,
        at=at,
    )


class NoSuchMember(Refused):
    """Nobody with this e-mail address has a role in these books."""

    code = "no_such_member"


def member(books_id: int, email: str) -> Person:
    """Return who has a role in some books, by e-mail address.

    Raises:
        NoSuchMember: nobody has.
    """
    wanted = email.strip().casefold()
    found = next((one for one in people.members(books_id) if one.email.casefold() == wanted), None)
    if found is None:
        raise NoSuchMember(field="email", email=email[:80])
    return found


def delegate(
    *, person: Person, to: str, start: date, end: date, reason: str, actor: Actor, at: datetime, giver: str = ""
) -> int:
    """Lend a person's role for approvals to another for some days; an administrator may do it for somebody else.

    Raises:
        NoSuchMember: nobody has the address. NotYoursToAnswer: somebody else's role, and not an administrator.
        DelegationSpan: the days are the wrong way round, or both are one person.
    """
    taker = member(person.books.id, to)
    lender = member(person.books.id, giver) if giver else person
    if lender.user_id != person.user_id and person.role is not Role.ADMIN:
        raise domain.NotYoursToAnswer(kind="delegation", role=person.role.value)
    return review.delegate(
        books_id=person.books.id,
        giver_id=lender.user_id,
        taker_id=taker.user_id,
        start=start,
        end=end,
        reason=reason,
        actor=actor,
        at=at,
    )


def end_delegation(*, person: Person, delegation_id: int, actor: Actor, at: datetime) -> bool:
    """End a delegation at once: the giver, the taker or an administrator does; returns whether it was in force.

    Raises:
        NotYoursToAnswer: it is somebody else's.
    """
    found = next((one for one in reads.delegations(person.books.id) if one.id == delegation_id), None)
    if found is None:
        return False
    if person.email not in (found.giver, found.taker) and person.role is not Role.ADMIN:
        raise domain.NotYoursToAnswer(kind="delegation", role=person.role.value)
    return review.revoke_delegation(books_id=person.books.id, delegation_id=delegation_id, actor=actor, at=at)


def ask_approval(
    *,
    person: Person,
    opportunity_id: int,
    codes: Sequence[str],
    roles: Sequence[Role] = (),
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Ask, from a deal's page, that somebody with authority lets it pass as it is; returns the case.

    Args:
        codes: the findings that it is asked for. roles: who may say yes; those that may overrule where none is named.

    Raises:
        NoSuchOpportunity: there is none. ReasonMissing: nobody is asked without a reason.
    """
    found = crm.opportunity_facts([opportunity_id])
    if not found or found[0].books_id != person.books.id:
        raise crm.NoSuchOpportunity(field="opportunity", opportunity=str(opportunity_id))
    if not reason.strip():
        raise domain.ReasonMissing(field="reason")
    (facts,) = found
    said = facts.said
    wanted = WantedApproval(
        f"opportunity:{opportunity_id}",
        facts.version_hash,
        tuple(codes),
        tuple(roles) or deals.OVERRIDERS,
        reason.strip(),
        deals.money_of(said.amount_minor, said.currency),
        {"name": said.name, "terms": said.terms_text},
        facts.customer_id,
    )
    return review.request_approval(books_id=person.books.id, wanted=wanted, actor=actor, at=at)


def _write(asked: Asked, done: Done, until: datetime | None = None) -> Answered:
    """Write an answer down with what followed, and the label where a person and the machine spoke of the same."""
    review.write_answer(
        books_id=asked.books_id,
        case_id=asked.case.id,
        answer=asked.answer,
        reason=asked.reason,
        outcome=done.outcome,
        is_closed=done.is_closed,
        until=until,
        facts={**done.facts, "effects": list(done.effects)},
        actor=asked.actor,
        at=asked.at,
    )
    if done.machine:
        review.label(
            books_id=asked.books_id,
            case_id=asked.case.id,
            machine=done.machine,
            person=done.outcome,
            reason=asked.reason,
            actor=asked.actor,
            at=asked.at,
        )
    after = reads.case(asked.books_id, asked.case.id, asked.at)
    return Answered(
        asked.case.id,
        asked.answer,
        done.outcome,
        is_closed=done.is_closed,
        may_undo=is_undoable(after),
        facts=done.facts,
        effects=done.effects,
    )


def answerer(person: Person, at: datetime) -> domain.Answerer:
    """Return whose turn it may be, for `Wanted.answered_by`: with their own role and those delegated to them today."""
    today = at.astimezone(ZoneInfo(person.books.time_zone)).date()
    given = reads.delegations(person.books.id, taker_id=person.user_id, on=today)
    return domain.Answerer(
        "" if deals.relaxed_by(person) else domain.identity(person.email),
        person.role,
        tuple(dict.fromkeys([person.role, *(Role(one.giver_role) for one in given if one.giver_role)])),
        bool(sides_of(person.role)),
    )


def is_turn_of(person: Person, case: CaseRow, at: datetime) -> bool:
    """Tell whether a case is this person's to answer: an approval asks for roles, and a second pair of eyes."""
    if case.kind not in (*domain.BY_ANOTHER, "policy"):
        return True
    return reads.is_for(person.books.id, case.id, answerer(person, at))


def may_overrule(person: Person, case: CaseRow, at: datetime) -> bool:
    """Tell whether a person may let what a case holds pass as it is; who may not can ask for it (`Answer.ASK`)."""
    asked = Asked(case, Answer.APPROVE, "", {}, person, person_actor(person.email), at)
    return deals.may_overrule(asked, others.findings_of(case), _brought_by(case))


def may_ask(case: CaseRow) -> bool:
    """Tell whether an approval can be asked for what a case holds."""
    is_held = case.kind in (queue.DEAL, queue.INVOICE) and not deals.is_suggestion(case)
    return is_held and deals.may_be_overruled(others.findings_of(case))


def held_for(person: Person, asked: CaseRow, at: datetime) -> CaseRow | None:
    """Return the case that rests until an approval is answered: what it holds is what somebody would let pass."""
    return others.waiting_for(person.books.id, asked, at)


def overrulers(case: CaseRow) -> tuple[Role, ...]:
    """Return who may let what a case holds pass."""
    return deals.roles_for(others.findings_of(case))


def _brought_by(case: CaseRow) -> str:
    return deals.author_of(int(case.subject.partition(":")[2])) if case.kind == queue.DEAL else case.requested_by


def _asks(asked: Asked) -> Done:
    """Ask who may overrule what a case holds; the case rests until that is answered."""
    case = asked.case
    if not may_ask(case):
        raise CannotAnswerSo(answer=asked.answer.value, why=[case.code])
    asked.needs_reason()
    if case.kind == queue.DEAL:
        deals.insist_unchanged(asked)
    findings = others.findings_of(case)
    roles = deals.roles_for(findings)
    review.request_approval(
        books_id=asked.books_id,
        wanted=WantedApproval(
            case.subject,
            case.content_hash,
            tuple(sorted({finding.code for finding in findings})),
            roles,
            asked.reason,
            case.money,
            {name: case.facts.get(name) for name in ("name", "customer") if case.facts.get(name)},
            case.customer_id,
        ),
        actor=asked.actor,
        at=asked.at,
    )
    return Done("asked", {"roles": [role.value for role in roles]}, is_closed=False)


def _always(asked: Asked) -> Done:
    """Propose a policy by which this finding need not be asked again: for this customer, up to this amount, for a time.

    It takes effect after its second signature; until then the case waits.
    """
    findings = deals.findings_of(asked.case)
    if asked.case.kind != queue.DEAL or not deals.may_be_overruled(findings) or asked.case.money is None:
        raise CannotAnswerSo(answer=asked.answer.value, why=[asked.case.code])
    asked.needs_reason()
    limit = asked.fix.get("max_amount")
    until = asked.fix.get("expires_on")
    customer = str(asked.case.facts.get("customer") or "")
    most = parse_amount(limit, asked.case.money.currency) if limit else asked.case.money
    standing = policies.active(Kind.ALWAYS_ALLOW, asked.books_id).as_a(AlwaysAllow)
    new = [
        Allowance(
            kind=asked.case.kind,
            code=finding.code,
            expires_on=parse_date(until) if until else asked.today + timedelta(days=ALLOWED_DAYS),
            max_amount_minor=max(1, most.minor),
            customer=customer,
            note=asked.reason[:200],
        )
        for finding in findings
    ]
    replaced = {(one.kind, one.code, one.customer) for one in new}
    kept = [one for one in standing.allowances if (one.kind, one.code, one.customer) not in replaced]
    proposed = policy_flow.propose_policy(
        person=asked.person,
        kind=Kind.ALWAYS_ALLOW,
        content=AlwaysAllow((*kept, *new)),
        reason=asked.reason,
        owner=asked.person.email,
        review_date=max(one.expires_on for one in new),
        actor=asked.actor,
        at=asked.at,
    )
    for side in proposed.missing[:1]:
        if side in sides_of(asked.person.role):
            policy_flow.sign_policy(
                person=asked.person,
                version_id=proposed.id,
                side=side,
                content_hash=proposed.content_hash,
                actor=asked.actor,
                at=asked.at,
            )
    facts: dict[str, Fact] = {"policy": proposed.name, "until": new[0].expires_on.isoformat(), "customer": customer}
    return Done("proposed", facts, is_closed=False)
