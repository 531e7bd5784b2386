"""How far each role may go with a deal before somebody else must approve it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, ClassVar, Final

from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.people.domain import Role
from counterfoil.policies.domain.typed import Range, Settings, plain

CHECK: Final = "approval"


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """What one line of a deal asks for; the margin is None where the product's cost is not known."""

    product_code: str
    discount_percent: Decimal
    margin_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What a deal, or several that belong together, ask for. The amount is in minor units of the base currency."""

    amount_minor: int
    term_days: int | None = None
    segment: str = ""
    lines: tuple[ApprovalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalLimit(Settings):
    """How far one role may go; None is no limit. With a product or a segment it holds for these only."""

    KEY: ClassVar[tuple[str, ...]] = ("role", "product_code", "segment")

    role: Role
    product_code: str = ""
    segment: str = ""
    max_amount_minor: Annotated[int | None, Range(least=0)] = None
    max_discount_percent: Annotated[Decimal | None, Range(least=0, most=100)] = None
    min_margin_percent: Annotated[Decimal | None, Range(least=-1000, most=100)] = None
    max_term_days: Annotated[int | None, Range(least=0, most=3_660)] = None


@dataclass(frozen=True, slots=True)
class ApprovalMatrix(Settings):
    """The limits of all roles. Without any nothing needs an approval; once there are some, a role without may not."""

    limits: tuple[ApprovalLimit, ...] = ()

    def breaches(self, role: Role, facts: ApprovalFacts) -> tuple[Finding, ...]:
        """Return every limit of a role that a deal passes.

        A limit of the product and the segment is more exact than one of the product, that than one of the segment,
        and that than the role's own. Amount and term are held against the limit that no product narrows.
        """
        if not self.limits:
            return ()
        whole = self.limit_for(role, "", facts.segment)
        by_line = [(line, self.limit_for(role, line.product_code, facts.segment)) for line in facts.lines]
        if whole is None and (not by_line or any(limit is None for _, limit in by_line)):
            return (Finding(CHECK, "no_limit_for_role", {"role": role.value}),)
        found = list(self._amount_and_term(role, facts, whole))
        for number, (line, limit) in enumerate(by_line, 1):
            if limit is not None:
                found += self._line(role, line, number, limit)
        return tuple(found)

    def roles_that_may(self, facts: ApprovalFacts) -> tuple[Role, ...]:
        """Return the roles whose limits a deal keeps: those that may approve it."""
        named = {limit.role for limit in self.limits}
        return tuple(role for role in Role if role in named and not self.breaches(role, facts))

    def limit_for(self, role: Role, product_code: str, segment: str) -> ApprovalLimit | None:
        """Return the most exact limit of a role for a product and a segment, or None."""
        fitting = [
            limit
            for limit in self.limits
            if limit.role == role and limit.product_code in ("", product_code) and limit.segment in ("", segment)
        ]
        return max(fitting, key=lambda limit: (bool(limit.product_code), bool(limit.segment)), default=None)

    def _amount_and_term(self, role: Role, facts: ApprovalFacts, limit: ApprovalLimit | None) -> list[Finding]:
        found = []
        if limit is None:
            return []
        if limit.max_amount_minor is not None and facts.amount_minor > limit.max_amount_minor:
            about: dict[str, Fact] = {
                "role": role.value,
                "amount_minor": facts.amount_minor,
                "limit_minor": limit.max_amount_minor,
            }
            found.append(Finding(CHECK, "amount_over_limit", about, "amount"))
        if limit.max_term_days is not None and facts.term_days is not None and facts.term_days > limit.max_term_days:
            about = {"role": role.value, "term_days": facts.term_days, "limit_days": limit.max_term_days}
            found.append(Finding(CHECK, "term_over_limit", about, "terms"))
        return found

    def _line(self, role: Role, line: ApprovalLine, number: int, limit: ApprovalLimit) -> list[Finding]:
        found = []
        most, least = limit.max_discount_percent, limit.min_margin_percent
        about: dict[str, Fact] = {"role": role.value, "line": number, "product": line.product_code}
        if most is not None and line.discount_percent > most:
            facts = {
                **about,
                "discount_percent": _shown(line.discount_percent, ROUND_CEILING),
                "limit_percent": plain(most),
            }
            found.append(Finding(CHECK, "discount_over_limit", facts, "discount"))
        if least is not None and line.margin_percent is not None and line.margin_percent < least:
            facts = {**about, "margin_percent": _shown(line.margin_percent, ROUND_FLOOR), "limit_percent": plain(least)}
            found.append(Finding(CHECK, "margin_under_limit", facts, "unit_price"))
        return found


def _shown(percent: Decimal, rounding: str) -> str:
    """Two places are enough for a sentence, if they never make a breach look like none."""
    return plain(percent.quantize(Decimal("0.01"), rounding=rounding))


SHIPPED = ApprovalMatrix()
"""No limits until sales and finance sign some."""
