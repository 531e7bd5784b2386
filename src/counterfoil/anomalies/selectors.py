"""Reading what is usual, what was found, and inspecting what is about to be posted: a constant number of statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from counterfoil.anomalies import inspecting, keeping, scoring
from counterfoil.anomalies.candidates import learned_of, recent_of
from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.facts import Buyer, Candidate, DealFacts, MoneyFacts, Price, What
from counterfoil.anomalies.habit import Habit, Recent, with_learned
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.anomalies.models import Noted, Profile
from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import (
    AlwaysAllow,
    AnomalyPolicy,
    ApprovalMatrix,
    CreditProfile,
    CreditProfiles,
    Exposure,
    Kind,
)
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.payers import PaidFrom
from counterfoil.review import selectors as review
from counterfoil.review.domain import Approval

EVERYBODY = "all"
RULES = (Kind.ANOMALIES, Kind.APPROVAL_MATRIX, Kind.CREDIT_PROFILES, Kind.ALWAYS_ALLOW)
SELLERS = frozenset({Role.SALES, Role.SALES_OPS})
_KINDS = {What.DEAL: ("close_deal",), What.INSTALMENT: ("bill", "close_deal"), What.INVOICE: ("enter_invoice",)}
BESIDE = 32
"""Deals of the same customer in the same batch that are looked at on either side of one."""


@dataclass(frozen=True, slots=True)
class NotedRow:
    """One thing that was found, as lists show it."""

    id: int
    subject: str
    content_hash: str
    customer_id: int
    rule: str
    code: str
    field: str
    facts: Mapping[str, Fact]
    stake: Money
    has_held: bool
    seen_at: datetime


def customer_profile(customer_id: int) -> str:
    """The name of a customer's profile."""
    return f"customer:{customer_id}"


def segment_profile(segment: str) -> str:
    """The name of a segment's profile."""
    return f"segment:{segment}"[:80]


def habits(books_id: int, names: Sequence[str]) -> dict[str, Habit]:
    """Return what is usual, by the name of the profile; one statement. Who has none has an empty habit."""
    return {name: habit_of(content) for name, content in contents(books_id, names).items()}


def contents(books_id: int, names: Iterable[str]) -> dict[str, str]:
    """Return what is remembered as it is stored, by name, habits and states of the score alike; one statement."""
    rows = Profile.objects.filter(bulk.is_any_of("name", sorted(set(names))), books_id=books_id)
    return dict(rows.values_list("name", "content"))


def habit_of(content: str) -> Habit:
    """Read a habit as it is stored."""
    return Habit.from_json(json.loads(content))


def base_amounts(books_id: int, wanted: Sequence[Candidate]) -> list[int]:
    """Return net amounts in minor units of base, at the rate of the issue date; without a rate as they stand."""
    base = people.books_facts(books_id).base_currency
    found = ledger.base_amounts(books_id, base, [(one.net, one.issue_date) for one in wanted])
    return [one.net.minor if money is None else money.minor for one, money in zip(wanted, found, strict=True)]


def facts_of(
    books_id: int,
    wanted: Sequence[Candidate],
    *,
    rules: Mapping[Kind, policies.Active],
    today: date,
    is_historical: bool = False,
    is_asked: bool = False,
) -> list[DealFacts]:
    """Gather everything that the rules compare a batch with, in its order; statements do not grow with it.

    Args:
        rules: the policies in force (`rules_in_force`).
        is_historical: each is looked at as of its own day, for nothing of the past is late.
        is_asked: see `inspected`.
    """
    if not wanted:
        return []
    base = people.books_facts(books_id).base_currency
    in_base = base_amounts(books_id, wanted)
    buyers = buyers_of(sorted({one.customer_id for one in wanted}))
    names = {customer_profile(id_) for id_ in buyers} | {
        segment_profile(buyer.segment) for buyer in buyers.values() if buyer.segment
    }
    to_score = [(one, buyers[one.customer_id]) for one in wanted if scoring.is_scored(one)]
    stored = contents(books_id, {*names, EVERYBODY} | scoring.names_of(to_score))
    known = {name: habit_of(stored[name]) for name in (*names, EVERYBODY) if name in stored}
    prices = price_list()
    beside = _beside(wanted, in_base)
    nobody = Habit()
    limits = _limits(books_id, wanted, rules, today)
    payers = receivables.paid_from(books_id, sorted(buyers))
    memory = scoring.Memory(stored, to_score, split_limit_minor=scoring.split_limit(limits.matrix))
    scored = _scored(memory, wanted, buyers, in_base, learns=not is_asked)
    ahead: dict[int, int] = defaultdict(int)
    facts = []
    for one, amount, siblings, score in zip(wanted, in_base, beside, scored, strict=True):
        buyer = buyers[one.customer_id]
        habit = known.get(customer_profile(one.customer_id), nobody)
        group = known.get(segment_profile(buyer.segment) if buyer.segment else EVERYBODY, nobody)
        nearby = tuple([other for other in (*habit.recent, *siblings) if other.subject != one.subject])
        facts.append(
            DealFacts(
                one,
                one.issue_date if is_historical else today,
                buyer,
                base,
                amount,
                habit,
                group,
                nearby,
                prices,
                limits.role_of(one.owner),
                limits.matrix,
                limits.matrix_version,
                limits.profiles[one.customer_id],
                limits.profiles_version,
                limits.exposures.get(one.customer_id, Exposure()),
                ahead[one.customer_id],
                payers.get(one.customer_id, ()),
                score,
            )
        )
        if one.what is not What.INSTALMENT:
            ahead[one.customer_id] += amount
    return facts


