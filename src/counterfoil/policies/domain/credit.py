"""How much a customer may owe, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.policies.domain.typed import Range, Settings

CHECK: Final = "credit"


class RiskClass(StrEnum):
    """How surely a customer pays; A pays, D may not."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True, slots=True)
class CreditProfile(Settings):
    """What a customer is trusted with; None is no limit. The limit is in minor units of the base currency."""

    limit_minor: Annotated[int | None, Range(least=0)] = None
    risk_class: RiskClass = RiskClass.B
    max_term_days: Annotated[int | None, Range(least=0, most=3_660)] = None
    max_overdue_days: Annotated[int | None, Range(least=0, most=3_660)] = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer would owe if all that is agreed were delivered; minor units of the base currency.

    `overdue_minor` is a part of `open_minor`, and `overdue_days` the age of the oldest of it.
    """

    open_minor: int = 0
    unbilled_minor: int = 0
    overdue_minor: int = 0
    overdue_days: int = 0

    @property
    def total_minor(self) -> int:
        """Invoiced and unpaid, and agreed but not invoiced."""
        return self.open_minor + self.unbilled_minor


@dataclass(frozen=True, slots=True)
class CreditProfiles(Settings):
    """The profile of each customer, by external id, else by name; the others have the default."""

    default: CreditProfile = field(default_factory=CreditProfile)
    by_customer: Mapping[str, CreditProfile] = field(default_factory=dict)

    def profile_of(self, *names: str) -> CreditProfile:
        """Return the profile of a customer that goes by these names, the first that is listed, or the default."""
        return next((self.by_customer[name] for name in names if name in self.by_customer), self.default)


def credit_findings(
    profile: CreditProfile, exposure: Exposure, *, added_minor: int = 0, term_days: int | None = None
) -> tuple[Finding, ...]:
    """Return what stands against trusting a customer with so much more, for so long."""
    found = []
    total = exposure.total_minor + added_minor
    if profile.limit_minor is not None and total > profile.limit_minor:
        about: dict[str, Fact] = {
            "limit_minor": profile.limit_minor,
            "open_minor": exposure.open_minor,
            "unbilled_minor": exposure.unbilled_minor,
            "added_minor": added_minor,
            "over_minor": total - profile.limit_minor,
            "risk_class": profile.risk_class.value,
        }
        found.append(Finding(CHECK, "credit_limit_exceeded", about, "amount"))
    if profile.max_term_days is not None and term_days is not None and term_days > profile.max_term_days:
        about = {"term_days": term_days, "limit_days": profile.max_term_days, "risk_class": profile.risk_class.value}
        found.append(Finding(CHECK, "term_outside_credit_profile", about, "terms"))
    most = profile.max_overdue_days
    if most is not None and exposure.overdue_minor and exposure.overdue_days > most:
        about = {
            "overdue_minor": exposure.overdue_minor,
            "overdue_days": exposure.overdue_days,
            "limit_days": most,
        }
        found.append(Finding(CHECK, "customer_pays_late", about, "customer"))
    return tuple(found)


SHIPPED = CreditProfiles()
"""No limit and any term until finance signs otherwise."""
