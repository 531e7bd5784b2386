"""What an undoing consists of: targets, steps, plans. Values only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import Money


class UnknownTarget(Refused):
    """This names nothing that can be undone: CF-12, import:7, invoice:5, contract:3, bank_line:9, payment:4 ..."""

    code = "unknown_target"


class HasDependents(Refused):
    """Other acts stand on this one: they are undone with it, or it is not. `dependents` lists them."""

    code = "has_dependents"


class PlanChanged(Refused):
    """What undoing comes to is not what the person saw any more: look again."""

    code = "plan_changed"


class Kind(StrEnum):
    """What can be named."""

    DECISION = "decision"
    IMPORT = "import"
    OPPORTUNITY = "opportunity"
    CONTRACT = "contract"
    INVOICE = "invoice"
    LINE = "bank_line"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    ENTRY = "entry"
    ALIAS = "alias"


_SHORT: Final = {
    "CF": Kind.DECISION,
    "J": Kind.ENTRY,
    "B": Kind.IMPORT,
    "P": Kind.PAYMENT,
    "L": Kind.LINE,
    "D": Kind.OPPORTUNITY,
}
_WRITTEN: Final = re.compile(r"(?:(CF|J|B|P|L|D)-|([a-z_]+):)(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing by its kind and id, as decisions name it: `invoice:12`."""

    kind: Kind
    id: int

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @classmethod
    def of(cls, text: str) -> Target:
        """Read a target: `invoice:12`, or as pages number things: `CF-7`, `J-9`, `B-3`; `3` alone is an import.

        Raises:
            UnknownTarget: it is none.
        """
        written = f"import:{text}" if text.isascii() and text.isdecimal() else text
        found = _WRITTEN.fullmatch(written)
        kinds = {kind.value: kind for kind in Kind}
        if found is None or (found[2] and found[2] not in kinds):
            raise UnknownTarget(field="target", target=text[:80])
        return cls(_SHORT[found[1]] if found[1] else kinds[found[2]], int(found[3]))


class Verb(StrEnum):
    """What is done to take something back; in the order in which it is done."""

    UNTIE = "untie"
    """A bank line is not the payment by hand any more that it was recognised as."""
    UNAPPLY = "unapply"
    """A later use of cash or credit is taken back."""
    UNMATCH = "unmatch"
    """All that a bank line or a payment did is taken back; the line is listed again."""
    TAKE_OFF = "take_off"
    """Money comes off one invoice and stays as unapplied cash."""
    TAKE_BACK = "take_back"
    """Released revenue is taken back."""
    CREDIT = "credit"
    """An invoice is credited at its own rates."""
    REISSUE = "reissue"
    """A credit note is taken back: its invoice is issued again at its own rates."""
    FORGET = "forget"
    """A text of the CRM means nothing by itself again."""
    UNSIGN = "unsign"
    """A deal is won and not invoiced again."""
    REVERSE = "reverse"
    """An entry by hand is reversed."""
    UNLOAD = "unload"
    """An import is taken back."""


_ORDER: Final = {verb: place for place, verb in enumerate(Verb)}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is taken back.

    Args:
        name: what people call it: an invoice's number, a payer, a file.
        made_on: its accounting date; it is not taken back before.
        because: what it stands on, for what is only undone with it; empty for what was asked for.
    """

    verb: Verb
    target: str
    name: str = ""
    amount: Money | None = None
    made_on: date | None = None
    because: str = ""

    @property
    def facts(self) -> dict[str, Fact]:
        """The step as facts of a refusal or an event."""
        return {
            "verb": self.verb.value,
            "target": self.target,
            "name": self.name,
            "amount": self.amount.decimal_text() if self.amount is not None else "",
            "currency": self.amount.currency.code if self.amount is not None else "",
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What undoing a target comes to.

    Args:
        steps: in the order in which they are done.
        refusals: what stands against it; nothing is done while there is one.
        stays: what is not taken back and why, as codes with facts: numbers that are used, documents that are sent.
        on: the accounting date of everything that is posted.
    """

    target: str
    steps: tuple[Step, ...]
    on: date
    refusals: tuple[Refusal, ...] = ()
    stays: tuple[Refusal, ...] = ()

    @property
    def dependents(self) -> tuple[Step, ...]:
        """What was not asked for and goes with it."""
        return tuple(step for step in self.steps if step.because)

    @property
    def is_nothing(self) -> bool:
        """Everything was undone before."""
        return not self.steps and not self.refusals

    @property
    def sums(self) -> tuple[Money, ...]:
        """What was asked for comes to, by currency."""
        found: dict[str, Money] = {}
        for step in self.steps:
            if step.amount is not None and not step.because and step.verb is not Verb.UNSIGN:
                code = step.amount.currency.code
                found[code] = found[code] + step.amount if code in found else step.amount
        return tuple(found[code] for code in sorted(found))

    @property
    def hash(self) -> str:
        """What a person agrees to; another plan has another one."""
        return canonical.hash_of([self.target, self.on.isoformat(), [step.facts for step in self.steps]])


@dataclass(slots=True)
class Gathered:
    """Steps as they are found, each once, and what else there is to say."""

    steps: dict[tuple[Verb, str], Step] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    stays: list[Refusal] = field(default_factory=list)

    def add(self, step: Step) -> bool:
        """Add a step; what was asked for is not a dependent, whichever comes first. Returns whether it is new."""
        key = (step.verb, step.target)
        known = self.steps.get(key)
        if known is None or (known.because and not step.because):
            self.steps[key] = step
        return known is None

    def in_order(self) -> tuple[Step, ...]:
        """Return the steps in the order in which they are done."""
        return tuple(sorted(self.steps.values(), key=lambda step: _ORDER[step.verb]))


@dataclass(frozen=True, slots=True)
class Undone:
    """What was done: the plan as it was carried out, the decisions that say so, and what they made.

    `entries` counts the reversing entries, `documents` are the credit notes, `counts` the rows of an import.
    """

    plan: Plan
    decisions: tuple[int, ...] = ()
    entries: int = 0
    documents: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    is_dry_run: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Nothing was left to undo."""
        return self.plan.is_nothing


@dataclass(frozen=True, slots=True)
class Undoing:
    """An undoing that was done: its decision's number, who did it, when, and why."""

    number: str
    actor: str
    at: datetime
    reason: str


def of_kind(targets: Iterable[Target], kind: Kind) -> list[int]:
    """Return the ids of one kind, each once, in order."""
    return list(dict.fromkeys(target.id for target in targets if target.kind is kind))


def chunks(steps: Sequence[Step], size: int) -> list[Sequence[Step]]:
    """Cut steps into parts of at most `size`."""
    return [steps[start : start + size] for start in range(0, len(steps), size)]
