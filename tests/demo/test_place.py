"""The demo has a home of its own: never beside a company of one's own, made once, begun anew after a death."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from counterfoil.audit.domain import system
from counterfoil.cli import main as command_line
from counterfoil.demo import place
from counterfoil.flows import set_up
from counterfoil.infra import haste
from counterfoil.infra import home as homes
from counterfoil.people import selectors as people
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit


def found_some_company() -> None:
    set_up.found_company(
        name="Somebody", base_currency="EUR", country="DE", time_zone="Europe/Berlin", actor=system("test")
    )


def test_the_demo_never_goes_beside_an_own_company(own_database: OwnDatabase) -> None:
    found_some_company()
    with pytest.raises(place.OwnCompanyHere):
        place.prepare(1)
    assert people.is_founded()
    assert not homes.is_demo()


def test_a_demo_home_takes_no_own_company(own_database: OwnDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_mark(1, is_complete=True)
    assert command_line.main(["init"]) == command_line.REFUSED
    assert "home of the demo" in capsys.readouterr().err
    assert not people.is_founded()


def test_a_run_that_died_is_begun_anew(empty_database: OwnDatabase) -> None:
    assert place.prepare(1) is False
    assert homes.is_demo()
    found_some_company()
    assert place.prepare(1) is False
    assert not people.is_founded()


def test_a_complete_demo_is_used_again(empty_database: OwnDatabase) -> None:
    place.prepare(1)
    found_some_company()
    place.write_mark(1, is_complete=True)
    assert place.prepare(1) is True
    assert people.is_founded()
    with pytest.raises(place.OtherSeed):
        place.prepare(2)


def test_a_demo_mark_does_not_reach_another_database(empty_database: OwnDatabase) -> None:
    call_command("migrate", verbosity=0)
    found_some_company()
    mark = homes.home() / homes.DEMO_MARK
    mark.write_text(json.dumps({"seed": 1, "is_complete": False, "database": "another"}), "utf-8")
    with pytest.raises(place.OwnCompanyHere):
        place.prepare(1)
    assert people.is_founded()


def test_one_process_at_a_time_fills_a_home(empty_database: OwnDatabase) -> None:
    with place.claimed(), pytest.raises(place.DemoIsBeingMade), place.claimed():
        pass
    with place.claimed():
        pass


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


def founds_and_dies() -> None:
    with haste.unsynced():
        assert synchronous() == 0
        found_some_company()
        raise KeyError


def test_only_while_it_is_made_nobody_waits_for_the_disk(own_database: OwnDatabase) -> None:
    if own_database.engine == "postgresql":
        with haste.unsynced():
            found_some_company()
        assert people.is_founded()
        return
    assert synchronous() == 2
    with pytest.raises(KeyError):
        founds_and_dies()
    assert synchronous() == 2
    assert people.is_founded()
    wal = Path(f"{connection.settings_dict['NAME']}-wal")
    assert not wal.exists() or not wal.stat().st_size


def test_what_was_cut_short_is_begun_anew_though_it_is_damaged(empty_database: OwnDatabase) -> None:
    place.prepare(1)
    if empty_database.engine == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.close()
        Path(str(name)).write_bytes(b"no database at all" * 300)
    assert place.prepare(1) is False
    assert not people.is_founded()
