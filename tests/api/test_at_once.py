"""Two requests at once under one key, from two threads with real COMMITs: one effect, one answer (TRUST P-50)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponse

from counterfoil.billing import selectors as billing
from counterfoil.people.domain import Role
from tests.api.door import Door, a_company, at, door_of, said
from tests.api.test_the_whole_way import with_customer
from tests.builders import NOW

pytestmark = pytest.mark.commit
AT_ONCE = 6


def all_at_once(door: Door, path: str, body: object, key: str) -> list[HttpResponse]:
    """Send one request from several threads that start together."""
    gate = threading.Barrier(AT_ONCE)

    def send() -> HttpResponse:
        own = Door(door.token)
        gate.wait()
        try:
            with at(NOW):
                return own.post(path, body, key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [future.result() for future in [threads.submit(send) for _ in range(AT_ONCE)]]


def test_one_key_at_once_is_one_invoice(home: Path) -> None:
    with a_company() as books:
        door = door_of(Role.ACCOUNTANT)
        with_customer(door)
        asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
        answers = all_at_once(door, "/invoices", asked, "one")
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert {said(answer)["number"] for answer in answers} == {"2026-0001"}
        assert len(said(door.get("/invoices"))["invoices"]) == 1
        assert billing.series_faults(books.id) == []


def test_one_key_at_once_is_one_customer(home: Path) -> None:
    with a_company():
        door = door_of(Role.ACCOUNTANT)
        answers = all_at_once(door, "/customers", {"name": "Osprey GmbH"}, "one")
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert len(said(door.get("/customers"))["customers"]) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/products", {"code": "GW-2", "name": "Gateway", "kind": "good"}),
        ("/ledger/accounts", {"code": "1205", "name": "Deposits", "kind": "asset"}),
        ("/customers", {"name": "Osprey GmbH", "external_id": "ACC-7"}),
        ("/people", {"email": "new@example.test", "name": "New", "role": "sales"}),
    ],
)
def test_the_same_at_once_without_a_key_is_there_once_and_nobody_sees_an_error(
    home: Path, path: str, body: dict[str, str]
) -> None:
    """P-08: no IntegrityError reaches a person."""
    with a_company():
        answers = all_at_once(door_of(Role.ADMIN), path, body, "")
        assert sorted(answer.status_code for answer in answers) == [201, *[409] * (AT_ONCE - 1)]


def test_without_a_key_each_request_has_its_effect(home: Path) -> None:
    with a_company() as books:
        door = door_of(Role.ACCOUNTANT)
        with_customer(door)
        asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
        answers = all_at_once(door, "/invoices", asked, "")
        numbers = sorted(said(answer)["number"] for answer in answers)
        assert numbers == [f"2026-{number:04d}" for number in range(1, AT_ONCE + 1)]
        assert billing.series_faults(books.id) == []
