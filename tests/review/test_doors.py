"""The queue through the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.cli.main import main, parser
from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import a_company, door_of, said
from tests.receivables.company import Company as Bank

pytestmark = pytest.mark.database


@pytest.fixture
def books(home: Path) -> Iterator[BooksFacts]:
    with a_company() as found:
        yield found


def a_proposed_line(books: BooksFacts) -> Bank:
    bank = Bank(books)
    bank.invoices(bank.customer(), 100_00, 50_00)
    bank.receives("2026-10-20,150.00,INV-2026-000017 and INV-2026-000018")
    bank.match()
    return bank


def test_the_api_lists_answers_and_takes_back(books: BooksFacts) -> None:
    bank = a_proposed_line(books)
    door = door_of(Role.ACCOUNTANT)
    listed = said(door.get("/review"))
    assert listed["total"] == 1
    (case,) = listed["cases"]
    assert (case["amount"], case["currency"], case["code"]) == ("150.00", "EUR", "ambiguous_reference")
    number = case["number"]
    old = door.post(f"/review/{number}/answer", {"answer": "approve", "content_hash": "0" * 64})
    assert (old.status_code, said(old)["code"]) == (409, "case_changed")
    seen = {"answer": "approve", "content_hash": case["content_hash"]}
    assert said(door.post(f"/review/{number}/answer", seen))["outcome"] == "matched"
    assert said(door.post(f"/review/{number}/answer", seen))["is_new"] is False
    assert bank.balance("1100") == 0
    assert said(door.post(f"/review/{number}/undo", {}))["state"] == "open"
    assert bank.balance("1100") == 150_00
    both = door.post(
        "/review/answers", {"answers": [{"case": number, "answer": "approve"}, {"case": "R-999", "answer": "approve"}]}
    )
    assert [one["outcome"] for one in said(both)["results"]] == ["left" if False else "matched", "refused"]


def test_the_api_shows_a_role_only_its_kinds(books: BooksFacts) -> None:
    a_proposed_line(books)
    number = said(door_of(Role.ACCOUNTANT).get("/review"))["cases"][0]["number"]
    sales = door_of(Role.SALES)
    assert said(sales.get("/review"))["cases"] == []
    assert sales.get(f"/review/{number}").status_code == 404
    assert sales.post(f"/review/{number}/answer", {"answer": "approve"}).status_code == 404
    auditor = door_of(Role.AUDITOR)
    assert auditor.get(f"/review/{number}").status_code == 200
    assert auditor.post(f"/review/{number}/answer", {"answer": "approve"}).status_code == 403
    assert said(auditor.get("/relaxations"))["relaxations"] == []


def test_comments_owners_and_delegations(books: BooksFacts) -> None:
    a_proposed_line(books)
    door, boss = door_of(Role.ACCOUNTANT), door_of(Role.CONTROLLER)
    number = said(door.get("/review"))["cases"][0]["number"]
    assert door.post(f"/review/{number}/comments", {"text": "whose is it?"}).status_code == 201
    thread = said(door.get(f"/review/{number}"))
    assert [one["text"] for one in thread["comments"]] == ["whose is it?"]
    me = thread["steps"][-1]["actor"].partition(":")[2]
    assert said(door.put(f"/review/{number}/owner", {"owner": me}))["changed"] is True
    assert said(door.get("/review", view="mine"))["total"] == 1
    made = said(boss.post("/delegations", {"to": me, "start": "2026-11-01", "end": "2026-11-30"}))
    assert (made["role"], made["is_revoked"]) == ("controller", False)
    assert said(boss.delete(f"/delegations/{made['number']}"))["changed"] is True
    assert boss.put("/digest", {"every": "day"}).status_code == 200


def test_the_command_line_works_the_queue(books: BooksFacts, capsys: pytest.CaptureFixture[str]) -> None:
    bank = a_proposed_line(books)

    def run(*words: str) -> tuple[int, Any]:
        code = main(["review", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    me, other = (f"{role.value}@tidewater.test" for role in (Role.ACCOUNTANT, Role.SALES))
    assert run("list", "--for", other)[1]["total"] == 0
    code, listed = run("list", "--for", me)
    (case,) = listed["cases"]
    assert (code, case["amount"]) == (0, "150.00")
    number = case["case"]
    assert run("assign", number, me, "--as", me)[1]["changed"] is True
    assert run("comment", number, "whose is it?", "--as", me)[0] == 0
    assert run("answer", number, "approve", "--as", other)[0] == 1
    answered = ("answer", number, "approve", "--as", me)
    assert run(*answered)[1]["results"][0]["outcome"] == "matched"
    assert run(*answered)[1]["results"][0]["is_new"] is False
    assert bank.balance("1100") == 0
    code, refused = run("answer", "R-999", number, "reject", "--as", me)
    assert (code, [one["code"] for one in refused["results"]]) == (1, ["no_such_case", "case_is_closed"])
    assert run("list")[1]["total"] == 0
    assert run("sample")[1]["drawn"] >= 0
    assert run("labels")[1]["labels"] == run("relaxed")[1]["relaxations"] == []


def test_the_command_line_knows_the_queue() -> None:
    known = parser()
    asked = known.parse_args(["review", "answer", "R-1", "R-2", "approve", "--as", "a@b.example", "--reason", "seen"])
    assert (asked.cases, asked.answer, asked.reason) == (["R-1", "R-2"], "approve", "seen")
    assert (
        known.parse_args(["delegate", "a@b.c", "d@e.f", "--from", "2026-11-01", "--to", "2026-11-02"]).giver == "a@b.c"
    )
    assert known.parse_args(["digest", "--now"]).now
    assert json.dumps(known.parse_args(["review", "list"]).limit) == "50"
