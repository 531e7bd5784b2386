"""What was found is listed: on a page, by the API, and as a file; imported deals are looked at; money is watched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.selectors import Sought
from counterfoil.flows.import_file import import_file
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import selectors as people
from counterfoil.people import services as people_services
from counterfoil.people.domain import Role
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain.settlement import Part
from tests.anomalies.test_every_door import email_of, user_of
from tests.api.door import Door
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.receivables import company as paying

pytestmark = pytest.mark.database
HEADER = (
    "external_id,name,account,amount,currency,amount_state,stage,close_date,product_code,quantity,discount_pct,"
    "payment_terms,billing_type,owner_email,po_number,delivered_on"
)


@pytest.fixture(autouse=True)
def _a_day() -> Iterator[None]:
    with world.using(World(clock=lambda: datetime(2026, 11, 15, 12, tzinfo=UTC))):
        yield


def imported(company: Company) -> None:
    """Import a won deal whose term is longer than agreed, and one that is usual."""
    rows = [
        f"{name},{name},Kestrel Water AG,{amount},EUR,signed,Closed Won,2026-11-10,SVC,1,0,{terms},up_front,"
        f"rep@example.test,PO-{name},2026-11-10"
        for name, amount, terms in (("A", "1210.07", "Net 90"), ("B", "990.41", "Net 30"))
    ]
    data = "\n".join([HEADER, *rows, ""]).encode()
    done = import_file(kind="deals", data=data, file_name="d.csv", actor=TESTER, books_id=company.books.id, at=NOW)
    assert (done.accepted, done.warnings) == (2, ())


def test_what_was_found_is_listed_on_a_page_by_the_api_and_as_a_file() -> None:
    company = a_company()
    imported(company)
    (noted,) = watch.noted(company.books.id)
    assert (noted.code, noted.has_held) == ("term_longer_than_agreed", False)
    company.closes()
    assert [one.has_held for one in watch.noted(company.books.id)] == [True]
    assert watch.noted_by_rule(company.books.id, Sought(has_held=True)) == {"term_longer_than_agreed": 1}

    client = Client()
    user = user_of(company, Role.ACCOUNTANT)
    person = people.user_by_email(email_of(company, Role.ACCOUNTANT))
    assert person is not None
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/findings").content.decode()
    assert page.count("Net 90") == 1
    assert "/decisions/CF-" in page
    assert 'href="/findings"' in page
    assert client.get("/findings", {"customer": "Nobody"}).status_code == 422
    assert "No finding fits" in client.get("/findings", {"rule": "duplicate"}).content.decode()
    assert "No finding fits" in client.get("/findings", {"until": "2026-11-14"}).content.decode()
    lines = client.get("/findings.csv", {"what": "held"}).content.decode().splitlines()
    assert len(lines) == 2
    assert ",held,term_longer_than_agreed,Kestrel Water AG,opportunity:" in lines[1]

    door = Door(people_services.issue_token(user_id=user, name="tests", actor=TESTER))
    found = json.loads(door.get("/findings", customer="Kestrel Water AG", limit=1).content)
    assert found["by_rule"] == {"term_longer_than_agreed": 1}
    assert found["findings"][0]["decision"].startswith("CF-")
    assert found["next"] is None


def test_money_that_goes_out_to_another_account_waits_for_a_person() -> None:
    company = paying.a_company()
    customer = company.customer()
    items = company.invoices(customer, 10000, 20000, 30000, 40000)
    usual, other = "DE89370400440532013000", "DE75512108001245126199"

    def receives(account: str, *rows: str) -> None:
        lines = [f"{row},{account},{account[-4:]}-{place}" for place, row in enumerate(rows)]
        company.statement("\n".join(["booking_date,amount,reference,iban,bank_tx_id", *lines, ""]))

    paid = [f"2026-10-{20 + place},{item.open.decimal_text()},{item.number}" for place, item in enumerate(items)]
    receives(usual, *paid[:3])
    assert company.match().matched == 3
    receives(other, paid[3], f"2026-10-28,-100.00,RETURN {items[0].number}")
    for matched in (1, 0):
        done = company.match()
        assert (done.matched, dict(done.by_code)) == (matched, {"money_to_another_account": 1})
    found = {(one.code, one.has_held) for one in watch.noted(company.id)}
    assert found == {("money_from_another_account", False), ("money_to_another_account", True)}
    (used,) = reads.settlings(company.id, items[0].document_id)
    (line,) = company.lines(state="listed")
    company.by_hand(line, Part(items[0].id, -items[0].amount, returns=used.allocation_id))
    assert company.is_sound()
