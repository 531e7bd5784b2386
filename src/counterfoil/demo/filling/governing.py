"""What the company agreed on: how far each role may go, whom it trusts with how much, how soon cases are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from counterfoil.audit.domain import person as person_actor
from counterfoil.demo.domain import company
from counterfoil.demo.domain.company import Person as Somebody
from counterfoil.flows import control_rate, policies
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.policies.domain import (
    AnomalyPolicy,
    ApprovalLimit,
    ApprovalMatrix,
    AutonomyPolicy,
    CreditProfile,
    CreditProfiles,
    Kind,
    PromotionCriteria,
    QualityPolicy,
    ReviewPolicy,
    RiskClass,
    Settings,
    Side,
)

LIMITS: Final = ApprovalMatrix(
    (
        ApprovalLimit(Role.SALES, max_amount_minor=75_000_00, max_discount_percent=Decimal(15), max_term_days=60),
        ApprovalLimit(Role.CONTROLLER, max_amount_minor=400_000_00, max_discount_percent=Decimal(35), max_term_days=90),
        ApprovalLimit(Role.ADMIN),
    )
)
TRUST: Final = CreditProfiles(
    CreditProfile(limit_minor=150_000_00, risk_class=RiskClass.B, max_term_days=60),
    {
        "De Vuurtoren Leisure BV": CreditProfile(limit_minor=40_000_00, risk_class=RiskClass.C, max_term_days=30),
        "Meridian Optics NV": CreditProfile(limit_minor=90_000_00, risk_class=RiskClass.B, max_term_days=45),
        "Bluepeak Software BV": CreditProfile(limit_minor=60_000_00, risk_class=RiskClass.A, max_term_days=45),
    },
)
WATCHED: Final = AnomalyPolicy(rules={"duplicate": {"holds": True}})
ANSWERED: Final = ReviewPolicy(default_sla_hours=48, sla_hours={"match": 72, "policy": 120})
SAMPLED_MICRO: Final = 50_000
TRUSTED: Final = AutonomyPolicy(
    criteria={"match": PromotionCriteria(min_n=100)},
    default_minutes=5,
    minutes={"close_deal": 12, "bill": 6, "match": 3},
)
_REVIEWED_EVERY: Final = {
    Kind.AUTONOMY: timedelta(days=730),
    Kind.APPROVAL_MATRIX: timedelta(days=730),
    Kind.CREDIT_PROFILES: timedelta(days=500),
    Kind.REVIEW: timedelta(days=730),
    Kind.ANOMALIES: timedelta(days=730),
    Kind.DATA_QUALITY: timedelta(days=730),
}
"""The story is about 540 days long: the credit profiles have not been looked at for too long when it ends."""
LOOKED_AT: Final = QualityPolicy(
    teams={
        company.SELLERS[0].email: "Direct sales",
        company.SELLERS[1].email: "Direct sales",
        company.SELLERS[2].email: "Partners",
    }
)
_SIGNERS: Final[Mapping[Kind, tuple[tuple[Somebody, Side], ...]]] = {
    Kind.APPROVAL_MATRIX: ((company.SALES_OPS, Side.SALES), (company.CONTROLLER, Side.FINANCE)),
    Kind.CREDIT_PROFILES: ((company.CONTROLLER, Side.FINANCE), (company.ADMINISTRATOR, Side.FINANCE)),
    Kind.ANOMALIES: ((company.CONTROLLER, Side.FINANCE), (company.ADMINISTRATOR, Side.FINANCE)),
    Kind.AUTONOMY: ((company.CONTROLLER, Side.FINANCE), (company.ADMINISTRATOR, Side.FINANCE)),
    Kind.REVIEW: ((company.CONTROLLER, Side.FINANCE), (company.ADMINISTRATOR, Side.FINANCE)),
    Kind.DATA_QUALITY: ((company.CONTROLLER, Side.FINANCE), (company.ADMINISTRATOR, Side.FINANCE)),
}


def agree(books_id: int, at: datetime) -> None:
    """Propose and sign the company's policies, each by two people."""
    known = {one.email: one for one in people.members(books_id)}
    _settle(known, Kind.APPROVAL_MATRIX, LIMITS, "What a seller may grant alone", at)
    _settle(known, Kind.CREDIT_PROFILES, TRUST, "What customers are trusted with, from their payments so far", at)
    _settle(known, Kind.DATA_QUALITY, LOOKED_AT, "Which seller belongs to which team", at)
    _settle(known, Kind.ANOMALIES, WATCHED, "What looks like a deal entered twice waits for a person", at)
    _settle(
        known, Kind.AUTONOMY, TRUSTED, "What is compared before the system does more, and what an act takes by hand", at
    )
    _settle(known, Kind.REVIEW, ANSWERED, "How soon somebody answers", at)
    control_rate.set_rate(
        person=known[company.AUDITOR.email],
        rate_micro=SAMPLED_MICRO,
        reason="One in twenty of what is done alone, until the new system is known",
        actor=person_actor(company.AUDITOR.email),
        at=at,
    )


def _settle(known: Mapping[str, Person], kind: Kind, content: Settings, reason: str, at: datetime) -> None:
    controller = known[company.CONTROLLER.email]
    version = policies.propose_policy(
        person=controller,
        kind=kind,
        content=content,
        reason=reason,
        owner=controller.email,
        review_date=(at + _REVIEWED_EVERY[kind]).date(),
        actor=person_actor(controller.email),
        at=at,
    )
    for somebody, side in _SIGNERS[kind]:
        policies.sign_policy(
            person=known[somebody.email],
            version_id=version.id,
            side=side,
            content_hash=version.content_hash,
            actor=person_actor(somebody.email),
            at=at,
        )
