"""What daily jobs cost in clicks and keys, against the budgets of LOOK.md, section 10, for the pages that exist.

Each walk begins where the role's day begins; what somebody types is not counted.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.hand import TooManySteps, budget
from tests.browser.site import Site

pytestmark = pytest.mark.browser

ALIAS = re.compile("“PLT ANN” means PLT-ANN")
INVOICE = re.compile(r"^2026-\d{4}$")
DEAL = re.compile(r"^D-\d+$")


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for the page that is called so."""
    expect(page.locator("h1")).to_have_text(text)


def test_a_hand_that_does_too_much_is_told(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.SALES)
    with budget(page, 1) as hand:
        hand.press("j")
        with pytest.raises(TooManySteps, match="2 steps, 1 allowed"):
            hand.press("k")


def test_sales_sees_exactly_what_is_missing_on_a_deal(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.SALES)
    with budget(page, 2) as hand:
        hand.click(page.get_by_role("link", name="The amount is quoted, not signed"))
        needed = page.get_by_role("region", name="What finance needs")
        expect(needed).to_contain_text("The amount is quoted, not signed")
        expect(needed).to_contain_text("Mark it as signed")


def test_sales_sees_what_a_longer_term_does_and_takes_the_nearest_that_passes(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.SALES)
    page.goto("/deals?view=proposal")
    with budget(page, 2) as hand:
        hand.click(page.locator("#main tbody th a").first)
        term = page.get_by_label("Payment term")
        hand.types(term, "Net 90")
        nearest = page.get_by_role("link", name="Use Net")
        expect(nearest).to_be_visible()
        hand.click(nearest)
        expect(page.locator("#finance-preview")).not_to_contain_text("90 days to pay")
        expect(term).not_to_have_value("Net 90")


def test_sales_learns_whether_they_paid(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.SALES)
    page.goto("/deals?view=won&q=Rheinufer")
    with budget(page, 1) as hand:
        hand.click(page.get_by_role("row", name=re.compile("platform 2026")).get_by_role("link").nth(1))
        heading(page, "Rheinufer Immobilien GmbH")
        expect(page.get_by_role("row", name=re.compile("2026-0007.*Paid"))).to_be_visible()


def test_sales_ops_frees_every_deal_that_one_name_holds(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.SALES_OPS)
    with budget(page, 4) as hand:
        hand.click(page.get_by_role("link", name="Product 'PLT ANN' is not in the price list"))
        hand.click(page.get_by_role("button", name=ALIAS))
        expect(page.get_by_role("status")).to_contain_text("2 held deals can be invoiced")


def test_the_accountant_issues_what_was_won(demo: Site, arrives: Arrives) -> None:
    ops = arrives(demo).becomes(Role.SALES_OPS)
    ops.goto("/deals/held")
    ops.get_by_role("button", name=ALIAS).click()
    expect(ops.get_by_role("status")).to_contain_text("2 held deals can be invoiced")
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    with budget(page, 2) as hand:
        hand.click(page.get_by_role("link", name="Work the held deals"))
        hand.click(page.get_by_role("button", name="Check all again"))
        expect(page.get_by_role("status")).to_contain_text("Invoiced 2 deals, 14 held")


def test_the_accountant_enters_an_invoice(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.goto("/invoices")
    with budget(page, 2) as hand:
        hand.press("n")
        hand.types(page.get_by_label("Customer"), "Greyfriars Press BV")
        hand.types(page.get_by_label("Text"), "Repair of a gateway")
        hand.types(page.get_by_label("Price, net"), "180.00")
        page.get_by_label("Tax").first.evaluate("(select) => { select.selectedIndex = 1; }")
        hand.click(page.get_by_role("button", name="Issue the invoice"))
        expect(page.get_by_role("status")).to_contain_text("Issued 2026-")


def test_the_accountant_credits_an_invoice(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.goto("/invoices?view=open")
    with budget(page, 3) as hand:
        hand.click(page.get_by_role("main").get_by_role("link", name=INVOICE).first)
        hand.click(page.get_by_role("link", name="Credit note", exact=True))
        hand.types(page.get_by_label("Reason"), "Ordered twice")
        hand.click(page.get_by_role("button", name=re.compile("^Credit 2026-")))
        expect(page.get_by_role("status")).to_contain_text(re.compile("Credited 2026-.* by CN-2026-"))


def test_the_accountant_confirms_all_ready_bank_lines(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.goto("/bank")
    with budget(page, 1) as hand:
        hand.press("Shift+Enter")
        expect(page.get_by_role("status")).to_contain_text(re.compile(r"Matched \d+ lines?"))


def test_the_accountant_matches_a_hard_bank_line(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    with budget(page, 2) as hand:
        hand.click(page.get_by_role("link", name="Bank line to settle").first)
        heading(page, "Bank matching")
        hand.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Matched BLAUWE REIGER WONEN, 27,879.37")
    with budget(page, 1) as hand:
        hand.press("z")
        expect(page.get_by_role("status")).to_contain_text("Took the match back")


def test_the_accountant_follows_a_figure_to_its_deal(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ACCOUNTANT)
    page.goto("/ledger/reports/trial-balance")
    with budget(page, 3) as hand:
        hand.click(page.get_by_role("row", name=re.compile("^2200 ")).get_by_role("link").first)
        hand.click(page.get_by_role("row", name=re.compile("Invoice 2026-|2026-00")).get_by_role("link").first)
        hand.click(page.get_by_role("main").get_by_role("link", name=DEAL).first)
        expect(page).to_have_url(re.compile(r"/deals/D-\d+$"))


def test_the_controller_sees_what_needs_a_person(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    with budget(page, 0):
        expect(page.get_by_role("region", name="Needs a person").get_by_role("row")).not_to_have_count(0)
        expect(page.get_by_role("region", name="Done for you")).to_contain_text("CF-")


def test_the_controller_closes_a_month(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    with budget(page, 2) as hand:
        hand.click(page.locator("nav.side").get_by_role("link", name="Periods"))
        hand.click(page.get_by_role("button", name=re.compile("^Close .* 2026")).last)
        expect(page.get_by_role("status")).to_contain_text(re.compile(r"Closed \w+ 2026"))


def test_the_auditor_verifies_the_chain(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.AUDITOR)
    page.goto("/audit")
    with budget(page, 1) as hand:
        hand.press("v")
        expect(page.locator(".banner.good")).to_be_visible(timeout=30_000)


def test_the_auditor_goes_from_a_sampled_invoice_to_its_evidence(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.AUDITOR)
    page.goto("/invoices")
    with budget(page, 2) as hand:
        hand.click(page.get_by_role("main").get_by_role("link", name=INVOICE).first)
        hand.click(page.get_by_role("main").get_by_role("link", name=re.compile(r"^CF-\d+$")).first)
        expect(page).to_have_url(re.compile(r"/decisions/CF-\d+"))


def test_the_administrator_adds_a_person(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.ADMIN)
    with budget(page, 3) as hand:
        hand.click(page.locator("nav.side").get_by_role("link", name="People and tokens"))
        hand.types(page.get_by_label("Name", exact=True), "Wim Baas")
        hand.types(page.get_by_label("E-mail"), "wim.baas@tidewater.example")
        hand.choose(page.get_by_label("Role"), "controller")
        hand.types(page.get_by_label("First password"), "a quiet harbour at dawn")
        hand.click(page.get_by_role("button", name="Add the person"))
        expect(page.get_by_role("status")).to_contain_text("Added Wim Baas")
        expect(page.get_by_role("row", name=re.compile("Wim Baas.*Controller"))).to_be_visible()
