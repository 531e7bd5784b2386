"""Writing the record, chaining it, and erasing a person from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from django.db import connection, models, transaction

from counterfoil.audit import domain, selectors
from counterfoil.audit.domain import Actor
from counterfoil.audit.models import Event, LinkRow, Pending, SubjectKey
from counterfoil.infra import bulk, ids, world
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact

SEAL_BATCH = 2_000
_ADVISORY_LOCK = 0x0C0F011
_EVENT_COLUMNS = (
    "id", "at", "actor", "books", "kind", "subject", "body", "items_count", "items_root", "form", "hash",
)  # fmt: skip


def record(
    *,
    kind: str,
    actor: Actor,
    subject: str,
    body: Mapping[str, Fact],
    at: datetime,
    books_id: int | None = None,
    items: Sequence[str] = (),
    event_id: int | None = None,
) -> int:
    """Write one event inside the caller's transaction and return its id.

    A batch is one act: its rows' hashes are `items`, of which the event carries count and root. Personal
    values in `body` must already be MACs (`personal_macs`).
    """
    assert connection.in_atomic_block, "an event belongs to the transaction of its act"
    if event_id is None:
        (event_id,) = ids.take(Event, 1)
    text = canonical.canonical_bytes(dict(body)).decode("utf-8")
    root = domain.root_of(items)
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    hash_ = canonical.sha256_hex(
        domain.event_text(instant, str(actor), books_id, kind, subject, text, len(items), root, domain.FORM).encode(
            "utf-8"
        )
    )
    row = (event_id, at, str(actor), books_id, kind, subject, text, len(items), root, domain.FORM, hash_)
    with bulk.one_trip():
        bulk.insert_row(Event, _EVENT_COLUMNS, row)
        bulk.insert_row(Pending, ("event_id",), (event_id,))
    return event_id


def reserve_event() -> int:
    """Return an event id ahead of `record`, for rows that keep the id of their event."""
    (event_id,) = ids.take(Event, 1)
    return event_id


def reserve_event_and(*wanted: tuple[type[models.Model], int]) -> tuple[int, list[Sequence[int]]]:
    """Return an event id ahead of `record`, and so many ids of each of the caller's own tables; one statement."""
    (event_id,), *own = ids.take_each((Event, 1), *wanted)
    return event_id, own


def seal(*, limit: int | None = None) -> int:
    """Give waiting events their place in the chain and return how many; any process may call this at any time."""
    sealed = 0
    while limit is None or sealed < limit:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
            waiting = list(Pending.objects.order_by("event_id").values_list("event_id", "event__hash")[:SEAL_BATCH])
            if not waiting:
                return sealed
            links = domain.chained(selectors.head(), [hash_ for _, hash_ in waiting])
            now = world.now()
            bulk.insert(
                LinkRow,
                ["sequence", "event_id", "previous", "hash", "sealed_at"],
                [
                    (lk.sequence, event, lk.previous, lk.hash, now)
                    for (event, _), lk in zip(waiting, links, strict=True)
                ],
            )
            Pending.objects.filter(event_id__lte=waiting[-1][0]).filter(
                bulk.is_any_of("event_id", [event for event, _ in waiting])
            ).delete()
            sealed += len(waiting)
    return sealed


def personal_macs(subject: str, values: Mapping[str, str]) -> dict[str, Fact]:
    """Return what stands for a person's values in an event, under the subject's key (made on first use)."""
    key, _ = SubjectKey.objects.get_or_create(subject=subject, defaults={"key": world.token(32)})
    return {name: domain.personal_mac(key.key, value) for name, value in values.items() if value}


def open_keys(subjects: Sequence[str]) -> dict[str, str]:
    """Return the keys of many subjects, making those that do not exist; three statements at most."""
    known = dict(SubjectKey.objects.filter(bulk.is_any_of("subject", subjects)).values_list("subject", "key"))
    fresh = {subject: world.token(32) for subject in subjects if subject not in known}
    bulk.insert(SubjectKey, ["subject", "key"], list(fresh.items()))
    return known | fresh


def forget(subject: str) -> bool:
    """Delete a subject's key: what the record holds of the person can no longer be tested. The chain still verifies."""
    deleted, _ = SubjectKey.objects.filter(subject=subject).delete()
    return bool(deleted)
