"""One writer at a time for a kind of work in some books."""

from __future__ import annotations

import zlib

from django.db import connections

from counterfoil.infra import world


def hold(work: str, books_id: int) -> None:
    """Wait for, then hold, a kind of work in some books until the transaction ends.

    PostgreSQL takes an advisory lock. SQLite has one writer anyway: its transactions are IMMEDIATE.
    """
    connection = connections[world.current().database]
    assert connection.in_atomic_block, "a lock belongs to a transaction"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(work.encode()) % 2**31, books_id % 2**31]
            )
