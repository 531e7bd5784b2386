"""A deal or an invoice dated long before the day on which it was entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days back a close or an issue date may lie, and how many a service may have run already."""

    holds: bool = False
    most_days: int = 45
    most_service_days: int = 120


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare the dates of the deal with today."""
    it = facts.it
    if it.what is What.INSTALMENT:
        return ()
    found = []
    field, day = ("close_date", it.close_date) if it.close_date else ("issue_date", it.issue_date)
    back = (facts.today - day).days if day else 0
    if back > policy.most_days:
        said: dict[str, Fact] = {"day": day.isoformat() if day else "", "days": back, "most_days": policy.most_days}
        found.append(noticed(facts, "back_dated", field, said))
    for number, line in enumerate(it.lines, 1):
        ran = (facts.today - line.service.start).days if line.service else 0
        if line.service and ran > policy.most_service_days and ran > back:
            about: dict[str, Fact] = {"line": number, "day": line.service.start.isoformat(), "days": ran}
            found.append(noticed(facts, "service_back_dated", "service_start", about))
            break
    return tuple(found)
