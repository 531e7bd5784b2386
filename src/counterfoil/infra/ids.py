"""Row ids taken ahead of a bulk write, from the same source the database itself uses."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, models

from counterfoil.infra import world


def take(model: type[models.Model], count: int) -> Sequence[int]:
    """Take `count` fresh primary keys of a table with an automatic key.

    PostgreSQL draws from the identity's sequence, SQLite from `sqlite_sequence`; keys are never used
    twice, gaps are allowed. Two statements at most, whatever the count.
    """
    if count == 0:
        return ()
    connection = connections[world.current().database]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # OFFSET 0 keeps the look-up of the sequence out of the series: it costs more than the numbers.
            cursor.execute(
                "SELECT nextval(own.sequence) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence"
                " OFFSET 0) AS own, generate_series(1, %s)",
                [table, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [count, table])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                f"INSERT INTO sqlite_sequence (name, seq)"
                f" SELECT %s, coalesce(max(id), 0) + %s FROM {connection.ops.quote_name(table)} RETURNING seq",
                [table, count],
            )
            row = cursor.fetchone()
        assert row is not None
        return range(row[0] - count + 1, row[0] + 1)
