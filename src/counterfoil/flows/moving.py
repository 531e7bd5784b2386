"""Keeping a copy of the whole installation, bringing it back, and moving the books to another database.

A backup is one ZIP: `manifest.json`, each table as lines of JSON (`infra.portable`), and the files of the home, keys
among them: whoever has it can read everything, so it is written for the eyes of its owner only. It does not depend on
the engine: what was kept from SQLite can be brought back on PostgreSQL. Nothing counts before it was read back.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from counterfoil import __version__
from counterfoil.audit import services as audit
from counterfoil.audit.selectors.verification import Verification
from counterfoil.infra import databases, fences, portable, world
from counterfoil.infra.home import home
from counterfoil.infra.portable import Content
from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people

FORM = 1
ANCHORS = "anchors"
MANIFEST = "manifest.json"
Progress = Callable[[int, int], None]

_STAYS_OUT = ("counterfoil.sqlite3", "database.url", "uploads", "bench-")
"""The database, which is in the backup row by row, where it lay, and what is only there for a while."""
_PARTIAL = ".partial"
_LARGEST_MANIFEST = 64 << 20


class NotEmpty(Refused):
    """There is something where a backup was to be brought back or books were to be moved."""

    code = "moving_not_empty"


class NoBackup(Refused):
    """The file is not a backup, or is damaged."""

    code = "backup_damaged"


class NewerBackup(Refused):
    """The backup was made by a later version of the product."""

    code = "backup_newer"


class NotTheSame(Refused):
    """What was read back is not what was written."""

    code = "moving_differs"


class RecordBroken(Refused):
    """The record does not verify, so a copy of it proves nothing."""

    code = "moving_record_broken"


class FileThere(Refused):
    """A file of that name exists; a backup never overwrites."""

    code = "backup_file_there"


class InsideHome(Refused):
    """The backup would lie inside what it is to save."""

    code = "backup_inside_home"


@dataclass(frozen=True, slots=True)
class Table:
    """What a backup says of one table: its columns in the order of the lines, and what they come to."""

    columns: tuple[str, ...]
    content: Content


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    `counters` are the last keys given out by table; `balances` the SHA-256 of the trial balance by books; `files` the
    SHA-256 of each file by its path in the home; `migrations` pairs of app and name.
    """

    version: str
    made_at: str
    migrations: tuple[tuple[str, str], ...]
    tables: Mapping[str, Table]
    counters: Mapping[str, int]
    balances: Mapping[str, str]
    files: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        """Return it as the object of `manifest.json`."""
        return {
            "form": FORM,
            "version": self.version,
            "made_at": self.made_at,
            "migrations": [list(one) for one in self.migrations],
            "tables": {
                name: {"columns": list(table.columns), "rows": table.content.rows, "sum": table.content.hex}
                for name, table in self.tables.items()
            },
            "counters": dict(self.counters),
            "balances": dict(self.balances),
            "files": dict(self.files),
        }

    @classmethod
    def of_json(cls, data: Any) -> Manifest:
        """Read it back.

        Raises:
            KeyError, TypeError, ValueError: something is missing or of another kind, or a file lies outside the home.
        """
        if data["form"] != FORM:
            raise ValueError("another form")
        if any(path.startswith("/") or ".." in path.split("/") or "\\" in path for path in data["files"]):
            raise ValueError("outside the home")
        return cls(
            version=str(data["version"]),
            made_at=str(data["made_at"]),
            migrations=tuple((str(app), str(name)) for app, name in data["migrations"]),
            tables={
                str(name): Table(tuple(one["columns"]), Content(int(one["rows"]), int(one["sum"], 16)))
                for name, one in data["tables"].items()
            },
            counters={str(name): int(last) for name, last in data["counters"].items()},
            balances=dict(data["balances"]),
            files=dict(data["files"]),
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """What was kept, brought back or moved: counted, and read back."""

    place: str
    tables: int
    rows: int
    files: int
    events: int
    head: str


def backup(*, out: Path, progress: Progress) -> Moved:
    """Write the whole installation into one new file, as it is at one instant, and read the file back.

    Others may go on working. Nothing is left when it fails.

    Raises:
        FileThere: `out` exists. InsideHome: it lies in the home.
        RecordBroken: the record does not verify.
        NotTheSame: the file does not hold what was read from the database.
    """
    if out.exists():
        raise FileThere(file=str(out))
    if out.resolve().is_relative_to(home()):
        raise InsideHome(home=str(home()))
    found = _insist_verified()
    partial = out.with_name(out.name + _PARTIAL)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            manifest = _write(archive, progress)
        with ZipFile(partial) as archive:
            _insist_whole(archive, manifest)
        partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)
    return _moved(str(out), manifest, found)


