"""A database and a home that a bench has to itself, beside the configured ones; the books are never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from counterfoil.infra import world
from counterfoil.infra.home import ENVIRONMENT_VARIABLE, database_url, home
from counterfoil.kernel.errors import Refused


class BenchFailed(Refused):
    """The process that measured stopped with an error, which it has printed."""

    code = "bench_failed"


class MayNotMeasure(Refused):
    """The role of DATABASE_URL may not make a database beside the configured one."""

    code = "may_not_measure"


@contextmanager
def own_installation() -> Iterator[dict[str, str]]:
    """Make an empty home, and an empty database on the configured engine; yield the variables that name them.

    Both lie beside the configured ones, so that they share their disk or server, and go when the block ends.
    """
    home().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=home()))
    url = database_url()
    try:
        if urlsplit(url).scheme == "sqlite":
            yield {ENVIRONMENT_VARIABLE: str(folder), "DATABASE_URL": f"sqlite:///{folder / 'counterfoil.sqlite3'}"}
        else:
            with _own_database(url) as own:
                yield {ENVIRONMENT_VARIABLE: str(folder), "DATABASE_URL": own}
    finally:
        shutil.rmtree(folder)


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    name = f"counterfoil_bench_{world.token(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise MayNotMeasure(user=server.info.user) from None
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run_there(arguments: Sequence[str]) -> str:
    """Run `python -m counterfoil.bench` in an installation of its own and return what it printed.

    Raises:
        BenchFailed: it stopped with an error.
        MayNotMeasure: there is no room for a database.
    """
    with own_installation() as variables:
        done = subprocess.run(
            [sys.executable, "-m", "counterfoil.bench", *arguments],
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise BenchFailed(exit_code=done.returncode)
    return done.stdout
