"""Running every rule over the facts of a batch. Pure: rules and their policies in, findings out."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from counterfoil.anomalies import rules
from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.facts import DealFacts, MoneyFacts
from counterfoil.kernel.explanation import Finding

Parameters: TypeAlias = Mapping[str, Mapping[str, str | int | bool]]
"""By rule, what a signed policy sets of its thresholds; the others keep the shipped value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, which is that of its file, whether it is a limit that people signed, and its function."""

    name: str
    is_hard: bool
    shipped: Any
    check: Callable[[DealFacts, Any], tuple[Finding, ...]]
    check_money: Callable[[MoneyFacts, Any], tuple[Finding, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: `held` stops the posting, `noted` is written down beside it; and the learned score.

    `facts` are what the rules saw where they found something, `silenced` the codes that somebody silenced of it.
    """

    held: tuple[Finding, ...] = ()
    noted: tuple[Finding, ...] = ()
    scored: Scored | None = None
    facts: DealFacts | None = None
    silenced: tuple[str, ...] = ()


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by name."""
    found = []
    for module in pkgutil.iter_modules(rules.__path__):
        rule = importlib.import_module(f"{rules.__name__}.{module.name}")
        found.append(Rule(module.name, rule.IS_HARD, rule.Policy(), rule.check, getattr(rule, "check_money", None)))
    return tuple(sorted(found, key=lambda rule: rule.name))


def with_parameters(policy: Any, given: Mapping[str, str | int | bool]) -> Any:
    """Return a rule's policy with what was signed; a parameter that it does not have is left out."""
    known = {one.name for one in dataclasses.fields(policy)}
    return dataclasses.replace(policy, **{name: value for name, value in given.items() if name in known})


def inspect(
    batch: Sequence[DealFacts], *, parameters: Parameters, observed: Collection[str] = (), is_historical: bool = False
) -> list[Inspected]:
    """Run every rule over a batch; answers in its order.

    Args:
        parameters: thresholds that differ from the shipped ones.
        observed: rules that only note what they find.
        is_historical: what was invoiced long ago is loaded; only limits that people signed hold it, because holding
            the past back for being unusual would make the books differ from what really happened.
    """
    wanted = [
        (rule, with_parameters(rule.shipped, parameters.get(rule.name, {})), rule.name in observed)
        for rule in all_rules()
    ]
    answers = []
    for facts in batch:
        held: list[Finding] = []
        noted: list[Finding] = []
        for rule, policy, only_observes in wanted:
            found = rule.check(facts, policy)
            if found:
                holds = policy.holds and not only_observes and (rule.is_hard or not is_historical)
                for finding in _named(rule.name, found):
                    (held if holds and not finding.facts.get("is_minor") else noted).append(finding)
        answers.append(Inspected(tuple(held), tuple(noted), facts.scored, facts if held or noted else None))
    return answers


def inspect_money(
    batch: Sequence[MoneyFacts], *, parameters: Parameters, observed: Collection[str] = ()
) -> list[Inspected]:
    """Run the rules that look at money over bank lines; answers in their order. Each rule says what waits."""
    rules_of_money = [
        (rule, with_parameters(rule.shipped, parameters.get(rule.name, {})))
        for rule in all_rules()
        if rule.check_money is not None
    ]
    answers = []
    for facts in batch:
        held: list[Finding] = []
        noted: list[Finding] = []
        for rule, policy in rules_of_money:
            for finding in _named(rule.name, rule.check_money(facts, policy) if rule.check_money else ()):
                is_note = rule.name in observed or finding.facts.get("is_minor")
                (noted if is_note else held).append(finding)
        answers.append(Inspected(tuple(held), tuple(noted)))
    return answers


def _named(rule: str, found: Sequence[Finding]) -> list[Finding]:
    return [dataclasses.replace(finding, facts={**finding.facts, "rule": rule}) for finding in found]
