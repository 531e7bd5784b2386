"""What the machine may do alone, what people look at, how long records stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Final

from counterfoil.kernel.errors import Refused
from counterfoil.policies.domain.typed import Parameter, Range, Settings

MICRO: Final = 1_000_000
QUALITY_FLOOR_MICRO: Final = 800_000
"""Below this score of the data no policy lets a kind of decision rise: garbage in, garbage out."""


class AllowanceWithoutScope(Refused):
    """What is allowed must name the kind of decision and the finding."""

    code = "allowance_without_scope"


@dataclass(frozen=True, slots=True)
class AnomalyPolicy(Settings):
    """From which score on a deal is stopped, and the parameters of each rule; a rule in `disabled` only observes.

    Scores are notes until the rule `learned_score` is set to hold; then those from the threshold on stop a deal.
    """

    score_threshold_micro: Annotated[int, Range(least=0, most=MICRO)] = 990_000
    rules: Mapping[str, Mapping[str, Parameter]] = field(default_factory=dict)
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromotionCriteria(Settings):
    """What a kind of decision must show before it may rise a level. Agreement is the lower end of a 95 % interval."""

    min_n: Annotated[int, Range(least=30, most=10**9)] = 200
    min_agreement_micro: Annotated[int, Range(least=500_000, most=MICRO)] = 950_000
    min_quality_micro: Annotated[int, Range(least=QUALITY_FLOOR_MICRO, most=MICRO)] = 900_000
    max_money_error_micro: Annotated[int, Range(least=0, most=MICRO)] = 10_000
    unpaired_after_days: Annotated[int, Range(least=1, most=366)] = 30


@dataclass(frozen=True, slots=True)
class AutonomyPolicy(Settings):
    """What each kind of decision must show, and how many minutes one act takes by hand; the others have the default."""

    default: PromotionCriteria = field(default_factory=PromotionCriteria)
    criteria: Mapping[str, PromotionCriteria] = field(default_factory=dict)
    default_minutes: Annotated[int, Range(least=0, most=480)] = 5
    minutes: Mapping[str, int] = field(default_factory=dict)

    def criteria_of(self, kind: str) -> PromotionCriteria:
        """Return what one kind of decision must show."""
        return self.criteria.get(kind, self.default)

    def minutes_of(self, kind: str) -> int:
        """Return how long one act of a kind takes a person, in minutes, as people stated it."""
        return self.minutes.get(kind, self.default_minutes)


@dataclass(frozen=True, slots=True)
class ReviewPolicy(Settings):
    """How soon a case is answered, and which share of what was not queued people see all the same; by kind of case."""

    default_sla_hours: Annotated[int, Range(least=1, most=8_784)] = 48
    sla_hours: Mapping[str, int] = field(default_factory=dict)
    default_sample_micro: Annotated[int, Range(least=0, most=MICRO)] = 20_000
    sample_micro: Mapping[str, int] = field(default_factory=dict)

    def sla_hours_of(self, kind: str) -> int:
        """Return within how many hours a case of a kind is answered."""
        return self.sla_hours.get(kind, self.default_sla_hours)

    def sample_micro_of(self, kind: str) -> int:
        """Return the share of a kind, in millionths, that people see as a sample."""
        return min(MICRO, max(0, self.sample_micro.get(kind, self.default_sample_micro)))


@dataclass(frozen=True, slots=True)
class SamplingPolicy(Settings):
    """Which share of what was not queued people see all the same, in millionths, as the auditor says; by kind.

    Where the auditor says nothing, the review policy does.
    """

    default_micro: Annotated[int | None, Range(least=0, most=MICRO)] = None
    kinds: Mapping[str, int] = field(default_factory=dict)

    def rate_of(self, kind: str) -> int | None:
        """Return the rate of a kind of decision; None where the auditor set none."""
        found = self.kinds.get(kind, self.default_micro)
        return None if found is None else min(MICRO, max(0, found))

    def with_rate(self, kind: str, micro: int) -> SamplingPolicy:
        """Return the same with the rate of one kind, or of all that have none of their own, set."""
        if not kind:
            return SamplingPolicy(micro, self.kinds)
        return SamplingPolicy(self.default_micro, {**self.kinds, kind: micro})


@dataclass(frozen=True, slots=True)
class FourEyes(Settings):
    """Acts that need a second person. `solo` lets a company of one do them alone; each use is on record."""

    acts: tuple[str, ...] = ()
    solo: bool = True


@dataclass(frozen=True, slots=True)
class RetentionPolicy(Settings):
    """How many whole years each kind of record is kept after the year it belongs to."""

    default_years: Annotated[int, Range(least=1, most=100)] = 10
    years: Mapping[str, int] = field(default_factory=dict)

    def years_of(self, kind: str) -> int:
        """Return how many years a kind of record is kept."""
        return self.years.get(kind, self.default_years)


@dataclass(frozen=True, slots=True)
class Allowance(Settings):
    """What need not be asked again: one finding, for one customer or all, up to an amount, until a day."""

    KEY: ClassVar[tuple[str, ...]] = ("kind", "code", "customer")

    kind: str
    code: str
    expires_on: date
    max_amount_minor: Annotated[int, Range(least=1)]
    customer: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.kind or not self.code:
            raise AllowanceWithoutScope


@dataclass(frozen=True, slots=True)
class AlwaysAllow(Settings):
    """Everything that need not be asked again."""

    allowances: tuple[Allowance, ...] = ()

    def allowance_for(self, kind: str, code: str, *, customer: str, amount_minor: int, on: date) -> Allowance | None:
        """Return the allowance that covers a finding on a day, or None. Amounts are of the base currency."""
        return next(
            (
                one
                for one in self.allowances
                if (one.kind, one.code) == (kind, code)
                and one.customer in ("", customer)
                and abs(amount_minor) <= one.max_amount_minor
                and on <= one.expires_on
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class QualityPolicy(Settings):
    """How far a weekly score of the data may fall below the weeks before, how many rows make a score, who is a team.

    `teams` names the team of each owner, as the CRM calls them.
    """

    max_drop_micro: Annotated[int, Range(least=1_000, most=MICRO)] = 50_000
    min_rows: Annotated[int, Range(least=1, most=10**6)] = 5
    weeks: Annotated[int, Range(least=1, most=52)] = 4
    teams: Mapping[str, str] = field(default_factory=dict)
