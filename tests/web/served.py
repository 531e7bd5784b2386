"""A company served to a browser."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection

from playwright.sync_api import BrowserContext, Page, Request, Response

from counterfoil.crm import services as crm
from counterfoil.crm.domain import AmountState, OpportunityDraft, Stage
from counterfoil.flows import receive_money
from counterfoil.infra.home import DEMO_MARK
from counterfoil.kernel.money import Money
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.databases import OwnDatabase

SECONDS_TO_START = 90
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling"
BANK = """booking_date,amount,currency,counterparty,iban,reference,bank_tx_id
2026-11-02,1428.00,EUR,KESTREL WATER AG,,INV 2026-0001,T1
2026-11-03,500.00,EUR,KESTREL WATER AG,,thanks,T2
2026-11-04,-12.50,EUR,Bank,,charges,T3
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A company with people of every role, served at an address."""

    url: str
    company: Company
    people: dict[Role, int]


def fill(company: Company) -> None:
    """Win four deals: two are invoiced, one lacks a known product, one is open; and bring a bank statement in."""
    drafts = [
        a_won_deal(company, 120_000, name="Metering, first year"),
        a_won_deal(company, 240_000, name="Metering, second year", product="SUB"),
        a_won_deal(company, 50_000, name="Spare parts", product="GW1"),
    ]
    for number, draft in enumerate(drafts):
        add(company, draft, f"X-{number}")
    lead = OpportunityDraft(
        name="Roll-out",
        customer_id=company.customer_id,
        stage=Stage.ENGAGING,
        currency="EUR",
        amount=Money(990_000, EUR),
        amount_state=AmountState.ESTIMATED,
        close_date=date(2026, 12, 1),
        owner="sam@example.test",
    )
    crm.add_opportunity(books_id=company.books.id, draft=lead, actor=TESTER, at=NOW)
    company.closes()
    receive_money.import_bank(books_id=company.books.id, data=BANK.encode(), file_name="bank.csv", actor=TESTER, at=NOW)


def add(company: Company, draft: OpportunityDraft, external_id: str) -> int:
    """Store an opportunity as a CRM says it, won or not."""
    said = crm.said_by_hand(draft, external_id=external_id)
    draft = dataclasses.replace(draft, external_id=external_id, system="crm")
    return crm.add_opportunity(
        books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said._replace(system="crm")
    )


@contextmanager
def a_served_company(database: OwnDatabase) -> Iterator[Served]:
    """Serve a filled company in a process of its own, as `counterfoil serve` does, in a home of the demo's kind."""
    (database.home / DEMO_MARK).touch()
    company = a_company()
    fill(company)
    members = {
        role: people.add_user(
            email=f"{role.value}@example.test",
            name=f"{role.value.replace('_', ' ').title()} Person",
            role=role,
            books_id=company.books.id,
            password=None,
            actor=TESTER,
        )
        for role in Role
    }
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "counterfoil", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=database.environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(port, process)
        yield Served(url, company, members)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the pages answer."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, "the server has ended"
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/sign-in")
                connection.getresponse().read()
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"port {port} did not answer within {SECONDS_TO_START} seconds")


class Visitor:
    """A person at a browser: counts what they press, and remembers what the browser complained of."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.page: Page = context.new_page()
        self.served = served
        self.presses = 0
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("request", self._watch)
        self.page.on("response", self._answered)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "the server responded with a status of 4" not in text:
            self.complaints.append(text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.served.url, "data:")):
            self.complaints.append(f"left the house: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} at {response.url}")

    def enters(self, role: Role) -> None:
        """Sign in with one click, and forget the clicks until now."""
        self.page.goto(f"{self.served.url}/sign-in")
        self.page.click(f"button[value='{self.served.people[role]}']")
        self.page.wait_for_selector("main#main")
        self.presses = 0

    def opens(self, path: str, *, forgets: bool = False) -> None:
        """Open an address; that is no click. `forgets` begins to count anew."""
        self.page.goto(self.served.url + path)
        self.presses = 0 if forgets else self.presses

    def clicks(self, selector: str) -> None:
        """Press something with the mouse."""
        self.presses += 1
        self.page.click(selector)
        self._settle()

    def types_key(self, key: str) -> None:
        """Press a key."""
        self.presses += 1
        self.page.keyboard.press(key)
        self._settle()

    def _settle(self) -> None:
        """Wait until what was asked for is on the page."""
        self.page.wait_for_selector(BUSY, state="detached")
        self.page.wait_for_load_state("networkidle")

    @property
    def heading(self) -> str:
        """The page's heading."""
        return self.page.inner_text("h1")

    @property
    def toast(self) -> str:
        """What the page says was done."""
        return self.page.inner_text(".toast")
