"""Several imports of one file at once meet like one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections

from counterfoil.audit import services as audit
from counterfoil.flows.import_file import ImportResult, import_file
from tests.badinput.crm_world import rows_of_everything, the_world
from tests.builders import NOW, TESTER
from tests.flows.test_import_file import a_file, a_row

pytestmark = pytest.mark.commit
TOGETHER = 4


def feed(data: bytes, books_id: int, _: int) -> ImportResult:
    try:
        return import_file(kind="deals", data=data, file_name="deals.csv", actor=TESTER, books_id=books_id, at=NOW)
    finally:
        connections.close_all()


def test_one_file_fed_in_by_several_at_once_is_stored_once() -> None:
    world = the_world()
    data = a_file(*[a_row(f"D-{number}") for number in range(40)])
    with ThreadPoolExecutor(TOGETHER) as pool:
        results = list(pool.map(partial(feed, data, world.books.id), range(TOGETHER)))
    assert sorted(result.accepted for result in results) == [0] * (TOGETHER - 1) + [40]
    assert {result.accepted + result.unchanged for result in results} == {40}
    assert rows_of_everything()["crm_opportunity"] == 40
    assert rows_of_everything()["crm_opportunity_line"] == 40
    assert audit.verify().ok
    assert connection.is_usable()
