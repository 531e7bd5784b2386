"""Pages in a browser: the policy, accessibility, keys, and how many presses a job takes (LOOK.md section 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize

from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft
from counterfoil.people.domain import Role
from tests.builders import NOW, TESTER
from tests.databases import OwnDatabase
from tests.web.served import Served, Visitor, a_served_company

PAGES = (
    "/",
    "/deals",
    "/deals/held",
    "/deals/D-1",
    "/deals/D-3",
    "/deals/D-4",
    "/customers",
    "/customers/1",
    "/customers/new",
    "/products",
    "/products/new",
    "/contracts",
    "/contracts/C-0001",
    "/contracts/C-0002",
    "/invoices",
    "/invoices/new",
    "/invoices/2026-0001",
    "/invoices/2026-0001/credit",
    "/bank",
    "/payments/new?invoice=2026-0001",
    "/ledger/reports/trial-balance",
    "/ledger/reports/balance-sheet",
    "/ledger/reports/profit-and-loss",
    "/ledger/reports/aged-receivables",
    "/ledger/accounts/1100",
    "/ledger/entries/J-1?account=1100&from=trial-balance",
    "/periods",
    "/audit",
    "/decisions/CF-1",
    "/imports",
    "/imports/B-1",
    "/people",
    "/search?q=kestrel",
)
"""Every page, with what the served company holds."""

pytestmark = pytest.mark.browser


@pytest.fixture
def served(own_database: OwnDatabase) -> Iterator[Served]:
    """Return a filled company, served to the browser."""
    with a_served_company(own_database) as company:
        yield company


@pytest.fixture
def visitor(chromium: Browser, served: Served) -> Iterator[Visitor]:
    """Return a visitor at a wide screen."""
    with seen(chromium, served, 1440, 900, "light") as found:
        yield found


@contextmanager
def seen(chromium: Browser, served: Served, width: int, height: int, scheme: str) -> Iterator[Visitor]:
    size: ViewportSize = {"width": width, "height": height}
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    try:
        yield Visitor(context, served)
    finally:
        context.close()


def test_every_page_keeps_the_policy_and_passes_axe_wide_and_on_a_phone_in_the_dark(
    chromium: Browser, served: Served
) -> None:
    axe = Axe()
    found = []
    for width, height, scheme in ((1440, 900, "light"), (390, 844, "dark")):
        with seen(chromium, served, width, height, scheme) as visitor:
            visitor.opens("/sign-in")
            found += [f"sign-in: {one['id']}" for one in axe.run(visitor.page).response["violations"]]
            visitor.enters(Role.ADMIN)
            for path in PAGES:
                visitor.opens(path)
                where = f"{path} at {width} in {scheme}"
                violations = axe.run(visitor.page).response["violations"]
                found += [f"{where}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in violations]
                if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    found.append(f"{where}: scrolls sideways")
            found += visitor.complaints
    assert found == []


@pytest.mark.both_engines
def test_the_accountants_jobs_take_as_many_presses_as_promised(visitor: Visitor) -> None:
    visitor.enters(Role.ACCOUNTANT)

    # Follow a figure to its deal: 3.
    visitor.opens("/ledger/reports/trial-balance", forgets=True)
    visitor.clicks("tr:has-text('1100') .drill")
    visitor.clicks("tbody a:has-text('J-')")
    visitor.clicks(".lineage a:has-text('D-')")
    assert "Metering" in visitor.heading
    assert visitor.presses == 3

    # Confirm all ready bank lines: 1; match a hard one: 2; take it back: 1.
    visitor.opens("/bank", forgets=True)
    visitor.types_key("Shift+Enter")
    assert "Matched 1 line" in visitor.toast
    assert visitor.presses == 1
    visitor.opens("/bank", forgets=True)
    visitor.clicks("a.plain:has-text('KESTREL')")
    visitor.page.check("input[name=item] >> nth=0")
    visitor.clicks("#bank-line button:has-text('Match')")
    assert "Matched KESTREL WATER AG, 500.00" in visitor.toast
    assert visitor.presses == 2
    visitor.types_key("z")
    assert "Took the match back" in visitor.toast

    # Credit an invoice: 3, from the list.
    visitor.opens("/invoices?view=all", forgets=True)
    visitor.clicks("th a:has-text('2026-0002')")
    visitor.clicks("a:has-text('Credit note')")
    visitor.page.fill("#f-reason", "Ordered twice")
    visitor.clicks("button:has-text('Credit 2026-0002')")
    assert visitor.heading.startswith("Credit note")
    assert visitor.presses == 3

    # Fix the name that holds the most deals, and invoice them: 4.
    visitor.opens("/", forgets=True)
    visitor.clicks("nav.side a:has-text('Held deals')")
    visitor.clicks("button:has-text('means GW-1')")
    assert "1 held deal can be invoiced" in visitor.toast
    visitor.clicks("button:has-text('Check all again')")
    assert "Invoiced 1 deal" in visitor.toast
    assert visitor.presses <= 4
    assert visitor.complaints == []


def test_hands_stay_on_the_keys_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    visitor.enters(Role.CONTROLLER)
    visitor.page.keyboard.press("Control+k")
    visitor.page.keyboard.type("2026-0001")
    visitor.page.wait_for_selector("#palette-hits a:has-text('2026-0001')")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("h1:has-text('Invoice 2026-0001')")
    visitor.page.keyboard.press("g")
    visitor.page.keyboard.press("c")
    visitor.page.wait_for_selector("h1:has-text('Customers')")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("gn")
    assert visitor.page.input_value("input.filter") == "gn"
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("h1:has-text('Kestrel')")

    visitor.opens("/customers/new")
    visitor.page.fill("#f-name", "Fjord Energy")
    visitor.page.fill("#f-terms", "Net 9O")
    visitor.clicks("button:has-text('Add the customer')")
    assert visitor.page.input_value("#f-name") == "Fjord Energy"
    assert "Net 9O is not a payment term" in visitor.page.inner_text("#f-terms-r")
    assert visitor.page.evaluate("document.activeElement.id") == "f-terms"

    visitor.page.click("[data-theme-choice]")
    visitor.opens("/deals")
    assert visitor.page.get_attribute("html", "data-theme") == "dark"

    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    crm.add_customer(draft=CustomerDraft(name, "DE"), actor=TESTER, at=NOW)
    for path in ("/search?q=script", "/payments/new", "/invoices/new", "/customers"):
        visitor.opens(path)
    assert name in visitor.page.inner_text("main")
    assert visitor.complaints == []


def test_everything_works_without_script(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/sign-in")
    page.click(f"button[value='{served.people[Role.ACCOUNTANT]}']")
    page.click("nav.side a:has-text('Invoices')")
    page.click("a:has-text('New invoice')")
    page.fill("[name=customer]", "Kestrel Water AG")
    page.fill("[name=text-1]", "Advice")
    page.fill("[name=price-1]", "80.00")
    page.select_option("[name=tax-1]", index=1)
    page.click("button:has-text('Another line, without script')")
    assert page.locator("[name=price-2]").count() == 1
    assert page.input_value("[name=price-1]") == "80.00"
    page.click("button:has-text('Issue the invoice')")
    assert page.locator(".refusal").all_inner_texts() == []
    assert re.match("Invoice 2026-[0-9]{4}", page.inner_text("h1"))
    page.click("button[name=theme]")
    assert page.get_attribute("html", "data-theme") == "dark"
    context.close()
