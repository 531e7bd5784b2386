"""The databases that tests get: rolled back, or copies of their own that threads and processes share."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection, connections

from counterfoil.infra import fences
from counterfoil.people.models import Organisation
from tests.databases import SQLITE, OwnDatabase

COUNT = """
import django
django.setup()
from counterfoil.people.models import Organisation
print(Organisation.objects.count())
"""


def found(name: str) -> None:
    Organisation.objects.create(name=name)


@pytest.mark.database
@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_wrote_is_rolled_back(time: str) -> None:
    assert Organisation.objects.count() == 0
    found(time)


@pytest.mark.commit
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_copy_is_nobody_elses(time: str) -> None:
    assert Organisation.objects.count() == 0
    assert fences.missing() == []
    found(time)


@pytest.mark.commit
def test_threads_and_processes_see_the_same_copy(own_database: OwnDatabase) -> None:
    def in_a_thread() -> None:
        found("thread")
        connections.close_all()

    found("main")
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    process = subprocess.run(
        [sys.executable, "-c", COUNT], env=own_database.environment, stdout=subprocess.PIPE, text=True, check=True
    )
    assert process.stdout.strip() == "2"


@pytest.mark.commit
def test_a_second_copy_may_be_of_another_engine(
    fresh_database: Callable[..., AbstractContextManager[OwnDatabase]],
) -> None:
    found("outer")
    vendor = connection.vendor
    with fresh_database(engine=SQLITE):
        assert connection.vendor == SQLITE
        assert Organisation.objects.count() == 0
    assert connection.vendor == vendor
    assert Organisation.objects.count() == 1


@pytest.mark.commit
def test_an_empty_database_has_no_table(empty_database: OwnDatabase) -> None:
    assert connection.introspection.table_names() == []


def test_a_test_without_a_marker_reaches_no_database() -> None:
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        found("nobody")
