"""How sound the data is: a score by object, team and owner, and what fell further than it may. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from counterfoil.kernel.errors import Fact
from counterfoil.policies.domain import MICRO, QualityPolicy


class Thing(StrEnum):
    """What is looked at: deals won in the week, what is still open, the customers."""

    DEALS = "deals"
    PIPELINE = "pipeline"
    CUSTOMERS = "customers"


class Scope(StrEnum):
    """Over whom a score is taken."""

    ALL = "all"
    TEAM = "team"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Checked:
    """One record that was looked at, and what is wrong with it; nothing, if it is sound."""

    thing: Thing
    owner: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Of so many records so many are sound; `faults` counts each fault once a record."""

    thing: Thing
    scope: Scope
    name: str
    rows: int
    sound: int
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def micro(self) -> int:
        """The share that is sound, in millionths, rounded down."""
        return self.sound * MICRO // self.rows if self.rows else 0

    @property
    def key(self) -> tuple[Thing, Scope, str]:
        """What it is the score of."""
        return self.thing, self.scope, self.name

    def to_json(self) -> dict[str, Fact]:
        """Write it as a canonical fact."""
        return {
            "thing": self.thing.value,
            "scope": self.scope.value,
            "name": self.name,
            "rows": self.rows,
            "sound": self.sound,
            "faults": dict(self.faults),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Fact]) -> Score:
        """Read what `to_json` wrote."""
        faults = value["faults"]
        rows, sound = value["rows"], value["sound"]
        assert isinstance(faults, Mapping)
        assert isinstance(rows, int)
        assert isinstance(sound, int)
        counted = {code: count for code, count in faults.items() if isinstance(count, int)}
        return cls(Thing(str(value["thing"])), Scope(str(value["scope"])), str(value["name"]), rows, sound, counted)


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who answers for an audit."""

    who: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Audit:
    """One week as it was judged, and who answers for it."""

    id: int
    week: date
    standard: str
    scores: tuple[Score, ...]
    made_by: str
    made_at: datetime
    signed: tuple[SignOff, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """A score that fell further below the weeks before than the policy lets it."""

    score: Score
    before_micro: int

    @property
    def drop_micro(self) -> int:
        """How far it fell."""
        return self.before_micro - self.score.micro


NOBODY: Final = "-"
"""The owner or team of a record that names none."""


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def scores_of(checked: Iterable[Checked], teams: Mapping[str, str]) -> tuple[Score, ...]:
    """Return the scores of all records, of each team and of each owner; by name within them.

    Customers have no owner: they are scored as a whole.
    """
    known = {owner.casefold(): team for owner, team in teams.items()}
    rows: dict[tuple[Thing, Scope, str], list[Checked]] = defaultdict(list)
    for one in checked:
        rows[one.thing, Scope.ALL, ""].append(one)
        if one.thing is not Thing.CUSTOMERS:
            rows[one.thing, Scope.OWNER, one.owner or NOBODY].append(one)
            if known:
                rows[one.thing, Scope.TEAM, known.get(one.owner.casefold(), NOBODY)].append(one)
    found = []
    for (thing, scope, name), of in sorted(rows.items()):
        faults = Counter(code for one in of for code in set(one.faults))
        found.append(
            Score(thing, scope, name, len(of), sum(not one.faults for one in of), dict(sorted(faults.items())))
        )
    return tuple(found)


def joined(audits: Iterable[Audit]) -> dict[tuple[Thing, Scope, str], Score]:
    """Return the scores of several weeks taken together: records added up, not shares averaged."""
    found: dict[tuple[Thing, Scope, str], Score] = {}
    for audit in audits:
        for score in audit.scores:
            before = found.get(score.key)
            faults = Counter(before.faults if before else {}) + Counter(score.faults)
            rows, sound = (before.rows, before.sound) if before else (0, 0)
            found[score.key] = Score(*score.key, rows + score.rows, sound + score.sound, dict(faults))
    return found


def drops(now: Sequence[Score], before: Sequence[Audit], policy: QualityPolicy) -> tuple[Drop, ...]:
    """Return what fell below the weeks before by more than it may, the furthest first.

    Args:
        before: the audits of earlier weeks, the latest first; as many as the policy says are looked at.
    """
    past = joined(before[: policy.weeks])
    fallen = [
        Drop(score, past[score.key].micro)
        for score in now
        if score.key in past and min(score.rows, past[score.key].rows) >= policy.min_rows
    ]
    found = [drop for drop in fallen if drop.drop_micro > policy.max_drop_micro]
    return tuple(sorted(found, key=lambda drop: (-drop.drop_micro, drop.score.key)))
