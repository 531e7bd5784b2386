"""What the page of the queue is made of: plain values for the template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from counterfoil.kernel.money import Money
from counterfoil.web.pages.review.bars import Bar
from counterfoil.web.parts import Chip, Choice, Empty, Fact, Link, Pill, Said, View


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A case in the list."""

    id: int
    number: str
    url: str
    title: str
    reason: str
    money: Money | None
    owner: str
    age: str
    is_late: bool
    seen: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were read, with the marked part, and where they stand."""

    before: str
    marked: str
    after: str
    source: str


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier case with the same reason, and what a person said."""

    link: Link
    what: str
    answer: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Set:
    """An open item that a bank line may settle."""

    key: str
    link: Link
    customer: str
    why: str
    open: Money
    settle: Money
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class Mend:
    """A field that a fix sets, with what is suggested; with `choices` one of those is taken."""

    name: str
    label: str
    value: str = ""
    suggestions: tuple[str, ...] = ()
    kind: str = "text"
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """One answer in the bar; `needs` is the field that must be filled first: it is focused, and nothing is sent."""

    answer: str
    label: str
    key: str
    is_primary: bool = False
    is_quiet: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """A comment."""

    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The case at hand."""

    id: int
    number: str
    serial: str
    serial_url: str
    title: str
    verdict: str
    subject: Link
    customer: Link | None
    money: Money | None
    state: Pill
    stub: tuple[Fact, ...]
    reasons: tuple[str, ...]
    bars: tuple[Bar, ...]
    score: str
    would_pass: str
    quotes: tuple[Quote, ...]
    similar: tuple[Similar, ...]
    sets: tuple[Set, ...]
    mends: tuple[Mend, ...]
    buttons: tuple[Button, ...]
    voices: tuple[Voice, ...]
    members: tuple[Choice, ...]
    owner: str
    happened: tuple[tuple[datetime, str], ...]
    content_hash: str
    next: str
    refusal: Said | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    tried: str = ""
    reason: str = ""
    is_open: bool = True
    may_answer: bool = False
    may_speak: bool = False
    undo_url: str = ""
    refusal_needs_reason: bool = False

    @property
    def base(self) -> str:
        """Where the forms of this case go."""
        return f"/review/{self.number}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case of several."""

    link: Link
    state: Pill
    sentence: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The queue beside the case at hand."""

    sentence: str
    views: tuple[View, ...]
    chips: tuple[Chip, ...]
    kinds: tuple[View, ...]
    items: tuple[QueueItem, ...]
    total: int
    more_url: str
    case: CaseCard | None
    here: str
    here_view: str = ""
    here_kind: str = ""
    previous_url: str = ""
    next_url: str = ""
    empty: Empty | None = None
    results: tuple[Result, ...] = ()
    may_answer: bool = False
    rhythms: tuple[Choice, ...] = ()
    """How often this person gets a digest by mail; empty where they get none by their role."""
    rhythm: str = "never"
