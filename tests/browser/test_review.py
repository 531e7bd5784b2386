"""The queue by keys: next, select, why, comment, snooze and its undo; and axe finds nothing on it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.hand import budget
from tests.browser.site import Site
from tests.browser.test_accessibility import WAYS, found_by_axe, goes_sideways

pytestmark = pytest.mark.browser


def waiting(page: Page) -> int:
    """How many cases the first view counts."""
    return int(page.locator(".views .count").first.inner_text().replace(",", ""))


def test_keys_walk_select_and_take_back(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.locator("h1")).to_have_text("Review")
    first = page.locator("#h-d").inner_text()
    number = page.locator(".queue a[aria-current]").get_attribute("href")
    page.keyboard.press("j")
    expect(page.locator(".queue a[aria-current]")).not_to_have_attribute("href", str(number))
    page.keyboard.press("k")
    expect(page.locator("#h-d")).to_have_text(first)
    page.keyboard.press("x")
    expect(page.locator("#chosen")).to_contain_text("1 selected")
    page.keyboard.press("w")
    expect(page.get_by_text("The whole decision, its inputs and what-if")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#f-text")).to_be_focused()
    page.keyboard.press("Escape")
    before = waiting(page)
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_contain_text("snoozed")
    expect(page.locator(".views .count").first).to_have_text(str(before - 1))
    page.keyboard.press("z")
    expect(page.locator(".views .count").first).to_have_text(str(before))


TYPED = {"f-reason": "Looked at with sales", "f-po_number": "PO-2026-118", "f-terms": "Net 30"}
"""What a person types where an answer asks for it first; typing is not counted."""
GONE_ON = """(before) => {
  const here = document.querySelector(".queue a[aria-current]");
  const refused = document.querySelector("#case .banner.bad");
  return refused || !here || here.getAttribute("href") !== before;
}"""


def answers_as_suggested(page: Page) -> None:
    """Give a case its first answer, by its key: one key, or a key, what it asks for, and Enter."""
    here = page.locator(".queue a[aria-current]").get_attribute("href")
    button = page.locator("#answer button").first
    key, needs = str(button.get_attribute("data-key")), button.get_attribute("data-needs")
    with budget(page, 2) as hand:
        hand.press(key)
        if needs:
            expect(page.locator(f"#{needs}")).to_be_focused()
            page.keyboard.type(TYPED[needs])
            hand.press("Enter")
    page.wait_for_function(GONE_ON, arg=here)
    assert page.locator("#case .banner.bad").all_inner_texts() == [], button


def test_an_accountant_clears_the_queue_by_keys_without_leaving_it(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    with budget(page, 2) as hand:
        hand.press("g")
        hand.press("r")
    expect(page.locator("h1")).to_have_text("Review")
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url) if "/review" not in frame.url else None)
    first = waiting(page)
    assert first > 10
    for _ in range(2 * first):
        if page.locator(".empty").count():
            break
        answers_as_suggested(page)
    expect(page.locator(".empty h2")).to_have_text("Nothing waits for you")
    assert left == []
    boss = arrives(demo).becomes(Role.CONTROLLER)
    boss.goto("/review?kind=approval")
    expect(boss.locator("#h-d")).to_contain_text("asks for an approval")
    expect(boss.get_by_text("All reasons")).to_be_visible()
    answers_as_suggested(boss)
    expect(boss.get_by_role("status")).to_contain_text("approved")


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_on_the_queue(way: str, demo: Site, arrives: Arrives) -> None:
    options, rules = WAYS[way]
    visitor = arrives(demo, **options)
    page = visitor.becomes(Role.ACCOUNTANT)
    found = {}
    for kind in ("", "close_deal", "receivables.match"):
        page.goto(f"/review?kind={kind}")
        found[kind] = found_by_axe(page, rules)
        if way == "phone" and goes_sideways(page):
            found[kind].append("scrolls sideways")
    page.goto("/review?view=snoozed")
    found["empty"] = found_by_axe(page, rules)
    assert {name: faults for name, faults in found.items() if faults} == {}