def _scored(
    memory: scoring.Memory,
    wanted: Sequence[Candidate],
    buyers: Mapping[int, Buyer],
    in_base: Sequence[int],
    *,
    learns: bool,
) -> list[Scored | None]:
    """Score a batch in the order in which it would be posted, each by what came before it, those of the batch too."""
    answers: list[Scored | None] = [None] * len(wanted)
    for place in sorted(range(len(wanted)), key=lambda place: (wanted[place].issue_date, place)):
        one = wanted[place]
        if scoring.is_scored(one):
            answers[place] = memory.scored(one, buyers[one.customer_id], in_base[place], learns=learns)
    return answers


def signed_rules(books_id: int) -> dict[str, Fact]:
    """Return what people signed that rules look by: thresholds and approval matrix, as decisions keep them."""
    rules = policies.actives(books_id, (Kind.ANOMALIES, Kind.APPROVAL_MATRIX))
    return {
        keeping.POLICY: rules[Kind.ANOMALIES].content.to_json(),
        keeping.MATRIX: rules[Kind.APPROVAL_MATRIX].content.to_json(),
    }


@dataclass(frozen=True, slots=True)
class _Limits:
    """What people signed, beside whose limits hold and what customers owe."""

    matrix: ApprovalMatrix
    matrix_version: str
    profiles: Mapping[int, CreditProfile]
    profiles_version: str
    exposures: Mapping[int, Exposure]
    roles: Mapping[str, Role]

    def role_of(self, owner: str) -> Role:
        """Whose limits hold: a seller's own where the matrix names them, those of sales for everybody else.

        An owner is a text that anybody may type, so that nobody sells by the limits of finance.
        """
        role = self.roles.get(owner.casefold(), Role.SALES)
        return role if any(limit.role == role for limit in self.matrix.limits) else Role.SALES


def _limits(books_id: int, wanted: Sequence[Candidate], rules: Mapping[Kind, policies.Active], today: date) -> _Limits:
    """Read what limits need, and nothing where no limit was signed."""
    matrix = rules[Kind.APPROVAL_MATRIX]
    credit = rules[Kind.CREDIT_PROFILES]
    customer_ids = sorted({one.customer_id for one in wanted})
    profiles = receivables.profiles_of(credit.as_a(CreditProfiles), customer_ids)
    asking = [
        id_
        for id_, profile in profiles.items()
        if profile.limit_minor is not None or profile.max_overdue_days is not None
    ]
    named = matrix.as_a(ApprovalMatrix)
    sellers = [person for person in people.members(books_id) if person.role in SELLERS] if named.limits else []
    return _Limits(
        named,
        matrix.version,
        profiles,
        credit.version,
        receivables.exposures(books_id, asking, today) if asking else {},
        {person.email.casefold(): person.role for person in sellers},
    )


def inspected(
    books_id: int,
    wanted: Sequence[Candidate],
    *,
    today: date,
    is_historical: bool = False,
    accepted: Mapping[str, Collection[str]] | None = None,
    at: datetime | None = None,
    is_asked: bool = False,
) -> list[Inspected]:
    """Say what stands against each of a batch, and what is merely worth a note; statements do not grow with it.

    Args:
        is_historical: see `inspecting.inspect`.
        accepted: by subject, codes of findings that a person accepted for what is judged right now.
        at: when approvals must hold; None leaves their expiry aside.
        is_asked: somebody only asks, so that each is scored by what was posted alone, not by others of the batch.
    """
    if not wanted:
        return []
    rules = policies.actives(books_id, RULES)
    batch = facts_of(books_id, wanted, rules=rules, today=today, is_historical=is_historical, is_asked=is_asked)
    policy = rules[Kind.ANOMALIES].as_a(AnomalyPolicy)
    found = inspecting.inspect(
        batch, parameters=keeping.thresholds(policy), observed=frozenset(policy.disabled), is_historical=is_historical
    )
    return _approved(books_id, batch, found, rules[Kind.ALWAYS_ALLOW].as_a(AlwaysAllow), accepted or {}, at)


