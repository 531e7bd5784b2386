"""The parts that pages share: links, pills, reasons, figures, steps of a lineage, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from counterfoil.kernel.money import Money


class Tone(StrEnum):
    """What a state means to the reader; states only, never decoration."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    AUTO = "auto"
    PLAIN = ""


class Dot(StrEnum):
    """The dot of a pill says by its shape what its colour says by its tone."""

    FULL = ""
    HALF = "half"
    RING = "none"


@dataclass(frozen=True, slots=True)
class Link:
    """A word that leads somewhere; without an address it is only the word."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pill:
    """A state: a dot and a word."""

    word: str
    tone: Tone = Tone.PLAIN
    dot: Dot = Dot.FULL


@dataclass(frozen=True, slots=True)
class Why:
    """The reason beside a result: one sentence and the number of the decision, `CF-123`."""

    sentence: str
    decision: str = ""
    title: str = ""
    made_at: datetime | None = None
    item: int = 0

    @property
    def url(self) -> str:
        item = f"/{self.item}" if self.item else ""
        return f"/decisions/{self.decision}{item}" if self.decision else ""


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take an act back: where to send the form, and with which fields."""

    url: str
    label: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure: label, figure, one line of context. An amount or a text, not both."""

    label: str
    amount: Money | None = None
    text: str = ""
    unit: str = ""
    note: str = ""
    alarm: str = ""
    url: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    value: str = ""
    link: Link | None = None
    amount: Money | None = None
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lineage: deal, contract, invoice, entry, allocation, bank line.

    `waits` stands for the link when the step does not exist yet.
    """

    caption: str
    link: Link
    note: str = ""
    amount: Money | None = None
    is_current: bool = False
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal as a person reads it: what is wrong, why finance needs it, what would pass.

    `suggestion` is the value that a button puts into the field.
    """

    title: str
    why: str = ""
    passes: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a timeline."""

    at: datetime | date | None
    text: str
    icon: str = "note"
    link: Link | None = None
    is_automatic: bool = False
    quote: str = ""
    amount: Money | None = None

    @property
    def day(self) -> date | None:
        return self.at.date() if isinstance(self.at, datetime) else self.at


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a strip, and its entry in the key: each euro is in exactly one."""

    label: str
    amount: Money
    note: str
    kind: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A tab over a list: a saved question with its count. State lives in the address."""

    label: str
    url: str
    count: int | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on; its address drops it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Pager:
    """A window on a long list, by key: addresses of the neighbours, empty at an end."""

    shown: int
    total: int | None = None
    older_url: str = ""
    newer_url: str = ""

    @property
    def is_part(self) -> bool:
        """Whether there is more than is shown."""
        return self.total is not None and self.total > self.shown


@dataclass(frozen=True, slots=True)
class Empty:
    """What belongs here, how it gets here, one primary action and one more."""

    icon: str
    title: str
    text: str
    action: Link | None = None
    other: Link | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """One message over a page: refusal, trouble, verified. It says what is safe."""

    tone: Tone
    icon: str
    title: str
    text: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a choice field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A form field with what was typed, and the refusal that stands under it."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    kind: str = "text"
    choices: tuple[Choice, ...] = ()
    refusal: Said | None = None
    is_required: bool = False
    autocomplete: str = ""
    placeholder: str = ""
    suggestions: tuple[str, ...] = ()
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form by hand: fields with what was typed, and the sentence that sends it."""

    title: str
    sentence: str
    action: str
    fields: tuple[Field, ...]
    button: str
    back: Link
    once: str
    refused: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class PostingLine:
    """One side of an entry: account and amount, debit positive."""

    account: Link
    amount: Money
    base: Money
    note: str = ""


@dataclass(frozen=True, slots=True)
class EntryCard:
    """A journal entry as a card on another page."""

    number: str
    entry_date: date
    period: str
    memo: str
    postings: tuple[PostingLine, ...]
    url: str = ""
    is_reversal: bool = False
    total: Money | None = None
