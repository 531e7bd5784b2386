"""What somebody else typed is shown as they typed it, and never becomes part of a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.site import Site

pytestmark = pytest.mark.browser

NAME = "<script>alert(1)</script>"
TEXT = "<img src=x onerror=alert(2)>"


def stands_as_typed(page: Page, text: str) -> None:
    """The text is read by people, and no element was made of it."""
    expect(page.get_by_role("main").get_by_text(text).first).to_be_attached()
    assert page.locator("main script, main img, main svg[onload]").count() == 0


def test_a_hostile_name_is_a_name_on_every_page(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ADMIN)
    page.goto("/customers/new")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Country").fill("NL")
    page.get_by_role("button", name="Add the customer").click()
    expect(page.locator("h1")).to_have_text(NAME)
    customer = page.url
    page.goto("/invoices/new")
    page.get_by_label("Customer").fill(NAME)
    page.get_by_label("Text").fill(TEXT)
    page.get_by_label("Price, net").fill("10.00")
    page.get_by_label("Tax").first.select_option(index=1)
    page.get_by_role("button", name="Issue the invoice").click()
    expect(page.get_by_role("status")).to_contain_text("Issued")
    stands_as_typed(page, NAME)
    stands_as_typed(page, TEXT)
    number = page.locator("h1").inner_text().removeprefix("Invoice ")
    entry = page.get_by_role("main").locator("a[href*='/ledger/entries/']").first.get_attribute("href") or ""
    for path in (customer, "/customers", "/customers?q=script", f"/invoices?q={number}", entry):
        page.goto(path)
        stands_as_typed(page, NAME)
    for path in ("/audit", "/ledger/accounts/1100"):
        page.goto(path)
        assert page.locator("main script, main img").count() == 0
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search or run a command").fill(NAME)
    expect(page.locator("#palette-hits")).to_contain_text(NAME)
    for path in ("/search", "/customers", "/deals", "/invoices", "/bank"):
        page.goto(f"{path}?q=%22%3E%3Csvg%20onload%3Dalert(3)%3E")
        assert page.locator("main svg[onload]").count() == 0
