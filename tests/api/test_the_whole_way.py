"""From an opportunity to money in the bank, and back, by the API alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from counterfoil.billing import selectors as billing
from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import Door, a_company, door_of, said

pytestmark = pytest.mark.database


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


def done(answer: HttpResponse, status: int = 200) -> dict[str, Any]:
    """Return what was answered, which must be a success."""
    assert answer.status_code == status, answer.content
    return said(answer)


def a_deal(**changed: object) -> dict[str, object]:
    """Return an opportunity that may be won."""
    return {
        "name": "Kestrel rollout",
        "external_id": "OPP-1",
        "customer": "ACC-1",
        "stage": "proposal",
        "currency": "EUR",
        "amount": "1200.00",
        "amount_state": "signed",
        "close_date": "2026-11-10",
        "terms": "Net 30",
        "billing_type": "up_front",
        "owner": "rep@example.test",
        "po_number": "PO-77",
        "delivered_on": "2026-11-10",
        "lines": [{"product": "GW-1", "quantity": "2", "unit_price": 600, "discount_percent": "0", "amount": "1200"}],
        **changed,
    }


def with_customer(door: Door) -> None:
    """Add a customer and a product."""
    customer = {"name": "Kestrel Water AG", "country": "DE", "terms": "Net 30", "external_id": "ACC-1", "system": "crm"}
    done(door.post("/customers", customer), 201)
    product = {"code": "GW-1", "name": "Gateway", "kind": "good", "tax_class": "standard", "price": "600.00"}
    done(door.post("/products", product), 201)


def statement(reference: str, amount: str = "1428.00") -> bytes:
    """Return a bank statement of one line, as delimited text."""
    return (
        "booking_date,value_date,amount,currency,counterparty,iban,reference,bank_tx_id\n"
        f"2026-11-14,2026-11-14,{amount},EUR,Kestrel Water AG,,{reference},TX-1\n"
    ).encode()


def test_a_deal_becomes_cash_and_every_step_says_why(company: BooksFacts) -> None:
    sales, books = door_of(Role.SALES), door_of(Role.ACCOUNTANT)
    with_customer(sales)
    deal = done(sales.post("/opportunities", a_deal()), 201)["number"]
    done(sales.post(f"/opportunities/{deal}/stage", {"stage": "won"}))
    assert done(sales.get("/opportunities/OPP-1"))["stage"] == "won"

    closed = done(books.post("/deals/close", {}))
    assert (closed["won"], closed["invoiced"], closed["held"]) == (1, 1, 0)
    assert done(books.post("/deals/close"))["unchanged"] == 1
    assert done(books.post("/revenue/release"))["through"] == "2026-11-15"
    assert done(books.post("/instalments/bill"))["invoiced"] == 0
    (contract,) = done(books.get("/contracts", customer="ACC-1"))["contracts"]
    assert done(books.get(f"/contracts/{contract['number']}"))["total"] == "1200.00"
    (row,) = done(books.get("/invoices", contract=contract["number"]))["invoices"]
    assert (row["gross"], row["open"]) == ("1428.00", "1428.00")
    number = row["number"]
    assert books.get(f"/invoices/{number}/pdf").content.startswith(b"%PDF")
    why, *_more = done(books.get(f"/invoices/{number}/why"))["decisions"]
    assert why["kind"] == "close_deal"
    assert done(books.get(f"/decisions/{why['number']}"))["decisions"][0]["outcome"] == "invoiced"

    imported = done(books.post("/bank/statements?file_name=november.csv", data=statement(number), kind="text/csv"), 201)
    assert (imported["accepted"], imported["errors"]) == (1, [])
    assert done(books.post("/bank/match"))["matched"] == 1
    assert done(books.get(f"/invoices/{number}"))["open"] == "0.00"
    (payment,) = done(books.get("/payments"))["payments"]
    assert payment["settled"] == [{"document": number, "amount": "1428.00", "currency": "EUR"}]

    (line,) = done(books.get("/bank/lines", state="posted"))["lines"]
    undone = done(books.post(f"/bank/lines/{line['number']}/undo", {"reason": "a test"}))
    assert undone["outcome"] == "done"
    assert done(books.get(f"/invoices/{number}"))["open"] == "1428.00"
    detail = done(books.get(f"/bank/lines/{line['number']}"))
    assert [found["document"] for found in detail["candidates"]] == [number]
    part = {"parts": [{"document": number, "amount": "1000.00"}]}
    done(books.post(f"/bank/lines/{line['number']}/match", part))
    assert done(books.get(f"/invoices/{number}"))["open"] == "428.00"
    (payment,) = done(books.get("/payments", is_unapplied="true"))["payments"]
    assert payment["unapplied"] == "428.00"
    done(books.post(f"/payments/{payment['number']}/apply", {"parts": [{"document": number}]}))
    assert done(books.get("/open-items"))["items"] == []

    rows = done(books.get("/reports/trial-balance"))["rows"]
    assert {row["account"]: row["debit"] or row["credit"] for row in rows if row["account"] == "1100"} == {
        "1100": "0.00"
    }
    assert done(books.post("/audit/verify"))["ok"] is True


def test_the_gate_names_everything_that_is_missing(company: BooksFacts) -> None:
    sales = door_of(Role.SALES)
    with_customer(sales)
    done(sales.post("/opportunities", a_deal(terms="", billing_type="", amount_state="estimated")), 201)
    answer = sales.post("/opportunities/OPP-1/stage", {"stage": "won"})
    assert (answer.status_code, said(answer)["code"]) == (422, "not_ready")
    assert {"terms", "billing_type"} <= set(said(answer)["facts"]["fields"])
    assert done(sales.get("/opportunities/OPP-1"))["stage"] == "proposal"


def test_a_deal_that_changes_after_invoicing_is_held_with_both_versions(company: BooksFacts) -> None:
    sales, books = door_of(Role.SALES), door_of(Role.ACCOUNTANT)
    with_customer(sales)
    done(sales.post("/opportunities", a_deal(stage="won")), 201)
    done(books.post("/deals/close", {}))
    changed = {name: value for name, value in a_deal(stage="won", po_number="PO-78").items() if name != "external_id"}
    assert done(sales.put("/opportunities/OPP-1", changed))["changed"] is True
    assert done(books.post("/deals/close", {}))["held_by_reason"] == {"changed_after_invoicing": 1}
    (held,) = done(books.get("/held"))["deals"]
    assert (held["before"]["po_number"], held["now"]["po_number"]) == ("PO-77", "PO-78")
    assert len(done(books.get("/invoices"))["invoices"]) == 1


def test_an_alias_lets_held_deals_pass(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    with_customer(books)
    header = "opportunity_id,account,product,sales_agent,deal_stage,engage_date,close_date,close_value"
    row = "D-1,Kestrel Water AG,GW1,Rep,Won,10/1/2026,11/10/2026,1200"
    csv = f"{header}\n{row}\n".encode()
    path = "/imports?kind=deals&profile=maven-crm"
    assert done(books.post(f"{path}&dry_run=true", data=csv, kind="text/csv"))["held"] == 1
    assert done(books.get("/imports"))["imports"] == []
    done(books.post(path, data=csv, kind="text/csv"), 201)
    assert done(books.post("/deals/close", {"dated_by": "close"}))["held_by_reason"] == {"unknown_product": 1}
    held = done(books.get("/held", code="unknown_product", value="GW1"))
    assert held["deals"][0]["findings"][0]["facts"]["did_you_mean"] == "GW-1"
    assert (held["reasons"][0]["count"], held["reasons"][0]["value"]) == (1, "GW1")
    alias = {"kind": "product", "text": "GW1", "target": "GW-1"}
    assert done(books.post("/aliases", alias), 201)["held"] == 1
    assert done(books.post("/deals/close", {"dated_by": "close"}))["invoiced"] == 1
    assert done(books.get("/held"))["deals"] == []


def test_by_hand_invoice_payment_and_credit_note(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    with_customer(books)
    asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
    draft = done(books.post("/invoice-drafts", asked), 201)
    assert (draft["gross"], done(books.get("/invoice-drafts"))["drafts"]) == ("119.00", [draft])
    issued = done(books.post(f"/invoice-drafts/{draft['draft']}/issue"), 201)
    assert done(books.post(f"/invoice-drafts/{draft['draft']}/issue")) == issued
    paid = {"amount": "119.00", "parts": [{"document": issued["number"]}], "text": "cheque 17"}
    settled = done(books.post("/payments", paid, key="p1"), 201)
    assert done(books.post("/payments", paid, key="p1"), 201) == settled
    assert len(done(books.get("/payments"))["payments"]) == 1
    assert done(books.get(f"/payments/{settled['payment']}"))["unapplied"] == "0.00"
    taken_back = {"reason": "bounced"}
    assert done(books.post(f"/payments/{settled['payment']}/undo", taken_back))["outcome"] == "done"
    credited = {"invoice": issued["number"], "reason": "returned"}
    note = done(books.post("/credit-notes", credited), 201)
    assert (note["kind"], note["gross"], note["credits"]["number"]) == ("credit_note", "119.00", issued["number"])
    assert done(books.post("/credit-notes", credited)) == note
    assert done(books.get(f"/invoices/{issued['number']}"))["credited_by"] == note["number"]
    rows = done(books.get("/reports/balance-sheet"))["totals"]
    assert rows["amount"] == "0.00"


def test_a_person_is_erased_and_the_record_verifies(company: BooksFacts) -> None:
    books, controller = door_of(Role.ACCOUNTANT), door_of(Role.CONTROLLER)
    with_customer(books)
    person = {"customer": "ACC-1", "first_name": "Ines", "last_name": "Marchetti", "email": "ines@example.test"}
    number = done(books.post("/contacts", person, key="ines"), 201)["number"]
    assert done(books.get("/customers/ACC-1/contacts"))["contacts"][0]["email"] == "ines@example.test"
    assert done(books.patch(f"/contacts/{number}", {"phone": "+49 30 1"}))["changed"] is True
    assert books.post(f"/contacts/{number}/erase").status_code == 403
    assert done(controller.post(f"/contacts/{number}/erase"))["changed"] is True
    assert done(controller.post(f"/contacts/{number}/erase"))["changed"] is False
    erased = done(books.get(f"/contacts/{number}"))
    assert (erased["is_erased"], erased["first_name"], erased["email"]) == (True, "", "")
    assert done(controller.post("/audit/verify"))["ok"] is True


def test_a_file_is_imported_once_its_errors_are_a_file_and_it_is_taken_back(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    csv = b"external_id,name,country\nC-1,Kestrel Water AG,DE\nC-2,,DE\nC-3,=cmd()|' /C calc'!A0,XX\n"
    first = done(books.post("/imports?kind=customers&file_name=crm.csv", data=csv, kind="text/csv"), 201)
    assert (first["read"], first["accepted"], first["rejected"]) == (3, 1, 2)
    assert {error["row"] for error in first["errors"]} == {3, 4}
    again = done(books.post("/imports?kind=customers&file_name=crm.csv", data=csv, kind="text/csv"))
    assert (again["accepted"], again["unchanged"]) == (0, 1)
    errors = books.get(f"/imports/{first['batch']}/errors.csv").content.decode()
    assert errors.startswith("row,field,code,message")
    assert not re.search(r"(^|,)\"?[=+@-]", errors, re.MULTILINE)
    assert done(books.post(f"/imports/{first['batch']}/undo"))["rows"]
    assert done(books.get("/customers"))["customers"] == []


def test_a_form_with_a_file_is_as_good_as_the_file(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../crm.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\nexternal_id,name,country\nC-1,Kestrel Water AG,DE\n\r\n--x--\r\n"
    )
    kind = "multipart/form-data; boundary=x"
    first = done(books.post("/imports?kind=customers", data=form, kind=kind, key="f"), 201)
    assert done(books.post("/imports?kind=customers", data=form, kind=kind, key="f"), 201) == first
    assert done(books.get("/imports"))["imports"][0]["file_name"] == "crm.csv"
    empty = books.post("/imports?kind=customers", data=b"--x--\r\n", kind=kind)
    assert (empty.status_code, said(empty)["code"]) == (400, "malformed")


def test_a_refused_file_leaves_one_event(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    before = len(said(books.get("/audit/events", limit=500))["events"])
    for path in ("/imports?kind=customers", "/bank/statements"):
        answer = books.post(path, data=b"PK\x03\x04 not a zip", kind="application/octet-stream")
        assert 400 <= answer.status_code < 500
        before += 1
        events = said(books.get("/audit/events", limit=500))["events"]
        assert (len(events), events[0]["kind"]) == (before, "crm.import_refused")


def test_a_month_is_closed_and_reopened_and_takes_no_invoice_meanwhile(company: BooksFacts) -> None:
    books, controller = door_of(Role.ACCOUNTANT), door_of(Role.CONTROLLER)
    with_customer(books)
    asked = {
        "customer": "ACC-1",
        "currency": "EUR",
        "issue_date": "2026-10-30",
        "lines": [{"product_code": "GW-1", "unit_price": "100"}],
    }
    assert done(controller.post("/periods/2026-10/close"))["changed"] is True
    refused = books.post("/invoices", asked)
    assert (refused.status_code, said(refused)["facts"]["first_open"]) == (409, "2026-11-01")
    assert books.post("/periods/2026-10/reopen", {"reason": "late"}).status_code == 403
    assert done(controller.post("/periods/2026-10/reopen", {"reason": "late"}))["state"] == "open"
    assert books.post("/invoices", asked).status_code == 201
    assert billing.series_faults(company.id) == []


def test_lists_go_page_by_page_and_miss_nothing(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    for number in range(5):
        done(books.post("/customers", {"name": f"Customer {number}", "external_id": f"C-{number}"}), 201)
    seen, after = [], ""
    while True:
        page = done(books.get("/customers", limit=2, after=after))
        seen += [customer["name"] for customer in page["customers"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [f"Customer {number}" for number in range(5)]
    assert books.get("/invoices", after=after).status_code == 422


def test_a_customer_without_an_external_id_is_known_by_its_number(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    number = done(books.post("/customers", {"name": "Kestrel Water AG", "terms": "Net 30"}), 201)["number"]
    assert done(books.get(f"/customers/{number}"))["name"] == "Kestrel Water AG"
    assert done(books.patch(f"/customers/{number}", {"city": "Kiel"}))["changed"] is True
    line = {"description": "Advice", "unit_price": "100", "tax_code": "DE-19"}
    made = done(books.post("/invoices", {"customer": number, "currency": "EUR", "lines": [line]}), 201)
    assert (made["customer"]["name"], made["customer_number"]) == ("Kestrel Water AG", number)


def test_what_is_named_inside_by_rows_is_named_outside_by_numbers(company: BooksFacts) -> None:
    sales, books = door_of(Role.SALES), door_of(Role.ACCOUNTANT)
    with_customer(sales)
    done(sales.post("/opportunities", a_deal(stage="won")), 201)
    done(books.post("/deals/close", {}))
    number = done(books.get("/invoices"))["invoices"][0]["number"]
    why, *_more = done(books.get(f"/invoices/{number}/why"))["decisions"]
    assert why["subject"].startswith("opportunity:D-")
    assert f"invoice:{number}" in why["effects"]
    assert done(books.get("/decisions", subject=f"invoice:{number}"))["decisions"][0] == why
    assert done(books.get("/decisions", subject="invoice:nothing"))["decisions"] == []
    assert done(sales.get("/opportunities/OPP-1/why"))["decisions"] == [why]
    events = done(books.get("/audit/events", subject="opportunity:" + why["subject"].partition(":")[2]))["events"]
    assert [event["kind"] for event in events] == ["crm.opportunity_added"]


def test_what_a_customer_owes_and_what_happened(company: BooksFacts) -> None:
    books = door_of(Role.ACCOUNTANT)
    with_customer(books)
    asked = {
        "customer": "ACC-1",
        "currency": "EUR",
        "issue_date": "2026-09-01",
        "lines": [{"product_code": "GW-1", "unit_price": "100"}],
    }
    number = done(books.post("/invoices", asked), 201)["number"]
    done(books.post("/payments", {"amount": "19", "parts": [{"document": number, "amount": 19}]}), 201)
    balance = done(books.get("/customers/ACC-1/balance"))
    assert (balance["open"], balance["overdue"], balance["items"]) == ("100.00", "100.00", 1)
    (account,) = done(books.get("/customers/ACC-1/account"))["currencies"]
    assert [(line["what"], line["balance"]) for line in account["lines"]] == [
        ("invoice", "119.00"),
        ("payment", "100.00"),
    ]
    note = {"kind": "note", "customer": "ACC-1", "subject": "called", "text": "pays on Friday"}
    done(books.post("/activities", note), 201)
    assert done(books.get("/activities", customer="ACC-1"))["activities"][0]["text"] == "pays on Friday"


def test_the_gate_can_be_asked_before_it_is_passed(company: BooksFacts) -> None:
    sales = door_of(Role.SALES)
    with_customer(sales)
    done(sales.post("/opportunities", a_deal(terms="")), 201)
    gate = done(sales.get("/opportunities/OPP-1/gate"))
    assert (gate["passes"], [finding["field"] for finding in gate["findings"]]) == (False, ["terms"])
    assert done(sales.get("/opportunities-by-stage"))["stages"] == [
        {"stage": "proposal", "count": 1, "amount": "1200.00", "currency": "EUR"}
    ]


def test_people_and_rates_are_kept_by_administrators(company: BooksFacts) -> None:
    admin = door_of(Role.ADMIN)
    person = {"email": "New@Example.test", "name": "New", "role": "auditor"}
    assert done(admin.post("/people", person), 201)["email"] == "new@example.test"
    weak = admin.post("/people", {**person, "email": "other@example.test", "password": "password"})
    assert (weak.status_code, said(weak)["code"]) == (422, "weak_password")
    assert admin.post("/people", person).status_code == 409
    assert admin.post("/people", {**person, "email": "\u00c9lise@example.test"}).status_code == 422
    done(admin.put("/exchange-rates", {"currency": "USD", "rate": 0.92, "valid_from": "2026-01-01"}))
    assert done(admin.get("/exchange-rates"))["rates"] == [
        {"currency": "USD", "rate": "0.92", "valid_from": "2026-01-01", "base_currency": "EUR"}
    ]
    rate = {
        "code": "DE-20",
        "country": "DE",
        "tax_class": "standard",
        "name": "VAT",
        "percent": "20",
        "valid_from": "2027-01-01",
    }
    assert done(admin.post("/tax-rates", rate), 201)["percent"] == "20"
    assert rate["code"] in {known["code"] for known in done(admin.get("/tax-rates"))["rates"]}


def test_a_closing_is_undone_by_its_decision_once(company: BooksFacts) -> None:
    sales, books = door_of(Role.SALES), door_of(Role.ACCOUNTANT)
    with_customer(sales)
    deal = done(sales.post("/opportunities", a_deal()), 201)["number"]
    done(sales.post(f"/opportunities/{deal}/stage", {"stage": "won"}))
    done(books.post("/deals/close", {}))
    (row,) = done(books.get("/invoices"))["invoices"]
    decided = done(books.get(f"/invoices/{row['number']}/why"))["decisions"]
    why = next(one for one in decided if one["kind"] == "close_deal")
    plan = done(books.post("/undo/plan", {"target": why["number"]}))
    assert [step["verb"] for step in plan["steps"]] == ["credit", "unsign"]
    assert (plan["dependents"], plan["refusals"]) == (0, [])
    asked = {"target": why["number"], "reason": "a mistake", "seen": plan["hash"]}
    assert books.post("/undo", asked | {"seen": "0" * 64}).status_code == 409
    undone = done(books.post("/undo", asked))
    assert (undone["outcome"], len(undone["documents"])) == ("done", 1)
    assert done(books.post("/undo", asked))["outcome"] == "unchanged"
    assert sales.post("/undo", asked).status_code == 403
    assert done(books.post("/deals/close"))["held"] == 1
