"""Entries by hand and deliveries, by the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import a_company, door_of, said
from tests.api.test_the_whole_way import a_deal, with_customer

pytestmark = pytest.mark.database
ENTRY = {
    "reference": "2026/1",
    "memo": "Capital paid in",
    "entry_date": "2026-11-02",
    "postings": [{"account": "1000", "amount": "500.00"}, {"account": "3000", "amount": "-500.00"}],
}


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


def test_an_entry_by_hand_is_posted_once_and_taken_back(company: BooksFacts) -> None:
    door = door_of(Role.ACCOUNTANT)
    posted = door.post("/ledger/entries", ENTRY)
    assert posted.status_code == 201, posted.content
    number = said(posted)["number"]
    assert said(door.post("/ledger/entries", ENTRY))["number"] == number
    back = said(door.post(f"/ledger/entries/{number}/reverse", {"reason": "wrong account"}))
    assert back["reverses"] == number


def test_an_unbalanced_entry_and_a_closed_account_are_refused(company: BooksFacts) -> None:
    door = door_of(Role.ACCOUNTANT)
    postings = [{"account": "1000", "amount": "500.00"}, {"account": "3000", "amount": "-499.99"}]
    refused = door.post("/ledger/entries", {**ENTRY, "postings": postings})
    assert (refused.status_code, said(refused)["code"]) == (422, "unbalanced_entry")
    postings[1] = {"account": "1100", "amount": "-500.00"}
    refused = door.post("/ledger/entries", {**ENTRY, "postings": postings})
    assert (refused.status_code, said(refused)["code"]) == (422, "account_kept_with_documents")
    assert said(door.get("/ledger/entries"))["entries"] == []


def test_a_delivery_releases_the_revenue_that_waited_for_it(company: BooksFacts) -> None:
    door = door_of(Role.ADMIN)
    with_customer(door)
    assert door.post("/opportunities", a_deal(stage="won", delivered_on=None)).status_code == 201
    door.post("/deals/close", {})
    (contract,) = said(door.get("/contracts"))["contracts"]
    released = door.post(f"/contracts/{contract['number']}/deliver", {"on": "2026-11-12"})
    assert (released.status_code, len(said(released)["entries"])) == (200, 1)
    again = door.post(f"/contracts/{contract['number']}/deliver", {"on": "2026-11-12"})
    assert (again.status_code, said(again)["code"]) == (422, "nothing_to_deliver")
