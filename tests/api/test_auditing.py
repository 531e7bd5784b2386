"""What auditors and persons who ask reach by the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.audit.binder import verify
from counterfoil.ledger.domain import Sourced
from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import a_company, door_of, said
from tests.builders import an_entry, post

pytestmark = pytest.mark.database


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        post(books, Sourced("s1", an_entry(5)), Sourced("s2", an_entry(7)))
        yield books


def test_stores_samples_and_retention(company: BooksFacts) -> None:
    auditor = door_of(Role.AUDITOR)
    assert [one["name"] for one in said(auditor.get("/audit/anchors"))["stores"]] == ["home"]
    drawn = said(auditor.post("/audit/samples", {"of": "entries", "size": 1, "seed": "7", "period": "2026-10"}))
    assert (drawn["population"], len(drawn["rows"])) == (2, 1)
    records = {one["kind"]: one for one in said(auditor.get("/retention"))["records"]}
    assert (records["entries"]["count"], records["entries"]["years"]) == (2, 10)
    assert "tax" in records["entries"]["message"]


def test_a_binder_is_one_file_that_verifies(company: BooksFacts, tmp_path: Path) -> None:
    answer = door_of(Role.AUDITOR).get("/audit/binders/2026-10")
    assert answer.status_code == 200
    file = tmp_path / "binder.zip"
    file.write_bytes(answer.content)
    assert verify.verified(file)[1]["entries"] == 2
    assert verify.verified(file)[2] == []
    assert door_of(Role.SALES).get("/audit/binders/2026-10").status_code == 403
