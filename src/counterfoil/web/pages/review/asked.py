"""Which cases the address asks for, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from counterfoil.flows import queue
from counterfoil.flows import review as flow
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.review import selectors as reads
from counterfoil.review.selectors import Wanted

ROWS = 50
VIEWS = ("", "all", "mine", "mentions", "overdue", "policy", "samples", "snoozed", "answered")
OUT_OF_POLICY = ("approval", "anomaly", "policy")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases the address asks for."""

    view: str = ""
    kind: str = ""
    place: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Asked:
        """Read it; what the queue does not know is left out."""
        view, kind, place = asked.get("view", ""), asked.get("kind", "")[:20], asked.get("from", "")
        return cls(view if view in VIEWS else "", kind, int(place) if place.isdecimal() and len(place) < 7 else 0)

    def url(self, **more: str) -> str:
        """The address of these cases with something changed."""
        parts = {"view": self.view, "kind": self.kind, "from": str(self.place or ""), **more}
        kept = {name: value for name, value in parts.items() if value}
        return f"/review?{urlencode(kept)}" if kept else "/review"

    def wanted(self, person: Person, now: datetime) -> Wanted:
        """The same question to the queue."""
        sees = person.role
        match self.view:
            case "mine":
                return Wanted(now, self._kinds(), owner_id=person.user_id)
            case "mentions":
                return Wanted(now, self._kinds(), mentions_id=person.user_id)
            case "overdue":
                return Wanted(now, self._kinds(), is_overdue=True, seen_by=sees)
            case "policy":
                return Wanted(now, self._kinds() or OUT_OF_POLICY, seen_by=sees)
            case "samples":
                return Wanted(now, ("sample",), seen_by=sees)
            case "snoozed":
                return Wanted(now, self._kinds(), is_snoozed=True, seen_by=sees)
            case "" if person.may(Act.REVIEW):
                return Wanted(now, self._kinds(), seen_by=sees, answered_by=flow.answerer(person, now))
        return Wanted(now, self._kinds(), seen_by=sees)

    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else ()


def waiting_ids(person: Person, asked: Asked, now: datetime) -> tuple[int, ...]:
    """Return the cases of a view in their order, as the list stands."""
    if asked.view == "answered":
        return ()
    return tuple(
        row.id for row in reads.cases(person.books.id, asked.wanted(person, now), limit=ROWS, offset=asked.place)
    )


def next_after(person: Person, asked: Asked, case_id: int, before: Sequence[int], now: datetime) -> str:
    """Return where to go once a case is answered: the next of the list as it stood before that still waits.

    An answer may take others off the list with it.
    """
    waiting = set(waiting_ids(person, asked, now)) - {case_id}
    place = before.index(case_id) if case_id in before else 0
    left = [one for one in (*before[place:], *before[:place]) if one in waiting]
    return asked.url(case=f"R-{left[0]}") if left else asked.url()


def kind_name(kind: str) -> str:
    """Name a kind of case."""
    names = {
        "close_deal": _("Held deals"),
        queue.LINE: _("Bank lines"),
        "match": _("Bank lines"),
        "enter_invoice": _("Held invoices"),
        queue.BILL: _("Held instalments"),
        "approval": _("Approvals"),
        "policy": _("Policies"),
        "sample": _("Control samples"),
        "dispute": _("Disputes"),
        "anomaly": _("Anomalies"),
        "quality": _("Data quality"),
    }
    return names.get(kind, kind.rpartition(".")[2].replace("_", " ").capitalize())
