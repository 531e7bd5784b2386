"""The rate of the control sample: the auditor sets and signs it; until one does, the review policy's rate holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.decisions import registry
from counterfoil.kernel.errors import Refused
from counterfoil.people.selectors import Person
from counterfoil.policies import domain, selectors, services
from counterfoil.policies.domain import MICRO, Kind, ReviewPolicy, SamplingPolicy, Side
from counterfoil.policies.services import Signed

YEAR: Final = timedelta(days=365)


class BadRate(Refused):
    """A rate is a share between none and all."""

    code = "bad_sample_rate"


class NothingSampled(Refused):
    """There is no such kind of decision, so that none of it can be sampled."""

    code = "nothing_sampled"


class NotTheAuditor(Refused):
    """Only an auditor of these books sets the rate of the control sample."""

    code = "not_the_auditor"


def micro_of(percent: Decimal) -> int:
    """Return a percentage as millionths.

    Raises:
        BadRate: it is no share, or finer than a ten-thousandth of a percent.
    """
    micro = percent * 10_000
    if not 0 <= micro <= MICRO or micro != int(micro):
        raise BadRate(field="rate", rate=f"{percent}")
    return int(micro)


@dataclass(frozen=True, slots=True)
class Rates:
    """Which share of each kind of decision people see though it was not queued, in millionths; `version` says so."""

    sampling: SamplingPolicy
    review: ReviewPolicy
    version: str

    def of(self, kind: str) -> int:
        """Return the rate of a kind: the auditor's, else the review policy's."""
        found = self.sampling.rate_of(kind)
        return self.review.sample_micro_of(kind) if found is None else found

    @property
    def default(self) -> int:
        """The rate of every kind that has none of its own."""
        return self.of("")


def rates(books_id: int) -> Rates:
    """Return the rates in force."""
    set_ = selectors.active(Kind.SAMPLING, books_id)
    review = selectors.active(Kind.REVIEW, books_id)
    sampling = set_.as_a(SamplingPolicy)
    is_set = sampling != domain.SHIPPED[Kind.SAMPLING]
    return Rates(sampling, review.as_a(ReviewPolicy), set_.version if is_set else review.version)


@transaction.atomic
def set_rate(*, person: Person, rate_micro: int, kind: str = "", reason: str, actor: Actor, at: datetime) -> Signed:
    """Set the rate of one kind of decision, or of all that have none of their own, and sign it as the auditor.

    Raises:
        NotTheAuditor: this person does not sign as one. NothingSampled: nothing of this kind is decided.
        PolicyUnchanged: it holds already. PolicyNeedsOwner: no reason is given.
    """
    if Side.AUDIT not in domain.sides_of(person.role):
        raise NotTheAuditor(role=person.role.value)
    if kind and kind not in registry.types():
        raise NothingSampled(field="kind", kind=kind, known=sorted(registry.types()))
    before = selectors.active(Kind.SAMPLING, person.books.id).as_a(SamplingPolicy)
    content = before.with_rate(kind, rate_micro)
    version_id = services.propose(
        books_id=person.books.id,
        kind=Kind.SAMPLING,
        content=content,
        reason=reason,
        owner=person.email,
        review_date=(at + YEAR).date(),
        actor=actor,
        at=at,
    )
    return services.sign(
        version_id=version_id,
        side=Side.AUDIT,
        signer=person,
        content_hash=domain.content_hash(content),
        actor=actor,
        at=at,
    )
