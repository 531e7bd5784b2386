"""Every page that a role can reach from its navigation, followed link by link."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.site import Site

pytestmark = pytest.mark.browser

FILES = {
    "web:invoice-pdf",
    "web:report-file",
    "web:import-errors",
    "web:audit-head",
    "web:autonomy-raw",
    "web:findings-file",
    "web:einvoice",
}
SALES = ["/", "/review", "/deals", "/deals/held", "/customers"]
BOOKS = ["/contracts", "/invoices", "/bank", "/ledger", "/periods"]
TRUST = ["/findings", "/autonomy", "/audit"]
AGREED = ["/policies", "/quality"]
NAVIGATION: Mapping[Role, Sequence[str]] = {
    Role.SALES: [*SALES, "/products", *AGREED],
    Role.SALES_OPS: [*SALES, "/imports", "/products", *AGREED],
    Role.ACCOUNTANT: [*SALES, *BOOKS, *TRUST, "/imports", "/products", *AGREED],
    Role.CONTROLLER: [*SALES, *BOOKS, *TRUST, "/imports", "/products", *AGREED],
    Role.AUDITOR: [*SALES, *BOOKS, *TRUST, "/products", *AGREED],
    Role.ADMIN: [*SALES, *BOOKS, *TRUST, "/imports", "/products", *AGREED, "/people"],
}
WRITING: Mapping[str, Sequence[Role]] = {
    "/customers/new": [Role.AUDITOR],
    "/products/new": [Role.SALES, Role.AUDITOR],
    "/invoices/new": [Role.SALES, Role.SALES_OPS, Role.AUDITOR],
    "/payments/new": [Role.SALES, Role.SALES_OPS, Role.AUDITOR],
}
"""Forms, and the roles that must not find them."""
NAMED = {
    "web:deal",
    "web:customer",
    "web:contract",
    "web:invoice",
    "web:account",
    "web:entry",
    "web:decision",
    "web:import",
}


class Outline(HTMLParser):
    """What a page says of itself: its title, its headings, and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.heading = ""
        self.headings = 0
        self.links: dict[str, None] = {}
        self.places: list[str] = []
        self._open = ""
        self._is_in_side = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("title", "h1"):
            self._open = tag
            self.headings += tag == "h1"
        elif tag == "nav":
            self._is_in_side = values.get("id") == "side"
        elif tag == "a" and (href := (values.get("href") or "").partition("#")[0]):
            self.links[href] = None
            if self._is_in_side and href not in self.places and href != "/":
                self.places.append(href)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""
        self._is_in_side = self._is_in_side and tag != "nav"

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open == "h1":
            self.heading += data


def hold(outline: Outline, url: str) -> None:
    """Hold one page against what every page owes its reader."""
    assert outline.headings == 1, url
    assert outline.title.endswith(" · Counterfoil"), url
    if (view := view_of(url)) in NAMED:
        name, heading = outline.title.removesuffix(" · Counterfoil"), outline.heading
        reference = urlsplit(url).path.rsplit("/", 1)[1]
        assert name == heading or reference in name, f"{view}: {name!r} does not name {heading!r}"


def view_of(url: str) -> str:
    """Return which view answers an address."""
    return resolve(urlsplit(url).path).view_name


def kind_of(url: str) -> str:
    """Return what kind of page an address leads to: its view, and what is asked of it."""
    asked = sorted(name for name, _value in parse_qsl(urlsplit(url).query))
    return f"{view_of(url)} {' '.join(asked)}"


def asked_by_itself(page: Page, url: str) -> tuple[int, str]:
    """Ask for a page without showing it; returns its status and its text."""
    answer = page.request.get(url)
    return answer.status, "" if view_of(url) in FILES else answer.text()


def opened_by_the_window(page: Page, url: str) -> tuple[int, str]:
    """Open a page, with its styles and scripts; returns its status and its text."""
    if view_of(url) in FILES:
        return asked_by_itself(page, url)
    answer = page.goto(url)
    assert answer is not None
    return answer.status, page.content()


def walk(
    page: Page, opened_by: Callable[[Page, str], tuple[int, str]], kind: Callable[[str], str]
) -> Iterator[tuple[str, Outline]]:
    """Follow every link from the role's home, one page of each kind; yields each address with what it says."""
    opened: set[str] = set()
    came_from = {"/": ""}
    waiting = deque(came_from)
    while waiting:
        url = waiting.popleft()
        if kind(url) in opened:
            continue
        opened.add(kind(url))
        status, text = opened_by(page, url)
        assert status == 200, f"{status} at {url}, a link on {came_from[url]}"
        if view_of(url) in FILES:
            continue
        outline = Outline(text)
        yield url, outline
        for link in outline.links:
            full = link if not link.startswith("?") else urlsplit(url).path + link
            assert re.match(r"/(?!/)", full), f"{full} leads out of the house from {url}"
            if full not in came_from:
                came_from[full] = url
                waiting.append(full)


@pytest.mark.parametrize("role", Role)
def test_every_link_that_a_role_sees_opens_a_page_that_says_what_it_is(
    role: Role, demo: Site, arrives: Arrives
) -> None:
    page = arrives(demo).becomes(role)
    kind = kind_of if role in (Role.SALES, Role.ADMIN) else view_of
    for url, outline in walk(page, asked_by_itself, kind):
        hold(outline, url)
        assert ["/", *outline.places] == NAVIGATION[role], url


def test_no_page_gives_a_seller_s_browser_anything_to_complain_of(demo: Site, arrives: Arrives) -> None:
    """The window watches scripts, policy and hosts; the walks of axe do the same for the administrator."""
    page = arrives(demo).becomes(Role.SALES)
    for url, outline in walk(page, opened_by_the_window, view_of):
        hold(outline, url)


@pytest.mark.parametrize("role", Role)
def test_what_a_role_may_not_see_is_closed(role: Role, demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(role)
    hidden = [url for url in NAVIGATION[Role.ADMIN] if url not in NAVIGATION[role]]
    hidden += [url for url, roles in WRITING.items() if role in roles]
    for url in hidden:
        assert page.request.get(url, max_redirects=0).status == 403, url
