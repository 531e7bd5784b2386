"""Today: what needs a person, where the money is, what was done without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from counterfoil.kernel.money import Money
from counterfoil.web.pages.parts import Empty, Figure, Link, Share, Undo


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    title: str
    who: str
    reason: str
    amount: Money | None
    url: str
    age: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done without a person since yesterday, and how to take it back."""

    sentence: str
    decisions: str = ""
    url: str = ""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class TodayPage:
    """The dashboard. A chart without enough data is None, and its sentence says so."""

    today: date
    sentence: str
    primary: Link | None
    secondary: Link | None
    river_title: str
    river_note: str
    river: tuple[Share, ...]
    river_chart: SafeString | None
    figures: tuple[Figure, ...]
    needs: tuple[Need, ...]
    needs_note: str
    needs_url: str
    done: tuple[Done, ...]
    done_title: str
    aging: tuple[Share, ...]
    aging_chart: SafeString | None
    aging_note: str
    revenue_chart: SafeString | None
    revenue_note: str
    cash_chart: SafeString | None
    cash_note: str
    start: tuple[Empty, ...] = ()