def restore(*, file: Path, progress: Progress) -> Moved:
    """Bring a backup back into an empty home and an empty database; all of it, verified, or nothing.

    The tables are made as they were when the backup was written, filled, read back, and only then brought to the
    version of today.

    Raises:
        NoBackup, NewerBackup, NotEmpty, NotTheSame, RecordBroken.
    """
    _insist_empty_home()
    _insist_empty_database()
    with _opened(file) as archive:
        manifest = _manifest(archive)
        _insist_whole(archive, manifest)
        with _all_or_nothing(manifest.files):
            return _bring_back(archive, manifest, progress)


def copy_to(*, url: str, progress: Progress) -> Moved:
    """Copy the books into an empty database at another address, and prove it: contents, trial balance, record.

    The books in use stay as they are.

    Raises:
        UnknownDatabase, NotEmpty, NotTheSame, RecordBroken.
    """
    _insist_verified()
    with databases.standing_still() as source:
        with databases.read_from(source):
            balances = _balances()
        with databases.in_use(url):
            _insist_empty_database()
            with _all_or_nothing():
                _migrate(_migrations(source))
                kept = _copy(source, progress)
                call_command("migrate", verbosity=0)
                found = _insist_proven(balances)
    rows = sum(content.rows for content in kept.values())
    return Moved(url.rpartition("@")[2], len(kept), rows, 0, found.events, found.head.short)


def _copy(source: BaseDatabaseWrapper, progress: Progress) -> dict[str, Content]:
    """Copy every table into the database in use and read it back; returns what each holds."""
    names = portable.tables(source)
    kept: dict[str, Content] = {}
    with transaction.atomic():
        for at, name in enumerate(names):
            kept[name] = Content()
            fields = portable.columns(source, name)
            portable.fill(connection, name, fields, portable.lines(source, name, kept[name]))
            progress(at + 1, len(names))
        portable.set_counters(connection, portable.counters(source, names))
        _insist_same(kept)
    return kept


def _write(archive: ZipFile, progress: Progress) -> Manifest:
    """Write files, tables and, last, what they must come to; returns the latter.

    Heads of the record go before the tables, other files after them: a head may not be ahead of the record, and a
    document that the tables name must be there.
    """
    tables: dict[str, Table] = {}
    files = dict(_pack(archive, _home_files(is_head=True)))
    with databases.standing_still() as source:
        names = portable.tables(source)
        for at, name in enumerate(names):
            content = Content()
            fields = portable.columns(source, name)
            with archive.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
                for line in portable.lines(source, name, content):
                    member.write(line + b"\n")
            tables[name] = Table(tuple(fields), content)
            progress(at + 1, len(names))
        migrations = tuple(_migrations(source))
        counters = portable.counters(source, names)
        with databases.read_from(source):
            balances = _balances()
    files |= _pack(archive, _home_files(is_head=False))
    manifest = Manifest(__version__, world.now().isoformat(), migrations, tables, counters, balances, files)
    archive.writestr(MANIFEST, json.dumps(manifest.to_json(), sort_keys=True))
    return manifest


def _home_files(*, is_head: bool) -> list[Path]:
    """Return the files of the home that are kept: exported heads of the record, or all others."""
    kept = []
    for path in sorted(home().rglob("*")):
        first = path.relative_to(home()).parts[0]
        is_left = first.startswith(_STAYS_OUT) or path.name.endswith(_PARTIAL)
        if path.is_file() and not is_left and (first == ANCHORS) is is_head:
            kept.append(path)
    return kept


