"""The shadow log: what a machine and a person said of the same thing, how the two are paired and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from counterfoil.decisions.domain import Mode
from counterfoil.kernel.errors import Fact

COMPARED_NOT: Final = frozenset({"later", "left"})
"""Outcomes by which the machine claims nothing: nothing is to be invoiced yet, or a person is to decide."""
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of one thing: an outcome, its money, and what else is compared.

    `answer` holds, for an invoice, `net`, `tax` and `term_days`; for a match, `refs`. Amounts are in minor units of
    `currency`.
    """

    outcome: str
    total_minor: int = 0
    currency: str = ""
    answer: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The class under which it is counted for kappa: outcome, currency, term and tax rate, or what was matched."""
        refs = self.answer.get("refs")
        if isinstance(refs, Sequence) and not isinstance(refs, str):
            return " ".join([self.outcome, *(str(ref) for ref in refs)])
        if "net" not in self.answer:
            return self.outcome
        net, tax = self.answer["net"], self.answer.get("tax")
        rate = f"{round(tax * 100 / net)} %" if isinstance(net, int) and isinstance(tax, int) and net else "no tax"
        return f"{self.outcome} {self.currency} {self.answer.get('term_days')} days {rate}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the machine said. `stake_minor` is in base currency; a later verdict on a thing replaces an earlier one."""

    id: int
    subject: str
    part: int
    mode: Mode
    said: Said
    stake_minor: int
    at: datetime
    code: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Human:
    """What a person said: in the queue, by doing it here, or in a document of the system that was really used."""

    ref: str
    subject: str
    part: int
    source: str
    said: Said
    at: datetime
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing as both sides saw it; `human` or `verdict` is None where one side never said anything.

    `error_minor` and `stake_minor` are in base currency. `code` says how the two differ.
    """

    verdict: Verdict | None
    human: Human | None
    code: str
    error_minor: int
    stake_minor: int
    at: datetime

    @property
    def subject(self) -> str:
        """What both speak of."""
        return self.verdict.subject if self.verdict else self.human.subject if self.human else ""

    @property
    def is_paired(self) -> bool:
        """Tell whether both sides said something."""
        return self.verdict is not None and self.human is not None

    @property
    def is_agreed(self) -> bool:
        """Tell whether both said the same."""
        return self.code == AGREED

    @property
    def is_blind(self) -> bool:
        """Tell whether the person could not see what the machine said: it observed."""
        return self.is_paired and self.verdict is not None and self.verdict.mode is Mode.OBSERVE

    @property
    def labels(self) -> tuple[str, str]:
        """The classes of machine and person. Where the two differ in what no class shows, the person's is another."""
        assert self.verdict is not None, "only pairs have labels"
        assert self.human is not None, "only pairs have labels"
        machine, person = self.verdict.said.label, self.human.said.label
        return machine, person if self.is_agreed or machine != person else f"{person}, other figures"


AGREED: Final = "agreed"
NO_HUMAN: Final = "no_human_answer"
NO_VERDICT: Final = "no_machine_answer"


def difference(machine: Said, person: Said) -> str:
    """Return how two answers differ, the gravest first, or `agreed`."""
    if machine.outcome != person.outcome:
        return f"machine_{machine.outcome}_person_{person.outcome}"
    if machine.currency != person.currency:
        return "other_currency"
    for name, code in (("net", "other_net"), ("tax", "other_tax")):
        if machine.answer.get(name) != person.answer.get(name):
            return code
    if machine.total_minor != person.total_minor:
        return "other_total"
    if machine.answer.get("refs") != person.answer.get("refs"):
        return "other_items"
    if machine.answer.get("term_days") != person.answer.get("term_days"):
        return "other_term"
    return AGREED


def error_of(verdict: Verdict, person: Said) -> tuple[int, int]:
    """Return the wrong money between a verdict and a person's answer, and the money at stake, in base currency.

    Another outcome, currency or item makes all of it wrong; another total the difference; another term none of it.
    """
    machine = verdict.said
    most = max(machine.total_minor, person.total_minor)
    if machine.total_minor and verdict.stake_minor and machine.currency == person.currency:
        stake = verdict.stake_minor * most // machine.total_minor
    else:
        stake = verdict.stake_minor or most
    code = difference(machine, person)
    if code in (AGREED, "other_term"):
        return 0, stake
    if code in ("other_net", "other_tax", "other_total") and most:
        gap = max(
            abs(machine.total_minor - person.total_minor),
            _gap(machine.answer.get("tax"), person.answer.get("tax")),
        )
        return stake * gap // most, stake
    return stake, stake


def _gap(one: Fact, other: Fact) -> int:
    return abs(one - other) if isinstance(one, int) and isinstance(other, int) else 0


def paired(
    verdicts: Iterable[Verdict], humans: Iterable[Human], *, as_of: datetime, unpaired_after_days: int
) -> list[Pair]:
    """Pair machine and person by what they speak of, oldest first.

    The machine's answer is the last it gave before the person's (or, where it spoke later, its first); the person's is
    the last. What has only one side waits, and counts as missed once it is older than `unpaired_after_days`.
    """
    said: dict[tuple[str, int], list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda one: (one.at, one.id)):
        said.setdefault((verdict.subject, verdict.part), []).append(verdict)
    answered: dict[tuple[str, int], Human] = {}
    for human in sorted(humans, key=_order):
        answered[human.subject, human.part] = human
    pairs = []
    for key, given in said.items():
        answer = answered.pop(key, None)
        if answer is not None:
            before = [one for one in given if one.at <= answer.at]
            verdict = before[-1] if before else given[0]
        else:
            verdict = given[-1]
        if verdict.said.outcome in COMPARED_NOT:
            continue
        if answer is not None:
            pairs.append(_pair(verdict, answer))
        elif _is_late(verdict.at, as_of, unpaired_after_days):
            stake = verdict.stake_minor
            pairs.append(Pair(verdict, None, NO_HUMAN, stake, stake, verdict.at))
    pairs += [
        Pair(None, human, NO_VERDICT, human.said.total_minor, human.said.total_minor, human.at)
        for human in answered.values()
        if _is_late(human.at, as_of, unpaired_after_days)
    ]
    return sorted(pairs, key=lambda pair: (pair.at, pair.verdict.id if pair.verdict else 0, _ref(pair)))


def _pair(verdict: Verdict, human: Human) -> Pair:
    error, stake = error_of(verdict, human.said)
    return Pair(verdict, human, difference(verdict.said, human.said), error, stake, max(verdict.at, human.at))


def _order(one: Human) -> tuple[datetime, str, int, str]:
    """Sort what was said at the same instant as it was kept: by number, not by its digits."""
    kind, _, number = one.ref.partition(":")
    return one.at, kind, len(number), number


def _ref(pair: Pair) -> str:
    return pair.human.ref if pair.human else ""


def _is_late(at: datetime, as_of: datetime, days: int) -> bool:
    return as_of - at >= timedelta(days=days)
