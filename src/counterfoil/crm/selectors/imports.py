"""Reading imports: what was run, and what was refused row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from counterfoil.crm.columns import RowRefusal
from counterfoil.crm.models import ImportBatch, ImportRefusal
from counterfoil.kernel.errors import Refused


class NoSuchImport(Refused):
    """There is no import with this number."""

    code = "no_such_import"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. It is not finished while `finished_at` is None: it runs, or the process died."""

    id: int
    kind: str
    profile: str
    profile_version: int
    file_name: str
    sha256: str
    actor: str
    books_id: int
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    held: int


def imports(*, before: int | None = None, limit: int = 50) -> list[ImportRow]:
    """Return imports, the newest first, `limit` of them before a number (keyset); one statement."""
    rows = ImportBatch.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_row(batch) for batch in rows[:limit]]


def import_of(batch_id: int) -> ImportRow:
    """Return one import.

    Raises:
        NoSuchImport: there is none.
    """
    batch = ImportBatch.objects.filter(id=batch_id).first()
    if batch is None:
        raise NoSuchImport(field="batch", batch=batch_id)
    return _row(batch)


def latest_import(kind: str, profile: str, sha256: str) -> int | None:
    """Return the last import of exactly these bytes that stands, or None."""
    rows = ImportBatch.objects.filter(sha256=sha256, kind=kind, profile=profile, undone_at=None)
    return rows.order_by("-id").values_list("id", flat=True).first()


def refusals(batch_id: int, *, after: int = 0, limit: int = 100) -> list[tuple[int, RowRefusal]]:
    """Return refused rows of an import as (key, refusal), `limit` of them after the key of the page before."""
    rows = ImportRefusal.objects.filter(batch_id=batch_id, id__gt=after).order_by("id")
    fields = ("id", "row", "field", "code", "facts")
    return [
        (id_, RowRefusal(row, field, code, json.loads(facts)))
        for id_, row, field, code, facts in rows.values_list(*fields)[:limit]
    ]


def all_refusals(batch_id: int) -> Iterator[RowRefusal]:
    """Yield every refused row of an import in the order of the file; streams, never all at once."""
    rows = ImportRefusal.objects.filter(batch_id=batch_id).order_by("id").values_list("row", "field", "code", "facts")
    for row, field, code, facts in rows.iterator(chunk_size=5_000):
        yield RowRefusal(row, field, code, json.loads(facts))


def _row(batch: ImportBatch) -> ImportRow:
    return ImportRow(
        batch.pk,
        batch.kind,
        batch.profile,
        batch.profile_version,
        batch.file_name,
        batch.sha256,
        batch.actor,
        batch.books_id,
        batch.started_at,
        batch.finished_at,
        batch.undone_at,
        batch.read,
        batch.accepted,
        batch.unchanged,
        batch.rejected,
        batch.held,
    )
