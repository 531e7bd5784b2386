"""Answers about held invoices, approvals, policies, and everything that only needs somebody's yes or no."""

from __future__ import annotations

from datetime import date, datetime

from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.billing import domain as billing_rules
from counterfoil.billing import selectors as billing
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import DisputeState
from counterfoil.flows import bill_due, enter_invoice, policies, queue
from counterfoil.flows.enter_invoice import EnteredKind
from counterfoil.flows.review import comparing, deals
from counterfoil.flows.review.asked import Asked, CannotAnswerSo, Done, StillHeld
from counterfoil.flows.verdicts.enter_invoice import TO_A_PERSON
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.text import parse_date
from counterfoil.policies.domain import Side, sides_of
from counterfoil.policies.selectors import version as policy_version
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.domain import Answer, ChangedSinceSeen, State, WantedApproval


def invoice_answered(asked: Asked) -> Done:
    """Enter a held invoice as asked for, or on another day (today where none is named), or let it go.

    Raises:
        ChangedSinceSeen: the request is not what was seen. StillHeld: something stands against it.
    """
    held = billing.held_invoice(asked.books_id, asked.subject_id)
    read = billing_rules.parsed_request(held.request)
    now = "" if isinstance(read, list) else queue.request_hash(billing_rules.request_content(read))
    if now != asked.case.content_hash:
        raise ChangedSinceSeen(seen=asked.case.content_hash, now=now)
    if asked.answer is Answer.REJECT:
        asked.needs_reason()
        enter_invoice.discard_held(
            books_id=asked.books_id, held_id=held.id, reason=asked.reason[:255], actor=asked.actor, at=asked.at
        )
        return Done("discarded")
    day: date | None = None
    if asked.answer is Answer.FIX:
        day = parse_date(asked.fix["issue_date"]) if asked.fix.get("issue_date") else asked.today
    if asked.answer is Answer.APPROVE:
        _approve_findings(asked)
    return _entered(asked, day, "issued")


def _entered(asked: Asked, day: date | None, outcome: str) -> Done:
    """Enter the held invoice that a case is about.

    Raises:
        StillHeld: something stands against it.
    """
    entered = enter_invoice.enter_held(
        books_id=asked.books_id, held_id=asked.subject_id, issue_date=day, actor=asked.actor, at=asked.at
    )
    if entered.kind not in (EnteredKind.DONE, EnteredKind.UNCHANGED):
        raise StillHeld(found=[refusal.code for refusal in entered.refusals])
    return Done(outcome, {"number": entered.number}, effects=(f"invoice:{entered.invoice_id}",))


def _approve_findings(asked: Asked) -> None:
    """Give the approval that silences what was found about a held invoice, for exactly what was asked for."""
    findings = deals.findings_of(asked.case) or [Finding(ANOMALIES, asked.case.code, asked.case.facts)]
    codes = tuple(sorted({one.code for one in findings if one.code not in TO_A_PERSON}))
    if not codes:
        return
    asked.needs_reason()
    review.give_approval(
        books_id=asked.books_id,
        case_id=asked.case.id,
        wanted=WantedApproval(
            asked.case.subject,
            asked.case.content_hash,
            codes,
            deals.roles_for(findings),
            asked.reason,
            asked.case.money,
        ),
        requested_by=asked.case.requested_by,
        approver=review.Approver(asked.person.user_id, asked.person.role, deals.relaxed_by(asked.person)),
        today=asked.today,
        actor=asked.actor,
        at=asked.at,
    )


def dispute_answered(asked: Asked) -> Done:
    """Say that somebody who disputes a decision is right, or is not; why is kept with it.

    Raises:
        OwnDispute: this person raised it. DisputeIsClosed: it ended meanwhile.
    """
    asked.needs_reason()
    steps = {Answer.APPROVE: DisputeState.ACCEPTED, Answer.REJECT: DisputeState.REJECTED}
    if asked.answer not in steps:
        raise CannotAnswerSo(answer=asked.answer.value, why=["decision_disputed"])
    state = decisions.answer_dispute(
        books_id=asked.books_id,
        dispute_id=asked.subject_id,
        step=steps[asked.answer],
        text=asked.reason,
        actor=asked.actor,
        at=asked.at,
    )
    return Done(state.value)


def findings_of(case: reads.CaseRow) -> list[Finding]:
    """Return everything that was found about an invoice that was asked for; one finding alone is the case itself."""
    found = deals.findings_of(case)
    check = "document" if case.code == "issue_date_too_far" else "anomalies"
    return found or [Finding(check, case.code, case.facts)]


def approval_answered(asked: Asked) -> Done:
    """Give or refuse an approval; the won deal or the invoice that was held for it goes through at once.

    Where it is refused, what rested until then waits for its first owner again.

    Raises:
        RequesterMayNotApprove, RoleMayNotApprove: this person may not.
    """
    is_given = asked.answer is Answer.APPROVE
    if not is_given and asked.answer is not Answer.REJECT:
        raise CannotAnswerSo(answer=asked.answer.value, why=["approval_asked"])
    if not is_given:
        asked.needs_reason()
    changed_from = asked.case.subject.startswith("opportunity:")
    if changed_from:
        deals.insist_unchanged(asked)
    review.decide_approval(
        books_id=asked.books_id,
        case_id=asked.case.id,
        is_given=is_given,
        approver=review.Approver(asked.person.user_id, asked.person.role, deals.relaxed_by(asked.person)),
        today=asked.today,
        actor=asked.actor,
        at=asked.at,
    )
    if not is_given:
        if waiting := waiting_for(asked.books_id, asked.case, asked.at):
            review.reopen_case(
                books_id=asked.books_id, case_id=waiting.id, why="refused", actor=asked.actor, at=asked.at
            )
        return Done("refused")
    waiting = waiting_for(asked.books_id, asked.case, asked.at)
    if waiting and waiting.kind == queue.DEAL and deals.close_one(asked, asked.subject_id) is None:
        return Done("approved", {"then": "invoiced"})
    if waiting and waiting.kind == queue.INVOICE:
        return _entered(asked, None, "approved")
    return Done("approved")


