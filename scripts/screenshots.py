"""Take the pictures of the README from a served demo company.

    ./demo --port 8000 &
    .venv/bin/python scripts/screenshots.py http://127.0.0.1:8000

They go to docs/img, 1440 x 900 and one of a phone, with fewer colours where pngquant is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "img"
WIDE, PHONE = (1440, 900), (390, 844)


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    address = parser.parse_args().address
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("COUNTERFOIL_TEST_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        sandboxed = os.geteuid() != 0
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu"], chromium_sandbox=sandboxed)
        wide = signed_in(browser, address, WIDE, "Controller")
        take(wide, address, "/", "dashboard")
        take(wide, address, "/bank", "bank")
        customer = link(wide, address, "/customers", "main a:has-text('Kestrel Logistics BV')")
        take(wide, address, customer, "customer")
        take(wide, address, link(wide, address, customer, "main a[href*='/deals/D-']"), "deal")
        take(wide, address, link(wide, address, customer, "main tr:has-text('Paid') a[href*='/invoices/']"), "invoice")
        take(wide, address, "/audit", "audit")
        take(wide, address, "/review", "review")
        take(wide, address, "/autonomy", "autonomy")
        held = link(wide, address, "/deals/held", "main a[href*='/deals/D-']")
        take(wide, address, held, "held")
        take(wide, address, link(wide, address, held, "main a[href*='/decisions/CF-']"), "passport")
        take(signed_in(browser, address, PHONE, "Controller"), address, "/", "phone")
        browser.close()


def signed_in(browser: Browser, address: str, size: tuple[int, int], role: str) -> Page:
    """Open a window as a person of the demo."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.click(f"button:has-text('{role}')")
    page.wait_for_load_state("networkidle")
    return page


def link(page: Page, address: str, place: str, selector: str) -> str:
    """Return where the first link of a page leads that a selector finds."""
    page.goto(address + place, wait_until="networkidle")
    return page.locator(selector).first.get_attribute("href") or "/"


def take(page: Page, address: str, place: str, name: str) -> None:
    """Take one picture of what is seen first."""
    page.goto(address + place, wait_until="networkidle")
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    if shutil.which("pngquant"):
        command = ["pngquant", "--strip", "--skip-if-larger", "--force", "--output", str(file), "128", str(file)]
        subprocess.run(command, check=False)
    print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
