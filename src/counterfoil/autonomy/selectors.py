"""Reading levels and the shadow log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from counterfoil.autonomy.domain import levels
from counterfoil.autonomy.domain.levels import Change, Entry, Standing
from counterfoil.autonomy.models import Document, LevelChange, Verdict
from counterfoil.decisions.domain import Mode
from counterfoil.infra import bulk, stops


def mode(books_id: int, kind: str, version: str) -> Mode:
    """Return the mode in force for a kind of decision and the version of its rules; one statement.

    Read it at the start of each batch, inside its transaction, and again before it ends (`is_stopped`).
    """
    return standing(books_id, kind, version).mode


def standing(books_id: int, kind: str, version: str) -> Standing:
    """Return where a kind of decision stands for one version; one statement."""
    found = levels.standing(entries(books_id, kind), version)
    if not found.is_stopped and (waiting := stops.announced(books_id, kind)):
        return levels.announced(found, waiting)
    return found


def is_stopped(books_id: int, kind: str) -> bool:
    """Tell whether somebody stopped a kind of decision, also one whose stop still waits for the database."""
    return bool(stops.announced(books_id, kind)) or levels.standing(entries(books_id, kind), "").is_stopped


def entries(books_id: int, kind: str) -> list[Entry]:
    """Return the history of a kind of decision, oldest first; one statement."""
    rows = LevelChange.objects.filter(books_id=books_id, kind=kind).order_by("id")
    return [_entry(*row) for row in rows.values_list("change", "version", "mode", "actor", "at", "reason")]


def _entry(change: str, version: str, mode_: str, actor: str, at: datetime, reason: str) -> Entry:
    return Entry(Change(change), version, Mode(mode_) if mode_ else None, actor, at, reason)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of a kind's history, as pages show it."""

    id: int
    kind: str
    entry: Entry
    event_id: int


def history(books_id: int, kind: str = "", *, limit: int = 100) -> list[HistoryLine]:
    """Return what happened to levels, newest first; one statement."""
    rows = LevelChange.objects.filter(books_id=books_id)
    if kind:
        rows = rows.filter(kind=kind)
    return [
        HistoryLine(
            row.pk, row.kind, _entry(row.change, row.version, row.mode, row.actor, row.at, row.reason), row.event_id
        )
        for row in rows.order_by("-id")[:limit]
    ]


def kinds_with_levels(books_id: int) -> list[str]:
    """Return the kinds of decision that ever had a level or a stop in some books."""
    return sorted(set(LevelChange.objects.filter(books_id=books_id).values_list("kind", flat=True)))


def judged(books_id: int, kind: str, version: str, subjects: Sequence[str]) -> set[tuple[str, int, str]]:
    """Return what a version already gave a verdict on, as subject, part and hash of the inputs; one statement."""
    rows = Verdict.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, kind=kind, version=version)
    return set(rows.values_list("subject", "part", "inputs_hash"))


def document_numbers(books_id: int, subjects: Sequence[str]) -> dict[str, str]:
    """Return an invoice of the system that was really used for each thing that has one there; one statement."""
    rows = Document.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id, withdrawn_at=None)
    return dict(rows.order_by("-issue_date", "-id").values_list("subject", "number"))
