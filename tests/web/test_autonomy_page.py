"""The oversight board as a page: figures from the raw log, stop and start, lower, propose and sign."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from counterfoil.audit.domain import person
from counterfoil.autonomy import selectors
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy, close_deals
from counterfoil.people import services as people
from counterfoil.people.domain import Role
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
