"""Proposing and signing policies, and what a proposal would have done to the past before anybody signs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import OpportunityFacts
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.policies import domain
from counterfoil.policies import selectors as policies
from counterfoil.policies import services as policy_writes
from counterfoil.policies.domain import (
    ApprovalMatrix,
    CreditProfiles,
    DataStandard,
    Kind,
    Settings,
    Side,
    credit_findings,
)
from counterfoil.policies.services import Signed
from counterfoil.receivables import selectors as receivables
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase
from counterfoil.standards import domain as standards
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards.domain import Catalogue, Deal, Standard, insist_checkable

CASE = "policy"
SIMULATED = (Kind.DATA_STANDARD, Kind.APPROVAL_MATRIX, Kind.CREDIT_PROFILES)
"""The kinds that decide about deals."""
CHUNK = 5_000
MOST_SHOWN = 50
DAY = timedelta(days=1)


class NothingToSimulate(Refused):
    """A policy of this kind decides about no deal, so the past cannot say what it would have done."""

    code = "nothing_to_simulate"


class MayNotPropose(Refused):
    """The role does not propose policies."""

    code = "may_not_propose"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A past deal that the proposal judges differently; `amount` is in base, None where no rate is known."""

    opportunity_id: int
    reference: str
    name: str
    close_date: date
    amount: Money | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a proposal would have done to the deals won since a day, beside what is in force.

    `stopped` passed what is in force and would not have passed the proposal; `released` is the other way round. Both
    list `MOST_SHOWN` at most, the largest first; the counts and amounts are of all.
    """

    kind: Kind
    against: str
    since: date
    tested: int
    currency: Currency
    stopped_count: int
    stopped_amount: Money
    released_count: int
    released_amount: Money
    by_code: tuple[tuple[str, int], ...]
    stopped: tuple[Stopped, ...]
    released: tuple[Stopped, ...]


Verdicts = Callable[[Sequence[OpportunityFacts], Settings], list[tuple[Finding, ...]]]


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
    """Hold every deal won since a day against a proposal and against what is in force. Nothing is written.

    Raises:
        NothingToSimulate: policies of this kind do not decide about deals.
        UncheckableSetting: a standard that nobody could check.
    """
    verdicts = _verdicts(kind, books_id)
    insist_meant(kind, content)
    in_force = policies.active(kind, books_id)
    base = people.books_facts(books_id).base_currency
    tested = 0
    stopped: list[Stopped] = []
    released: list[Stopped] = []
    codes: dict[str, int] = defaultdict(int)
    for facts in _past_deals(books_id, since):
        tested += len(facts)
        before, after = verdicts(facts, in_force.content), verdicts(facts, content)
        amounts = _in_base(books_id, base, facts)
        for one, amount, old, new in zip(facts, amounts, before, after, strict=True):
            if bool(old) == bool(new):
                continue
            assert one.said.close_date
            row = Stopped(
                one.opportunity_id, one.said.external_id, one.said.name, one.said.close_date, amount, new or old
            )
            (stopped if new else released).append(row)
            if new:
                for code in {finding.code for finding in new}:
                    codes[code] += 1
    return Simulated(
        kind,
        in_force.version,
        since,
        tested,
        base,
        len(stopped),
        _sum(stopped, base),
        len(released),
        _sum(released, base),
        tuple(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))),
        _largest(stopped),
        _largest(released),
    )


def _past_deals(books_id: int, since: date) -> Iterator[list[OpportunityFacts]]:
    """Yield what was won since a day, the oldest first, some thousands at a time."""
    ids = crm.won_since(books_id, since)
    for start in range(0, len(ids), CHUNK):
        yield crm.opportunity_facts(ids[start : start + CHUNK])


def _verdicts(kind: Kind, books_id: int) -> Verdicts:
    known: dict[Kind, Callable[[int], Verdicts]] = {
        Kind.DATA_STANDARD: lambda _: _by_standard,
        Kind.APPROVAL_MATRIX: _by_limits,
        Kind.CREDIT_PROFILES: _by_credit,
    }
    if kind not in known:
        raise NothingToSimulate(field="kind", kind=kind.value, known=[one.value for one in SIMULATED])
    return known[kind](books_id)


def _by_standard(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
    assert isinstance(content, DataStandard)
    standard = Standard.from_content(content)
    catalogue, known = standard_reads.catalogue_for(facts)
    return [standards.findings_of(one, catalogue, standard) for one in known]


def _deals(facts: Sequence[OpportunityFacts]) -> tuple[list[Deal | None], Catalogue]:
    """Return the deal that each was under the standard in force; None where it was none."""
    standard = standard_reads.standard()
    catalogue, known = standard_reads.catalogue_for(facts)
    judged = [standards.validate(one, catalogue, standard) for one in known]
    return [one if isinstance(one, Deal) else None for one in judged], catalogue


def _by_limits(books_id: int) -> Verdicts:
    """Hold deals against the limits of who sold them; whose role has none has those of a seller."""
    roles = {member.email.casefold(): member.role for member in people.members(books_id)}
    base = people.books_facts(books_id).base_currency

    def judge(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
        assert isinstance(content, ApprovalMatrix)
        if not content.limits:
            return [()] * len(facts)
        deals, catalogue = _deals(facts)
        products = {product.id: product for product in catalogue.products.values()}
        found: list[tuple[Finding, ...]] = []
        for one, deal, amount in zip(facts, deals, _in_base(books_id, base, facts), strict=True):
            if deal is None or amount is None:
                found.append(())
                continue
            segment = catalogue.customers[deal.customer_id].segment
            asked = standards.approval_facts(deal, base_minor=amount.minor, segment=segment, products=products)
            role = roles.get(one.owner.casefold(), Role.SALES)
            has_limit = any(limit.role == role for limit in content.limits)
            found.append(content.breaches(role if has_limit else Role.SALES, asked))
        return found

    return judge


def _by_credit(books_id: int) -> Verdicts:
    base = people.books_facts(books_id).base_currency

    def judge(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
        assert isinstance(content, CreditProfiles)
        deals, _ = _deals(facts)
        amounts = _in_base(books_id, base, facts)
        sold = [(deal, amount) for deal, amount in zip(deals, amounts, strict=True) if deal and amount]
        profiles = receivables.profiles_of(content, sorted({deal.customer_id for deal, _ in sold}))
        owed = iter(receivables.past_exposures(books_id, [(d.customer_id, d.close_date - DAY) for d, _ in sold]))
        found: list[tuple[Finding, ...]] = []
        for deal, amount in zip(deals, amounts, strict=True):
            if deal is None or amount is None:
                found.append(())
                continue
            days = (deal.term.due_date(deal.close_date) - deal.close_date).days
            profile, exposure = profiles[deal.customer_id], next(owed)
            found.append(credit_findings(profile, exposure, added_minor=amount.minor, term_days=days))
        return found

    return judge


def _in_base(books_id: int, base: Currency, facts: Sequence[OpportunityFacts]) -> list[Money | None]:
    """Return what each deal stated, in base on its close date; None where it cannot be said."""
    wanted = [(standards.stated_amount(one), one.said.close_date) for one in facts]
    asked = [(amount, day) for amount, day in wanted if amount is not None and day is not None]
    converted = iter(ledger.base_amounts(books_id, base, asked))
    return [next(converted) if amount is not None and day is not None else None for amount, day in wanted]


def _sum(rows: Sequence[Stopped], base: Currency) -> Money:
    return sum((row.amount for row in rows if row.amount is not None), Money.zero(base))


def _largest(rows: Sequence[Stopped]) -> tuple[Stopped, ...]:
    ordered = sorted(rows, key=lambda row: (-(row.amount.minor if row.amount else 0), row.opportunity_id))
    return tuple(ordered[:MOST_SHOWN])
