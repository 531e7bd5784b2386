"""Hands stay on the keys: the palette, the letters, the rows; and everything works without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.site import Site

pytestmark = pytest.mark.browser

LETTERS = {
    "r": "/review",
    "h": "/deals/held",
    "d": "/deals",
    "c": "/customers",
    "i": "/invoices",
    "b": "/bank",
    "e": "/ledger/reports/trial-balance",
    "l": "/periods",
    "a": "/audit",
    "t": "/",
}


def test_g_and_a_letter_go_where_the_money_is(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    for letter, path in LETTERS.items():
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(demo.url(path))


@pytest.mark.parametrize("asked", ["2026-0007", "22230.00", "22,230.00"])
def test_the_palette_finds_an_invoice_by_its_number_and_by_its_amount(asked: str, demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search or run a command").fill(asked)
    expect(page.locator("#palette-hits a").first).to_contain_text("2026-0007")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Invoice 2026-0007")


def test_j_and_k_walk_the_rows_and_enter_opens_one(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    page.goto("/invoices")
    rows = page.locator("#main tbody tr[data-href]")
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(rows.nth(place).get_by_role("link").first).to_be_focused()
    number = rows.nth(1).get_by_role("link").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(number)


def test_letters_are_text_in_a_field_and_rest_when_they_are_switched_off(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    page.goto("/customers")
    page.keyboard.press("/")
    field = page.get_by_role("main").get_by_role("searchbox")
    expect(field).to_be_focused()
    page.keyboard.type("gb")
    expect(field).to_have_value("gb")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    page.get_by_role("button", name="Single-letter keys").click()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page).to_have_url(demo.url("/customers"))


def test_a_line_is_matched_without_script(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo, java_script_enabled=False).becomes(Role.ACCOUNTANT)
    page.get_by_role("link", name="Bank line to settle").first.click()
    expect(page.get_by_role("checkbox", name="Use 2026-0068")).to_be_checked()
    page.get_by_role("button", name="Match", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Matched BLAUWE REIGER WONEN")
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.get_by_role("status")).to_contain_text("Took the match back")
    page.get_by_role("link", name="Invoices").first.click()
    page.get_by_role("link", name="New invoice").click()
    page.get_by_role("button", name="Another line, without script").click()
    expect(page.get_by_role("group", name="Line 2")).to_be_visible()
    page.get_by_role("button", name="Sign out").or_(page.get_by_role("button", name="Change places")).click()
    expect(page).to_have_url(re.compile("/sign-in"))
