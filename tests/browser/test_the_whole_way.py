"""From an empty home to a paid invoice and back to its deal, by hand, as somebody does it on the first evening."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrives
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.both_engines]

HEAD = (
    "external_id,name,account,amount,currency,amount_state,stage,close_date,product_code,quantity,discount_pct,"
    "payment_terms,billing_type,owner_email,po_number,delivered_on"
)
AS_TYPED_FIRST = (
    "K-1,Quay rollout,Kestrel Quai,1200.00,EUR,signed,Negotiation,2026-11-02,SVC IMPL,1,0,Net 3O,one_time,,,"
)
CORRECTED = (
    "K-1,Quay rollout,Kestrel Quai,1200.00,EUR,signed,Negotiation,2026-11-02,SVC-IMPL,1,0,Net 30,one_time,,PO-77,"
)


def set_up(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/set-up$"))
    page.get_by_label("Organisation").fill("Quayside Water BV")
    page.get_by_label("Base currency").fill("EUR")
    page.get_by_label("Time zone").fill("Europe/Atlantis")
    page.get_by_label("Your e-mail").fill("ada@quayside.example")
    page.get_by_label("Password").fill("a quiet harbour at dawn")
    page.get_by_role("button", name="Open the books").click()
    expect(page.locator("[aria-invalid=true]")).to_have_accessible_name(re.compile("Time zone"))
    assert page.locator("form .field").count() == 5
    page.get_by_label("Time zone").fill("Europe/Amsterdam")
    page.get_by_label("Password").fill("a quiet harbour at dawn")
    page.get_by_role("button", name="Open the books").click()
    expect(page.get_by_role("main")).to_contain_text("Two ways to begin")


def enter_a_product_and_a_customer(page: Page) -> None:
    page.get_by_role("link", name="New product").click()
    page.get_by_label("Code").fill("SVC-IMPL")
    page.get_by_label("Name").fill("Implementation")
    page.get_by_label("Kind").select_option("one_time_service")
    page.get_by_label("List price, EUR").fill("1.200,00")
    page.get_by_role("button", name="Add the product").click()
    refused = page.locator("[aria-invalid=true]")
    expect(refused).to_be_focused()
    expect(refused).to_have_accessible_description(re.compile("can be read in more than one way"))
    expect(refused).to_have_value("1.200,00")
    refused.fill("1,200.00")
    page.get_by_role("button", name="Add the product").click()
    expect(page.get_by_role("status")).to_contain_text("Added SVC-IMPL")
    page.goto("/customers/new")
    page.get_by_label("Name").fill("Kestrel Quay BV")
    page.get_by_label("Country").fill("NL")
    page.get_by_label("Payment term").fill("Net 30")
    page.get_by_role("button", name="Add the customer").click()
    expect(page.locator("h1")).to_have_text("Kestrel Quay BV")


def bring_in(page: Page, line: str) -> None:
    """Give the deal as the CRM has it: tried first, then brought in."""
    page.goto("/imports?kind=deals")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "deals.csv", "mimeType": "text/csv", "buffer": f"{HEAD}\n{line}\n".encode()}
    )
    page.get_by_label("Columns").select_option("crm-export")
    page.get_by_role("button", name="Try it, change nothing").click()
    expect(page.get_by_role("main")).to_contain_text("Tried only: nothing was changed")
    page.get_by_role("button", name="Import what is accepted").click()
    expect(page).to_have_url(re.compile(r"/imports/B-\d+$"))


def open_the_deal(page: Page) -> None:
    page.goto("/deals")
    page.get_by_role("link", name="Quay rollout").click()
    expect(page.locator("h1")).to_have_text("Quay rollout")


def test_from_an_empty_home_to_a_paid_invoice_and_back_to_its_deal(empty_home: Site, arrives: Arrives) -> None:
    page = arrives(empty_home).page
    set_up(page)
    enter_a_product_and_a_customer(page)

    bring_in(page, AS_TYPED_FIRST)
    open_the_deal(page)
    needed = page.get_by_role("region", name="What finance needs")
    for field in ("Customer", "Product", "Payment term"):
        expect(needed.get_by_role("heading", name=re.compile(f"^{field}"))).to_be_visible()
    expect(page.get_by_role("button", name="Mark as won")).to_have_count(0)

    bring_in(page, CORRECTED)
    open_the_deal(page)
    expect(needed.get_by_role("heading", name=re.compile("^Payment term"))).to_have_count(0)
    needed.get_by_role("button", name="“Kestrel Quai” means Kestrel Quay BV").click()
    expect(needed).to_have_count(0)
    page.get_by_role("button", name="Mark as won").click()
    expect(page.get_by_role("status")).to_contain_text("is won")
    page.get_by_role("button", name="Invoice this deal").click()
    expect(page.get_by_role("status")).to_contain_text("Invoiced 1 deal")

    page.get_by_role("main").get_by_role("link", name="2026-0001").first.click()
    expect(page.locator("h1")).to_have_text("Invoice 2026-0001")
    pdf = page.request.get(page.get_by_role("link", name="PDF", exact=True).get_attribute("href") or "")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")
    page.get_by_role("link", name="Record payment").click()
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded €1,452.00")
    expect(page.locator("h1")).to_have_text("Invoice 2026-0001")
    expect(page.locator(".head .pill")).to_have_text("Paid")

    page.get_by_role("link", name="Ledger and reports").click()
    expect(page.locator("h1")).to_have_text("Trial balance")
    page.get_by_role("row", name=re.compile("^1100 ")).get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("1100")
    page.get_by_role("row", name=re.compile("2026-0001")).get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("Entry J-")
    page.get_by_role("main").get_by_role("link", name="2026-0001").first.click()
    expect(page.locator("h1")).to_have_text("Invoice 2026-0001")
    page.get_by_role("main").get_by_role("link", name=re.compile(r"^D-\d+$")).first.click()
    expect(page.locator("h1")).to_have_text("Quay rollout")

    page.get_by_role("link", name="Audit trail").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator(".banner.good")).to_be_visible(timeout=30_000)
