"""The rows of every table in one form that both engines share, for a backup and for a move to another database.

A row is a JSON array, its columns in the order of their names: whole numbers, text, truth and null as they are, days
and instants in ISO 8601 (instants in UTC, ending in Z), decimals as plain text without trailing zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from counterfoil.infra.bulk import copy_cell

PortableCell = int | str | bool | None
_LEFT_BEHIND = frozenset({"django_migrations", "django_session", "ledger_pending", "sqlite_sequence"})
"""What migrations and fences make themselves, and who is signed in."""
_LOCKOUTS = "axes_"
_AT_ONCE = 5_000


@dataclass(slots=True)
class Content:
    """How many rows a table holds, and the sum of their SHA-256 modulo 2^256: the same in whatever order they come."""

    rows: int = 0
    sum: int = 0

    def add(self, line: bytes) -> None:
        """Count one row, given as its line of JSON without the end of the line."""
        self.rows += 1
        self.sum = (self.sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % (1 << 256)

    @property
    def hex(self) -> str:
        """The sum in 64 hexadecimal digits."""
        return f"{self.sum:064x}"


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the tables that hold what people and the system entered, sorted."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return sorted(name for name in names if name not in _LEFT_BEHIND and not name.startswith(_LOCKOUTS))


def columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """Return the columns of a table, sorted."""
    with connection.cursor() as cursor:
        return sorted(field.name for field in connection.introspection.get_table_description(cursor, table))


def lines(connection: BaseDatabaseWrapper, table: str, content: Content) -> Iterator[bytes]:
    """Read a table row by row as lines of JSON, counting each in `content`."""
    names = columns(connection, table)
    quote = connection.ops.quote_name
    writers = _writers(connection, table, names)
    sql = f"SELECT {', '.join(map(quote, names))} FROM {quote(table)}"
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                cells = [write(cell) for write, cell in zip(writers, row, strict=True)]
                line = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()
                content.add(line)
                yield line


def content_of(connection: BaseDatabaseWrapper, table: str) -> Content:
    """Read a table again and return what it holds."""
    content = Content()
    for _ in lines(connection, table, content):
        pass
    return content


def fill(connection: BaseDatabaseWrapper, table: str, names: Sequence[str], rows: Iterable[bytes]) -> None:
    """Replace all rows of a table by lines of JSON; no fence may stand on it yet.

    Args:
        names: the columns of the lines, in their order.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {quote(table)}")
        listed = ", ".join(map(quote, names))
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {quote(table)} ({listed}) FROM STDIN") as copy:
                for line in rows:
                    copy.write("\t".join(map(copy_cell, json.loads(line))) + "\n")
            return
        _fill_sqlite(connection, cursor, table, names, rows)


def _fill_sqlite(
    connection: BaseDatabaseWrapper, cursor: CursorWrapper, table: str, names: Sequence[str], rows: Iterable[bytes]
) -> None:
    quote = connection.ops.quote_name
    instants = [at for at, kind in enumerate(_declared(connection, table, names)) if kind == "datetime"]
    marks = ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO {quote(table)} ({', '.join(map(quote, names))}) VALUES ({marks})"
    source = iter(rows)
    while some := list(islice(source, _AT_ONCE)):
        cells = [json.loads(line) for line in some]
        for row in cells:
            for at in instants:
                if row[at] is not None:
                    row[at] = row[at].removesuffix("Z").replace("T", " ")
        cursor.executemany(sql, cells)


def counters(connection: BaseDatabaseWrapper, names: Sequence[str]) -> dict[str, int]:
    """Return the last automatic key that each table gave out: a key is never used twice, here or elsewhere."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            given = dict(cursor.fetchall())
            return {name: given[name] for name in names if given.get(name)}
        cursor.execute(
            "SELECT c.relname, s.last_value FROM pg_class c"
            " JOIN pg_depend d ON d.refobjid = c.oid AND d.deptype = 'i'"
            " JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'"
            " JOIN pg_sequences s ON s.sequencename = q.relname AND s.schemaname = current_schema()"
            " WHERE s.last_value IS NOT NULL AND c.relname = ANY (%s)",
            [list(names)],
        )
        return dict(cursor.fetchall())


def set_counters(connection: BaseDatabaseWrapper, given: Mapping[str, int]) -> None:
    """Let tables go on after the last key that was given out."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany("DELETE FROM sqlite_sequence WHERE name = %s", [[name] for name in given])
            cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", list(given.items()))
            return
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(name, 'id'), last)"
            " FROM unnest(%s::text[], %s::bigint[]) AS given (name, last)",
            [list(given), list(given.values())],
        )


def _writers(connection: BaseDatabaseWrapper, table: str, names: Sequence[str]) -> list[Callable[[Any], PortableCell]]:
    """Return for each column what makes its cells portable; decimals of SQLite are known by the column alone."""
    if connection.vendor == "postgresql":
        return [_portable] * len(names)
    return [_plain if kind == "decimal" else _portable for kind in _declared(connection, table, names)]


def _declared(connection: BaseDatabaseWrapper, table: str, names: Sequence[str]) -> list[str]:
    """Return the type with which each column of an SQLite table was declared."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({connection.ops.quote_name(table)})")
        kinds = {row[1]: row[2] for row in cursor.fetchall()}
    return [kinds[name] for name in names]


def _portable(cell: object) -> PortableCell:
    if isinstance(cell, datetime):
        aware = cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
        return aware.isoformat().removesuffix("+00:00") + "Z"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return _plain(cell)
    if cell is None or isinstance(cell, (int, str, bool)):
        return cell
    raise TypeError(f"a cell of type {type(cell).__name__} has no portable form")


def _plain(cell: float | str | Decimal | None) -> str | None:
    """Write a decimal without trailing zeros and without an exponent; SQLite gives some of them as numbers."""
    if cell is None:
        return None
    text = f"{Decimal(str(cell)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
