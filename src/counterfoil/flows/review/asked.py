"""What a person asks of a case, what became of it, and what every kind of case refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.people.selectors import Person
from counterfoil.review.domain import Answer
from counterfoil.review.selectors import CaseRow


class CannotAnswerSo(Refused):
    """This kind of case has no such answer: there is nothing to approve, or nothing to fix."""

    code = "cannot_answer_so"


class StillHeld(Refused):
    """It was tried, and something else stands against it. Nothing was changed."""

    code = "still_held"


class NothingToFix(Refused):
    """A fix needs the value to put in, and none is suggested."""

    code = "nothing_to_fix"


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of one person to one case; `fix` names values by field."""

    case: CaseRow
    answer: Answer
    reason: str
    fix: Mapping[str, str]
    person: Person
    actor: Actor
    at: datetime

    @property
    def books_id(self) -> int:
        """The books whose case it is."""
        return self.person.books.id

    @property
    def today(self) -> date:
        """The day in the books' zone."""
        return self.at.astimezone(ZoneInfo(self.person.books.time_zone)).date()

    @property
    def subject_id(self) -> int:
        """The number in the subject (`opportunity:12`)."""
        return int(self.case.subject.partition(":")[2])

    def needs_reason(self) -> None:
        """Insist on a reason.

        Raises:
            ReasonMissing: there is none.
        """
        if not self.reason.strip():
            raise ReasonMissing(field="reason")


class ReasonMissing(Refused):
    """This answer needs a reason."""

    code = "case_needs_reason"


@dataclass(frozen=True, slots=True)
class Done:
    """What an answer led to.

    `is_closed`: nothing waits any more. `machine` is what the machine had said where a person judged it: that becomes a
    label. `effects` are what was made (`invoice:3`).
    """

    outcome: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    is_closed: bool = True
    machine: str = ""
    effects: tuple[str, ...] = ()
