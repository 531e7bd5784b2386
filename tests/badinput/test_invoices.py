"""Bad invoices: each case has its expected outcome through POST /invoices."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from counterfoil.ledger import selectors as journal
from tests.api.door import codes_of, said
from tests.badinput.invoice_world import FAMILIES, Case, World, body, cases, events, the_world

pytestmark = pytest.mark.database
GENERATED = "s-invoices-015"
"""5,000 equal lines, which are not kept as a file."""
OWN = [case for case in cases("invoices") if case.id != GENERATED]


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    with the_world() as world:
        yield world


def case(id_: str) -> bytes:
    return next(case for case in cases("invoices") if case.id == f"s-invoices-{id_}").data


@pytest.mark.parametrize("case", OWN, ids=[case.id for case in OWN])
def test_each_case_has_its_outcome(world: World, case: Case) -> None:
    before, events_before = world.state(), events()
    began = time.process_time()
    answer = world.enter(case.data, key=case.id)
    assert time.process_time() - began < 5
    if case.expect == "accept":
        assert answer.status_code == 201, answer.content
        after = world.state()
        again = world.enter(case.data, key=case.id)
        assert (again.status_code, again.content) == (201, answer.content)
        assert world.state() == after
    elif case.expect == "quarantine":
        assert answer.status_code == 202
        assert said(answer)["finding"]["code"] in FAMILIES[case.error]
        (held,) = world.state()["held"]
        assert held["number"] == said(answer)["held"]
        assert {**world.state(), "held": []} == before
    else:
        assert 400 <= answer.status_code < 500
        assert codes_of(answer) & FAMILIES[case.error], answer.content
        assert world.state() == before
        assert events() == events_before + 1


def test_the_control_adds_up(world: World) -> None:
    made = said(world.enter(case("001")))
    assert (made["net"], made["tax"], made["gross"], made["currency"]) == ("100.00", "19.00", "119.00", "EUR")
    assert made["taxes"] == [{"code": "DE-19", "label": "VAT 19 %", "percent": "19", "base": "100.00", "tax": "19.00"}]
    entry = said(world.door.get(f"/ledger/entries/{made['entry']}"))
    assert sum(Decimal(side["base"]) for side in entry["postings"]) == 0
    assert {side["account"]: side["amount"] for side in entry["postings"]} == {
        "1100": "119.00",
        "2200": "-100.00",
        "2400": "-19.00",
    }


@pytest.mark.parametrize(
    ("id_", "currency", "net", "tax", "gross"),
    [
        ("004", "JPY", "1200", "0", "1200"),
        ("006", "KWD", "1.234", "0.000", "1.234"),
        ("009", "EUR", "9999999999999.99", "0.00", "9999999999999.99"),
        ("010", "EUR", "0.30", "0.00", "0.30"),
        ("011", "EUR", "99.99", "19.00", "118.99"),
        ("012", "EUR", "5350.66", "1177.15", "6527.81"),
        ("013", "EUR", "2.53", "0.00", "2.53"),
        ("014", "EUR", "33.33", "0.00", "33.33"),
    ],
)
def test_amounts_are_exact(world: World, id_: str, currency: str, net: str, tax: str, gross: str) -> None:
    made = said(world.enter(case(id_)))
    assert (made["currency"], made["net"], made["tax"], made["gross"]) == (currency, net, tax, gross)
    assert sum(Decimal(line["net"]) for line in made["lines"]) == Decimal(net)
    assert sum(Decimal(part["tax"]) for part in made["taxes"]) == Decimal(tax)
    assert said(world.door.get(f"/invoices/{made['number']}")) == made
    assert world.door.get(f"/invoices/{made['number']}/pdf").content.startswith(b"%PDF")


def test_the_greatest_amount_is_exact_in_every_export(world: World) -> None:
    world.enter(case("009"))
    assert "9999999999999.99" in world.door.get("/reports/trial-balance", format="csv").content.decode()
    rows = said(world.door.get("/reports/trial-balance"))["rows"]
    assert {row["account"]: row["debit"] for row in rows}["1100"] == "9999999999999.99"


@pytest.mark.parametrize(
    "number", ["sNaN", "-Infinity", "Infinity", "1_000", "１２", "0x10", "", " 1", "1 ", "+1", ".5"]
)
def test_other_spellings_of_numbers_are_refused_too(world: World, number: str) -> None:
    asked = body(case("019"))
    asked["lines"][0]["unit_price"] = number
    answer = world.enter(json.dumps(asked).encode())
    assert (answer.status_code, codes_of(answer)) == (422, {"bad_number"})
    assert said(answer)["field"] == "lines[0].unit_price"


@pytest.mark.parametrize("number", [b"NaN", b"1e2", b"1E400", b"-Infinity"])
def test_numbers_that_json_writes_otherwise_are_refused(world: World, number: bytes) -> None:
    answer = world.enter(case("010").replace(b"0.1", number))
    assert answer.status_code in (400, 422)
    assert codes_of(answer) <= {"malformed", "bad_number"}


def test_five_thousand_lines_add_up_in_time(world: World) -> None:
    asked = body(case("001"))
    line = {"product_code": "SVC-IMPL", "description": "x", "quantity": "1", "unit_price": "0.01", "tax_code": "ZERO"}
    asked["lines"] = [line] * 5_000
    began = time.process_time()
    answer = world.enter(json.dumps(asked, separators=(",", ":")).encode())
    assert time.process_time() - began < 5
    assert (answer.status_code, said(answer)["gross"], len(said(answer)["lines"])) == (201, "50.00", 5_000)


@pytest.mark.parametrize("id_", ["024", "025", "026"])
def test_descriptions_are_text_and_nothing_else(world: World, id_: str) -> None:
    made = said(world.enter(case(id_)))
    assert made["lines"][0]["description"] == body(case(id_))["lines"][0]["description"]
    assert made["gross"] == "10.00"
    assert world.door.get(f"/invoices/{made['number']}/pdf").content.startswith(b"%PDF")


def test_refused_requests_leave_no_gap(world: World) -> None:
    numbers = [said(world.enter(case("001")))["number"]]
    for refused in ("002", "003", "005", "021", "023"):
        world.enter(case(refused))
    numbers.append(said(world.enter(case("001")))["number"])
    assert [number.rpartition("-")[2] for number in numbers] == ["0001", "0002"]


def test_without_a_key_the_same_request_twice_is_two_invoices(world: World) -> None:
    first, second = (said(world.enter(case("001")))["number"] for _ in range(2))
    assert first != second
    assert len(journal.latest_entries(world.books.id)) == 4  # each with the release of its delivered service
