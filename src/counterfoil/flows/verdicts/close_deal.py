"""A won deal at the gate: invoiced, or held with everything that stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.decisions.domain import Consulted, NotReplayable, Verdict, finding_json, held_verdict
from counterfoil.flows.verdicts import scores
from counterfoil.flows.verdicts import watched as watched_again
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money
from counterfoil.standards import seen
from counterfoil.standards.domain import CHECK, Deal, Standard

KIND = "close_deal"
VERSION = "close-deal-1"
STANDARD = "standard"
CHANGED = "invoiced_before"
AGAIN = frozenset({CHECK, CHANGED})
"""Checks whose inputs are stored, so that they speak again; what others said is stored as their answer."""


def before_finding(before: Mapping[str, Any]) -> Finding:
    """Say that a deal was signed before: in another version, or its closing was undone and it is left to people."""
    if before.get("undone") is not None:
        facts: dict[str, Fact] = {"contract": before["contract"], "reason": before["undone"]}
        return Finding(CHANGED, "closing_was_undone", facts)
    facts = {"contract": before["contract"], "signed_date": before["signed_date"]}
    return Finding(CHANGED, "changed_after_invoicing", facts)


def inputs(
    seen_: Mapping[str, Fact],
    consulted: Mapping[str, Fact],
    *,
    before: Mapping[str, Fact] | None,
    answers: Sequence[Finding],
    noted: Sequence[Fact] = (),
    score: Mapping[str, Fact] | None = None,
    watched: Mapping[str, Fact] | None = None,
) -> dict[str, Fact]:
    """Put together what a deal is decided on.

    Args:
        seen_: what the standards read of it. consulted: hashes of what it was judged by.
        before: contract and day of the version that was signed before, if one was, and why that was undone.
        answers: what the accounting system and further checks said about it.
        noted: what further checks found and let pass.
        score: what the learned score follows from (`scores.inputs`).
        watched: what the rules of the watch saw, where they found something (`watched.inputs`).
    """
    return {
        "form": 1,
        "seen": dict(seen_),
        "consulted": dict(consulted),
        "before": None if before is None else dict(before),
        "answers": [finding_json(one) for one in answers],
        "noted": list(noted),
        "score": None if score is None else dict(score),
        "watched": None if watched is None else dict(watched),
    }


def passed(inputs_: Mapping[str, Any], total: Money, noted: Sequence[Fact]) -> Verdict:
    """Return the verdict on a deal with nothing against it, its score, and what was noted of it all the same."""
    facts: dict[str, Fact] = {"amount": total.decimal_text(), "currency": total.currency.code}
    also: dict[str, Fact] = {"noted": list(noted)} if noted else {}
    return scores.scored(Verdict("invoiced", "deal_closed", facts | also), inputs_.get("score"))


def held(inputs_: Mapping[str, Any], findings: Sequence[Finding], standard: Standard) -> Verdict:
    """Return the verdict on a deal with findings, with the nearest change that would let it pass, if there is one."""
    return scores.scored(held_verdict(findings, nearest=_nearest(inputs_, findings, standard)), inputs_.get("score"))


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide again about a won deal from what was stored."""
    if inputs_.get("form") != 1:
        raise NotReplayable(kind=KIND)
    standard = seen.standard_from(consulted[STANDARD])
    _, judged = seen.judged_again(inputs_["seen"], standard)
    found = [] if isinstance(judged, Deal) else list(judged)
    if inputs_["before"] is not None:
        found.append(before_finding(inputs_["before"]))
    answers, noted = watched_again.again(inputs_, consulted)
    found += answers
    if found:
        return held(inputs_, found, standard)
    assert isinstance(judged, Deal)
    return passed(inputs_, judged.total, noted)


def _nearest(inputs_: Mapping[str, Any], findings: Sequence[Finding], standard: Standard) -> Explanation | None:
    """Find the change that would let it pass, and make sure that it would."""
    (finding, *more) = findings
    match finding.facts.get("would_pass"):
        case {"code": str(code), "facts": Mapping() as facts} if not more:
            return Explanation(code, facts)
    if any(finding.check != CHECK for finding in findings):
        return None
    changes = seen.fixes(inputs_["seen"], findings)
    if not changes:
        return None
    _, judged = seen.judged_again(seen.changed(inputs_["seen"], changes), standard)
    if not isinstance(judged, Deal) and any(finding.code != "unknown_customer" for finding in judged):
        return None
    return Explanation("would_pass_with", {"changes": [f"{name} = {value}" for name, value in changes.items()]})
