"""Money of this customer that comes from, or goes to, another bank account than all the money before it.

Looked at twice: beside what is sold to the customer, where a new account is news for a while, and beside each bank line
that is about to be posted. Money that comes is only noted, for it is there; money that goes out to an account that the
customer has hardly paid from is the fraud that this rule is for, and waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from counterfoil.anomalies.facts import CHECK, DealFacts, MoneyFacts, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.receivables.domain.payers import PaidFrom, ending_of

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """From how many payments an account is the usual one, and for how many days a new one is news.

    `holds_money_out` is whether money that goes to an account that is not known waits for a person.
    """

    holds: bool = False
    least_payments: int = 3
    news_days: int = 60
    holds_money_out: bool = True


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Find an account that was first seen lately, after another had become the usual one."""
    since = facts.today - timedelta(days=policy.news_days)
    for new in facts.payers:
        if new.first < since:
            continue
        earlier = [one for one in facts.payers if one.account != new.account and one.first < new.first]
        before = _usual(earlier, policy)
        if before is None:
            continue
        said: dict[str, Fact] = {
            "customer": facts.buyer.name,
            "account": new.ending,
            "since": new.first.isoformat(),
            **_before(before),
        }
        return (noticed(facts, "bank_details_changed", "customer", said, evidence=(_quote(before),)),)
    return ()


def check_money(facts: MoneyFacts, policy: Policy) -> tuple[Finding, ...]:
    """Find money that comes from an account that is new, or goes to one that is new or hardly known.

    A payment or two make an account known that money comes from, but not one that money may go to: who wants money sent
    elsewhere may well send some first.
    """
    is_out = facts.amount.minor < 0
    own = next((one for one in facts.payers if one.account == facts.account), None)
    others = [one for one in facts.payers if one.account != facts.account]
    before = _usual(others, policy) or (max(others, key=lambda one: one.times, default=None) if is_out else None)
    if before is None or not facts.account or (own is not None and (not is_out or _is_settled(own, facts.on, policy))):
        return ()
    amount = abs(facts.amount)
    said: dict[str, Fact] = {
        "customer": facts.customer,
        "account": ending_of(facts.account),
        "amount": amount.decimal_text(),
        "currency": amount.currency.code,
        **_before(before),
        "stake": amount.decimal_text(),
        "stake_currency": amount.currency.code,
        "evidence": [_quote(before)],
    }
    if not (policy.holds_money_out if is_out else policy.holds):
        said["is_minor"] = True
    return (Finding(CHECK, "money_to_another_account" if is_out else "money_from_another_account", said, "account"),)


def _usual(payers: Sequence[PaidFrom], policy: Policy) -> PaidFrom | None:
    usual = [one for one in payers if one.times >= policy.least_payments]
    return max(usual, key=lambda one: one.times, default=None)


def _is_settled(own: PaidFrom, on: date, policy: Policy) -> bool:
    return own.times >= policy.least_payments or own.first <= on - timedelta(days=policy.news_days)


def _before(usual: PaidFrom) -> dict[str, Fact]:
    return {"usual": usual.ending, "times": usual.times, "until": usual.last.isoformat()}


def _quote(usual: PaidFrom) -> str:
    return f"{usual.times} payments from {usual.ending} until {usual.last.isoformat()}"
