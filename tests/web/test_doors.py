"""The web door with a database: who comes in, what each role sees, and what a form does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import parsed_request
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import Stage
from counterfoil.flows import enter_invoice, receive_money
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people
from counterfoil.people import services as people_services
from counterfoil.people.domain import Role
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.web.filled import fill

pytestmark = pytest.mark.commit
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def a_day() -> Iterator[None]:
    """Let it be 21 November 2026."""
    with world.using(World(clock=lambda: NOON)):
        yield


def signed_in(company: Company, role: Role) -> Client:
    email = f"{role.value}@example.test"
    people_services.add_user(
        email=email, name=f"{role.value} person", role=role, books_id=company.books.id, password=None, actor=TESTER
    )
    client = Client()
    user = people.user_by_email(email)
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_filled_company() -> Company:
    company = a_company()
    fill(company)
    return company


def refusals(answer: Any) -> list[str]:
    found = re.findall(r'class="refusal"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", text).split()) for text in found]


def toast(client: Client, path: str = "/") -> str:
    found = re.search(r'class="toast.*?<span>(.*?)</span>', client.get(path).content.decode(), re.DOTALL)
    return found[1] if found else ""


def test_the_first_run_asks_five_questions_and_ends_signed_in_on_a_page_that_says_how_to_begin() -> None:
    client = Client()
    assert client.get("/").headers["Location"] == "/set-up"
    answers = {
        "name": "Tidewater Metering",
        "currency": "eur",
        "country": "de",
        "time_zone": "Europe/Berlin",
        "email": "Ada@Example.test",
        "password": "short",
    }
    refused = client.post("/set-up", answers)
    assert refused.status_code == 422
    assert any("too short" in text for text in refusals(refused))
    assert client.post("/set-up", answers | {"password": PASSWORD}).headers["Location"] == "/"
    assert "Bring in what your CRM has" in client.get("/").content.decode()
    assert client.get("/set-up").status_code == 404


def test_a_wrong_password_says_nothing_about_which_half_is_wrong() -> None:
    company = a_company()
    people_services.add_user(
        email="ada@example.test",
        name="Ada",
        role=Role.ADMIN,
        books_id=company.books.id,
        password=PASSWORD,
        actor=TESTER,
    )
    client = Client()
    wrong = [
        refusals(client.post("/sign-in", {"email": email, "password": "nonsense"}))
        for email in ("ada@example.test", "nobody@example.test")
    ]
    assert wrong[0] == wrong[1]
    right = client.post("/sign-in", {"email": "ADA@example.test", "password": PASSWORD, "next": "//evil.example"})
    assert right.headers["Location"] == "/"


def test_one_click_sign_in_exists_only_in_a_demo_home() -> None:
    company = a_company()
    client = signed_in(company, Role.SALES)
    client.logout()
    assert client.post("/demo/sign-in", {"person": "1"}).status_code == 404


SALES = ("/", "/deals", "/deals/held", "/deals/D-1", "/customers", "/customers/1", "/products", "/decisions/CF-1")
BOOKS = (
    "/contracts",
    "/contracts/C-0001",
    "/invoices",
    "/invoices/2026-0001",
    "/invoices/waiting",
    "/invoices/2026-0001/pdf",
    "/bank",
    "/ledger/reports/trial-balance",
    "/ledger/reports/trial-balance.csv",
    "/ledger/accounts/1100",
    "/ledger/entries/J-1",
    "/periods",
)
MAY: dict[Role, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Role.SALES: (SALES, (*BOOKS, "/audit", "/imports", "/people", "/invoices/new")),
    Role.SALES_OPS: ((*SALES, "/imports"), (*BOOKS, "/audit", "/people", "/payments/new")),
    Role.ACCOUNTANT: ((*SALES, *BOOKS, "/audit", "/imports", "/invoices/new", "/payments/new"), ("/people",)),
    Role.AUDITOR: ((*SALES, *BOOKS, "/audit"), ("/imports", "/people", "/invoices/new", "/payments/new")),
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_opens_its_own_pages_and_no_others_and_sees_no_way_to_them(role: Role) -> None:
    client = signed_in(a_filled_company(), role)
    opens, stays_shut = MAY[role]
    assert {path: client.get(path).status_code for path in opens} == dict.fromkeys(opens, 200)
    assert {path: client.get(path).status_code for path in stays_shut} == dict.fromkeys(stays_shut, 403)
    shown = client.get("/").content.decode()
    assert not [path for path in stays_shut if f'href="{path}"' in shown]


def test_an_auditor_changes_nothing_whatever_they_send() -> None:
    client = signed_in(a_filled_company(), Role.AUDITOR)
    posts = (
        "/deals/close",
        "/deals/alias",
        "/customers/new",
        "/invoices/new",
        "/bank/match",
        "/imports",
        "/people/new",
    )
    assert {path: client.post(path).status_code for path in posts} == dict.fromkeys(posts, 403)


def test_nothing_is_at_an_address_that_names_nothing() -> None:
    client = signed_in(a_filled_company(), Role.ADMIN)
    paths = (
        "/deals/D-999999",
        "/deals/D-99999999999999999999",
        "/customers/999999",
        "/contracts/C-9999",
        "/invoices/2026-9999",
        "/ledger/entries/J-999999",
        "/ledger/accounts/9999",
        "/ledger/reports/nonsense",
        "/decisions/CF-999999",
        "/imports/B-999999",
        "/bank?line=999999",
    )
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_a_query_that_cannot_be_read_is_refused_or_ignored_but_never_a_defect() -> None:
    client = signed_in(a_filled_company(), Role.ADMIN)
    for path in ("/deals", "/customers", "/invoices", "/contracts", "/products", "/bank", "/imports", "/audit"):
        for query in (
            "after=x",
            "after=2026-13-01~5",
            "after=~",
            "view=nonsense",
            "q=%00",
            "after=99999999999999999999",
        ):
            assert client.get(f"{path}?{query}").status_code < 500, (path, query)
    assert client.get("/ledger/reports/trial-balance?as-of=2026-02-30&known-at=nonsense").status_code == 422


def test_the_same_form_sent_twice_makes_one_invoice() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    form = {
        "customer": "Kestrel Water AG",
        "currency": "EUR",
        "issue_date": "2026-11-21",
        "once": "5" * 32,
        "product-1": "SVC",
        "quantity-1": "2",
        "price-1": "1,200.00",
    }
    answers = [client.post("/invoices/new", form).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    refused = client.post("/invoices/new", form | {"once": "6" * 32, "price-1": "1.234,5O"})
    assert refused.status_code == 422
    assert refusals(refused) == ["1.234,5O is not an amount Use digits with a decimal point, as 1234.50."]
    assert 'value="1.234,5O"' in refused.content.decode()
    assert "/invoices/2026-" in answers[0]


def test_a_payment_by_hand_settles_its_invoice_once() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    document_id = billing.document_id(company.books.id, "2026-0001")
    assert document_id is not None
    form = {"invoice": "2026-0001", "amount": "28.00", "on": "2026-11-20", "once": "7" * 32, "customer": ""}
    for _ in range(2):
        assert client.post("/payments/new", form).headers["Location"] == "/invoices/2026-0001"
    page = client.get("/invoices/2026-0001").content.decode()
    assert "Part paid" in page
    assert page.count("\u221228.00") == 1
    assert refusals(client.post("/payments/new", form | {"invoice": "nope"}))[0].startswith(
        "There is no open invoice nope"
    )


def test_a_payment_by_hand_is_taken_back_from_its_invoice() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    client.post("/payments/new", {"invoice": "2026-0001", "amount": "28.00", "on": "2026-11-20", "once": "8" * 32})
    where = re.findall(r'action="(/payments/P-[0-9]+/undo)"', client.get("/invoices/2026-0001").content.decode())
    assert where
    answer = client.post(where[0], {"next": "/invoices/2026-0001"})
    assert answer.headers["Location"] == "/invoices/2026-0001"
    assert "Part paid" not in client.get("/invoices/2026-0001").content.decode()


def test_an_invoice_dated_too_far_ahead_waits_until_a_person_names_a_day() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    form = {"customer": "Kestrel Water AG", "currency": "EUR", "issue_date": "2027-06-01", "price-1": "1,200.00"}
    for once in ("a" * 32, "b" * 32):
        asked = client.post("/invoices/new", form | {"product-1": "SVC", "once": once})
        assert asked.headers["Location"] == "/invoices/waiting"
    page = client.get("/invoices/waiting").content.decode()
    assert "2 invoices are held" in page
    assert "more than 30 days ahead" in page
    assert 'href="/invoices/waiting"' in client.get("/").content.decode()
    first, second = (held.id for held in billing.held_invoices(company.books.id))
    again = client.post(f"/invoices/waiting/H-{first}/enter", {"on": "2027-06-01"})
    assert again.status_code == 422
    assert refusals(again)
    entered = client.post(f"/invoices/waiting/H-{first}/enter", {"on": "2026-11-21"})
    assert entered.headers["Location"].startswith("/invoices/2026-")
    assert client.post(f"/invoices/waiting/H-{second}/discard", {"reason": ""}).status_code == 409
    client.post(f"/invoices/waiting/H-{second}/discard", {"reason": "Asked for twice"})
    assert "No invoice waits" in client.get("/invoices/waiting").content.decode()
    assert client.post(f"/invoices/waiting/H-{second}/enter", {"on": "2026-11-21"}).status_code == 404


def test_a_draft_is_issued_or_thrown_away() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    wanted = parsed_request(
        {
            "customer": "Kestrel Water AG",
            "currency": "EUR",
            "issue_date": "2026-11-21",
            "lines": [{"product_code": "SVC", "description": "Visit", "quantity": "1", "unit_price": "90.00"}],
        }
    )
    assert not isinstance(wanted, list)
    ids = [
        enter_invoice.save_draft(
            books_id=company.books.id, request=replace(wanted, source=f"draft:{name}"), actor=TESTER, at=NOON
        )
        for name in "ab"
    ]
    assert client.get("/invoices/waiting").content.decode().count("Throw away") == 2
    issued = client.post(f"/invoices/waiting/{ids[0]}/issue").headers["Location"]
    assert client.get(issued).status_code == 200
    client.post(f"/invoices/waiting/{ids[1]}/discard")
    client.post(f"/invoices/waiting/{ids[0]}/discard")
    assert client.get(issued).status_code == 200
    assert "No invoice waits" in client.get("/invoices/waiting").content.decode()


def test_a_month_is_closed_and_reopened_only_with_a_reason() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.CONTROLLER)
    assert client.post("/periods/2026-10/close").status_code == 302
    assert "Closed October 2026" in toast(client)
    assert client.post("/periods/2026-10/reopen", {"reason": " "}).status_code == 409
    assert len(ledger.closed_months(company.books.id)) == 1
    client.post("/periods/2026-10/reopen", {"reason": "An invoice came late"})
    assert ledger.closed_months(company.books.id) == []


def test_a_file_is_tried_then_brought_in_then_taken_back() -> None:
    company = a_company()
    client = signed_in(company, Role.SALES_OPS)
    data = b"external_id,name,country\nK-1,Fjord Energy AS,NO\nK-2,,NO\n"
    file = SimpleUploadedFile("customers.csv", data)
    tried = client.post("/imports", {"kind": "customers", "profile": "", "dry": "1", "file": file}).content.decode()
    assert "Tried only: nothing was changed" in tried
    assert "Fjord" not in client.get("/customers").content.decode()
    token = re.findall(r'name="token" value="(\w+)"', tried)[0]
    where = client.post("/imports/run", {"token": token}).headers["Location"]
    assert "Fjord Energy AS" in client.get("/customers").content.decode()
    assert "refused" in client.get(where).content.decode()
    refused = client.get(f"{where}/errors.csv")
    assert getattr(refused, "streaming", False)
    assert client.post("/imports/run", {"token": token}).status_code == 409
    client.post(f"{where}/undo")
    assert "Fjord" not in client.get("/customers").content.decode()


def test_an_invoice_is_undone_after_its_plan_was_shown() -> None:
    company = a_filled_company()
    client = signed_in(company, Role.ACCOUNTANT)
    (number,) = [row.number for row in billing.document_summaries(company.books.id, limit=50)][-1:]
    assert f"/undo/{number}" in client.get(f"/invoices/{number}").content.decode()
    shown = client.get(f"/undo/{number}").content.decode()
    assert "What is taken back" in shown
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown)
    asked = {"seen": seen, "dependents": "yes"}
    assert client.post(f"/undo/{number}", asked).status_code == 422
    assert client.post(f"/undo/{number}", asked | {"seen": "0" * 64, "reason": "a mistake"}).status_code == 422
    done = client.post(f"/undo/{number}", asked | {"reason": "a mistake"})
    assert done.status_code == 302
    assert "Undone" in client.get(done.headers["Location"]).content.decode()
    assert "left to undo" in client.get(f"/undo/{number}").content.decode()
    assert client.get("/undo/nonsense").status_code == 404
    assert signed_in(company, Role.AUDITOR).get(f"/undo/{number}").status_code == 403


def test_a_match_is_undone_by_its_plan_which_says_who_did_it_before() -> None:
    company = a_filled_company()
    books_id = company.books.id
    (line,) = [row for row in receivables.bank_lines(books_id) if row.amount == eur(50_000)]
    of_line = receive_money.match_by_hand(
        books_id=books_id, line_id=line.id, customer_id=company.customer_id, actor=TESTER, at=NOW
    )
    item = receivables.open_items(books_id)[0]
    receive_money.apply_cash(
        books_id=books_id, payment_id=of_line.payment_id or 0, seen=line.amount, parts=(Part(item.id, line.amount),),
        on=NOW.date(), actor=TESTER, at=NOW,
    )  # fmt: skip
    client = signed_in(company, Role.ACCOUNTANT)
    plan = f"/undo/bank_line:{line.id}"
    assert f'href="{plan}"' in client.get(f"/bank?line={line.id}").content.decode()
    assert client.post(f"/bank/lines/{line.id}/undo").headers["Location"] == plan
    shown = client.get(plan).content.decode()
    assert "What stands on it goes first" in shown
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown)
    done = client.post(plan, {"seen": seen, "dependents": "yes", "reason": "the wrong customer"})
    assert done.status_code == 302
    assert [row.state for row in receivables.bank_lines(books_id) if row.id == line.id] == ["listed"]
    again = client.get(plan).content.decode()
    assert "Undone before" in again
    assert "the wrong customer" in again


def test_an_instalment_that_waits_since_its_undo_is_invoiced_from_its_contract() -> None:
    company = a_company()
    draft = a_won_deal(company, 120_000, product="SUB", close_date=date(2026, 8, 1), billing_type="monthly")
    company.closes(
        only=[enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOON)], dated_by=DatedBy.CLOSE
    )
    (contract,) = contracts.contract_summaries(company.books.id)
    invoice = billing.invoices_standing(company.books.id, contract_ids=[contract.id])[1]
    client = signed_in(company, Role.ACCOUNTANT)
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', client.get(f"/undo/{invoice.number}").content.decode())
    client.post(f"/undo/{invoice.number}", {"seen": seen, "reason": "a mistake", "dependents": "yes"})
    shown = client.get(f"/contracts/{contract.number}").content.decode()
    assert "Waits, undone" in shown
    (url,) = re.findall(r'action="(/contracts/[^"]+/bill/\d+)"', shown)
    assert url not in signed_in(company, Role.AUDITOR).get(f"/contracts/{contract.number}").content.decode()
    assert client.post(url).status_code == 302
    assert "Waits, undone" not in client.get(f"/contracts/{contract.number}").content.decode()


def test_verifying_says_how_many_events_hold(home: Path) -> None:
    client = signed_in(a_filled_company(), Role.AUDITOR)
    assert re.search(r"[0-9]+ events verified, 0 altered, 0 missing", client.post("/audit/verify").content.decode())


def an_open_deal(company: Company) -> int:
    draft = a_won_deal(company, minor=100_000, stage=Stage.PROPOSAL)
    return enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOON)


def test_typing_over_a_deal_shows_what_it_means_and_saves_nothing(own_database: object) -> None:
    company = a_company()
    id_ = an_open_deal(company)
    rep = signed_in(company, Role.SALES)
    typed = {"terms": "Net 90", "discount-1": "20", "price-1": "1000.00"}
    shown = rep.get(f"/deals/D-{id_}/preview", typed, headers={"HX-Request": "true"}).content.decode()
    assert "Net 90, as typed" in shown
    assert "952.00" in shown  # 800.00 and 19 % of tax
    assert "1,190.00" in shown
    assert "<html" not in shown
    assert crm.opportunity(id_).amount == eur(100_000)


def test_saved_terms_stand_and_what_cannot_be_read_is_refused_under_its_field(own_database: object) -> None:
    company = a_company()
    id_ = an_open_deal(company)
    rep = signed_in(company, Role.SALES)
    refused = rep.post(f"/deals/D-{id_}/terms", {"terms": "Net ninety", "discount-1": "120"})
    assert refused.status_code == 422
    assert len(refusals(refused)) >= 2
    assert rep.post(f"/deals/D-{id_}/terms", {"terms": "Net 45", "discount-1": "7.5"}).status_code == 302
    (facts,) = crm.opportunity_facts([id_])
    assert (facts.said.terms_text, facts.said.amount_minor) == ("Net 45", 92_500)
