"""Which cases the address asks for, and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from counterfoil.flows import queue
from counterfoil.people.selectors import Person
from counterfoil.review import selectors as reads
from counterfoil.review.selectors import Wanted

ROWS = 50
VIEWS = ("", "mine", "mentions", "overdue", "policy", "samples", "snoozed", "answered")
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
        return Wanted(now, self._kinds(), seen_by=sees)

    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else ()


def next_after(person: Person, asked: Asked, case_id: int, now: datetime) -> str:
    """Return where to go once a case is answered: the next one of the same view, as the list stood before."""
    if asked.view == "answered":
        return asked.url()
    rows = reads.cases(person.books.id, asked.wanted(person, now), limit=ROWS, offset=asked.place)
    ids = [row.id for row in rows]
    if case_id not in ids:
        return asked.url()
    place = ids.index(case_id)
    left = [*ids[place + 1 :], *ids[:place]]
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
