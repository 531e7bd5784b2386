"""What every route shares: tokens, problems, strict JSON, keys, and what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.audit import selectors as audit
from counterfoil.infra.models import IdempotencyKey
from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import Door, a_company, door_of, said

pytestmark = pytest.mark.database

ACCOUNT = {"code": "1205", "name": "Deposits", "kind": "asset"}


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


def test_without_a_token_nothing_is_read(company: BooksFacts) -> None:
    for token in ("", "cf_0000", "x" * 5000, "ümlaut"):
        answer = Door(token).get("/ledger/accounts")
        assert (answer.status_code, said(answer)["code"]) == (401, "not_signed_in")
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"


def test_a_token_that_was_revoked_is_unknown(company: BooksFacts) -> None:
    admin, controller = door_of(Role.ADMIN), door_of(Role.CONTROLLER)
    assert controller.get("/me").status_code == 200
    number = next(
        t["number"]
        for t in said(admin.get("/tokens"))["tokens"]
        if "Controller" in t["owner"] or "controller" in t["owner"]
    )
    assert said(admin.delete(f"/tokens/{number}")) == {"number": number, "changed": True}
    assert said(admin.delete(f"/tokens/{number}")) == {"number": number, "changed": False}
    assert controller.get("/me").status_code == 401


def test_a_role_without_the_act_is_refused_before_anything_is_read(company: BooksFacts) -> None:
    answer = door_of(Role.SALES).post("/ledger/accounts", data=b"not json")
    assert answer.status_code == 403
    assert said(answer)["facts"] == {"role": "sales", "who": "admin"}
    (event,) = audit.events(kind="api.refused")
    assert event.body["refusals"] == [{"code": "not_allowed", "field": ""}]


def test_a_refusal_names_each_failing_field_and_leaves_one_event(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    before = len(audit.events())
    answer = admin.post("/ledger/accounts", {"code": "no code", "kind": "toy", "extra": 1})
    assert answer.status_code == 422
    found = {(error["field"], error["code"]) for error in said(answer)["errors"]}
    assert found == {
        ("code", "bad_reference"),
        ("name", "missing_field"),
        ("kind", "wrong_value"),
        ("extra", "extra_field"),
    }
    events = audit.events()
    assert len(events) == before + 1
    assert (events[0].kind, events[0].actor, events[0].body["count"]) == (
        "api.refused",
        "token:admin@tidewater.test",
        4,
    )
    assert "no code" not in str(events[0].body)


def test_reading_leaves_no_event(company: BooksFacts) -> None:
    controller = door_of(Role.CONTROLLER)
    before = len(audit.events())
    assert controller.get("/ledger/entries/J-999999").status_code == 404
    assert controller.get("/ledger/entries", limit=0).status_code == 422
    assert len(audit.events()) == before


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "not_found"),
        ("/", 404, "not_found"),
        ("/ledger/entries/J-0", 422, "bad_reference"),
        ("/ledger/entries/9", 422, "bad_reference"),
        ("/ledger/entries/J-9223372036854775807", 422, "bad_reference"),
        ("/ledger/entries/J-922337203685477580", 404, "not_found"),
        ("/ledger/entries?limit=501", 422, "wrong_value"),
        ("/ledger/entries?limit=99999999999999999999999", 422, "wrong_value"),
        ("/ledger/entries?after=x", 422, "bad_cursor"),
        ("/ledger/entries?after=WyJ4Il0", 422, "bad_cursor"),
        ("/ledger/entries?after=%E2%82%AC", 422, "bad_cursor"),
        ("/ledger/accounts/%00/lines", 400, "malformed_text"),
        ("/ledger/accounts/1100/lines?start=%00", 400, "malformed_text"),
        ("/ledger/accounts/1100/lines?start=2026-02-30", 422, "bad_date"),
        ("/ledger/accounts/%F0%9F%98%80/lines", 404, "not_found"),
        ("/reports/trial-balance?known_at=0001-01-01T00:00:00%2B23:59", 422, "bad_date"),
        ("/reports/trial-balance?known_at=2199-12-31T23:59:60Z", 422, "bad_instant"),
        ("/reports/trial-balance?format=pdf", 422, "wrong_value"),
        ("/reports/nothing", 404, "not_found"),
        ("/audit/events?subject=%FF", 200, ""),
    ],
)
def test_odd_addresses_are_answered(company: BooksFacts, path: str, status: int, code: str) -> None:
    answer = door_of(Role.CONTROLLER).get(path)
    assert answer.status_code == status
    if code:
        assert said(answer)["code"] == code
        assert answer["Content-Type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(company: BooksFacts) -> None:
    answer = door_of(Role.ADMIN).delete("/ledger/accounts")
    assert answer.status_code == 405
    assert said(answer)["code"] == "method_not_allowed"
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_that_is_too_large_is_refused(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    long = {**ACCOUNT, "name": "x" * (1 << 20)}
    assert admin.post("/ledger/accounts", long).status_code == 413
    assert admin.post("/ledger/accounts", data=b"[" + b"1," * (11 << 20)).status_code == 413


# ------------------------------------------------------------------------------------ keys


def test_a_repetition_under_a_key_does_nothing_and_gets_the_first_answer(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    first = admin.post("/ledger/accounts", ACCOUNT, key="k1")
    events = len(audit.events())
    again = admin.post("/ledger/accounts", ACCOUNT, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert len(audit.events()) == events


def test_a_key_with_another_request_is_refused(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    admin.post("/ledger/accounts", ACCOUNT, key="k1")
    answer = admin.post("/ledger/accounts", {**ACCOUNT, "code": "1206"}, key="k1")
    assert (answer.status_code, said(answer)["code"]) == (409, "idempotency_key_reused")


def test_what_was_refused_may_be_sent_again_under_its_key(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    taken = admin.post("/ledger/accounts", {**ACCOUNT, "code": "1100"}, key="k1")
    assert (taken.status_code, said(taken)["code"]) == (409, "account_exists")
    assert admin.post("/ledger/accounts", ACCOUNT, key="k1").status_code == 201


def test_two_people_may_use_one_key(company: BooksFacts) -> None:
    rate = {"currency": "USD", "rate": "0.92"}
    assert door_of(Role.ADMIN).post("/ledger/accounts", ACCOUNT, key="k").status_code == 201
    assert door_of(Role.ACCOUNTANT).put("/exchange-rates", rate).status_code == 200
    assert door_of(Role.CONTROLLER).post("/periods/2026-05/close", key="k").status_code == 200


@pytest.mark.parametrize("key", [" ", "é", "x" * 201, "a b"])
def test_a_key_that_cannot_be_one_is_refused(company: BooksFacts, key: str) -> None:
    answer = door_of(Role.ADMIN).post("/ledger/accounts", ACCOUNT, key=key)
    assert (answer.status_code, said(answer)["code"]) == (422, "bad_idempotency_key")


def test_a_new_token_is_not_kept(company: BooksFacts) -> None:
    body = {"email": "sales@tidewater.test", "name": "ci"}
    issued = said(door_of(Role.ADMIN).post("/tokens", body, key="k"))
    assert Door(issued["token"]).get("/me").status_code == 200
    assert not IdempotencyKey.objects.exists()
