"""Lists: what the address asks of them, and the addresses of their neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

ROWS = 50


@dataclass(frozen=True, slots=True)
class Question:
    """A view, a filter and a place in a list, as they stand in the address."""

    path: str
    view: str = ""
    query: str = ""
    place: str = ""

    @classmethod
    def of(cls, path: str, asked: Mapping[str, str]) -> Question:
        """Read the question from an address."""
        return cls(path, asked.get("view", ""), asked.get("q", "").strip()[:200], asked.get("after", ""))

    def url(self, *, view: str | None = None, query: str | None = None, after: str = "") -> str:
        """The address of the same question with something changed; the place is dropped unless it is named."""
        parts = {
            "view": self.view if view is None else view,
            "q": self.query if query is None else query,
            "after": after,
        }
        kept = {name: value for name, value in parts.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def is_plain(self) -> bool:
        """Whether nothing is filtered and this is the first window."""
        return not (self.view or self.query or self.place)

    @property
    def number(self) -> int | None:
        """The place as a number, where the list goes by ids."""
        return int(self.place) if self.place.isdecimal() else None


def keyset_of_day(place: str) -> tuple[date, int] | None:
    """Read the place `2026-10-14~33871` of a list that goes by day and id; anything else is its beginning."""
    day, _sep, key = place.partition("~")
    if not key.isdecimal():
        return None
    try:
        return date.fromisoformat(day), int(key)
    except ValueError:
        return None
