"""What changed in the database: a fingerprint of every table, and which tables differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from counterfoil.infra import world


def fingerprints() -> dict[str, str]:
    """Return a hash over the rows of each table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str]) -> set[str]:
    """Return the tables that differ from a fingerprint taken before."""
    return {table for table, hash_ in fingerprints().items() if before.get(table) != hash_}


@contextmanager
def guarded_network() -> Iterator[list[str]]:
    """Note every attempt to reach an outside system, and refuse it."""
    asked: list[str] = []

    def refuse(method: str, url: str, *, body: bytes | None = None) -> bytes:
        asked.append(f"{method} {url}")
        raise world.NoNetwork(method=method)

    now = world.current()
    with world.using(world.World(now.clock, now.random_bytes, refuse, now.database)):
        yield asked
