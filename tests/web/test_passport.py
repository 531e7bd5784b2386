"""The passport of a decision: what it shows, what would have come of other inputs, and disputes to their end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from counterfoil.billing import selectors as billing
from counterfoil.crm import services as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.review import selectors as review
from counterfoil.review.selectors import Wanted
from tests.api.door import Door
from tests.api.test_the_whole_way import done
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.web.test_doors import signed_in

pytestmark = pytest.mark.commit


@pytest.fixture(autouse=True)
def _a_day() -> Iterator[None]:
    with world.using(World(clock=lambda: NOW)):
        yield


def a_company_with_a_held_and_a_closed_deal() -> Company:
    company = a_company()
    for draft in (a_won_deal(company), a_won_deal(company, 7_000, product="SVCs")):
        passed = crm.said_by_hand(draft, external_id="")
        crm.add_opportunity(draft=draft, books_id=company.books.id, actor=TESTER, at=NOW, passed=passed)
    company.closes()
    return company


def test_two_clicks_lead_from_an_invoice_to_everything_that_speaks_for_it() -> None:
    company = a_company_with_a_held_and_a_closed_deal()
    client = signed_in(company, Role.ACCOUNTANT)
    (invoice,) = billing.document_summaries(company.books.id)
    page = client.get(f"/invoices/{invoice.number}").content.decode()
    addresses = re.findall(r'href="(/decisions/CF-[0-9]+/[0-9]+)"', page)
    passports = [client.get(address).content.decode() for address in dict.fromkeys(addresses)]
    (passport,) = [text for text in passports if "Close deal" in text]
    stub = re.findall(r"<dt>(.*?)</dt>", passport)
    assert stub[:8] == ["Decided", "When", "By", "Level", "Risk", "Approver", "Effects", "In chain"]
    assert "Replays the same" in passport
    assert f'href="/invoices/{invoice.number}"' in passport
    assert "1,200.00" in passport


def test_an_input_is_changed_and_the_other_outcome_shown_and_nothing_is_written() -> None:
    company = a_company_with_a_held_and_a_closed_deal()
    client = signed_in(company, Role.ACCOUNTANT)
    (closed,) = [one for one in decisions.latest_items(company.books.id) if one.outcome == "invoiced"]
    address = f"/decisions/{closed.number}/{closed.position + 1}"
    before = decisions.latest_items(company.books.id)[0].item_id
    page = client.get(address, {"in.seen.said.amount_state": "estimated"}).content.decode()
    assert re.search(r"Invoiced.*?Held.*?not signed", page, re.DOTALL)
    assert (
        "Nothing would be decided otherwise" in client.get(address, {"in.seen.said.po_number": "PO-9"}).content.decode()
    )
    refused = client.get(address, {"in.seen.said.amount_minor": "a lot"}).content.decode()
    assert "no input seen.said.amount_minor" in refused
    assert decisions.latest_items(company.books.id)[0].item_id == before


def test_a_dispute_waits_in_the_queue_is_answered_and_ends() -> None:
    company = a_company_with_a_held_and_a_closed_deal()
    seller, accountant, auditor = (signed_in(company, role) for role in (Role.SALES, Role.ACCOUNTANT, Role.AUDITOR))
    held = next(one for one in decisions.latest_items(company.books.id) if one.outcome == "held")
    address = f"/decisions/{held.number}/{held.position + 1}"
    assert seller.post(f"{address}/dispute", {"reason": " "}).status_code == 422
    assert seller.post(f"{address}/dispute", {"reason": "SVCs is the plural"}).status_code == 302
    seller.post(f"{address}/dispute", {"reason": "again"})
    (dispute,) = decisions.disputes(company.books.id)
    assert (dispute.state, dispute.reason) == ("open", "SVCs is the plural")
    (case,) = review.cases(company.books.id, Wanted(NOW, ("dispute",)))
    assert (case.subject, case.decision_id) == (f"dispute:{dispute.id}", held.decision_id)
    assert accountant.post(f"/disputes/DP-{dispute.id}", {"step": "answered", "text": "We look"}).status_code == 302
    assert accountant.post(f"/disputes/DP-{dispute.id}", {"step": "accepted", "text": "Alias it"}).status_code == 302
    assert review.cases(company.books.id, Wanted(NOW, ("dispute",))) == []
    assert accountant.post(f"/disputes/DP-{dispute.id}", {"step": "rejected", "text": "No"}).status_code == 422
    listed = auditor.get("/disputes").content.decode()
    assert "SVCs is the plural" in listed
    assert "Accepted" in listed


def test_who_raised_a_dispute_does_not_say_whether_it_is_right() -> None:
    company = a_company_with_a_held_and_a_closed_deal()
    accountant = signed_in(company, Role.ACCOUNTANT)
    one = decisions.latest_items(company.books.id)[0]
    accountant.post(f"/decisions/{one.number}/{one.position + 1}/dispute", {"reason": "odd"})
    (dispute,) = decisions.disputes(company.books.id)
    refused = accountant.post(f"/disputes/DP-{dispute.id}", {"step": "accepted", "text": "I am right"})
    assert refused.status_code == 422
    assert accountant.post(f"/disputes/DP-{dispute.id}", {"step": "withdrawn", "text": "my slip"}).status_code == 302
    assert decisions.disputes(company.books.id)[0].state == "withdrawn"


def test_the_api_says_the_same_as_the_page() -> None:
    company = a_company_with_a_held_and_a_closed_deal()
    signed_in(company, Role.ACCOUNTANT)
    user = people_reads.user_by_email("accountant@example.test")
    assert user is not None
    books = Door(people.issue_token(user_id=user.pk, name="tests", actor=TESTER))
    held = next(one for one in decisions.latest_items(company.books.id) if one.outcome == "held")
    item = f"/decisions/{held.number}/items/{held.position + 1}"
    passport = done(books.get(item))
    assert (passport["outcome"], passport["replays"]) == ("held", True)
    assert passport["would_pass"]["code"] == "would_pass_with"
    assert passport["evidence"][0]["quote"] == "SVCs"
    changes = json.dumps({"seen.said.customer": "Nobody", "seen.said.amount_state": "quoted"})
    supposed = done(books.get(f"{item}/what-if", changes=changes))
    assert supposed["is_other"]
    assert done(books.get(f"{item}/why-not"))["reasons"][0]["code"] == "unknown_product"
    assert done(books.get(f"{item}/similar"))["decisions"] == []
    played = done(books.get("/replay"))
    assert played["decisions"] == played["identical"] > 2
    assert {one["kind"] for one in done(books.get("/decision-types"))["types"]} >= {"close_deal", "tax_choice"}
    raised = done(books.post(f"{item}/disputes", {"reason": "plural"}), 201)
    assert raised["state"] == "open"
    assert done(books.get("/disputes"))["disputes"] == [raised]
    assert books.post(f"/disputes/{raised['number']}/steps", {"step": "accepted", "text": "so"}).status_code == 422
