"""Other databases than the one in use: a second look at it that stands still, and one at another address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from psycopg import IsolationLevel

from counterfoil.infra import home

URL_VARIABLE = "DATABASE_URL"
_STILL = "still"


@contextmanager
def standing_still() -> Iterator[BaseDatabaseWrapper]:
    """Open the database in use a second time, to read it as it is at this instant while others go on writing."""
    settings = connections.settings[DEFAULT_DB_ALIAS]
    if settings["ENGINE"].endswith("sqlite3"):
        reading: dict[str, object] = {"transaction_mode": "DEFERRED"}
    else:
        reading = {"isolation_level": IsolationLevel.REPEATABLE_READ}
    connections.settings[_STILL] = {**settings, "OPTIONS": settings["OPTIONS"] | reading}
    try:
        with transaction.atomic(using=_STILL):
            yield connections[_STILL]
    finally:
        connections[_STILL].close()
        del connections[_STILL], connections.settings[_STILL]


@contextmanager
def read_from(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let whatever this thread reads come from another connection, for the length of a `with` block."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


@contextmanager
def in_use(url: str) -> Iterator[None]:
    """Make the database at an address the one of this process, in all its threads, for the length of a `with` block.

    Raises:
        UnknownDatabase: the address names neither SQLite nor PostgreSQL.
    """
    wanted = _complete(home.database_settings(url))
    before, named = dict(connections.settings[DEFAULT_DB_ALIAS]), os.environ.get(URL_VARIABLE)
    os.environ[URL_VARIABLE] = url
    _connect_by(wanted)
    try:
        yield
    finally:
        _connect_by(before)
        os.environ.pop(URL_VARIABLE)
        if named is not None:
            os.environ[URL_VARIABLE] = named


def _complete(settings: dict[str, object]) -> dict[str, Any]:
    """Give settings the defaults that Django adds to them."""
    complete: dict[str, Any] = ConnectionHandler({DEFAULT_DB_ALIAS: settings}).settings[DEFAULT_DB_ALIAS]
    return complete


def _connect_by(settings: dict[str, Any]) -> None:
    """Replace Django's settings of the default database; threads that connect from now on use them."""
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]
    shared = connections.settings[DEFAULT_DB_ALIAS]
    shared.clear()
    shared.update(settings)
