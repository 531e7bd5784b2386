"""Answers about a bank line: settle it as proposed, settle another set, post it to an account, or leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterfoil.flows import queue, receive_money
from counterfoil.flows.review import comparing
from counterfoil.flows.review.asked import Asked, CannotAnswerSo, Done, NothingToFix
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain.matching import Candidate, Verdict
from counterfoil.receivables.domain.settlement import DocumentKind, Part
from counterfoil.review.domain import Answer, ChangedSinceSeen


@dataclass(frozen=True, slots=True)
class Proposal:
    """What approving a line would settle, by document, and what is left over."""

    parts: tuple[tuple[Part, str], ...]
    left: Money


def answered(asked: Asked) -> Done:
    """Carry an answer about a bank line out.

    Raises:
        ChangedSinceSeen: the line, or what it names, is not what it was; both are in the facts.
        CannotAnswerSo: nothing is proposed. NothingToFix: no other set was named.
    """
    verdict = verdict_of(asked.books_id, asked.subject_id)
    now = queue.line_hash(verdict) if verdict else ""
    if now != asked.case.content_hash:
        raise ChangedSinceSeen(
            seen=asked.case.content_hash,
            now=now,
            changes=[
                {"field": "line", "seen": dict(asked.case.facts), "now": dict(verdict.facts) if verdict else None}
            ],
        )
    assert verdict is not None, "an empty hash is nobody's"
    match asked.answer:
        case Answer.APPROVE:
            proposal = proposal_of(verdict)
            if not proposal.parts:
                raise CannotAnswerSo(answer=asked.answer.value, why=[verdict.code])
            return _settled(asked, [part for part, _ in proposal.parts], "matched", "")
        case Answer.FIX:
            return _fixed(asked, verdict)
        case _:
            comparing.compared(asked, is_agreed=False)
            return Done("left", machine="proposed")


def verdict_of(books_id: int, line_id: int) -> Verdict | None:
    """Return what the rule says of one listed line now; None where it is not listed any more."""
    line = reads.line_to_match(books_id, line_id)
    if line is None:
        return None
    return matching.verdict(line.line, reads.named_candidates(books_id, [line])[line_id])


def proposal_of(verdict: Verdict) -> Proposal:
    """Return what a line would settle if its proposal is approved: what it names, in its order, while money is left."""
    left = abs(verdict.line.amount)
    if verdict.line.amount.minor < 0:
        return _return_of(verdict, left)
    parts: list[tuple[Part, str]] = []
    for candidate in verdict.candidates:
        is_fit = candidate.kind is DocumentKind.INVOICE and candidate.open.currency == left.currency
        if is_fit and candidate.open and left:
            amount = min(left, candidate.open)
            parts.append((Part(candidate.item_id, amount), candidate.number))
            left -= amount
    return Proposal(tuple(parts), left)


def _return_of(verdict: Verdict, left: Money) -> Proposal:
    for candidate in verdict.candidates:
        equal = [payment for payment in candidate.payments if payment[1] == left.minor]
        if len(equal) == 1:
            part = Part(candidate.item_id, -left, returns=equal[0][0])
            return Proposal(((part, candidate.number),), Money.zero(left.currency))
    return Proposal((), left)


def _fixed(asked: Asked, verdict: Verdict) -> Done:
    """Settle the set, the account or the customer that a person chose."""
    fix = asked.fix
    proposed = {part.item_id for part, _ in proposal_of(verdict).parts}
    if fix.get("account"):
        settled = receive_money.assign(
            books_id=asked.books_id,
            line_id=asked.subject_id,
            account=fix["account"],
            actor=asked.actor,
            at=asked.at,
        )
        return Done("assigned", {"account": fix["account"]}, machine="proposed", effects=settled.effects)
    if not fix.get("items"):
        raise NothingToFix(fields=["items", "account"])
    wanted = [int(one) for one in fix["items"].split(",") if one.strip().isdecimal()]
    parts = _chosen(asked.books_id, verdict, wanted)
    return _settled(asked, parts, "matched", "" if set(wanted) == proposed else "proposed")


def _chosen(books_id: int, verdict: Verdict, wanted: Sequence[int]) -> list[Part]:
    """Settle chosen items, each in full while money is left."""
    left = abs(verdict.line.amount)
    known: Mapping[int, Candidate | reads.LineCandidate] = {
        **{one.item_id: one for one in reads.line_candidates(books_id, verdict.line.id)},
    }
    parts = []
    for item_id in wanted:
        candidate = known.get(item_id)
        if candidate is None:
            raise NothingToFix(fields=["items"], item=item_id)
        if left:
            amount = min(left, candidate.open)
            parts.append(Part(item_id, amount))
            left -= amount
    return parts


def _settled(asked: Asked, parts: Sequence[Part], outcome: str, machine: str) -> Done:
    settled = receive_money.match_by_hand(
        books_id=asked.books_id, line_id=asked.subject_id, parts=parts, actor=asked.actor, at=asked.at
    )
    facts: dict[str, Fact] = {"items": [part.item_id for part in parts]}
    return Done(outcome, facts, machine=machine, effects=settled.effects)
