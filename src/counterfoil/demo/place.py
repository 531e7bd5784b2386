"""The home of the demo: marked, locked while it is filled, begun anew when filling it was cut short."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from counterfoil.infra import haste
from counterfoil.infra import home as homes
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people

LOCK = "demo.lock"
_LEFTOVERS = ("anchors", "files", "static")


class OwnCompanyHere(Refused):
    """The home, or the database that it uses, holds a company of your own: the demo never goes beside it."""

    code = "own_company_here"


class DemoIsBeingMade(Refused):
    """Another process is filling this home."""

    code = "demo_is_being_made"


class OtherSeed(Refused):
    """The home holds the demo company of another seed."""

    code = "other_seed"


@contextmanager
def claimed() -> Iterator[None]:
    """Hold the home for one process.

    Raises:
        DemoIsBeingMade: another process holds it.
    """
    folder = homes.home()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoIsBeingMade(home=str(folder)) from None
        yield


def prepare(seed: int) -> bool:
    """Make the home ready: mark it, throw away what a run that died left, migrate. Returns whether it is filled.

    Raises:
        OwnCompanyHere: nothing was touched. OtherSeed: as its name says.
    """
    mark = _mark()
    has_company = not _is_cut_short(mark) and _has_company()
    if mark is None and has_company:
        raise OwnCompanyHere(home=str(homes.home()))
    if mark is not None and has_company and mark.get("database") != _database_hash():
        raise OwnCompanyHere(home=str(homes.home()))
    if mark is not None and mark.get("is_complete"):
        if mark["seed"] != seed:
            raise OtherSeed(home=str(homes.home()), made=mark["seed"], wanted=seed)
        if has_company:
            call_command("migrate", verbosity=0)
            return True
    write_mark(seed, is_complete=False)
    _empty()
    with haste.unsynced():
        call_command("migrate", verbosity=0)
    return False


def write_mark(seed: int, *, is_complete: bool) -> None:
    """Mark the home as the demo's, with what it was made from."""
    path = homes.home() / homes.DEMO_MARK
    written = {"seed": seed, "is_complete": is_complete, "database": _database_hash()}
    path.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def _mark() -> Mapping[str, Any] | None:
    path = homes.home() / homes.DEMO_MARK
    if not path.is_file():
        return None
    try:
        mark = json.loads(path.read_text("utf-8") or "{}")
    except json.JSONDecodeError:
        return {}
    return mark if isinstance(mark, dict) else {}


def _is_cut_short(mark: Mapping[str, Any] | None) -> bool:
    """Tell whether this very database was being filled: it is not looked into, for it may be damaged."""
    return mark is not None and mark.get("is_complete") is False and mark.get("database") == _database_hash()


def _database_hash() -> str:
    """Which database it is, without its address: that may hold a password."""
    return hashlib.sha256(homes.database_url().encode("utf-8")).hexdigest()


def _has_company() -> bool:
    return "people_organisation" in connection.introspection.table_names() and people.is_founded()


def _empty() -> None:
    """Remove database, files and anchors of a home that is the demo's. The secret key stays."""
    for name in _LEFTOVERS:
        shutil.rmtree(homes.home() / name, ignore_errors=True)
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
