"""Reports by API: the same figures in each form, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.people.domain import BooksFacts, Role
from counterfoil.reports import registry
from tests.api.door import a_company, door_of, said
from tests.api.test_the_whole_way import with_customer

pytestmark = pytest.mark.database
NEEDS = {"general-ledger": {"account": "1100"}}
NAUGHTY = "=cmd()|' /C calc'!A0"


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


@pytest.mark.parametrize("name", sorted(registry.makers()))
def test_every_report_has_the_same_figures_in_each_form(company: BooksFacts, name: str) -> None:
    door = door_of(Role.ACCOUNTANT)
    with_customer(door)
    asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
    assert door.post("/invoices", asked).status_code == 201
    query = NEEDS.get(name, {})
    found = said(door.get(f"/reports/{name}", **query))
    table = list(csv.DictReader(io.StringIO(door.get(f"/reports/{name}", format="csv", **query).content.decode())))
    rows = [{key: value for key, value in row.items() if key in table[0]} for row in found["rows"]] if table else []
    plain = [{key: value.removeprefix("'") for key, value in row.items()} for row in table[: len(rows)]]
    assert plain == rows
    assert zipfile.is_zipfile(io.BytesIO(door.get(f"/reports/{name}", format="xlsx", **query).content))
    assert door.get(f"/reports/{name}", as_of="2026-01-31", **query).status_code == 200


def test_no_cell_of_an_export_is_a_formula(company: BooksFacts) -> None:
    door = door_of(Role.ADMIN)
    door.post("/ledger/accounts", {"code": "1205", "name": NAUGHTY, "kind": "asset"})
    door.post("/customers", {"name": NAUGHTY, "external_id": "ACC-1", "terms": "Net 30"})
    line = {"description": NAUGHTY, "unit_price": "100", "tax_code": "DE-19"}
    assert door.post("/invoices", {"customer": "ACC-1", "currency": "EUR", "lines": [line]}).status_code == 201
    for name in registry.makers():
        answer = door.get(f"/reports/{name}", format="csv", **NEEDS.get(name, {}))
        for row in csv.reader(io.StringIO(answer.content.decode())):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))], name


def test_what_was_known_then_is_answered_by_known_at(company: BooksFacts) -> None:
    door = door_of(Role.ACCOUNTANT)
    with_customer(door)
    asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
    door.post("/invoices", asked)
    before = said(door.get("/reports/trial-balance", known_at="2026-11-15T11:59:59Z"))
    after = said(door.get("/reports/trial-balance", known_at="2026-11-15T13:00:00+01:00"))
    assert (before["rows"], len(after["rows"]) > 0) == ([], True)
