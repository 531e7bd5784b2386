"""What may be done alone: levels, the scorecard of each kind of decision, how it rises, and how it steps down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain import levels
from counterfoil.autonomy.domain import promotion as rising
from counterfoil.autonomy.domain.levels import Standing
from counterfoil.autonomy.domain.pairs import NO_HUMAN, NO_VERDICT, Pair, Said
from counterfoil.autonomy.domain.promotion import Breach, Check, Criteria
from counterfoil.autonomy.domain.scorecard import Estimate, Scorecard, scorecard, wilson
from counterfoil.connectors.embedded import EmbeddedCrm
from counterfoil.decisions import registry as decision_types
from counterfoil.decisions import selectors as decision_reads
from counterfoil.decisions.domain import Mode
from counterfoil.decisions.selectors import Counted, Stored
from counterfoil.flows import answers, bill_due, close_deals, gating, quality
from counterfoil.flows.replay import Library
from counterfoil.flows.verdicts.close_deal import STANDARD as CLOSE_STANDARD
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people
from counterfoil.people.domain import BooksFacts
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import AutonomyPolicy
from counterfoil.policies.domain import Kind as PolicyKind
from counterfoil.receivables.domain import matching


class UnknownKind(Refused):
    """There is no such kind of decision that has levels."""

    code = "unknown_decision_kind"


class AtTheTop(Refused):
    """This kind of decision acts already."""

    code = "autonomy_at_the_top"


class NotReady(Refused):
    """The evidence, or the data, does not allow a promotion; the facts name every criterion that is not met."""

    code = "promotion_not_ready"


class MayNotPromote(Refused):
    """The role does not let kinds of decision rise."""

    code = "may_not_promote"


class NothingToReplay(Refused):
    """No earlier version has a log to replay."""

    code = "nothing_to_replay"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision, the version of its rules in force, and where that stands."""

    name: str
    version: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a version showed so far, held against what it must show for the next step."""

    kind: Kind
    criteria: Criteria
    card: Scorecard
    checks: tuple[Check, ...]
    pairs: tuple[Pair, ...]

    @property
    def is_ready(self) -> bool:
        """Tell whether only signatures are missing."""
        return all(check.is_met for check in self.checks)


def versions() -> dict[str, str]:
    """Return the gated kinds of decision with the version of their rules in force."""
    return {
        close_deals.KIND: EmbeddedCrm().rule_version,
        bill_due.KIND: bill_due.RULE_VERSION,
        matching.KIND: matching.RULE_VERSION,
    }


def version_of(kind: str) -> str:
    """Return the version in force of a kind of decision.

    Raises:
        UnknownKind: no kind that has levels is called so.
    """
    known = versions()
    if kind not in known:
        raise UnknownKind(field="kind", kind=kind, known=sorted(known))
    return known[kind]


def kinds(books_id: int) -> list[Kind]:
    """Return every gated kind of decision with where it stands."""
    return [Kind(kind, version, reads.standing(books_id, kind, version)) for kind, version in versions().items()]


# ------------------------------------------------------------------------------------ evidence


def evidence(books_id: int, kind: str, at: datetime, *, version: str = "", is_whole: bool = True) -> Evidence:
    """Return everything a version showed, computed from the raw log alone.

    Args:
        is_whole: by segment and month as well.

    Raises:
        UnknownKind: no kind that has levels is called so.
    """
    version = version or version_of(kind)
    criteria = answers.criteria_of(books_id, kind)
    pairs = answers.pairs_of(books_id, kind, version, at)
    card = scorecard(pairs, is_whole=is_whole)
    found = Kind(kind, version, reads.standing(books_id, kind, version))
    return Evidence(found, criteria, card, rising.checks(card, criteria, _quality(books_id, kind)), tuple(pairs))


def _quality(books_id: int, kind: str) -> int | None:
    """Return the score of the data as the books themselves show it; None where nobody audited it of late."""
    return quality.quality_score(books_id, kind) or None


def replay_log(*, books_id: int, kind: str, earlier: str, actor: Actor, at: datetime) -> int:
    """Let the version in force decide again what an earlier one observed, so that it meets the same bar at once.

    What comes out the same keeps what was compared of it; what comes out otherwise is kept with its new outcome alone.
    Its mode is still to be earned. Returns how many verdicts are new; again changes nothing.

    Raises:
        UnknownKind, NothingToReplay: there is no such kind, or no log of an earlier version.
    """
    version = version_of(kind)
    in_force = {CLOSE_STANDARD: EmbeddedCrm().judges_by} if kind == close_deals.KIND else {}
    library = Library()
    decide = decision_types.type_of(kind).decide
    count = seen = after = 0
    while log := reads.logged(books_id, kind, earlier, after=after) if earlier != version else []:
        seen, after = seen + len(log), log[-1].verdict.id
        with transaction.atomic():
            by_decision = decision_reads.stored_of(sorted({one.decision_id for one in log}))
            found = [(one, stored) for one in log if (stored := _stored(one, by_decision)) is not None]
            inputs = [json.loads(stored.inputs) for _, stored in found]
            library.read(inputs)
            verdicts: dict[datetime, list[autonomy.NewVerdict]] = {}
            for (one, stored), seen_then in zip(found, inputs, strict=True):
                again = decide(seen_then, library.of(seen_then) | in_force)
                same = again.outcome == stored.verdict["outcome"] and again.code == stored.verdict["code"]
                said = one.verdict.said if same else Said(again.outcome)
                verdicts.setdefault(one.verdict.at, []).append(
                    autonomy.NewVerdict(
                        one.verdict.subject,
                        said,
                        one.inputs_hash,
                        one.verdict.stake_minor,
                        again.code,
                        one.verdict.part,
                        one.verdict.segments,
                    )
                )
            for when, some in verdicts.items():
                count += autonomy.record_verdicts(
                    books_id=books_id,
                    kind=kind,
                    version=version,
                    mode=Mode.OBSERVE,
                    verdicts=some,
                    decision_id=None,
                    actor=actor,
                    at=when,
                )
    if not seen:
        raise NothingToReplay(kind=kind, earlier=earlier)
    return count


def _stored(one: reads.Logged, by_decision: Mapping[int, Sequence[Stored]]) -> Stored | None:
    """Return the decided thing that a line of the log is about."""
    for stored in by_decision.get(one.decision_id or 0, ()):
        if stored.subject == one.verdict.subject or stored.subject.startswith("contract:"):
            return stored
    return None


# ------------------------------------------------------------------------------------ up


@transaction.atomic
def propose(*, books_id: int, kind: str, actor: Actor, at: datetime) -> int:
    """Propose that a kind of decision rises one step, on the evidence as it stands; returns the promotion's number.

    Raises:
        AtTheTop: it acts already. NotReady: a criterion is not met. PromotionIsOpen: one is proposed already.
    """
    found = evidence(books_id, kind, at, is_whole=False)
    leave = _leave(books_id, found)
    return autonomy.propose_promotion(
        books_id=books_id,
        kind=kind,
        version=found.kind.version,
        leave=leave,
        evidence=_as_facts(found),
        actor=actor,
        at=at,
    )


@transaction.atomic
def sign(*, books_id: int, promotion_id: int, evidence_hash: str, signer: str, actor: Actor, at: datetime) -> bool:
    """Sign a promotion; with the second person's signature it takes effect. Returns whether it did.

    The evidence is computed again, so that nothing rises on what is no longer true.

    Raises:
        NoSuchPromotion, SignedAlready, EvidenceChanged, NotReady: as they say.
    """
    row = next((one for one in reads.open_promotions(books_id) if one.id == promotion_id), None)
    if row is None:
        raise autonomy.NoSuchPromotion(promotion=promotion_id)
    leave = _leave(books_id, evidence(books_id, row.kind, at, version=row.version, is_whole=False))
    return autonomy.sign_promotion(
        books_id=books_id,
        promotion_id=promotion_id,
        leave=leave,
        evidence_hash=evidence_hash,
        signer=signer,
        actor=actor,
        at=at,
    )


def _leave(books_id: int, found: Evidence) -> rising.Promotion:
    now = found.kind.standing.level
    wanted = levels.next_up(now)
    if wanted is None:
        raise AtTheTop(kind=found.kind.name)
    leave = rising.promotion(found.card, found.criteria, _quality(books_id, found.kind.name), now=now, wanted=wanted)
    if isinstance(leave, rising.Promotion):
        return leave
    raise NotReady(
        kind=found.kind.name,
        to=wanted.value,
        missing=[{"code": check.code, **check.facts} for check in leave],
        codes=[check.code for check in leave],
    )


def _as_facts(found: Evidence) -> dict[str, Fact]:
    """Return the evidence as it is signed."""
    card = found.card
    return {
        "version": found.kind.version,
        "n": card.n,
        "paired": card.paired,
        "missed": card.missed,
        "agreement": _estimate(card.agreement),
        "kappa": _estimate(card.kappa),
        "money_error": _estimate(card.money_error),
        "checks": [{"code": check.code, "is_met": check.is_met, **check.facts} for check in found.checks],
        "last_pair": found.pairs[-1].at.isoformat() if found.pairs else None,
    }


def _estimate(one: Estimate | None) -> Fact:
    return None if one is None else [one.micro, one.low_micro, one.high_micro]


# ------------------------------------------------------------------------------------ down


def check(*, books_id: int, kind: str, at: datetime) -> Breach | None:
    """Step a kind of decision down where its evidence broke the bar; returns why, or None. Run after each pairing."""
    return answers.check(books_id=books_id, kind=kind, version=version_of(kind), at=at)


def check_all(*, books_id: int, at: datetime) -> list[Breach]:
    """Check every kind of decision; returns what broke."""
    found = [check(books_id=books_id, kind=kind, at=at) for kind in versions()]
    return [one for one in found if one is not None]


@transaction.atomic
def note_answer(
    *,
    books_id: int,
    kind: str,
    subject: str,
    part: int | None = None,
    is_agreed: bool,
    outcome: str = "rejected",
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> int:
    """Keep what a person said in the queue of what the machine decided, and step down where that breaks the bar.

    Args:
        part: which part of the subject; all without.
        outcome: what the person would have done instead, where they disagree.

    Returns:
        How many answers that were; none where the machine said nothing of it.
    """
    said = [(no, one) for no, one in reads.said_of(books_id, kind, subject) if part in (None, no)]
    kept = [autonomy.NewAnswer(subject, one if is_agreed else Said(outcome), "queue", no, reason) for no, one in said]
    count = autonomy.record_answers(books_id=books_id, kind=kind, answers=kept, actor=actor, at=at)
    if count:
        check(books_id=books_id, kind=kind, at=at)
    return count


# ------------------------------------------------------------------------------------ as data


def card_json(card: Scorecard) -> dict[str, object]:
    """Return a scorecard as commands and the API print it; shares as decimal text."""
    return {
        "n": card.n,
        "paired": card.paired,
        "missed": card.missed,
        "agreed": card.agreed,
        "blind": card.blind,
        "agreement": _printed(card.agreement),
        "kappa": _printed(card.kappa),
        "money_weighted_error": _printed(card.money_error),
        "error_minor": card.error_minor,
        "stake_minor": card.stake_minor,
        "differences": dict(card.differences),
    }


def whole_json(card: Scorecard) -> dict[str, object]:
    """Return a scorecard with its segments and months."""
    segments: Mapping[str, Mapping[str, Scorecard]] = card.by_segment
    return {
        **card_json(card),
        "by_segment": {
            name: {value: card_json(one) for value, one in by_value.items()} for name, by_value in segments.items()
        },
        "by_month": {month: card_json(one) for month, one in card.by_month.items()},
    }


def _printed(one: Estimate | None) -> dict[str, str] | None:
    if one is None:
        return None
    return {
        name: f"{micro / 1_000_000:.6f}"
        for name, micro in (("value", one.micro), ("low", one.low_micro), ("high", one.high_micro))
    }


def raw_log(pairs: Sequence[Pair], *, is_blind: bool = False) -> list[dict[str, object]]:
    """Return the raw pairs, one row each: all that a scorecard is computed from.

    Args:
        is_blind: who reads it may still decide, so that the machine's answer to what no person answered is left out.
    """
    return [
        {
            "at": pair.at.isoformat(),
            "subject": pair.subject,
            "mode": pair.verdict.mode.value if pair.verdict else "",
            "machine": pair.verdict.said.label if pair.verdict and (pair.human or not is_blind) else "",
            "person": pair.human.said.label if pair.human else "",
            "source": pair.human.source if pair.human else "",
            "difference": pair.code,
            "is_blind": pair.is_blind,
            "error_minor": pair.error_minor,
            "stake_minor": pair.stake_minor,
            **{f"segment_{name}": value for name, value in (pair.verdict.segments if pair.verdict else {}).items()},
        }
        for pair in pairs
    ]


# ------------------------------------------------------------------------------------ the board


@dataclass(frozen=True, slots=True)
class Board:
    """What people who answer for it look at: every kind with its evidence, and what was done in the month.

    Everything follows from stored decisions and the raw log; money is in minor units of base currency. `acted` counts
    what was done without a person and not taken back since. `risk_minor` is its money times the upper end of the 95 %
    interval of each kind's wrong money; `minutes` is each act times what the policy says one takes by hand. `unknown`
    acts are not in the risk: of their kind nothing was compared yet, or their currency has no rate.
    """

    month: date
    evidence: tuple[Evidence, ...]
    decisions: int
    waited: int
    acted: int
    unknown: int
    overridden: int
    compared: int
    agreed: Estimate | None
    error_minor: int
    stake_minor: int
    risk_minor: int
    minutes: int


def board(books_id: int, at: datetime) -> Board:
    """Put the board together; the number of statements grows with the kinds of decision, not with decisions.

    Its scorecards are of all pairs; `whole` adds segments and months to one.
    """
    books = people.books_facts(books_id)
    local = at.astimezone(ZoneInfo(books.time_zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = tuple(evidence(books_id, kind, at, is_whole=False) for kind in versions())
    by_name = {one.kind.name: one for one in found}
    policy = policies.active(PolicyKind.AUTONOMY, books_id).as_a(AutonomyPolicy)
    counted = [one for one in decision_reads.decided_since(books_id, first, at) if one.kind in by_name]
    acted = _acted_alone(counted, decision_reads.taken_back_since(books_id, first, at))
    risk, unknown = _at_risk(books, acted, by_name, local.date())
    agreed, n = sum(one.card.agreed for one in found), sum(one.card.n for one in found)
    return Board(
        first.date(),
        found,
        sum(one.count for one in counted),
        sum(one.count for one in counted if one.outcome not in ACTED),
        sum(one.count for one in acted),
        unknown,
        sum(
            count for one in found for code, count in one.card.differences.items() if code not in (NO_HUMAN, NO_VERDICT)
        ),
        n,
        wilson(agreed, n),
        sum(one.card.error_minor for one in found),
        sum(one.card.stake_minor for one in found),
        risk,
        sum(one.count * policy.minutes_of(one.kind) for one in acted),
    )


def whole(found: Evidence) -> Evidence:
    """Return the same with its scorecard by segment and by month."""
    return replace(found, card=scorecard(found.pairs))


def _acted_alone(counted: Sequence[Counted], taken_back: Sequence[Counted]) -> list[Counted]:
    """Return what was done without a person, less what was taken back since."""
    gone = {(one.kind, one.mode, one.outcome, one.currency): one for one in taken_back}
    left = []
    for one in counted:
        if one.outcome not in ACTED or one.mode not in (Mode.ACT, Mode.ACT_WITH_SAMPLE):
            continue
        back = gone.get((one.kind, one.mode, one.outcome, one.currency), replace(one, count=0, amount_minor=0))
        if one.count > back.count:
            stands = replace(one, count=one.count - back.count, amount_minor=one.amount_minor - back.amount_minor)
            left.append(stands)
    return left


def _at_risk(books: BooksFacts, acted: Sequence[Counted], by_name: Mapping[str, Evidence], on: date) -> tuple[int, int]:
    """Return the money of acts that may be wrong, in base at today's rates, and how many acts it cannot speak of."""
    amounts = [(Money(abs(one.amount_minor), currency(one.currency or books.base_currency.code)), on) for one in acted]
    risk = unknown = 0
    in_base = ledger.base_amounts(books.id, books.base_currency, amounts)
    for one, amount in zip(acted, in_base, strict=True):
        wrong = by_name[one.kind].card.money_error
        if wrong is None or amount is None:
            unknown += one.count
        else:
            risk += amount.minor * wrong.high_micro // 1_000_000
    return risk, unknown


ACTED = frozenset({gating.INVOICED, gating.MATCHED})
"""Outcomes by which something was done."""
