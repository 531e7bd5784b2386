"""What may only happen when every check has spoken, and how a decision is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

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
    Act.RECEIVE: ("allocation",),
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

    def __post_init__(self) -> None:
        if self.contributions and sum(part.amount_micro for part in self.contributions) != self.score_micro:
            raise ValueError("the contributions do not sum to the score")


def reasons_json(item: Item) -> dict[str, Fact] | None:
    """Return contributions, evidence and counterfactual as they are kept, None where there is none of them."""
    if not (item.contributions or item.evidence or item.counterfactual):
        return None
    nearest = item.counterfactual
    return {
        "contributions": [
            {"code": part.code, "facts": dict(part.facts), "amount_micro": part.amount_micro}
            for part in item.contributions
        ],
        "evidence": [
            {"source": one.source, "quote": one.quote, "start": one.start, "end": one.end} for one in item.evidence
        ],
        "counterfactual": {"code": nearest.code, "facts": dict(nearest.facts)} if nearest else None,
    }


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
