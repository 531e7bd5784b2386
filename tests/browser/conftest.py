"""What the walks have in common: a demo company that is told once, a served home, and windows that notice things."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from tests.browser.site import NOW, Site, served
from tests.browser.visitor import Visitor
from tests.databases import SQLITE, Databases, OwnDatabase, connected_to

SEED = 20261104
MONTHS = 3
KEPT = ("counterfoil.sqlite3", "demo", "anchors", "files")


@pytest.fixture(scope="session")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Path:
    """Return the home of a small demo company, told once in a run by whichever process comes first."""
    # Not above: this file is loaded before Django is, when its folder is named on the command line.
    from counterfoil.demo import place
    from counterfoil.demo.filling.telling import tell

    run = Path(os.environ["COUNTERFOIL_TEST_RUN"])
    with (run / "told.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not lock.read():
            database = Databases(run, "told", None).copy(SQLITE)
            with django_db_blocker.unblock(), connected_to(database):
                tell(seed=SEED, now=NOW - timedelta(minutes=30), months=MONTHS)
                place.write_mark(SEED, is_complete=True)
            (run / "told").symlink_to(database.home)
            lock.write("told")
    return (run / "told").resolve()


@pytest.fixture
def demo(told: Path, fresh_database: Callable[..., AbstractContextManager[OwnDatabase]]) -> Iterator[Site]:
    """Serve a copy of the demo company that this walk may change. It is on SQLite, whichever engine is under test."""
    with fresh_database(engine=SQLITE) as database:
        for name in KEPT:
            kept = told / name
            if kept.is_dir():
                shutil.copytree(kept, database.home / name)
            elif kept.exists():
                shutil.copyfile(kept, database.home / name)
        with served() as site:
            yield site


@pytest.fixture
def empty_home(own_database: OwnDatabase) -> Iterator[Site]:
    """Serve a home in which nobody has set anything up, on the engine under test."""
    with served() as site:
        yield site


Arrives = Callable[..., Visitor]


@pytest.fixture
def arrives(chromium: Browser) -> Iterator[Arrives]:
    """Return a function that opens a window; at the end of the walk no window may have had anything to complain of."""
    visitors: list[Visitor] = []

    def arrive(site: Site, **options: Any) -> Visitor:
        visitors.append(Visitor.arrives(chromium, site, **options))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
