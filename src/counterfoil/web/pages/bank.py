"""Bank matching: statement lines to settle, what fits them, and payments entered by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counterfoil.kernel.money import Money
from counterfoil.web.pages.parts import Choice, Empty, Figure, Link, Pager, Pill, Said, Undo, View, Why


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """A line of a bank statement."""

    key: str
    url: str
    booked_on: date
    who: str
    text: str
    amount: Money
    state: Pill
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open invoice that a bank line may settle."""

    key: str
    number: str
    url: str
    customer: str
    due_on: date
    open: Money
    settle: Money
    is_proposed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a matched line settled."""

    number: str
    url: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LineCard:
    """The chosen bank line: why it is proposed, what fits, what can be done with it."""

    key: str
    who: str
    text: str
    booked_on: date
    amount: Money
    state: Pill
    facts: tuple[tuple[str, str], ...]
    why: Why | None
    candidates: tuple[Candidate, ...]
    settled: tuple[Settled, ...]
    entry: Link | None
    accounts: tuple[Choice, ...]
    customers: tuple[Choice, ...]
    settles: Money
    left: Money
    undo: Undo | None
    refusal: Said | None = None
    may_match: bool = False
    is_open: bool = True
    note: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class BankPage:
    """One bank account's lines beside the one that is being settled."""

    title: str
    sentence: str
    figures: tuple[Figure, ...]
    views: tuple[View, ...]
    accounts: tuple[View, ...]
    rows: tuple[BankLineRow, ...]
    pager: Pager
    line: LineCard | None
    currency: str
    account: str = ""
    ready: int = 0
    may_match: bool = False
    may_import: bool = False
    empty: Empty | None = None
