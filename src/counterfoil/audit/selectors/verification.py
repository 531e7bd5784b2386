"""Checking the record: each event, each link, each head that left the house, each row that keeps a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import connection

from counterfoil.audit import domain
from counterfoil.audit.domain import Head
from counterfoil.audit.models import Event
from counterfoil.audit.registry import HashedRow, Loader
from counterfoil.audit.selectors.anchors import kept_heads
from counterfoil.infra import bulk

AT_ONCE = 20_000
MOST_FOUND = 20
"""After so many findings the check stops: the rest would follow from them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: `altered`, `missing`, `inserted`, `reordered`, `cut`, `dropped` or `rewritten`."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found. `first_bad` names the first place that does not hold, empty when all do.

    `anchors` is how many heads from outside were compared, `unread` the stores that could not be asked.
    """

    events: int
    rows: int
    ok: bool
    first_bad: str
    head: Head
    findings: tuple[Finding, ...] = ()
    anchors: int = 0
    unread: tuple[str, ...] = ()


def verification(*, anchors: Path | None, loaders: Mapping[str, Loader]) -> Verification:
    """Check the sealed chain from its first link: contents, links, gaps, exported heads, and hashed rows.

    Args:
        anchors: the folder beside the database that keeps heads; without it no store is compared.
    """
    found: list[Finding] = []
    wanted, unread = _wanted(anchors)
    compared = sum(len(stores) for stores in wanted.values())
    checked, last = _walk(wanted, found)
    rows = 0
    if not found:
        found += _outside_the_chain()
    for kind, loader in sorted(loaders.items()):
        if found:
            break
        rows += _rows_against_roots(kind, loader(), found)
    first = found[0].text if found else ""
    return Verification(checked, rows, not found, first, last, tuple(found[:MOST_FOUND]), compared, unread)


def _wanted(anchors: Path | None) -> tuple[dict[int, dict[str, str]], tuple[str, ...]]:
    """Return for each exported sequence the hash that each store keeps, and the stores that could not be read."""
    wanted: dict[int, dict[str, str]] = {}
    unread = []
    for kept in kept_heads(anchors) if anchors else ():
        if kept.problem:
            unread.append(kept.store)
        for one in kept.heads:
            wanted.setdefault(one.sequence, {})[kept.store] = one.hash
    return wanted, tuple(unread)


def _walk(wanted: dict[int, dict[str, str]], found: list[Finding]) -> tuple[int, Head]:
    """Go through the chain from its first link. What is wrong is named, and the walk goes on with what is there."""
    sha256, text_of = hashlib.sha256, domain.event_text
    expected, previous, count = 0, domain.GENESIS, 0
    waiting = sorted(wanted)
    for sequence, before, hash_, event_hash, *content in _links():
        expected += 1
        count += 1
        if sequence != expected:
            gone = (
                f"sequence {expected} is" if sequence == expected + 1 else f"sequences {expected} to {sequence - 1} are"
            )
            found.append(Finding("missing", f"{gone} missing"))
            expected = sequence
        if content[0] is None:
            found.append(Finding("missing", f"sequence {sequence}: its event is gone"))
        elif sha256(text_of(_instant(content[0]), *content[1:]).encode("utf-8")).hexdigest() != event_hash:
            found.append(Finding("altered", f"sequence {sequence}: the event was altered"))
        elif (
            before != previous
            or sha256(f"counterfoil/link/1\n{sequence}\n{before}\n{event_hash}".encode("ascii")).hexdigest() != hash_
        ):
            found.append(Finding("reordered", f"sequence {sequence}: the chain is broken, another event stood here"))
        previous = hash_
        if waiting and sequence >= waiting[0]:
            _compare(sequence, hash_, wanted, waiting, found)
        if len(found) >= MOST_FOUND:
            break
    head = Head(expected, previous)
    if waiting and len(found) < MOST_FOUND:
        stores = ", ".join(sorted({store for sequence in waiting for store in wanted[sequence]}))
        if count == 0:
            text = f"the whole record is gone: its head at {waiting[-1]} was exported (kept in: {stores})"
            found.append(Finding("dropped", text))
        else:
            text = f"sequence {waiting[0]}: was exported and is gone (kept in: {stores})"
            found.append(Finding("cut", text))
    return count, head


def _compare(
    sequence: int, hash_: str, wanted: dict[int, dict[str, str]], waiting: list[int], found: list[Finding]
) -> None:
    """Hold a link against the heads that left the house at its place."""
    while waiting and waiting[0] <= sequence:
        place = waiting.pop(0)
        for store, kept in wanted[place].items():
            if place != sequence or kept != hash_:
                text = f"sequence {place}: differs from the head that was exported (kept in: {store})"
                found.append(Finding("rewritten", text))


_LINKS = """
SELECT k.sequence, k.previous, k.hash, e.hash, {at}, e.actor, e.books, e.kind, e.subject, e.body, e.items_count,
    e.items_root, e.form
FROM audit_link k LEFT JOIN audit_event e ON e.id = k.event_id {where} ORDER BY k.sequence
"""


def _links() -> Iterator[tuple[Any, ...]]:
    """Yield every link with its event, instants as text; read in parts, never all at once."""
    if connection.vendor == "postgresql":
        for row in bulk.copied(_LINKS.format(at="e.at AT TIME ZONE 'UTC'", where="")):
            sequence, before, hash_, event_hash, at, actor, books, *content = row
            # COPY gives text: an event that is there has an instant.
            yield int(sequence), before, hash_, event_hash, at or None, actor, int(books) if books else None, *content
        return
    query = _LINKS.format(at="e.at || ''", where="WHERE k.sequence > %s") + "LIMIT %s"
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, [last, AT_ONCE])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]


def _instant(at: str) -> str:
    """Return an instant as both engines write it, `2026-11-15 12:00:00.5`, in its canonical form."""
    return f"{at[:10]}T{at[11:19]}.{at[20:]:0<6}+00:00"


def _outside_the_chain() -> list[Finding]:
    """Name events that were put beside the chain."""
    rows = Event.objects.filter(linkrow=None, pending=None).order_by("id").values_list("id", flat=True)
    return [Finding("inserted", f"event {event_id} is outside the chain") for event_id in rows[:MOST_FOUND]]


def _rows_against_roots(kind: str, rows: Iterator[HashedRow], found: list[Finding]) -> int:
    roots = dict(Event.objects.filter(kind=kind, items_count__gt=0).values_list("id", "items_root"))
    count = 0
    for event_id, group in groupby(rows, key=lambda row: row.event_id):
        hashes = []
        for row in group:
            count += 1
            if row.kept != row.present:
                found.append(Finding("altered", f"{row.name}: the row was altered"))
            hashes.append(row.kept)
        if roots.pop(event_id, "") != domain.root_of(hashes):
            found.append(Finding("altered", f"{kind} event {event_id}: its rows do not match the record"))
        if len(found) >= MOST_FOUND:
            return count
    found += [Finding("missing", f"{kind} event {event}: its rows are gone") for event in sorted(roots)[:MOST_FOUND]]
    return count
