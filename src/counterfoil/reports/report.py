"""A report as a value: columns with their kinds, rows, totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts

Cell = str | int | date | Money | None


class UnknownReport(Refused):
    """There is no report of this name."""

    code = "unknown_report"


class Missing(Refused):
    """The report needs something that was not given."""

    code = "report_needs"


class Kind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in JSON and CSV, its heading, and what its cells are."""

    key: str
    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `link` is what a click opens (`account:1100`, `entry:9`, `customer:3`); `level` 0 is a heading."""

    cells: Mapping[str, Cell]
    link: str = ""
    level: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for. Dates are accounting dates, inclusive; `known_at` is an instant."""

    books: BooksFacts
    today: date
    as_of: date | None = None
    start: date | None = None
    known_at: datetime | None = None
    account: str = ""

    @property
    def until(self) -> date:
        """The last accounting date that counts."""
        return self.as_of or self.today


@dataclass(frozen=True, slots=True)
class Report:
    """A filled report; amounts are in the currency of the books unless a column says otherwise."""

    name: str
    title: str
    subtitle: str
    currency: Currency
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Mapping[str, Cell] = field(default_factory=dict)


Maker = Callable[[Asked], Report]
