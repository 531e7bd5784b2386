"""Writing what finance needs, what words mean, which deals were made and which are held."""

from __future__ import annotations

from collections.abc import Iterator

from counterfoil.audit.registry import HashedRow
from counterfoil.kernel import canonical
from counterfoil.standards.models import DealRow


def hashed_deals() -> Iterator[HashedRow]:
    """Yield every deal with the hash of its present snapshot, for `verify`."""
    fields = ("event_id", "id", "snapshot", "item_hash")
    rows = DealRow.objects.order_by("event_id", "id").values_list(*fields)
    for event_id, id_, snapshot, kept in rows.iterator(chunk_size=5_000):
        yield HashedRow(event_id, f"deal {id_}", kept, canonical.sha256_hex(snapshot.encode("utf-8")))