def inspected_money(books_id: int, wanted: Sequence[MoneyFacts]) -> list[Inspected]:
    """Say what stands against posting each of some bank lines; one statement."""
    if not wanted:
        return []
    policy = policies.active(Kind.ANOMALIES, books_id).as_a(AnomalyPolicy)
    return inspecting.inspect_money(wanted, parameters=policy.rules, observed=frozenset(policy.disabled))


def _approved(
    books_id: int,
    batch: Sequence[DealFacts],
    found: Sequence[Inspected],
    allowed: AlwaysAllow,
    accepted: Mapping[str, Collection[str]],
    at: datetime | None,
) -> list[Inspected]:
    """Turn what was approved, accepted or always allowed into notes: it was found and stops nothing any more.

    An approval silences exactly the codes it was asked for, and only of what it was asked for, by its hash. A contract
    was signed while its approval held, so that its instalments need no other. What people signed a limit for is
    silenced by an approval alone.
    """
    held = [facts for facts, one in zip(batch, found, strict=True) if one.held]
    if not held:
        return list(found)
    known = review.approvals(books_id, sorted({_asked_as(facts.it)[0] for facts in held}))
    hard = {rule.name for rule in inspecting.all_rules() if rule.is_hard}
    answers = []
    for facts, one in zip(batch, found, strict=True):
        subject = _asked_as(facts.it)[0]
        mine = [
            approval
            for approval in known.get(subject, ())
            if at is None or facts.it.what is What.INSTALMENT or approval.expires_at > at
        ]

        def is_silenced(finding: Finding, facts: DealFacts = facts, mine: Sequence[Approval] = mine) -> bool:
            if any(approval.silences(finding.code, _asked_as(facts.it)[1]) for approval in mine):
                return True
            if finding.facts["rule"] in hard:
                return False
            if finding.code in accepted.get(facts.it.subject, ()):
                return True
            return any(
                allowed.allowance_for(kind, finding.code, customer=name, amount_minor=facts.base_minor, on=facts.today)
                for kind in _KINDS[facts.it.what]
                for name in (*facts.buyer.names, "")
            )

        silenced = tuple([finding for finding in one.held if is_silenced(finding)])
        left = tuple([finding for finding in one.held if finding not in silenced])
        answers.append(
            Inspected(
                left, (*one.noted, *silenced), one.scored, one.facts, tuple([finding.code for finding in silenced])
            )
        )
    return answers


def _asked_as(it: Candidate) -> tuple[str, str]:
    return it.asked_as or (it.subject, it.content_hash)


def buyers_of(customer_ids: Sequence[int]) -> dict[int, Buyer]:
    """Return what rules know of customers; two statements."""
    known = crm.customer_facts(customer_ids)
    outside = crm.external_ids_of("customer", customer_ids)
    return {
        id_: Buyer(
            id_,
            one.name,
            (*(external_id for _, external_id in outside.get(id_, ())), one.name),
            one.segment,
            Term.parse(one.terms) if one.terms else None,
            one.is_blocked,
        )
        for id_, one in known.items()
    }


def price_list() -> dict[str, Price]:
    """Return the price list by code; one statement."""
    return {
        one.code: Price(
            one.code,
            one.tax_class,
            one.kind.is_over_time,
            one.currency,
            one.price_minor,
            one.unit_cost_minor,
            one.term_months,
        )
        for one in crm.product_facts().values()
    }


@dataclass(frozen=True, slots=True)
class Sought:
    """Which findings are looked for: all of them where nothing is named. `until` is exclusive."""

    rule: str = ""
    customer_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    has_held: bool | None = None
    subjects: tuple[str, ...] | None = None


def noted(
    books_id: int, *, sought: Sought | None = None, before: int | None = None, limit: int = 200
) -> list[NotedRow]:
    """Return what was found, the latest first, `limit` of them before an id (keyset)."""
    rows = _sought(books_id, sought or Sought()).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        NotedRow(
            row.pk,
            row.subject,
            row.content_hash,
            row.customer_id,
            row.rule,
            row.code,
            row.field,
            json.loads(row.facts),
            Money(row.stake_minor, currency(row.currency)),
            row.has_held,
            row.seen_at,
        )
        for row in rows[:limit]
    ]


def noted_by_rule(books_id: int, sought: Sought) -> dict[str, int]:
    """Count what was found by rule, the most frequent first; one statement."""
    counted = _sought(books_id, sought).values_list("rule").annotate(n=Count("id")).order_by("-n", "rule")
    return dict(counted)


