"""What may only happen when every check has spoken, and how a decision is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeGuard, TypeVar

from counterfoil.audit.domain import Actor
from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

T = TypeVar("T")
U = TypeVar("U")
_SEAL = object()


class Act(StrEnum):
    """Kinds of act that touch money; each names the checks that must have spoken."""

    CLOSE_DEAL = "close_deal"
    BILL = "bill"
    ENTER_INVOICE = "enter_invoice"
    CREDIT = "credit"
    RECEIVE = "receive"
    RELEASE = "release"
    POST = "post"
    REVERSE = "reverse"


REQUIRED_CHECKS: Mapping[Act, tuple[str, ...]] = {
    Act.CLOSE_DEAL: ("standards", "invoiced_before", "anomalies"),
    Act.BILL: ("instalment", "anomalies"),
    Act.ENTER_INVOICE: ("document", "anomalies"),
    Act.CREDIT: ("creditable",),
    Act.RECEIVE: ("allocation", "anomalies"),
    Act.RELEASE: ("schedule",),
    Act.POST: ("journal",),
    Act.REVERSE: ("reversible",),
}


class CheckNotRegistered(Refused):
    """A check that must speak before an act is not there: nothing may pass."""

    code = "check_not_registered"


class Cleared(Generic[T]):
    """A value that passed every check its act requires. Only `clear` builds one."""

    __slots__ = ("act", "value")

    def __init__(self, act: Act, value: T, seal: object) -> None:
        if seal is not _SEAL:
            raise ValueError("only decisions.clear clears")
        self.act = act
        self.value = value

    def into(self, value: U) -> Cleared[U]:
        """Return what follows from the cleared value by the act itself: its contract, invoice, entries."""
        return Cleared(self.act, value, _SEAL)


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """An item that did not pass: where it stood in the batch and everything that was found."""

    position: int
    item: T
    findings: tuple[Finding, ...]


def cleared_and_held(
    act: Act, items: Sequence[T], findings: Mapping[str, Sequence[Sequence[Finding]]], registered: frozenset[str]
) -> tuple[Cleared[tuple[T, ...]], list[Held[T]]]:
    """Divide a batch into what passed every check and what is held.

    Args:
        findings: for each check, one sequence of findings an item, in the items' order.
        registered: the checks that are registered for this act.

    Raises:
        CheckNotRegistered: a required check is not registered.
        ValueError: a required check was not run, or answered for another number of items.
    """
    for check in REQUIRED_CHECKS[act]:
        if check not in registered:
            raise CheckNotRegistered(act=act.value, check=check)
        if len(findings[check]) != len(items):
            raise ValueError(f"{check} answered for {len(findings[check])} of {len(items)} items")
    passed: list[T] = []
    held: list[Held[T]] = []
    for position, item in enumerate(items):
        found = tuple(finding for answers in findings.values() for finding in answers[position])
        if found:
            held.append(Held(position, item, found))
        else:
            passed.append(item)
    return Cleared(act, tuple(passed), _SEAL), held


class Mode(StrEnum):
    """How far a kind of decision may go by itself."""

    OBSERVE = "observe"
    SUGGEST = "suggest"
    ACT_WITH_SAMPLE = "act_with_sample"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One additive part of a score: what it is, with its figures, and how much of the score it makes (millionths)."""

    code: str
    facts: Mapping[str, Fact]
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that were read: where they stand, the quote, and which of its characters say it (`end` exclusive).

    Raises:
        ValueError: the marked words are not within the quote.
    """

    source: str
    quote: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= len(self.quote):
            raise ValueError("the marked words are not within the quote")


@dataclass(frozen=True, slots=True)
class Item:
    """One decided thing: inputs as seen, outcome, the reason as code and facts, and what it led to.

    Args:
        inputs: everything that was consulted, or the version by which it can be looked up: deciding on them again
            gives the same outcome, bit for bit.
        effects: what it led to, each as `station word:id`.
        money: what is at stake.
        score_micro: how likely or how unusual, in millionths; None where no score was asked.
        contributions: what makes the score; they sum to it exactly.
        evidence: the words that were read.
        counterfactual: the nearest inputs that would have given the other outcome.
        approver: who approved it, empty where nobody had to.
        made: figures of what the act made (the contract's number), which do not follow from the inputs.

    Raises:
        ValueError: the contributions do not sum to the score.
    """

    subject: str
    inputs: Mapping[str, Fact]
    outcome: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    money: Money | None = None
    score_micro: int | None = None
    contributions: tuple[Contribution, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    counterfactual: Explanation | None = None
    approver: str = ""
    made: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.contributions and sum(part.amount_micro for part in self.contributions) != self.score_micro:
            raise ValueError("the contributions do not sum to the score")


def reasons_json(item: Item) -> dict[str, Fact] | None:
    """Return contributions, evidence, counterfactual and what was made as they are kept; None where there is none."""
    kept: dict[str, Fact] = {}
    if item.contributions:
        kept["contributions"] = [
            {"code": part.code, "facts": dict(part.facts), "amount_micro": part.amount_micro}
            for part in item.contributions
        ]
    if item.evidence:
        kept["evidence"] = [
            {"source": one.source, "quote": one.quote, "start": one.start, "end": one.end} for one in item.evidence
        ]
    if item.counterfactual:
        kept["counterfactual"] = {"code": item.counterfactual.code, "facts": dict(item.counterfactual.facts)}
    if item.made:
        kept["made"] = dict(item.made)
    return kept or None


def item_bytes(subject: str, inputs_hash: str, outcome: str, code: str, facts: str) -> bytes:
    """Return exactly what an item's hash covered in form 1, in which the first decisions were kept.

    A test holds it equal to `canonical_bytes` of the same content.
    """
    text = (
        f'{{"code":{quoted(code)},"facts":{quoted(facts)},"inputs_hash":"{inputs_hash}",'
        f'"outcome":{quoted(outcome)},"subject":{quoted(subject)}}}'
    )
    return text.encode("utf-8")


@dataclass(frozen=True, slots=True)
class Hashed:
    """What an item's hash covers in form 2: the columns of its row, JSON as the text that is kept."""

    subject: str
    inputs_hash: str
    outcome: str
    code: str
    facts: str
    effects: str
    reasons: str
    money_minor: int | None
    money_currency: str
    score_micro: int | None
    approver: str

    def canonical(self) -> bytes:
        """Return the covered bytes: canonical JSON, written directly because it is hot.

        A test holds it equal to `canonical_bytes` of the same content.
        """
        text = (
            f'{{"approver":{quoted(self.approver)},"code":{quoted(self.code)},"effects":{quoted(self.effects)},'
            f'"facts":{quoted(self.facts)},"form":2,"inputs_hash":"{self.inputs_hash}",'
            f'"money_currency":"{self.money_currency}","money_minor":{_whole(self.money_minor)},'
            f'"outcome":{quoted(self.outcome)},"reasons":{quoted(self.reasons)},'
            f'"score_micro":{_whole(self.score_micro)},"subject":{quoted(self.subject)}}}'
        )
        return text.encode("utf-8")


def _whole(number: int | None) -> str:
    return "null" if number is None else str(number)


# ------------------------------------------------------------------------------------ kinds of decision


Consulted: TypeAlias = Mapping[str, Any]
"""What decisions were made by (a standard, a tax table, a policy), by name: parsed canonical JSON."""


class NotReplayable(Refused):
    """The stored inputs are of a form or a kind that nothing here decides any more."""

    code = "not_replayable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule or a model says of its inputs, and why. The same inputs give the same verdict, bit for bit."""

    outcome: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    score_micro: int | None = None
    contributions: tuple[Contribution, ...] = ()
    counterfactual: Explanation | None = None

    def written(self) -> dict[str, Fact]:
        """Return the verdict as canonical JSON data, to be compared bit for bit."""
        reasons = reasons_json(
            Item("", {}, "", "", score_micro=self.score_micro, contributions=self.contributions,
                 counterfactual=self.counterfactual)
        )  # fmt: skip
        return {
            "outcome": self.outcome,
            "code": self.code,
            "facts": dict(self.facts),
            "score_micro": self.score_micro,
            "reasons": reasons,
        }


def decided(
    subject: str,
    inputs: Mapping[str, Fact],
    verdict: Verdict,
    *,
    effects: tuple[str, ...] = (),
    made: Mapping[str, Fact] | None = None,
    money: Money | None = None,
    evidence: tuple[Evidence, ...] = (),
    approver: str = "",
) -> Item:
    """Put a verdict on some inputs together with what it led to."""
    return Item(
        subject,
        inputs,
        verdict.outcome,
        verdict.code,
        verdict.facts,
        effects,
        money,
        verdict.score_micro,
        verdict.contributions,
        evidence,
        verdict.counterfactual,
        approver,
        made or {},
    )


@dataclass(frozen=True, slots=True)
class Truth:
    """What turned out to be right: the outcome that a person (or the world) came to, and what it came to."""

    outcome: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict held against what turned out to be right; `error` is the money by which it was wrong."""

    is_right: bool
    error: Money | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A wish to have decided things done: approved ones, or those that a person picked."""

    books_id: int
    subjects: tuple[str, ...]
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Reversal:
    """A wish to have the effects of one decided thing taken back as of a day; else what depends on them refuses it."""

    books_id: int
    decision_id: int
    subject: str
    on: date
    reason: str
    actor: Actor
    at: datetime
    with_dependents: bool = False


class CannotBeReversed(Refused):
    """What this decision led to is not taken back from here."""

    code = "cannot_be_reversed"


class CannotBeApplied(Refused):
    """Nothing is done about such a decision by itself."""

    code = "cannot_be_applied"


@dataclass(frozen=True, slots=True)
class DecisionType:
    """One kind of automatic act and the five calls that it answers.

    Args:
        kind: its name, as decisions keep it.
        version: of the rule or model; evidence of its autonomy belongs to it.
        decide: stored inputs and what they name to a verdict; pure.
        explain: every reason of a verdict, the first one first.
        apply: have the act done for some subjects through its flow; returns the effects.
        reverse: take the effects of one item back; returns what that made.
        score: a verdict against what turned out to be right.
        formerly: other names under which old decisions of this kind are kept.
        asks: inputs that "What if" offers, as dotted paths; none: every input that is one value.
    """

    kind: str
    version: str
    decide: Callable[[Mapping[str, Any], Consulted], Verdict]
    explain: Callable[[Verdict], tuple[Explanation, ...]]
    apply: Callable[[Application], tuple[str, ...]]
    reverse: Callable[[Reversal], tuple[str, ...]]
    score: Callable[[Verdict, Truth], Scored]
    formerly: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


def reasons_of(verdict: Verdict) -> tuple[Explanation, ...]:
    """Return every reason of a verdict: its facts may hold `all` that was found, else it is the one that it names."""
    found = verdict.facts.get("all")
    if isinstance(found, Sequence) and not isinstance(found, str):
        return tuple([Explanation(str(one["code"]), _mapping(one["facts"])) for one in found if _is_finding(one)])
    return (Explanation(verdict.code, verdict.facts),)


def _is_finding(one: Fact) -> TypeGuard[Mapping[str, Fact]]:
    return isinstance(one, Mapping) and {"code", "facts"} <= one.keys()


def _mapping(fact: Fact) -> Mapping[str, Fact]:
    return fact if isinstance(fact, Mapping) else {}


def scored_by_outcome(verdict: Verdict, truth: Truth) -> Scored:
    """Hold a verdict against the truth by its outcome alone; what it came to is the money that was wrong."""
    is_right = verdict.outcome == truth.outcome
    return Scored(is_right, None if is_right else truth.amount)


def held_verdict(findings: Sequence[Finding], *, outcome: str = "held", nearest: Explanation | None = None) -> Verdict:
    """Return the verdict on something with findings: the first names it, all of them are kept."""
    first = findings[0]
    facts: dict[str, Fact] = {**first.facts, "all": [finding_json(one) for one in findings]}
    return Verdict(outcome, first.code, facts, counterfactual=nearest)


def finding_json(finding: Finding) -> dict[str, Fact]:
    """Return a finding as it is kept."""
    return {"check": finding.check, "code": finding.code, "field": finding.field, "facts": dict(finding.facts)}


def finding_of(kept: Mapping[str, Any]) -> Finding:
    """Return a finding from how it is kept."""
    return Finding(kept["check"], kept["code"], kept["facts"], kept["field"])


# ------------------------------------------------------------------------------------ disputes


class DisputeState(StrEnum):
    """Where a dispute stands: nobody has answered, somebody has, or it ended one way or the other."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def is_end(self) -> bool:
        """Nothing follows it."""
        return self in (DisputeState.ACCEPTED, DisputeState.REJECTED, DisputeState.WITHDRAWN)


class NoSuchDispute(Refused):
    """These books have no dispute of this number."""

    code = "no_such_dispute"


class DisputeIsClosed(Refused):
    """The dispute ended already."""

    code = "dispute_is_closed"


class OwnDispute(Refused):
    """Who disputes a decision does not say whether they are right; they may withdraw it."""

    code = "own_dispute"


class ReasonNeeded(Refused):
    """A dispute and each step of it say why."""

    code = "dispute_needs_reason"


def check_step(state: DisputeState, step: DisputeState, *, raised_by: str, actor: str, text: str) -> None:
    """Hold a step against where a dispute stands.

    Raises:
        DisputeIsClosed, OwnDispute, ReasonNeeded.
        ValueError: a dispute is not opened by a step.
    """
    if step is DisputeState.OPEN:
        raise ValueError("a dispute is opened once")
    if state.is_end:
        raise DisputeIsClosed(state=state.value)
    if not text.strip():
        raise ReasonNeeded(field="reason")
    is_own = raised_by.partition(":")[2] == actor.partition(":")[2]  # At the page and by token it is one person.
    if step in (DisputeState.ACCEPTED, DisputeState.REJECTED) and is_own:
        raise OwnDispute(by=actor)
