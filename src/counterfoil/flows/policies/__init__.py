"""Proposing and signing policies, and what a proposal would have done to the past before anybody signs it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.flows.policies import deals, others
from counterfoil.flows.policies.results import SIMULATED, NothingToSimulate, Of, Simulated, Stopped
from counterfoil.kernel.errors import Refused
from counterfoil.people.selectors import Person
from counterfoil.policies import domain
from counterfoil.policies import selectors as policies
from counterfoil.policies import services as policy_writes
from counterfoil.policies.domain import DataStandard, Kind, Settings, Side
from counterfoil.policies.services import Signed
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase
from counterfoil.standards.domain import insist_checkable

__all__ = [
    "SIMULATED",
    "MayNotPropose",
    "NothingToSimulate",
    "Of",
    "Simulated",
    "Stopped",
    "insist_meant",
    "propose_policy",
    "sign_policy",
    "simulate",
    "withdraw_policy",
]

CASE = "policy"


class MayNotPropose(Refused):
    """The role does not propose policies."""

    code = "may_not_propose"


# ------------------------------------------------------------------------------------ proposing and signing


@transaction.atomic
def propose_policy(
    *,
    person: Person,
    kind: Kind,
    content: Settings,
    reason: str,
    owner: str,
    review_date: date,
    actor: Actor,
    at: datetime,
) -> policies.Version:
    """Propose a version and let it wait for signatures in the review queue.

    Raises:
        MayNotPropose: the role does not. UncheckableSetting: a standard that nobody could check.
        PolicyUnchanged, PolicyNeedsOwner, ReviewNotAhead.
    """
    if not domain.may_propose(person.role, kind):
        raise MayNotPropose(role=person.role.value)
    insist_meant(kind, content)
    version_id = policy_writes.propose(
        books_id=person.books.id,
        kind=kind,
        content=content,
        reason=reason,
        owner=owner,
        review_date=review_date,
        actor=actor,
        at=at,
    )
    version = policies.version(version_id, person.books.id)
    review.open_cases(
        books_id=person.books.id,
        cases=[
            NewCase(
                CASE,
                f"policy:{version_id}",
                version.content_hash,
                "policy_waits_for_signatures",
                {"policy": version.name, "reason": version.reason, "sides": [side.value for side in version.missing]},
            )
        ],
        actor=actor,
        at=at,
    )
    return version


def insist_meant(kind: Kind, content: Settings) -> None:
    """Refuse a content that its own station could not use.

    Raises:
        UncheckableSetting.
    """
    if kind is Kind.DATA_STANDARD:
        assert isinstance(content, DataStandard)
        insist_checkable(content)


@transaction.atomic
def sign_policy(
    *, person: Person, version_id: int, side: Side, content_hash: str, actor: Actor, at: datetime
) -> Signed:
    """Sign for one side; the case is done when the version takes effect.

    Raises:
        As `policies.services.sign`.
    """
    signed = policy_writes.sign(
        version_id=version_id, side=side, signer=person, content_hash=content_hash, actor=actor, at=at
    )
    if signed.is_active:
        _resolve(person.books.id, version_id, "signed", actor, at)
    return signed


@transaction.atomic
def withdraw_policy(*, books_id: int, version_id: int, reason: str, actor: Actor, at: datetime) -> bool:
    """Take a proposal back, and its case with it; returns whether it was open.

    Raises:
        As `policies.services.withdraw`.
    """
    was_open = policy_writes.withdraw(version_id=version_id, books_id=books_id, reason=reason, actor=actor, at=at)
    if was_open:
        _resolve(books_id, version_id, "withdrawn", actor, at)
    return was_open


def _resolve(books_id: int, version_id: int, outcome: str, actor: Actor, at: datetime) -> None:
    review.resolve_cases(
        books_id=books_id, kind=CASE, subjects=[f"policy:{version_id}"], outcome=outcome, actor=actor, at=at
    )


# ------------------------------------------------------------------------------------ simulating


def simulate(*, books_id: int, kind: Kind, content: Settings, since: date) -> Simulated:
    """Hold the past since a day against a proposal and against what is in force. Nothing is written.

    Won deals where the kind judges deals; issued invoices, automatic decisions or weekly audits where it judges those.

    Raises:
        NothingToSimulate: policies of this kind stop nothing.
        UncheckableSetting: a standard that nobody could check.
    """
    insist_meant(kind, content)
    if kind in deals.JUDGES:
        return deals.simulate_deals(books_id=books_id, kind=kind, content=content, since=since)
    if kind in others.SIMULATORS:
        return others.SIMULATORS[kind](books_id, content, since)
    raise NothingToSimulate(field="kind", kind=kind.value, known=[one.value for one in SIMULATED])