def _pack(archive: ZipFile, paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Write files; yields the path of each, relative to the home, and its SHA-256."""
    for path in paths:
        name = path.relative_to(home()).as_posix()
        data = path.read_bytes()
        archive.writestr(f"home/{name}", data)
        yield name, hashlib.sha256(data).hexdigest()


def _opened(file: Path) -> ZipFile:
    """Open what may be a backup; raises NoBackup where it is no ZIP or cannot be read."""
    try:
        return ZipFile(file)
    except (BadZipFile, OSError):
        raise NoBackup(file=str(file)) from None


def _manifest(archive: ZipFile) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        NoBackup: nothing, or not in a form that we know.
        NewerBackup: it names a migration that this version does not have.
    """
    try:
        text = archive.read(MANIFEST)
        manifest = Manifest.of_json(strict_json.loads(text, max_bytes=_LARGEST_MANIFEST, max_keys=_LARGEST_MANIFEST))
    except (Refused, BadZipFile, zlib.error, KeyError, TypeError, ValueError, AttributeError):
        raise NoBackup(file=str(archive.filename)) from None
    if not set(manifest.migrations) <= set(MigrationExecutor(connection).loader.graph.nodes):
        raise NewerBackup(version=manifest.version)
    return manifest


def _insist_whole(archive: ZipFile, manifest: Manifest) -> None:
    """Read the whole file and compare it with what its manifest says.

    Raises:
        NotTheSame: a table or a file differs; `what` names the first.
    """
    for name, table in manifest.tables.items():
        content = Content()
        for line in _lines(archive, name):
            content.add(line)
        if content != table.content:
            raise NotTheSame(what=name)
    for name, wanted in manifest.files.items():
        if hashlib.sha256(_unpacked(archive, name)).hexdigest() != wanted:
            raise NotTheSame(what=name)


def _lines(archive: ZipFile, table: str) -> Iterator[bytes]:
    try:
        with archive.open(f"tables/{table}.jsonl") as member:
            for line in member:
                yield line.removesuffix(b"\n")
    except (BadZipFile, KeyError, zlib.error):
        raise NotTheSame(what=table) from None


def _unpacked(archive: ZipFile, name: str) -> bytes:
    try:
        return archive.read(f"home/{name}")
    except (BadZipFile, KeyError, zlib.error):
        raise NotTheSame(what=name) from None


def _bring_back(archive: ZipFile, manifest: Manifest, progress: Progress) -> Moved:
    _migrate(manifest.migrations)
    with transaction.atomic():
        for at, (name, table) in enumerate(manifest.tables.items()):
            portable.fill(connection, name, table.columns, _lines(archive, name))
            progress(at + 1, len(manifest.tables))
        portable.set_counters(connection, manifest.counters)
        _insist_same({name: table.content for name, table in manifest.tables.items()})
    call_command("migrate", verbosity=0)
    for name in manifest.files:
        path = home() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_unpacked(archive, name))
    return _moved(str(home()), manifest, _insist_proven(manifest.balances))


def _insist_same(wanted: Mapping[str, Content]) -> None:
    """Read every table back; raises NotTheSame with the first that differs."""
    for name, content in wanted.items():
        if portable.content_of(connection, name) != content:
            raise NotTheSame(what=name)


def _insist_proven(balances: Mapping[str, str]) -> Verification:
    """Insist on the fences, on the trial balance and on the record of the database in use."""
    if missing := fences.missing():
        raise NotTheSame(what=missing[0])
    if _balances() != balances:
        raise NotTheSame(what="trial balance")
    return _insist_verified()


def _insist_verified() -> Verification:
    found = audit.verify(anchors=home() / ANCHORS)
    if not found.ok:
        raise RecordBroken(first=found.first_bad)
    return found


def _balances() -> dict[str, str]:
    """Return for each set of books the SHA-256 of its trial balance, by account, month and currency."""
    return {
        books.code: hashlib.sha256(repr(sorted(ledger.scanned_balance(books.id).items())).encode()).hexdigest()
        for books in people.all_books()
    }


def _migrations(database: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """Return every migration that a database has, as (app, name)."""
    return sorted(MigrationRecorder(database).applied_migrations())


def _migrate(wanted: Iterable[tuple[str, str]]) -> None:
    """Make the tables of the empty database in use as the given migrations leave them, without fences."""
    executor = MigrationExecutor(connection)
    nodes, chosen = executor.loader.graph.node_map, set(wanted)
    executor.migrate([one for one in chosen if not any(child.key in chosen for child in nodes[one].children)])


def _insist_empty_home() -> None:
    """The key of the installation may be there: it is made as soon as settings are read."""
    root = home()
    if root.exists() and any(not path.name.startswith(("secret.key", *_STAYS_OUT)) for path in root.iterdir()):
        raise NotEmpty(place=str(root))


def _insist_empty_database() -> None:
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise NotEmpty(place=str(connection.settings_dict["NAME"]))


@contextmanager
def _all_or_nothing(files: Iterable[str] = ()) -> Iterator[None]:
    """Empty the database in use, and remove files of the home, unless the `with` block comes to its end."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            with connection.constraint_checks_disabled(), connection.cursor() as cursor:
                for name in connection.introspection.table_names(cursor):
                    cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)}{cascade}")
            for name in files:
                (home() / name).unlink(missing_ok=True)


def _moved(place: str, manifest: Manifest, found: Verification) -> Moved:
    rows = sum(table.content.rows for table in manifest.tables.values())
    return Moved(place, len(manifest.tables), rows, len(manifest.files), found.events, found.head.short)
