"""The auditor's page in a browser: the binder in one click with its progress, and nothing for axe to find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from counterfoil.audit.binder import verify
from counterfoil.people.domain import Role
from tests.browser.conftest import Arrives
from tests.browser.hand import budget
from tests.browser.site import Site
from tests.browser.test_accessibility import EVERYTHING, found_by_axe

pytestmark = pytest.mark.browser


def test_the_auditor_takes_the_binder_of_a_closed_month(demo: Site, arrives: Arrives, tmp_path: Path) -> None:
    page = arrives(demo).becomes(Role.AUDITOR)
    page.goto("/audit")
    with budget(page, 2) as hand:
        hand.click(page.get_by_role("button", name="Write the binder"))
        take = page.get_by_role("link", name="Take the file")
        expect(take).to_be_visible(timeout=120_000)
        with page.expect_download() as download:
            hand.click(take)
    file = tmp_path / "binder.zip"
    download.value.save_as(file)
    manifest, counts, found = verify.verified(file)
    assert found == []
    assert manifest["state"] == "closed"
    assert counts["documents"] > 0
    assert counts["anchors"] > 0
    assert found_by_axe(page, EVERYTHING) == []


def test_what_is_held_about_a_person_is_one_page(demo: Site, arrives: Arrives) -> None:
    page = arrives(demo).becomes(Role.CONTROLLER)
    page.goto("/audit")
    page.get_by_role("link", name="What is kept, and what is held about a person").click()
    expect(page).to_have_url(re.compile("/privacy$"))
    page.get_by_label("Contact, by number or external id").fill("1")
    page.get_by_role("button", name="Show what is held").click()
    expect(page.get_by_role("button", name="File for the person")).to_be_visible()
    assert found_by_axe(page, EVERYTHING) == []
