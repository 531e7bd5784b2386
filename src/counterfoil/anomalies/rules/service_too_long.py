"""A service that runs for longer than anybody signs without looking twice: a slip in a year, most often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, noticed
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.spans import add_months

IS_HARD: Final = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How many months a service may run."""

    holds: bool = True
    most_months: int = 60


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Compare each line's service with the longest that passes; the first line that is longer speaks for all."""
    for number, line in enumerate(facts.it.lines, 1):
        if line.service is None:
            continue
        last = add_months(line.service.start, policy.most_months)
        if line.service.end > last:
            return (
                noticed(
                    facts,
                    "service_unusually_long",
                    "service_end",
                    {
                        "line": number,
                        "start": line.service.start.isoformat(),
                        "end": line.service.end.isoformat(),
                        "most_months": policy.most_months,
                    },
                    would_pass=Explanation("pass_service_end", {"end": last.isoformat()}),
                ),
            )
    return ()
