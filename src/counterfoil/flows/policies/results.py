"""What a simulation answers: how many would have been judged otherwise, their money, and the largest of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.policies.domain import Kind

SIMULATED = (
    Kind.DATA_STANDARD,
    Kind.APPROVAL_MATRIX,
    Kind.CREDIT_PROFILES,
    Kind.ANOMALIES,
    Kind.ALWAYS_ALLOW,
    Kind.REVIEW,
    Kind.DATA_QUALITY,
)
"""The kinds of which the past says what they would have done. The others say when, or by whom, something is done."""
MOST_SHOWN = 50


class NothingToSimulate(Refused):
    """A policy of this kind decides about no deal, so the past cannot say what it would have done."""

    code = "nothing_to_simulate"


class Of(StrEnum):
    """What a proposal is held against: won deals, issued invoices, what was decided without a person, weekly audits."""

    DEALS = "deals"
    INVOICES = "invoices"
    DECISIONS = "decisions"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class Stopped:
    """Something past that the proposal judges differently; `amount` is in base, None where no rate is known.

    `opportunity_id` is 0 where it is no deal; `reference` says then what it is: a document, a decision.
    """

    opportunity_id: int
    reference: str
    name: str
    close_date: date
    amount: Money | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a proposal would have done since a day, beside what is in force.

    `stopped` passed what is in force and would not have passed the proposal; `released` is the other way round. Both
    list `MOST_SHOWN` at most, the largest first; the counts and amounts are of all. `of` says what was tested.
    """

    kind: Kind
    against: str
    since: date
    tested: int
    currency: Currency
    stopped_count: int
    stopped_amount: Money
    released_count: int
    released_amount: Money
    by_code: tuple[tuple[str, int], ...]
    stopped: tuple[Stopped, ...]
    released: tuple[Stopped, ...]
    of: Of = Of.DEALS


@dataclass(slots=True)
class Tally:
    """Counts while a simulation runs, and keeps the largest."""

    base: Currency
    tested: int = 0
    stopped: list[Stopped] = field(default_factory=list)
    released: list[Stopped] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def add(self, row: Stopped, *, is_stopped: bool) -> None:
        """Count something that the proposal judges otherwise than what is in force."""
        (self.stopped if is_stopped else self.released).append(row)
        if is_stopped:
            for code in {finding.code for finding in row.findings}:
                self.codes[code] = self.codes.get(code, 0) + 1

    def result(self, kind: Kind, against: str, since: date, of: Of) -> Simulated:
        """Return what was counted."""
        return Simulated(
            kind,
            against,
            since,
            self.tested,
            self.base,
            len(self.stopped),
            _sum(self.stopped, self.base),
            len(self.released),
            _sum(self.released, self.base),
            tuple(sorted(self.codes.items(), key=lambda pair: (-pair[1], pair[0]))),
            _largest(self.stopped),
            _largest(self.released),
            of,
        )


def _sum(rows: Iterable[Stopped], base: Currency) -> Money:
    return sum((row.amount for row in rows if row.amount is not None), Money.zero(base))


def _largest(rows: Iterable[Stopped]) -> tuple[Stopped, ...]:
    ordered = sorted(
        rows, key=lambda row: (-(row.amount.minor if row.amount else 0), row.opportunity_id, row.reference)
    )
    return tuple(ordered[:MOST_SHOWN])