def waiting_for(books_id: int, case: reads.CaseRow, at: datetime) -> reads.CaseRow | None:
    """Return the case that waits, or rests, until an approval of its subject is answered."""
    kinds, states = (queue.DEAL, queue.INVOICE), (State.OPEN, State.SNOOZED)
    about = reads.cases_about(books_id, [case.subject], at)
    return next((one for one in about if one.kind in kinds and one.state in states), None)


def policy_answered(asked: Asked) -> Done:
    """Sign a proposed policy for the person's side, or take the proposal back."""
    one = policy_version(asked.subject_id, asked.books_id)
    if asked.answer is Answer.REJECT:
        asked.needs_reason()
        policies.withdraw_policy(
            books_id=asked.books_id, version_id=one.id, reason=asked.reason, actor=asked.actor, at=asked.at
        )
        return Done("withdrawn")
    if asked.answer is not Answer.APPROVE:
        raise CannotAnswerSo(answer=asked.answer.value, why=["policy"])
    side = next((wanted for wanted in one.missing if wanted in sides_of(asked.person.role)), None)
    signed = policies.sign_policy(
        person=asked.person,
        version_id=one.id,
        side=side or (one.missing[0] if one.missing else Side.FINANCE),
        content_hash=asked.case.content_hash,
        actor=asked.actor,
        at=asked.at,
    )
    return Done("in_force" if signed.is_active else "signed", is_closed=signed.is_active)


def sample_answered(asked: Asked) -> Done:
    """Agree or disagree with what was done without a person; a disagreement says why."""
    if asked.answer is Answer.REJECT:
        asked.needs_reason()
        comparing.compared(asked, is_agreed=False)
        return Done("disagreed", machine=str(asked.case.facts.get("outcome") or "done"))
    if asked.answer is not Answer.APPROVE:
        raise CannotAnswerSo(answer=asked.answer.value, why=["sample"])
    comparing.compared(asked, is_agreed=True)
    return Done("agreed", machine=str(asked.case.facts.get("outcome") or "done"))


def instalment_answered(asked: Asked) -> Done:
    """Invoice an instalment that was suggested, or that is held and may be overruled; or leave it with the reason.

    Raises:
        CannotAnswerSo: what stands against it cannot be overruled.
        StillHeld: it is not due any more, or something else stands against it.
    """
    is_suggestion = deals.is_suggestion(asked.case)
    if asked.answer is Answer.REJECT:
        asked.needs_reason()
        if not is_suggestion:
            return Done("left", machine="held")
        comparing.compared(asked, is_agreed=False)
        return Done("rejected", machine="invoiced")
    if asked.answer is not Answer.APPROVE:
        raise CannotAnswerSo(answer=asked.answer.value, why=[asked.case.code])
    contract, _, number = asked.case.subject.removeprefix("instalment:").partition("/")
    if not is_suggestion:
        _overrule(asked, int(contract))
    billed = bill_due.bill_due(
        books_id=asked.books_id,
        through=asked.today,
        sink=EmbeddedAccounting(),
        only=[(int(contract), int(number))],
        is_confirmed=True,
        actor=asked.actor,
    )
    if not billed.invoiced:
        raise StillHeld(found=[finding.code for _, finding in billed.held])
    return Done("invoiced", machine="invoiced" if is_suggestion else "held")


def _overrule(asked: Asked, contract_id: int) -> None:
    """Approve what stands against an instalment. Limits are those of the whole contract: so is the approval.

    Raises:
        CannotAnswerSo: no role overrules it.
    """
    findings = deals.findings_of(asked.case)
    if not deals.may_be_overruled(findings):
        raise CannotAnswerSo(answer=asked.answer.value, why=[finding.code for finding in findings])
    asked.needs_reason()
    contract = contracts.contracts_by_id(asked.books_id, [contract_id])[contract_id]
    review.give_approval(
        books_id=asked.books_id,
        case_id=asked.case.id,
        wanted=WantedApproval(
            f"opportunity:{contract.opportunity_id}",
            contract.version_hash,
            tuple(sorted({finding.code for finding in findings})),
            deals.roles_for(findings),
            asked.reason,
            asked.case.money,
        ),
        requested_by=deals.author_of(contract.opportunity_id),
        approver=review.Approver(asked.person.user_id, asked.person.role, deals.relaxed_by(asked.person)),
        today=asked.today,
        actor=asked.actor,
        at=asked.at,
    )


def noted(asked: Asked) -> Done:
    """Keep a yes or a no; nothing else follows from it here."""
    if asked.answer is Answer.FIX:
        raise CannotAnswerSo(answer=asked.answer.value, why=[asked.case.code])
    if asked.answer is Answer.REJECT:
        asked.needs_reason()
    return Done("accepted" if asked.answer is Answer.APPROVE else "rejected")
