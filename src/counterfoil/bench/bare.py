"""The raw limit of writing: ready text (PostgreSQL) or ready tuples (SQLite) into a table with the same indexes.

The bare copy of a table has its columns, primary key, indexes and checks; it has no fence and no foreign key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

_REFERENCES = re.compile(r' REFERENCES "\w+" \("\w+"\) DEFERRABLE INITIALLY DEFERRED')


class AnswersDiffer(Exception):
    """The product and its yardstick did not come to the same figures: nothing was measured."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Rows of a table in the form in which the engine takes them fastest."""

    table: str
    rows: bytes | list[tuple[Any, ...]]


def bare(table: str) -> str:
    """Return the name of a table's bare copy."""
    return f"bare_{table}"


def make_bare_copy(table: str) -> None:
    """Make an empty bare copy of a table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TABLE {bare(table)} (LIKE {table} INCLUDING ALL)")
            return
        cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('table', 'index')"
            " AND sql IS NOT NULL ORDER BY type DESC",
            [table],
        )
        for kind, name, statement in cursor.fetchall():
            copied = statement.replace(f'"{table}"', f'"{bare(table)}"')
            if kind == "index":
                copied = copied.replace(f'INDEX "{name}"', f'INDEX "{bare(name)}"')
            cursor.execute(_REFERENCES.sub("", copied))


def ready_rows(table: str, key: str, after: int) -> Ready:
    """Return a table's rows whose key is above `after`, in the order of the key."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            query = f"SELECT * FROM {table} WHERE {key} > {after:d} ORDER BY {key}"
            with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
                return Ready(table, b"".join(bytes(part) for part in copy))
        cursor.execute(f"SELECT * FROM {table} WHERE {key} > %s ORDER BY {key}", [after])
        return Ready(table, cursor.fetchall())


def in_parts(ready: Ready, parts: int) -> list[Ready]:
    """Divide ready rows into that many parts of the same size."""
    rows: Sequence[Any] = ready.rows.splitlines(keepends=True) if isinstance(ready.rows, bytes) else ready.rows
    size = -(-len(rows) // parts)
    cut = [rows[start : start + size] for start in range(0, len(rows), size)]
    if isinstance(ready.rows, bytes):
        return [Ready(ready.table, b"".join(part)) for part in cut]
    return [Ready(ready.table, list(part)) for part in cut]


@transaction.atomic
def write(batch: Sequence[Ready]) -> None:
    """Write ready rows of some tables into their bare copies, in one transaction."""
    with connection.cursor() as cursor:
        for ready in batch:
            if isinstance(ready.rows, bytes):
                with cursor.copy(f"COPY {bare(ready.table)} FROM STDIN") as copy:
                    copy.write(ready.rows)
            else:
                marks = ", ".join(["%s"] * len(ready.rows[0]))
                cursor.executemany(f"INSERT INTO {bare(ready.table)} VALUES ({marks})", ready.rows)


def value(query: str) -> tuple[Any, ...]:
    """Return the one row that a query answers with."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
