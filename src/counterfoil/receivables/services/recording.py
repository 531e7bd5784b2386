"""Writing rows in bulk with their hashes, under one event a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Model

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.infra import bulk
from counterfoil.infra.bulk import Cell
from counterfoil.kernel.errors import Fact
from counterfoil.receivables.services import hashing


def add(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    books_id: int,
    body: Mapping[str, Fact],
    actor: Actor,
    at: datetime,
    row_ids: Sequence[int] | None = None,
) -> Sequence[int]:
    """Add rows to a table of this station, each with its hash, under one event, and return their ids.

    Args:
        columns: database columns of the rows, without id, books, event and hash.
        body: what the event says of the act.
        row_ids: ids that were taken ahead, rising.
    """
    if not rows:
        return ()
    event_id, (fresh,) = audit.reserve_event_and((model, len(rows) if row_ids is None else 0))
    row_ids = fresh if row_ids is None else row_ids
    hashes = hashing.hashed(model, columns, rows)
    bulk.insert(
        model,
        ["id", "books_id", "event_id", "item_hash", *columns],
        [(row_id, books_id, event_id, hash_, *row) for row_id, hash_, row in zip(row_ids, hashes, rows, strict=True)],
    )
    audit.record(
        kind=hashing.KINDS[model],
        actor=actor,
        subject=f"{model._meta.model_name}:{row_ids[0]}",
        body={"first": row_ids[0], "last": row_ids[-1], **body},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return row_ids
