"""What may only happen when every check has spoken, and how a decision is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding

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
    Act.CLOSE_DEAL: ("standards", "invoiced_before"),
    Act.BILL: ("instalment",),
    Act.ENTER_INVOICE: ("document",),
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


@dataclass(frozen=True, slots=True)
class Item:
    """One decided thing: inputs as seen, outcome, the reason as code and facts, and what it led to.

    Args:
    """

    subject: str
    inputs: Mapping[str, Fact]
    outcome: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    effects: tuple[str, ...] = ()


def item_bytes(subject: str, inputs_hash: str, outcome: str, code: str, facts: str) -> bytes:
    """Return exactly what an item's hash covers (form 1): canonical JSON, written directly because it is hot.

    A test holds it equal to `canonical_bytes` of the same content.
    """
    text = (
        f'{{"code":{quoted(code)},"facts":{quoted(facts)},"inputs_hash":"{inputs_hash}",'
        f'"outcome":{quoted(outcome)},"subject":{quoted(subject)}}}'
    )
    return text.encode("utf-8")
