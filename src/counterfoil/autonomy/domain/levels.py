"""How far a kind of decision may go, as a fold over the history of what people and the rules said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from counterfoil.decisions.domain import Mode
from counterfoil.kernel.errors import Refused

ORDER: Final = (Mode.OBSERVE, Mode.SUGGEST, Mode.ACT_WITH_SAMPLE, Mode.ACT)
"""From the lowest to the highest."""


class Change(StrEnum):
    """What happened to a level."""

    SET = "set"
    STOPPED = "stopped"
    REVIVED = "revived"
    PROMOTED = "promoted"
    DEMOTED = "demoted"


class NeedsPromotion(Refused):
    """A level rises only by evidence and two signatures."""

    code = "needs_promotion"


class AlreadyStopped(Refused):
    """This kind of decision is stopped already."""

    code = "already_stopped"


class NotStopped(Refused):
    """This kind of decision is not stopped."""

    code = "not_stopped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history of a kind of decision in some books. `version` and `mode` are empty for stops."""

    change: Change
    version: str
    mode: Mode | None
    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a kind of decision stands for one version of its rules.

    `level` is what it earned or was given, `mode` what holds now: observe while it is stopped.
    """

    level: Mode
    is_set: bool
    stopped_by: str = ""
    stopped_at: datetime | None = None
    set_by: str = ""
    set_at: datetime | None = None
    change: Change | None = None
    reason: str = ""

    @property
    def is_stopped(self) -> bool:
        """Tell whether somebody stopped it."""
        return bool(self.stopped_by)

    @property
    def mode(self) -> Mode:
        """The mode in force."""
        return Mode.OBSERVE if self.is_stopped else self.level


def standing(entries: Sequence[Entry], version: str) -> Standing:
    """Fold a history, oldest first, for one version.

    Without any line, what a person starts acts. Evidence belongs to a version: once a kind has a level, a version that
    has none of its own observes. A stop holds for every version until it is revived.
    """
    own = next((one for one in reversed(entries) if one.mode is not None and one.version == version), None)
    is_known = any(one.mode is not None for one in entries)
    switch = next((one for one in reversed(entries) if one.mode is None), None)
    stop = switch if switch is not None and switch.change is Change.STOPPED else None
    level = own.mode if own is not None and own.mode is not None else Mode.OBSERVE if is_known else Mode.ACT
    return Standing(
        level,
        own is not None,
        stop.actor if stop else "",
        stop.at if stop else None,
        own.actor if own else "",
        own.at if own else None,
        own.change if own else None,
        own.reason if own else "",
    )


def is_raise(now: Mode, wanted: Mode) -> bool:
    """Tell whether a mode lets more be done without a person than another."""
    return ORDER.index(wanted) > ORDER.index(now)


def next_up(mode: Mode) -> Mode | None:
    """Return the mode one step higher, or None at the top."""
    at = ORDER.index(mode) + 1
    return ORDER[at] if at < len(ORDER) else None


def next_down(mode: Mode) -> Mode | None:
    """Return the mode one step lower, or None at the bottom."""
    at = ORDER.index(mode)
    return ORDER[at - 1] if at else None


def announced(found: Standing, name: str) -> Standing:
    """Return a standing under a stop that somebody announced and that waits to be written down."""
    return replace(found, stopped_by=name)
