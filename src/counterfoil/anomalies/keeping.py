"""What the rules saw of something, in a form that is kept with the decision, so that they find the same again. Pure.

What people signed (`AnomalyPolicy`, the approval matrix) is named by its hash and kept once; what belongs to the deal
alone stands in its inputs. Of habits only counts are kept, and of the past one by one what is nearby.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from counterfoil.anomalies import inspecting
from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.facts import Buyer, Candidate, DealFacts, Line, Price, What
from counterfoil.anomalies.habit import Habit, Recent
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.people.domain import Role
from counterfoil.policies.domain import AnomalyPolicy, ApprovalMatrix, CreditProfile, Exposure
from counterfoil.receivables.domain.payers import PaidFrom

VERSION: Final = "watch-1"
"""Of the rules together. Who changes what a rule finds raises it; decisions kept under another one keep their word."""
SCORE_RULE: Final = "learned_score"
POLICY: Final = "anomalies"
MATRIX: Final = "approval_matrix"
"""Names under which what people signed is consulted."""


def thresholds(policy: AnomalyPolicy) -> dict[str, Mapping[str, str | int | bool]]:
    """Return what a signed policy sets of each rule; the threshold of the score stands beside the rules."""
    of_score = {"threshold_micro": policy.score_threshold_micro, **policy.rules.get(SCORE_RULE, {})}
    return {**policy.rules, SCORE_RULE: of_score}


def kept(facts: DealFacts, *, is_historical: bool, silenced: Collection[str]) -> dict[str, Fact]:
    """Write what the rules saw of something.

    Args:
        silenced: codes that an approval, a policy or a person silenced.
    """
    it = facts.it
    codes = {line.product_code for line in it.lines}
    return {
        "version": VERSION,
        "is_historical": is_historical,
        "silenced": sorted(set(silenced)),
        "it": _candidate_json(it),
        "today": facts.today.isoformat(),
        "buyer": [
            facts.buyer.id,
            facts.buyer.name,
            list(facts.buyer.names),
            facts.buyer.segment,
            facts.buyer.term.text if facts.buyer.term else None,
            facts.buyer.is_blocked,
        ],
        "base": facts.base.code,
        "base_minor": facts.base_minor,
        "habit": _habit_json(facts.habit),
        "group": _habit_json(facts.group),
        "nearby": [_recent_json(one) for one in facts.nearby],
        "prices": [list(dataclasses.astuple(price)) for code, price in sorted(facts.prices.items()) if code in codes],
        "role": facts.role.value,
        "versions": [facts.matrix_version, facts.profile_version],
        "profile": facts.profile.to_json(),
        "exposure": list(dataclasses.astuple(facts.exposure)),
        "ahead_minor": facts.ahead_minor,
        "payers": [[one.account, one.times, one.first.isoformat(), one.last.isoformat()] for one in facts.payers],
    }


def found_again(
    stored: Mapping[str, Any], *, policy: Mapping[str, Any], matrix: Mapping[str, Any], scored: Scored | None
) -> Inspected:
    """Let the rules look again at what they saw; what was silenced then is a note again."""
    settings = AnomalyPolicy.from_json(policy)
    (found,) = inspecting.inspect(
        [_facts(stored, ApprovalMatrix.from_json(matrix), scored)],
        parameters=thresholds(settings),
        observed=frozenset(settings.disabled),
        is_historical=stored["is_historical"],
    )
    left = tuple([one for one in found.held if one.code not in stored["silenced"]])
    silenced = tuple([one for one in found.held if one.code in stored["silenced"]])
    return Inspected(left, (*found.noted, *silenced), scored)


def _facts(stored: Mapping[str, Any], matrix: ApprovalMatrix, scored: Scored | None) -> DealFacts:
    id_, name, names, segment, term, is_blocked = stored["buyer"]
    prices = [Price(*price) for price in stored["prices"]]
    matrix_version, profile_version = stored["versions"]
    return DealFacts(
        _candidate(stored["it"]),
        date.fromisoformat(stored["today"]),
        Buyer(id_, name, tuple(names), segment, Term.parse(term) if term else None, is_blocked),
        currency(stored["base"]),
        stored["base_minor"],
        Habit.from_json(stored["habit"]),
        Habit.from_json(stored["group"]),
        tuple([_recent(one) for one in stored["nearby"]]),
        {price.code: price for price in prices},
        Role(stored["role"]),
        matrix,
        matrix_version,
        CreditProfile.from_json(stored["profile"]),
        profile_version,
        Exposure(*stored["exposure"]),
        stored["ahead_minor"],
        tuple(
            [
                PaidFrom(account, times, date.fromisoformat(first), date.fromisoformat(last))
                for account, times, first, last in stored["payers"]
            ]
        ),
        scored,
    )


def _habit_json(habit: Habit) -> dict[str, Fact]:
    """Write a habit; what was posted one by one stands among what is nearby."""
    return dataclasses.replace(habit, recent=()).to_json()


def _recent_json(one: Recent) -> list[Fact]:
    return [
        one.reference,
        one.on.isoformat(),
        one.currency,
        one.net_minor,
        one.base_minor,
        one.po_number,
        one.owner,
        one.subject,
    ]


def _recent(kept_: Any) -> Recent:
    reference, on, *rest = kept_
    return Recent(reference, date.fromisoformat(on), *rest)


def _candidate_json(it: Candidate) -> dict[str, Fact]:
    return {
        "what": it.what.value,
        "subject": it.subject,
        "reference": it.reference,
        "name": it.name,
        "content_hash": it.content_hash,
        "customer": it.customer_id,
        "owner": it.owner,
        "currency": it.currency.code,
        "term": it.term.text,
        "issue_date": it.issue_date.isoformat(),
        "due_date": it.due_date.isoformat(),
        "lines": [_line_json(line) for line in it.lines],
        "po_number": it.po_number,
        "billing_text": it.billing_text,
        "close_date": it.close_date.isoformat() if it.close_date else None,
    }


def _line_json(line: Line) -> list[Fact]:
    return [
        line.product_code,
        line.description,
        line.quantity_micro,
        line.unit_price_minor,
        str(line.discount_percent),
        line.net_minor,
        line.tax_class,
        line.is_over_time,
        line.service.start.isoformat() if line.service else None,
        line.service.end.isoformat() if line.service else None,
    ]


def _candidate(kept_: Mapping[str, Any]) -> Candidate:
    return Candidate(
        What(kept_["what"]),
        kept_["subject"],
        kept_["reference"],
        kept_["name"],
        kept_["content_hash"],
        kept_["customer"],
        kept_["owner"],
        currency(kept_["currency"]),
        Term.parse(kept_["term"]),
        date.fromisoformat(kept_["issue_date"]),
        date.fromisoformat(kept_["due_date"]),
        tuple([_line(line) for line in kept_["lines"]]),
        kept_["po_number"],
        kept_["billing_text"],
        date.fromisoformat(kept_["close_date"]) if kept_["close_date"] else None,
    )


def _line(kept_: Any) -> Line:
    code, description, quantity, price, discount, net, tax_class, is_over_time, start, end = kept_
    service = Span(date.fromisoformat(start), date.fromisoformat(end)) if start and end else None
    return Line(code, description, quantity, price, Decimal(discount), net, tax_class, is_over_time, service)
