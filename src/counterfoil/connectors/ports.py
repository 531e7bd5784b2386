"""What a CRM and an accounting system are to the product. Flows know only these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from counterfoil.audit.domain import Actor
from counterfoil.contracts.domain import Contract
from counterfoil.decisions.domain import Cleared
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.standards.domain import Deal


@dataclass(frozen=True, slots=True)
class Judged:
    """A won opportunity after the standards: a deal, or what stands against it."""

    opportunity_id: int
    version_hash: str
    deal: Deal | None
    findings: tuple[Finding, ...]
    snapshot: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an accounting system did with one contract: its invoices and entries, or why not."""

    contract_id: int
    is_done: bool
    effects: tuple[str, ...] = ()
    code: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


class CrmSource(Protocol):
    """Where won opportunities come from."""

    @property
    def name(self) -> str: ...

    def won_ids(self, *, books_id: int) -> Sequence[tuple[int, date | None]]:
        """Return every won opportunity not yet invoiced as it stands, with its close date, oldest close first."""
        ...

    def judged(self, *, books_id: int, opportunity_ids: Sequence[int]) -> list[Judged]:
        """Read opportunities as they are now and hold each against the standards; constant statements."""
        ...


class AccountingSink(Protocol):
    """Where signed contracts become invoices, postings, schedules and open items."""

    @property
    def name(self) -> str: ...

    def accept(
        self,
        *,
        books_id: int,
        contracts: Cleared[tuple[Contract, ...]],
        dated: Mapping[int, date],
        is_historical: bool,
        actor: Actor,
        at: datetime,
    ) -> list[Accepted]:
        """Invoice the contracts, each on its date (by contract id), in the caller's transaction; each once."""
        ...
