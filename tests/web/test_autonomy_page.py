"""The oversight board as a page: figures from the raw log, stop and start, lower, propose and sign."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from counterfoil.audit.domain import person
from counterfoil.autonomy import selectors
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy, close_deals
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from tests.api.door import Door, said
from tests.autonomy.test_evidence import _now, audited, brings_in, company, observed, proven, rows_of
from tests.builders import TESTER
from tests.company import Company

__all__ = ["_now", "company", "rows_of"]
pytestmark = pytest.mark.database


def signed_in(company: Company, role: Role, email: str) -> Client:
    user_id = people.add_user(
        email=email,
        name=email.partition("@")[0].title(),
        role=role,
        books_id=company.books.id,
        password="a long enough pass phrase",
        actor=TESTER,
    )
    client = Client()
    client.force_login(people.User.objects.get(id=user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def level(company: Company) -> Mode:
    return selectors.mode(company.books.id, close_deals.KIND, autonomy.version_of(close_deals.KIND))


def test_the_way_up_takes_two_people_on_the_page(company: Company) -> None:
    proven(company)
    audited(company)
    helen = signed_in(company, Role.CONTROLLER, "helen@example.test")
    omar = signed_in(company, Role.ADMIN, "omar@example.test")
    page = helen.get("/autonomy?kind=close_deal").content.decode()
    assert "220" in page
    assert "100.0 %" in page
    assert "Ready, needs 2 signatures" in page
    assert helen.post("/autonomy/propose", {"kind": "close_deal"}).status_code == 302
    page = helen.get("/autonomy?kind=close_deal").content.decode()
    number = re.search(r'name="promotion" value="(\d+)"', page)
    evidence = re.search(r'name="evidence" value="([0-9a-f]{64})"', page)
    assert number is not None
    assert evidence is not None
    form = {"kind": "close_deal", "promotion": number[1], "evidence": evidence[1]}
    assert helen.post("/autonomy/sign", form).status_code == 302
    assert level(company) is Mode.OBSERVE
    assert helen.post("/autonomy/sign", form).status_code == 409
    assert omar.post("/autonomy/sign", form).status_code == 302
    assert level(company) is Mode.SUGGEST
    page = omar.get("/autonomy?kind=close_deal").content.decode()
    assert "signed by helen@example.test, omar@example.test" in page
    assert omar.post("/autonomy/lower", {"kind": "close_deal", "mode": "observe"}).status_code == 302
    assert level(company) is Mode.OBSERVE


def test_stop_and_start_are_one_click_and_the_auditor_only_reads(company: Company) -> None:
    brings_in(company, rows_of(observed(company, 3), wrong=1))
    helen = signed_in(company, Role.CONTROLLER, "helen@example.test")
    auditor = signed_in(company, Role.AUDITOR, "ada@example.test")
    page = auditor.get("/autonomy?kind=close_deal").content.decode()
    assert "Another credit term" in page
    assert "Stop everything" not in page
    for act in ("stop", "start", "lower", "propose", "sign", "withdraw", "stop-all"):
        assert auditor.post(f"/autonomy/{act}", {"kind": "close_deal"}).status_code == 403
    assert helen.post("/autonomy/stop", {"kind": "close_deal"}).status_code == 302
    assert "Stopped by helen@example.test" in auditor.get("/autonomy?kind=close_deal").content.decode()
    assert helen.post("/autonomy/start", {"kind": "close_deal"}).status_code == 302
    assert helen.post("/autonomy/stop-all").status_code == 302
    assert "3 stopped." in auditor.get("/autonomy").content.decode()
    log = auditor.get("/autonomy/raw.csv?kind=close_deal").content.decode()
    assert log.count("\n") == 4
    assert "other_term" in log


def test_what_cannot_be_is_refused_with_its_reason(company: Company) -> None:
    helen = signed_in(company, Role.CONTROLLER, "helen@example.test")
    for act, form in (
        ("lower", {"kind": "close_deal", "mode": "act"}),
        ("propose", {"kind": "close_deal"}),
        ("start", {"kind": "close_deal"}),
        ("stop", {"kind": "nothing"}),
        ("sign", {"kind": "close_deal", "promotion": "9", "evidence": "0"}),
        ("sign", {"kind": "close_deal", "promotion": "²", "evidence": "0"}),
    ):
        assert helen.post(f"/autonomy/{act}", form).status_code == 409, act
    assert str(person("helen@example.test")) == "person:helen@example.test"


def test_who_may_decide_sees_what_was_observed_once_a_person_has_decided(company: Company) -> None:
    deals = observed(company, 1)
    (item,) = decisions.stored_items(limit=10)
    number = f"CF-{item.decision_id}"
    there = {role: signed_in(company, role, f"{role.value}@example.test") for role in Role}
    paths = [f"/decisions/{number}", f"/decisions/{number}/1"]
    routes = [f"/decisions/{number}", *(f"/decisions/{number}/items/1{more}" for more in ("", "/why-not", "/what-if"))]

    def seen(role: Role) -> set[int]:
        found = there[role]
        door = Door(people.issue_token(user_id=int(found.session["_auth_user_id"]), name=role, actor=TESTER))
        assert door.get("/decisions").status_code == 403 or said(door.get("/decisions"))["decisions"] == []
        return {found.get(path).status_code for path in paths} | {door.get(path).status_code for path in routes}

    assert {role for role in Role if 200 in seen(role)} == {Role.AUDITOR}
    assert seen(Role.AUDITOR) == {200}
    brings_in(company, rows_of(deals))
    assert {role for role in Role if seen(role) == {200}} == {Role.AUDITOR, Role.CONTROLLER, Role.ADMIN}
    assert seen(Role.ACCOUNTANT) == {404}
