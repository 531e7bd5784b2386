"""Row ids taken ahead of a bulk write, from the same source the database itself uses."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from counterfoil.infra import world

_sequences: dict[tuple[str, str], str] = {}


def take(model: type[models.Model], count: int) -> Sequence[int]:
    """Take `count` fresh primary keys of a table with an automatic key.

    PostgreSQL draws from the identity's sequence, SQLite from `sqlite_sequence`; keys are never used
    twice, gaps are allowed. Two statements at most, whatever the count.
    """
    (keys,) = take_each((model, count))
    return keys


def take_each(*wanted: tuple[type[models.Model], int]) -> list[Sequence[int]]:
    """Take fresh primary keys of several tables by one statement, as `take` does for one.

    Args:
        wanted: tables and how many keys of each; each table once.
    """
    counts = {model._meta.db_table: count for model, count in wanted if count}
    connection = connections[world.current().database]
    found: dict[str, Sequence[int]] = {}
    if counts:
        with connection.cursor() as cursor:
            found = (
                _drawn(connection, cursor, counts) if connection.vendor == "postgresql" else _counted(cursor, counts)
            )
    return [found.get(model._meta.db_table, ()) for model, _ in wanted]


def _drawn(connection: BaseDatabaseWrapper, cursor: CursorWrapper, counts: dict[str, int]) -> dict[str, Sequence[int]]:
    draws = [
        f"SELECT '{table}', nextval('{_sequence(connection, table)}') FROM generate_series(1, {count:d})"
        for table, count in counts.items()
    ]
    cursor.execute(" UNION ALL ".join(draws))
    found: dict[str, list[int]] = {table: [] for table in counts}
    for table, key in cursor.fetchall():
        found[table].append(key)
    return dict(found)


def _sequence(connection: BaseDatabaseWrapper, table: str) -> str:
    """Return the sequence of a table's key. It is asked once in a process: the look-up costs more than the keys."""
    place = (str(connection.settings_dict["NAME"]), table)
    if place not in _sequences:
        _sequences[place] = connection.connection.execute(
            "SELECT pg_get_serial_sequence(%s, 'id')", [connection.ops.quote_name(table)]
        ).fetchone()[0]
    return _sequences[place]


def _counted(cursor: CursorWrapper, counts: dict[str, int]) -> dict[str, Sequence[int]]:
    """Move the counters of SQLite; a table that never had a row gets its own."""
    cases, marks = " ".join(["WHEN %s THEN %s"] * len(counts)), ", ".join(["%s"] * len(counts))
    cursor.execute(
        f"UPDATE sqlite_sequence SET seq = seq + CASE name {cases} END WHERE name IN ({marks}) RETURNING name, seq",
        [*(param for pair in counts.items() for param in pair), *counts],
    )
    lasts = dict(cursor.fetchall())
    for table in counts.keys() - lasts.keys():
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq)"
            f' SELECT %s, coalesce(max(id), 0) + %s FROM "{table}" RETURNING seq',
            [table, counts[table]],
        )
        lasts[table] = cursor.fetchone()[0]
    return {table: range(lasts[table] - count + 1, lasts[table] + 1) for table, count in counts.items()}
