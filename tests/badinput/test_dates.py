"""Odd dates: each case has its expected outcome through POST /invoices."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from counterfoil.billing import selectors as billing
from counterfoil.revenue import selectors as revenue
from counterfoil.revenue.domain import invoice_line_source
from tests.api.door import codes_of, moment, said
from tests.badinput.invoice_world import FAMILIES, Case, body, cases, events, the_world
from tests.builders import NOW

pytestmark = pytest.mark.database
NEAR = {"s-dates-001": moment("2028-02-20T12:00"), "s-dates-017": moment("2026-12-20T12:00")}
"""Cases whose date is no slip on the day on which they are sent."""
OWN = cases("dates")


def case(id_: str) -> bytes:
    return next(case for case in cases("dates") if case.id == f"s-dates-{id_}").data


@pytest.mark.parametrize("case", OWN, ids=[case.id for case in OWN])
def test_each_case_has_its_outcome(case: Case) -> None:
    asked = body(case.data)
    now = datetime.fromisoformat(asked.pop("now")) if "now" in asked else NEAR.get(case.id, NOW)
    with the_world(now, asked.pop("tenant_tz", "Europe/Berlin")) as world:
        data = json.dumps(asked).encode()
        before, events_before = world.state(), events()
        answer = world.enter(data, key=case.id)
        after = world.state()
        if case.expect == "accept":
            assert answer.status_code == 201, answer.content
            assert len(set(after["documents"]) - set(before["documents"])) == 1
        elif case.expect == "quarantine":
            assert answer.status_code == 202
            assert said(answer)["finding"]["code"] in FAMILIES[case.error]
            (held,) = after["held"]
            assert held["number"] == said(answer)["held"]
            assert {**after, "held": []} == before
        else:
            assert 400 <= answer.status_code < 500
            assert codes_of(answer) & FAMILIES[case.error], answer.content
            assert after == before
            assert events() == events_before + 1
        assert world.enter(data, key=case.id).status_code == answer.status_code
        assert world.state() == after


def test_a_year_from_the_leap_day_ends_on_the_last_of_february() -> None:
    with the_world(NEAR["s-dates-001"]) as world:
        (line,) = said(world.enter(case("001")))["lines"]
        assert (line["service_start"], line["service_end"]) == ("2028-02-29", "2029-02-28")


def test_a_closed_period_is_refused_with_the_first_open_date() -> None:
    with the_world() as world:
        answer = world.enter(case("005"))
        assert answer.status_code == 409
        assert said(answer)["facts"] == {"period": "2026-05", "first_open": "2026-07-01"}
        assert "2026-07-01" in said(answer)["detail"]


def test_a_time_that_a_clock_change_skips_moves_no_date() -> None:
    with the_world() as world:
        made = said(world.enter(case("008")))
        assert made["issue_date"] == "2026-11-15"
        assert made["created_at"].startswith("2026-03-29T01:30:00")


def test_a_leap_second_is_taken_as_the_second_before() -> None:
    with the_world() as world:
        assert said(world.enter(case("011")))["created_at"].startswith("2016-12-31T23:59:59")


def test_today_is_a_day_of_the_zone_of_the_books() -> None:
    with the_world(moment("2026-10-31T23:30"), "Pacific/Auckland") as world:
        asked = {key: value for key, value in body(case("010")).items() if key not in ("now", "tenant_tz")}
        made = said(world.enter(json.dumps(asked).encode(), key="auckland"))
        assert made["issue_date"] == "2026-11-01"
        assert said(world.door.get("/periods"))["periods"][0]["month"] == "2026-11"


def test_the_series_is_that_of_the_issue_date() -> None:
    with the_world(NEAR["s-dates-017"]) as world:
        assert said(world.enter(case("017")))["number"].startswith("2027-")


def test_a_service_from_the_31st_is_earned_to_the_cent() -> None:
    with the_world() as world:
        made = said(world.enter(case("013")))
        invoice_id = billing.document_id(world.books.id, made["number"])
        assert invoice_id is not None
        (promise,) = revenue.obligations_by_source(world.books.id, [invoice_line_source(invoice_id, 1)]).values()
        months = revenue.months(promise)
        assert sum(month.amount.minor for month in months) == 10_000
        assert months[0].earned_on == date(2027, 1, 31)
        assert months[0].amount.minor > 0


def test_a_held_invoice_is_entered_on_another_date_or_thrown_away() -> None:
    with the_world() as world:
        held = said(world.enter(case("016")))["held"]
        again = world.door.post(f"/held/{held}/enter", {})
        assert again.status_code == 202
        entered = world.door.post(f"/held/{held}/enter", {"issue_date": "2026-11-20"})
        assert (entered.status_code, said(entered)["issue_date"]) == (201, "2026-11-20")
        assert said(world.door.get("/held"))["invoices"] == []
        other = said(world.enter(case("016")))["held"]
        gone = world.door.post(f"/held/{other}/discard", {"reason": "a slip"})
        assert said(gone) == {"number": other, "changed": True}
        assert said(world.door.get("/held"))["invoices"] == []
