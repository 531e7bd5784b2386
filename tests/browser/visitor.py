"""A person at the browser: opens pages, and notices whatever a browser would rather not say aloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, Response

from counterfoil.demo.domain import company
from counterfoil.people.domain import Role
from tests.browser.site import Site

REFUSED = 422
"""A form that comes back with its refusals: the only status above 399 that a walk expects without saying so."""
CSP_REPORTER = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));
"""


@dataclass
class Visitor:
    """A window on one site. `complaints` must stay empty; `expected` are the statuses that a walk provokes."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=lambda: {REFUSED})

    @classmethod
    def arrives(cls, browser: Browser, site: Site, **options: Any) -> Visitor:
        """Open a window of its own, 1280 x 800 and light when nothing else is said."""
        wanted: dict[str, Any] = {
            "viewport": {"width": 1280, "height": 800},
            "color_scheme": "light",
            "locale": "en-US",
            **options,
        }
        context = browser.new_context(base_url=site.address, **wanted)
        context.set_default_timeout(15_000)
        context.add_init_script(CSP_REPORTER)
        visitor = cls(site, context, context.new_page())
        context.on("request", visitor._asked)
        context.on("response", visitor._answered)
        context.on("console", visitor._said)
        context.on("dialog", visitor._dialog)
        context.on("weberror", lambda error: visitor.complaints.append(f"script: {error.error}"))
        return visitor

    def becomes(self, role: Role) -> Page:
        """Sign in as a person of the demo company, with one click."""
        self.page.goto("/sign-in")
        self.page.get_by_role("button", name=company.PEOPLE[role].name).click()
        self.page.wait_for_url("**/")
        return self.page

    def opens(self, path: str) -> Page:
        """Open a page by its address."""
        self.page.goto(path)
        return self.page

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.address + "/", "data:", "blob:")):
            self.complaints.append(f"foreign host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status}: {response.request.method} {urlsplit(response.url).path}")

    def _said(self, message: ConsoleMessage) -> None:
        # The status of a resource is judged above. A request that is given up because the page is left is no fault;
        # one that fails says htmx:sendError as well.
        judged = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
        if message.type in ("error", "warning") and not message.text.startswith(judged):
            self.complaints.append(f"console: {message.text} on {self.page.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