def _sought(books_id: int, sought: Sought) -> QuerySet[Noted]:
    """What was noted and held later is told once, as what held."""
    same = {name: OuterRef(name) for name in ("books_id", "subject", "content_hash", "code", "field")}
    rows = Noted.objects.filter(Q(has_held=True) | ~Exists(Noted.objects.filter(has_held=True, **same)))
    rows = rows.filter(books_id=books_id)
    if sought.subjects is not None:
        rows = rows.filter(bulk.is_any_of("subject", sought.subjects))
    if sought.rule:
        rows = rows.filter(rule=sought.rule)
    if sought.customer_id is not None:
        rows = rows.filter(customer_id=sought.customer_id)
    if sought.since is not None:
        rows = rows.filter(seen_at__gte=sought.since)
    if sought.until is not None:
        rows = rows.filter(seen_at__lt=sought.until)
    if sought.has_held is not None:
        rows = rows.filter(has_held=sought.has_held)
    return rows


def _beside(wanted: Sequence[Candidate], in_base: Sequence[int]) -> list[tuple[Recent, ...]]:
    """For each of a batch, the others of the same customer that lie next to it in time."""
    by_customer: dict[int, list[tuple[Recent, int]]] = defaultdict(list)
    for position, (one, amount) in enumerate(zip(wanted, in_base, strict=True)):
        by_customer[one.customer_id].append((recent_of(one, amount), position))
    found: list[tuple[Recent, ...]] = [()] * len(wanted)
    for ones in by_customer.values():
        if len(ones) == 1:
            continue
        ones.sort(key=lambda one: (one[0].on, one[1]))
        only = [recent for recent, _ in ones]
        for place, (_, position) in enumerate(ones):
            found[position] = (*only[max(0, place - BESIDE) : place], *only[place + 1 : place + 1 + BESIDE])
    return found


def _matrix(books_id: int) -> ApprovalMatrix:
    return policies.active(Kind.APPROVAL_MATRIX, books_id).as_a(ApprovalMatrix)


class Past:
    """Looks at what was posted as it was posted: each against what came before it, whatever is stored by now.

    Habits are built on the way, so that memory grows with the customers and not with their invoices.
    """

    def __init__(
        self, books_id: int, *, today: date, policy: AnomalyPolicy | None = None, is_historical: bool = True
    ) -> None:
        """Begin before the first document.

        Args:
            policy: the parameters of the rules; those in force where none is given.
            is_historical: see `inspecting.inspect`.
        """
        self._books_id = books_id
        self._today = today
        self._is_historical = is_historical
        self._policy = policy or policies.active(Kind.ANOMALIES, books_id).as_a(AnomalyPolicy)
        self._thresholds = keeping.thresholds(self._policy)
        self._base = people.books_facts(books_id).base_currency
        self._prices = price_list()
        self._habits: dict[str, Habit] = {}
        self._buyers: dict[int, Buyer] = {}
        self._payers: dict[int, tuple[PaidFrom, ...]] = {}
        self._memory = scoring.Memory({}, [], split_limit_minor=scoring.split_limit(_matrix(books_id)))

    def look(self, wanted: Sequence[Candidate]) -> list[Inspected]:
        """Inspect the next documents in the order of their posting, and let them become the past."""
        new = sorted({one.customer_id for one in wanted} - self._buyers.keys())
        self._buyers |= buyers_of(new)
        self._payers |= receivables.paid_from(self._books_id, new)
        nobody = Habit()
        answers = []
        for one, amount in zip(wanted, base_amounts(self._books_id, wanted), strict=True):
            buyer = self._buyers[one.customer_id]
            group = segment_profile(buyer.segment) if buyer.segment else EVERYBODY
            own = customer_profile(one.customer_id)
            habit = self._habits.get(own, nobody)
            facts = DealFacts(
                one,
                one.issue_date,
                buyer,
                self._base,
                amount,
                habit,
                self._habits.get(group, nobody),
                tuple([other for other in habit.recent if other.subject != one.subject]),
                self._prices,
                payers=self._payers.get(one.customer_id, ()),
                scored=self._memory.scored(one, buyer, amount),
            )
            answers += inspecting.inspect(
                [facts],
                parameters=self._thresholds,
                observed=frozenset(self._policy.disabled),
                is_historical=self._is_historical,
            )
            news = [learned_of(one, documents=1, base_minor=amount)]
            self._habits[own] = with_learned(habit, news, keeps_recent=True)
            self._habits[group] = with_learned(self._habits.get(group, nobody), news, keeps_recent=False)
        return answers
