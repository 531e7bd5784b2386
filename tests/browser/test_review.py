"""An accountant clears a small company's queue without leaving it, by keys, within the budget of each exception."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.hand import budget
from tests.browser.site import Site
from tests.browser.test_accessibility import WAYS, found_by_axe, goes_sideways

pytestmark = pytest.mark.browser
MOST_CASES = 200


def waiting(page: Page) -> int:
    """How many cases the first view counts."""
    return int(page.locator(".views .count").first.inner_text().replace(",", ""))


def is_offered(page: Page, answer: str) -> bool:
    """Whether the bar offers an answer that needs no reason first; a fix also needs something to put in."""
    button = page.locator(f"#answer button[value={answer}]:not([data-needs])")
    if not button.count():
        return False
    fields = page.locator("input[form=answer]:not([type=checkbox])")
    return answer != "fix" or all(fields.nth(at).input_value() for at in range(fields.count()))


def test_the_accountant_clears_the_queue_without_leaving_it(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.goto("/review")
    left = waiting(page)
    assert 3 <= left <= MOST_CASES
    while left:
        with budget(page, 2) as hand:
            if is_offered(page, "approve"):
                hand.press("a")
            elif is_offered(page, "fix"):
                hand.press("f")
            elif page.locator("#answer button[value=reject]").count():
                hand.press("r")
                if page.locator("#answer button[value=reject][data-needs]").count():
                    hand.types(page.get_by_label("Reason", exact=True), "Which of our products is this?")
                    hand.press("Enter")
            else:
                break  # What this role may not answer waits for somebody else.
        expect(page.locator(".views .count").first).to_have_text(str(left - 1))
        assert urlsplit(page.url).path == "/review"
        left = waiting(page)
    assert left == 0
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()


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
