"""The world that the invoice and date cases assume: customers, products, rates, and half a year closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from counterfoil.audit import selectors as record
from counterfoil.billing import selectors as billing
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, ProductDraft, ProductKind, ProductStatus
from counterfoil.flows import set_up
from counterfoil.ledger import selectors as journal
from counterfoil.ledger import services as ledger
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import Door, at, said
from tests.builders import NOW, TESTER

CASES = Path(__file__).parent
FAMILIES = {
    "BAD_DATE": {"bad_date"},
    "AMBIGUOUS_DATE": {"ambiguous_date"},
    "CONFLICT": {"due_date_off_term", "customer_on_hold"},
    "PERIOD_CLOSED": {"period_is_closed"},
    "RANGE": {
        "out_of_range",
        "zero_total",
        "negative_total",
        "due_before_issue",
        "service_end_before_start",
        "issue_date_too_far",
        "service_unusually_long",
    },
    "SCALE": {"scale"},
    "MISSING_FIELD": {"missing_field", "no_lines"},
    "BAD_NUMBER": {"bad_number"},
    "SCHEMA": {"unknown_customer", "unknown_field", "wrong_type"},
}
"""Which of our codes belong to the corpus' families of errors."""
PRODUCTS = (
    ("SUB-ENT-Y", ProductKind.SUBSCRIPTION, ProductStatus.ACTIVE, 12),
    ("SUB-PRO-M", ProductKind.SUBSCRIPTION, ProductStatus.ACTIVE, 1),
    ("SVC-IMPL", ProductKind.ONE_TIME_SERVICE, ProductStatus.ACTIVE, None),
    ("HW-GW1", ProductKind.GOOD, ProductStatus.ACTIVE, None),
    ("HW-OLD", ProductKind.GOOD, ProductStatus.RETIRED, None),
)
RATES = {"JPY": "0.0062", "KWD": "3.05", "BHD": "2.49", "USD": "0.92"}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is fed in, and what has to come of it."""

    id: str
    file: str
    expect: str
    error: str
    must: str
    kind: str

    @property
    def data(self) -> bytes:
        return (CASES / self.kind / self.file).read_bytes()


@dataclass(frozen=True, slots=True)
class World:
    """The books with the API as an accountant has it."""

    books: BooksFacts
    door: Door

    def enter(self, data: bytes, key: str = "") -> HttpResponse:
        return self.door.post("/invoices", data=data, key=key)

    def state(self) -> dict[str, Any]:
        """What a refused request must not change: entries, documents, customers, counters, the price list."""
        return {
            "entries": [entry.id for entry in journal.latest_entries(self.books.id, limit=1_000)],
            "documents": [row.number for row in billing.document_summaries(self.books.id, limit=1_000)],
            "customers": said(self.door.get("/customers", limit=500)),
            "products": said(self.door.get("/products", limit=500)),
            "held": said(self.door.get("/held"))["invoices"],
            "faults": billing.series_faults(self.books.id),
        }


def cases(kind: str) -> list[Case]:
    """Return the cases of a kind in their order."""
    lines = (CASES / kind / "index.jsonl").read_text("utf-8").splitlines()
    return [Case(**json.loads(line), kind=kind) for line in lines]


@contextmanager
def the_world(moment: datetime = NOW, time_zone: str = "Europe/Berlin") -> Iterator[World]:
    """Open the world at a moment."""
    with at(moment):
        books = set_up.found_company(
            name="Tidewater Metering", base_currency="EUR", country="DE", time_zone=time_zone, actor=TESTER
        )
        for number in range(1, 10):
            _customer(f"ACC-{number}", "Net 30" if number == 1 else "")
        _customer("ACC-BLOCKED", "", is_blocked=True)
        for code, kind, status, months in PRODUCTS:
            crm.add_product(
                draft=ProductDraft(code, code, kind, status=status, term_months=months), actor=TESTER, at=NOW
            )
        for code, rate in RATES.items():
            ledger.set_exchange_rate(
                books_id=books.id,
                currency_code=code,
                valid_from=date(2026, 1, 1),
                base_rate=Decimal(rate),
                actor=TESTER,
                at=NOW,
            )
        for month in range(1, 7):
            ledger.close_period(books_id=books.id, month=date(2026, month, 1), actor=TESTER, at=NOW)
        user = people.add_user(
            email="accountant@tidewater.test",
            name="Accountant",
            role=Role.ACCOUNTANT,
            books_id=books.id,
            password=None,
            actor=TESTER,
        )
        yield World(books, Door(people.issue_token(user_id=user, name="tests", actor=TESTER)))


def _customer(external_id: str, terms: str, *, is_blocked: bool = False) -> None:
    draft = CustomerDraft(f"Customer {external_id}", "DE", terms=terms, is_blocked=is_blocked)
    crm.add_customer(draft=draft, external_ids=[("crm", external_id)], actor=TESTER, at=NOW)


def events() -> int:
    """How many events the record has."""
    return len(record.events(limit=10_000))


def body(data: bytes) -> dict[str, Any]:
    """Return a case's JSON."""
    found: dict[str, Any] = json.loads(data)
    return found
