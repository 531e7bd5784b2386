"""axe-core finds nothing on any kind of page, light, dark and on a phone; and no page of a phone scrolls sideways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.site import Site
from tests.browser.test_pages import opened_by_the_window, view_of, walk

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
EVERYTHING = {"resultTypes": ["violations"], "preload": False}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast", "link-in-text-block"]}
"""In the dark only colours change: the rest of the page is what was looked at in the light."""
SHORTEN = """() => {
  for (const body of document.querySelectorAll("tbody, ol, ul, datalist, select")) {
    Array.from(body.children).slice(12).forEach((row) => row.remove());
  }
}"""
"""Twelve rows of a list say what fifty say, in a fraction of the time."""
WAYS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "light": ({}, EVERYTHING),
    "dark": ({"color_scheme": "dark"}, COLOURS),
    "phone": (PHONE, EVERYTHING),
}


def found_by_axe(page: Page, options: Mapping[str, Any]) -> list[str]:
    """Return what axe finds on a page as it stands, with the elements."""
    page.evaluate(SHORTEN)
    results = Axe().run(page, options=dict(options)).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in results
        for node in one["nodes"]
    ]


def goes_sideways(page: Page) -> bool:
    """Tell whether a page is wider than its window: what is wide scrolls in its own box."""
    wider: bool = page.evaluate("document.scrollingElement.scrollWidth > document.documentElement.clientWidth")
    return wider


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_on_any_page(way: str, demo: Site, arrives: Arrives) -> None:
    """The administrator sees every form that a page has; script, policy and hosts are watched by the window."""
    options, rules = WAYS[way]
    visitor = arrives(demo, **options)
    page = visitor.page
    page.goto("/sign-in")
    found = {"sign-in": found_by_axe(page, rules)}
    visitor.becomes(Role.ADMIN)
    for url, _outline in walk(page, opened_by_the_window, view_of):
        is_too_wide = way == "phone" and goes_sideways(page)
        found[url] = [*found_by_axe(page, rules), *(["scrolls sideways"] if is_too_wide else [])]
    assert {url: faults for url, faults in found.items() if faults} == {}


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_on_what_floats_and_what_is_refused(way: str, demo: Site, arrives: Arrives) -> None:
    options, rules = WAYS[way]
    visitor = arrives(demo, **options)
    visitor.expected |= {404, 409}
    page = visitor.becomes(Role.ADMIN)
    found = {}
    page.goto("/bank")
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search or run a command").fill("2026-00")
    expect(page.locator("#palette-hits a").first).to_be_visible()
    found["palette"] = found_by_axe(page, rules)
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    expect(page.locator("#keys")).to_be_visible()
    found["keys"] = found_by_axe(page, rules)
    page.keyboard.press("Escape")
    if way == "phone":
        page.get_by_role("button", name="Open menu").tap()
        expect(page.locator("nav.side")).to_be_visible()
        found["menu"] = found_by_axe(page, rules)
    page.goto("/invoices/new")
    page.get_by_role("button", name="Issue the invoice").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found["refused form"] = found_by_axe(page, rules)
    page.goto("/search?q=meter")
    found["search"] = found_by_axe(page, rules)
    page.goto("/deals/D-999999")
    found["trouble"] = found_by_axe(page, rules)
    assert {what: faults for what, faults in found.items() if faults} == {}


@pytest.mark.parametrize("way", ["light", "phone"])
def test_axe_finds_nothing_on_pages_that_answer(way: str, demo: Site, arrives: Arrives) -> None:
    """What no link leads to: a simulation, a preview that does not pass, a refused undo, jobs that ran."""
    options, rules = WAYS[way]
    page = arrives(demo, **options).becomes(Role.ADMIN)
    found = {}

    def look(what: str) -> None:
        found[what] = [*found_by_axe(page, rules), *(["scrolls sideways"] if goes_sideways(page) else [])]

    page.goto("/policies/review/change")
    page.get_by_role("button", name="What it would have done").click()
    expect(page.get_by_role("heading", name="It would have sent 0 more")).to_be_visible()
    look("simulated policy")
    page.goto("/policies/four_eyes/change")
    expect(page.get_by_text("Nothing to simulate")).to_be_visible()
    look("policy without simulation")
    page.goto("/deals?view=proposal")
    page.locator("#main tbody th a").first.click()
    page.get_by_label("Payment term").fill("Net 90")
    expect(page.get_by_role("link", name="Use Net")).to_be_visible()
    look("preview that does not pass")
    page.goto("/invoices")
    page.locator("#main tbody th a").first.click()
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[aria-invalid=true]")).to_be_focused()
    look("refused undo")
    page.goto("/audit")
    page.get_by_role("button", name="Run what is due").click()
    expect(page.locator(".toast")).to_contain_text("Ran: Levels of autonomy")
    look("jobs that ran")
    assert {what: faults for what, faults in found.items() if faults} == {}
