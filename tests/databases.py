"""Copies of one migrated template database, on SQLite and on PostgreSQL.

The template is migrated once in a test run, fences included, by a process of its own; every copy is a copy of
the whole database (a file, or CREATE DATABASE ... TEMPLATE), so that nothing is ever flushed and each test
that needs real COMMITs, threads or processes has a database to itself.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from counterfoil.infra import databases

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database of its own with a home beside it, for this process and for others."""

    url: str
    home: Path

    @property
    def engine(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return SQLITE if self.url.startswith("sqlite:") else POSTGRESQL

    @property
    def name(self) -> str:
        """Return the file of SQLite, or the name on the server."""
        return urlsplit(self.url).path.removeprefix("/")

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for a process that works on this database."""
        return os.environ | {"COUNTERFOIL_HOME": str(self.home), "DATABASE_URL": self.url}


class Databases:
    """Makes and drops databases for one process of a test run.

    All processes of the run share `folder`, and with it the template; `server_url` is the PostgreSQL server under
    test, None when the run tests SQLite.
    """

    def __init__(self, folder: Path, worker: str, server_url: str | None) -> None:
        self._folder = folder
        self._worker = worker
        self._server_url = server_url
        self._numbers = itertools.count(1)

    @property
    def engine(self) -> str:
        """Return the engine under test."""
        return POSTGRESQL if self._server_url else SQLITE

    def copy(self, engine: str | None = None) -> OwnDatabase:
        """Return a new copy of the template, on the engine under test or on the one named; the caller drops it."""
        template = self._template(engine or self.engine)
        made = self._new(template.engine)
        if template.engine == SQLITE:
            shutil.copyfile(template.name, made.name)
        else:
            self._on_server("CREATE DATABASE {} TEMPLATE {}", made, template)
        return made

    def empty(self) -> OwnDatabase:
        """Return a new database without a table, as an installation finds it; the caller drops it."""
        made = self._new(self.engine)
        if made.engine == POSTGRESQL:
            self._on_server("CREATE DATABASE {}", made)
        return made

    def drop(self, database: OwnDatabase) -> None:
        """Remove a database and its home, even while somebody is still connected to it."""
        if database.engine == POSTGRESQL:
            self._on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
        shutil.rmtree(database.home)

    def drop_the_run(self) -> None:
        """Remove every database that any process of this run has left on the server."""
        if not self._server_url:
            return
        with psycopg.connect(self._server_url, autocommit=True) as server:
            prefix = self._folder.name + "_"
            names = server.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
            ).fetchall()
            for (name,) in names:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _template(self, engine: str) -> OwnDatabase:
        """Return the migrated template, made by whichever process comes first."""
        with (self._folder / f"{engine}.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.seek(0)
            if not lock.read():
                self._make_template(engine)
                lock.write("made")
        return self._named("template", engine)

    def _make_template(self, engine: str) -> None:
        template = self._named("template", engine)
        template.home.mkdir()
        if engine == POSTGRESQL:
            self._on_server("CREATE DATABASE {}", template)
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity=0"],
            env=template.environment | {"DJANGO_SETTINGS_MODULE": "counterfoil.config.settings"},
            check=True,
        )
        if engine == POSTGRESQL:
            # Nobody, not even autovacuum, may be connected to a template while it is copied.
            self._on_server("ALTER DATABASE {} ALLOW_CONNECTIONS false", template)
        else:
            with closing(sqlite3.connect(template.name)) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _new(self, engine: str) -> OwnDatabase:
        made = self._named(f"{self._worker}_{next(self._numbers)}", engine)
        made.home.mkdir()
        (made.home / "database.url").write_text(made.url, "utf-8")
        return made

    def _named(self, name: str, engine: str) -> OwnDatabase:
        home = self._folder / f"{name}_{engine}"
        if engine == SQLITE:
            return OwnDatabase(f"sqlite:///{home / 'counterfoil.sqlite3'}", home)
        assert self._server_url, "PostgreSQL was asked for in a run without a server"
        url = urlunsplit(urlsplit(self._server_url)._replace(path=f"/{self._folder.name}_{name}"))
        return OwnDatabase(url, home)

    def _on_server(self, statement: str, *databases: OwnDatabase) -> None:
        assert self._server_url
        with psycopg.connect(self._server_url, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(*(sql.Identifier(database.name) for database in databases)))


@contextmanager
def connected_to(database: OwnDatabase) -> Iterator[OwnDatabase]:
    """Make a database and its home the ones of this process, in all its threads, for the length of a `with` block."""
    before = os.environ.get("COUNTERFOIL_HOME")
    os.environ["COUNTERFOIL_HOME"] = str(database.home)
    try:
        with databases.in_use(database.url):
            yield database
    finally:
        os.environ.pop("COUNTERFOIL_HOME")
        if before is not None:
            os.environ["COUNTERFOIL_HOME"] = before
