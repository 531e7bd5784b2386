"""What people said and did of things that the machine judged, and the step down where that breaks the bar."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from counterfoil.audit.domain import Actor, system
from counterfoil.autonomy import selectors as reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain import promotion as rising
from counterfoil.autonomy.domain.pairs import AGREED, COMPARED_NOT, Pair, Said, difference
from counterfoil.autonomy.domain.promotion import Breach, Criteria
from counterfoil.decisions.domain import Mode
from counterfoil.flows.verdicts import bill, close_deal
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import AutonomyPolicy
from counterfoil.policies.domain import Kind as PolicyKind

HAVE_DOCUMENTS: Final = frozenset({close_deal.KIND, bill.KIND})
"""Kinds of decision that documents of the system that was really used speak about."""
UNDONE: Final = "undone"
HELD: Final = "held"


def criteria_of(books_id: int, kind: str) -> Criteria:
    """Return what a kind of decision must show, as the policy in force says; its floors hold besides."""
    policy = policies.active(PolicyKind.AUTONOMY, books_id).as_a(AutonomyPolicy).criteria_of(kind)
    return Criteria(
        policy.min_n,
        policy.min_agreement_micro,
        policy.min_quality_micro,
        policy.max_money_error_micro,
        policy.unpaired_after_days,
    ).floored()


def pairs_of(books_id: int, kind: str, version: str, at: datetime) -> list[Pair]:
    """Return the raw pairs of a version up to an instant."""
    return reads.pairs(
        books_id,
        kind,
        version,
        as_of=at,
        unpaired_after_days=criteria_of(books_id, kind).unpaired_after_days,
        has_documents=kind in HAVE_DOCUMENTS,
        is_first=kind == close_deal.KIND,
    )


def check(*, books_id: int, kind: str, version: str, at: datetime) -> Breach | None:
    """Step a version down where its evidence broke the bar; returns why, or None. Run after each pairing."""
    standing = reads.standing(books_id, kind, version)
    if not standing.is_set or standing.level is Mode.OBSERVE:
        return None
    breach = rising.breach(pairs_of(books_id, kind, version, at), criteria_of(books_id, kind), now=standing.level)
    if breach is not None:
        autonomy.demote(books_id=books_id, kind=kind, version=version, breach=breach, actor=system("autonomy"), at=at)
    return breach


def keep(
    *,
    books_id: int,
    kind: str,
    version: str,
    answers: Mapping[tuple[str, int], Said],
    source: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep what a person did here; where it differs from what the machine said, look whether that breaks the bar."""
    kept = [autonomy.NewAnswer(subject, said, source, part) for (subject, part), said in answers.items()]
    autonomy.record_answers(books_id=books_id, kind=kind, answers=kept, actor=actor, at=at)
    said_of = reads.last_said(books_id, sorted({subject for subject, _ in answers}))
    machine = {(one.subject, one.part): one.said for one in said_of if one.kind == kind}
    if any(key in machine and difference(machine[key], said) != AGREED for key, said in answers.items()):
        check(books_id=books_id, kind=kind, version=version, at=at)


def taken_back(*, books_id: int, things: Mapping[str, Collection[int]], reason: str, actor: Actor, at: datetime) -> int:
    """Keep that a person took back what the machine had judged right, and step down where that breaks the bar.

    What was never compared (no shadow, no sample, no suggestion) says nothing of how often the machine is right, and is
    left out. Three statements, and some for each kind that was compared.

    Args:
        things: parts by thing (`opportunity:7`); none means all of them.

    Returns:
        How many answers that were.
    """
    if not things:
        return 0
    about = [
        one
        for one in reads.last_said(books_id, sorted(things))
        if one.said.outcome not in COMPARED_NOT | {HELD}
        and (not things[one.subject] or one.part in things[one.subject])
    ]
    for kind, version in sorted({(one.kind, one.version) for one in about}):
        answers = [
            autonomy.NewAnswer(one.subject, Said(UNDONE), "undo", one.part, reason)
            for one in about
            if (one.kind, one.version) == (kind, version)
        ]
        autonomy.record_answers(books_id=books_id, kind=kind, answers=answers, actor=actor, at=at)
        check(books_id=books_id, kind=kind, version=version, at=at)
    return len(about)
