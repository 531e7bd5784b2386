"""The page of the queue: what it shows, and what its forms do without any script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.people.models import User
from counterfoil.review import selectors
from counterfoil.review.selectors import CaseRow, Wanted
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.receivables.company import Company as Bank
from tests.receivables.company import a_company as a_bank
from tests.review.crm_world import imports

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> Iterator[World]:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def signed_in(books_id: int, role: Role, name: str = "jonas") -> Client:
    user_id = people.add_user(
        email=f"{name}@tidewater.example", name=f"{name.title()} O", role=role, books_id=books_id, password=None,
        actor=TESTER,
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(id=user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def the_cases(books_id: int) -> list[CaseRow]:
    return selectors.cases(books_id, Wanted(NOW))


def a_held_company(*products: str) -> Company:
    company = a_company()
    imports(company, *products)
    company.closes()
    return company


def a_proposed_bank() -> Bank:
    bank = a_bank()
    bank.invoices(bank.customer(), 100_00, 50_00, 70_00)
    bank.receives("2026-10-20,150.00,INV-2026-000017 and INV-2026-000018", "2026-10-21,60.00,INV-2026-000019")
    bank.match()
    return bank


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:400]
    return answer.content.decode()


def test_the_queue_shows_what_waits_beside_the_heaviest_case() -> None:
    company = a_held_company("GTX Pro", "GTX Max")
    client = signed_in(company.books.id, Role.ACCOUNTANT)
    shown = text(client, "/review")
    assert "2 open, €2,400.00 at stake" in shown
    assert "GTX Pro" in shown
    assert 'data-key="f"' in shown
    assert '<span class="count hot">2' in shown
    second = the_cases(company.books.id)[1]
    assert second.number in text(client, f"/review?case={second.number}")
    assert client.get("/review?case=R-999").status_code == 404


def test_a_fix_by_form_invoices_the_deal_and_brings_the_next_case() -> None:
    company = a_held_company("GTX Pro", "GTX Max")
    client = signed_in(company.books.id, Role.ACCOUNTANT)
    first, second = the_cases(company.books.id)
    answer = client.post(
        f"/review/{first.number}/answer", {"answer": "fix", "means": "SVC", "seen": first.content_hash}
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/review?case={second.number}")
    assert "fixed and invoiced" in text(client, answer["Location"])
    assert [case.id for case in the_cases(company.books.id)] == [second.id]


def test_an_answer_without_its_reason_keeps_the_case_and_says_what_is_missing() -> None:
    company = a_held_company("GTX Pro")
    client = signed_in(company.books.id, Role.ACCOUNTANT)
    (case,) = the_cases(company.books.id)
    answer = client.post(f"/review/{case.number}/answer", {"answer": "reject", "seen": case.content_hash})
    assert answer.status_code == 422
    assert "This needs a reason" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_line_is_settled_and_taken_back_by_the_toast() -> None:
    bank = a_proposed_bank()
    client = signed_in(bank.id, Role.ACCOUNTANT)
    first = the_cases(bank.id)[0]
    client.post(f"/review/{first.number}/answer", {"answer": "approve", "seen": first.content_hash})
    assert f"/review/{first.number}/undo" in text(client, "/review")
    assert bank.balance("1100") == 70_00
    client.post(f"/review/{first.number}/undo")
    assert bank.balance("1100") == 220_00


def test_several_cases_are_answered_at_once_with_a_result_for_each() -> None:
    bank = a_proposed_bank()
    client = signed_in(bank.id, Role.ACCOUNTANT)
    cases = the_cases(bank.id)
    answer = client.post(
        "/review/several",
        {"answer": "approve", "case": [str(case.id) for case in cases] + ["999"]}
        | {f"seen-{case.id}": case.content_hash for case in cases},
    )
    shown = answer.content.decode()
    assert "What became of 3 cases" in shown
    assert shown.count("settled</span>") == 2
    assert "There is no case 999 here" in shown
    assert bank.balance("1100") == 10_00


def test_an_old_answer_shows_both_versions() -> None:
    company = a_held_company("GTX Pro")
    client = signed_in(company.books.id, Role.ACCOUNTANT)
    (case,) = the_cases(company.books.id)
    imports(company, "GTX Max")
    answer = client.post(f"/review/{case.number}/answer", {"answer": "fix", "means": "SVC", "seen": case.content_hash})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "What changed since you read it" in shown
    assert "GTX Max" in shown


def test_sales_sees_its_deals_and_answers_none_and_the_bank_is_not_there() -> None:
    bank = a_proposed_bank()
    client = signed_in(bank.id, Role.SALES)
    assert "Nothing waits" in text(client, "/review")
    case = the_cases(bank.id)[0]
    assert client.get(f"/review?case={case.number}").status_code == 404
    answer = client.post(f"/review/{case.number}/answer", {"answer": "approve", "seen": case.content_hash})
    assert answer.status_code == 404


def test_comments_name_people_and_owners_are_set() -> None:
    bank = a_proposed_bank()
    client = signed_in(bank.id, Role.ACCOUNTANT)
    sam = signed_in(bank.id, Role.SALES, "sam")
    case = the_cases(bank.id)[0]
    client.post(f"/review/{case.number}/comment", {"text": "@sam whose is this?"})
    assert "whose is this?" in text(sam, f"/review?view=mentions&case={case.number}")
    client.post(f"/review/{case.number}/assign", {"owner": "jonas@tidewater.example"})
    assert case.number in text(client, "/review?view=mine")


@pytest.mark.parametrize(
    "view", ["mine", "mentions", "overdue", "policy", "samples", "snoozed", "answered", "nonsense"]
)
def test_every_view_opens(view: str) -> None:
    bank = a_proposed_bank()
    text(signed_in(bank.id, Role.CONTROLLER), f"/review?view={view}&kind=match&from=0")


def test_finances_question_stands_on_the_deal_and_its_answer_lets_the_case_wait_again() -> None:
    company = a_held_company("GTX Pro")
    client = signed_in(company.books.id, Role.ACCOUNTANT)
    rep = signed_in(company.books.id, Role.SALES, "sam")
    (case,) = the_cases(company.books.id)
    seen = {"seen": case.content_hash, "answer": "reject", "reason": "Which product is this?"}
    client.post(f"/review/{case.number}/answer", seen)
    deal = f"/deals/D-{case.subject.partition(':')[2]}"
    assert "Which product is this?" in text(rep, deal)
    answer = rep.post(f"/review/{case.number}/comment", {"text": "The service", "next": deal})
    assert (answer.status_code, answer["Location"]) == (302, deal)
    assert "Which product is this?" not in text(rep, deal)
    assert [one.id for one in the_cases(company.books.id)] == [case.id]
