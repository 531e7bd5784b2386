"""What may be done alone: levels, stops, scorecards and promotions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from counterfoil.api.asking import Asked
from counterfoil.api.fields import In, Line, Named, Out
from counterfoil.api.routing import Routes
from counterfoil.autonomy import selectors as reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.scorecard import Estimate, Scorecard
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy as flow
from counterfoil.flows.autonomy import Evidence
from counterfoil.people.domain import Act

routes = Routes("autonomy")


class EstimateOut(Out):
    """A share with the ends of its 95 % interval, as decimal text."""

    value: str
    low: str
    high: str


class CardOut(Out):
    """What the shadow log shows. `blind` pairs alone count for kappa; null where nothing can be said."""

    n: int
    paired: int
    missed: int
    agreed: int
    blind: int
    agreement: EstimateOut | None
    kappa: EstimateOut | None
    money_weighted_error: EstimateOut | None
    differences: dict[str, int]


class CriterionOut(Out):
    """One criterion of a promotion; `have` is null where it is not known, which is not met."""

    code: str
    is_met: bool
    have: int | None
    need: int


class PromotionOut(Out):
    """A promotion that waits for signatures, bound to its evidence."""

    id: int
    to: str
    evidence_hash: str
    proposed_by: str
    proposed_at: datetime
    signers: list[str]


class AutonomyKindOut(Out):
    """A kind of decision: what it may do now, what it earned, and who stopped it."""

    kind: str
    version: str
    mode: str
    level: str
    stopped_by: str


class AutonomyOut(Out):
    """Every kind of decision that has levels."""

    kinds: list[AutonomyKindOut]


class ScorecardOut(AutonomyKindOut):
    """A kind of decision with its evidence, by segment and by month."""

    card: CardOut
    by_segment: dict[str, dict[str, CardOut]]
    by_month: dict[str, CardOut]
    checks: list[CriterionOut]
    promotion: PromotionOut | None


class LevelIn(In):
    """A mode that is not above the present one."""

    mode: Literal["observe", "suggest", "act_with_sample", "act"]
    reason: Line = ""


class AutonomyWhyIn(In):
    """Why something is stopped, started or withdrawn."""

    reason: Line = ""


_WHY = AutonomyWhyIn()


class PromotionSignIn(In):
    """The evidence that was read and is signed."""

    evidence_hash: Named


class PromotionSignedOut(Out):
    """Whether the promotion is in force now, or waits for another person."""

    is_in_force: bool


class PromotionProposedOut(Out):
    """The number of a proposed promotion."""

    id: int


@routes.get("/autonomy", act=Act.READ_BOOKS)
def list_autonomy(asked: Asked) -> AutonomyOut:
    """List what each kind of decision may do alone."""
    return AutonomyOut(kinds=[_kind(one) for one in flow.kinds(asked.books.id)])


@routes.get("/autonomy/{kind}", act=Act.READ_BOOKS)
def read_autonomy(asked: Asked, kind: Named) -> ScorecardOut:
    """Read the scorecard of a kind of decision, computed from the raw log."""
    found = flow.evidence(asked.books.id, kind, asked.at)
    open_ = reads.open_promotion(asked.books.id, kind)
    return ScorecardOut(
        **_kind(found.kind).model_dump(),
        card=_card(found.card),
        by_segment={
            name: {value: _card(one) for value, one in by_value.items()}
            for name, by_value in found.card.by_segment.items()
        },
        by_month={month: _card(one) for month, one in found.card.by_month.items()},
        checks=_checks(found),
        promotion=PromotionOut(
            id=open_.id,
            to=open_.to_mode.value,
            evidence_hash=open_.evidence_hash,
            proposed_by=open_.proposed_by,
            proposed_at=open_.proposed_at,
            signers=list(open_.signers),
        )
        if open_
        else None,
    )


@routes.post("/autonomy/{kind}/level", act=Act.SET_AUTONOMY, status=200)
def set_level(asked: Asked, kind: Named, body: LevelIn) -> AutonomyOut:
    """Let a kind of decision do less. Raising it takes a promotion."""
    autonomy.set_level(
        books_id=asked.books.id,
        kind=kind,
        version=flow.version_of(kind),
        mode=Mode(body.mode),
        reason=body.reason,
        actor=asked.actor,
        at=asked.at,
    )
    return list_autonomy(asked)


@routes.post("/autonomy/{kind}/stop", act=Act.SET_AUTONOMY, status=200, is_one_transaction=False)
def stop_kind(asked: Asked, kind: Named, body: AutonomyWhyIn = _WHY) -> AutonomyOut:
    """Stop a kind of decision at once."""
    flow.version_of(kind)
    autonomy.kill(books_id=asked.books.id, kind=kind, reason=body.reason, actor=asked.actor, at=asked.at)
    return list_autonomy(asked)


@routes.post("/autonomy/{kind}/start", act=Act.SET_AUTONOMY, status=200)
def start_kind(asked: Asked, kind: Named, body: AutonomyWhyIn = _WHY) -> AutonomyOut:
    """Let a stopped kind of decision do again what its level allows."""
    flow.version_of(kind)
    autonomy.revive(books_id=asked.books.id, kind=kind, reason=body.reason, actor=asked.actor, at=asked.at)
    return list_autonomy(asked)


@routes.post("/autonomy/{kind}/promotions", act=Act.SET_AUTONOMY)
def propose_promotion(asked: Asked, kind: Named) -> PromotionProposedOut:
    """Propose that a kind of decision rises one step, on its evidence as it stands."""
    return PromotionProposedOut(id=flow.propose(books_id=asked.books.id, kind=kind, actor=asked.actor, at=asked.at))


@routes.post("/promotions/{promotion_id}/sign", act=Act.SET_AUTONOMY, status=200)
def sign_promotion(asked: Asked, promotion_id: int, body: PromotionSignIn) -> PromotionSignedOut:
    """Sign a promotion as the person whose token this is; the second person's signature puts it in force."""
    is_done = flow.sign(
        books_id=asked.books.id,
        promotion_id=promotion_id,
        evidence_hash=body.evidence_hash,
        signer=asked.person.email,
        actor=asked.actor,
        at=asked.at,
    )
    return PromotionSignedOut(is_in_force=is_done)


def _kind(one: flow.Kind) -> AutonomyKindOut:
    return AutonomyKindOut(
        kind=one.name,
        version=one.version,
        mode=one.standing.mode.value,
        level=one.standing.level.value,
        stopped_by=one.standing.stopped_by,
    )


def _checks(found: Evidence) -> list[CriterionOut]:
    return [CriterionOut(code=one.code, is_met=one.is_met, have=one.have, need=one.need) for one in found.checks]


def _card(card: Scorecard) -> CardOut:
    return CardOut(
        n=card.n,
        paired=card.paired,
        missed=card.missed,
        agreed=card.agreed,
        blind=card.blind,
        agreement=_estimate(card.agreement),
        kappa=_estimate(card.kappa),
        money_weighted_error=_estimate(card.money_error),
        differences=dict(card.differences),
    )


def _estimate(one: Estimate | None) -> EstimateOut | None:
    if one is None:
        return None
    value, low, high = (f"{micro / 1_000_000:.6f}" for micro in (one.micro, one.low_micro, one.high_micro))
    return EstimateOut(value=value, low=low, high=high)
