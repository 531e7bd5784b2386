"""What a CRM and an accounting system are to the product. Flows know only these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from counterfoil.audit.domain import Actor
from counterfoil.contracts.domain import Contract, Instalment
from counterfoil.decisions.domain import Cleared
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.standards.domain import Deal


@dataclass(frozen=True, slots=True)
class Judged:
    """A won opportunity after the standards: a deal, or what stands against it.

    `snapshot` is what the opportunity said, `owner` who sold it, `seen` all that was read to judge it: judged
    again from it, and from what the source judges by, it is the same.
    """

    opportunity_id: int
    version_hash: str
    close_date: date | None
    snapshot: Mapping[str, Fact]
    deal: Deal | None
    findings: tuple[Finding, ...]
    owner: str = ""
    seen: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment of a contract, to be invoiced on a day. `undone` counts the invoices of it that were undone."""

    contract: Contract
    instalment: Instalment
    issue_date: date
    undone: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an accounting system did with one part: what it made (`invoice:3`, `entry:9`), or why not."""

    is_done: bool
    effects: tuple[str, ...] = ()
    code: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


class CrmSource(Protocol):
    """Where won opportunities come from."""

    @property
    def name(self) -> str:
        """The system's name, as decisions record it."""
        ...

    @property
    def rule_version(self) -> str:
        """The version of the standard that it judges by."""
        ...

    @property
    def judges_by(self) -> Mapping[str, Fact]:
        """The standard itself, as canonical JSON data, so that what it judged can be judged again."""
        ...

    def won(self, *, books_id: int) -> Sequence[tuple[int, str]]:
        """Return every won opportunity with the hash of its present version, oldest close date first."""
        ...

    def judged(self, *, books_id: int, opportunity_ids: Sequence[int]) -> list[Judged]:
        """Read opportunities as they are now, in this order, and hold each against the standards.

        Constant number of statements. Inside a transaction the opportunities stay as read until it ends.
        """
        ...


class AccountingSink(Protocol):
    """Where contracts become invoices, postings, revenue schedules and open items."""

    @property
    def name(self) -> str:
        """The system's name, as decisions record it."""
        ...

    def objections(self, *, books_id: int, wanted: Sequence[tuple[Deal, date]]) -> list[tuple[Finding, ...]]:
        """Say ahead what would be refused (a closed period, a missing rate), for each deal and its date."""
        ...

    def accept(
        self,
        *,
        books_id: int,
        parts: Cleared[tuple[Part, ...]],
        is_historical: bool,
        actor: Actor,
        at: datetime,
    ) -> list[Accepted]:
        """Invoice parts of contracts in the caller's transaction, each once, in the order of their dates.

        Args:
            is_historical: invoices of the past are loaded; their dates may lie before those already issued.
        """
        ...
