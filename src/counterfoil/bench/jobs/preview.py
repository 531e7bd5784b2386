"""What a deal would become while somebody types it, asked as a browser asks: the time that a person waits."""

from __future__ import annotations

import statistics
import time
from datetime import date
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.test import Client

from counterfoil.bench import bare, entries, progress
from counterfoil.bench.measure import Cost
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import services as crm
from counterfoil.crm.domain import (
    AmountState,
    CustomerDraft,
    LineDraft,
    OpportunityDraft,
    ProductDraft,
    ProductKind,
    Stage,
)
from counterfoil.flows import set_up
from counterfoil.flows.close_deals import DatedBy, close_deals
from counterfoil.flows.win_deal import enter_deal
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role

SIZE = 500
"""Deals of the same customer that were invoiced before."""
ROUNDS = 200
WARM_UP = 5
BAR_S = 0.3
"""Within which 95 of 100 answers must stand."""
LINES = 4
EMAIL = "rep@example.test"


def measured(*, size: int, rounds: int) -> Report:
    """Invoice `size` deals of a customer, then ask `rounds` times what one more would become with other terms."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = set_up.found_company(name="Bench", base_currency="EUR", country="DE", time_zone="UTC", actor=entries.ACTOR)
    customer_id = crm.add_customer(
        draft=CustomerDraft("Kestrel Water AG", "DE", terms="Net 30"), actor=entries.ACTOR, at=entries.AT
    )
    for code, kind, months in (("SVC", ProductKind.ONE_TIME_SERVICE, None), ("SUB", ProductKind.SUBSCRIPTION, 12)):
        product = ProductDraft(code, code, kind, term_months=months)
        crm.add_product(draft=product, actor=entries.ACTOR, at=entries.AT)
    for number in range(size):
        _enter(books, customer_id, number, Stage.WON)
        if number % 100 == 0:
            progress.show("deals entered", number, size)
    close_deals(
        books_id=books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=books.time_zone,
        dated_by=DatedBy.CLOSE,
        actor=entries.ACTOR,
    )
    asked = _enter(books, customer_id, size, Stage.PROPOSAL)
    waits = _waits(_browser(books), asked, rounds)
    p95 = statistics.quantiles(waits, n=20)[-1]
    cost = Cost(statistics.median(waits), statistics.median(waits), 0.0, 0.0)
    return Report(
        "preview",
        f"a deal of {LINES} lines, {size:,} invoiced before it",
        rounds,
        [Line("typed, judged, invoiced, scheduled, drawn", cost, 1, "previews")],
        [Standing("95 of 100 answers stand within, seconds", p95, BAR_S, is_least=False)],
        ("Each answer was a whole fragment of the deal page, with another term and another discount.",),
    )


def _enter(books: BooksFacts, customer_id: int, number: int, stage: Stage) -> int:
    line = LineDraft("SVC", unit_price=Money(100_000 + number, books.base_currency), discount_percent=Decimal(0))
    service = LineDraft("SUB", unit_price=Money(120_000, books.base_currency), discount_percent=Decimal(5))
    lines = (line, service) * (LINES // 2)
    total = Money((100_000 + number + 114_000) * (LINES // 2), books.base_currency)
    draft = OpportunityDraft(
        name=f"Deal {number}",
        customer_id=customer_id,
        stage=stage,
        currency="EUR",
        amount=total,
        amount_state=AmountState.SIGNED,
        close_date=date(2026, 1, 5),
        terms="Net 30",
        billing_type="monthly",
        owner=EMAIL,
        po_number=f"PO-{number}",
        service=Span(date(2026, 2, 1), date(2027, 2, 1)),
        lines=lines,
    )
    return enter_deal(books_id=books.id, draft=draft, actor=entries.ACTOR, at=entries.AT)


def _browser(books: BooksFacts) -> Client:
    people.add_user(email=EMAIL, name="Rep", role=Role.SALES, books_id=books.id, password=None, actor=entries.ACTOR)
    client = Client(SERVER_NAME="127.0.0.1")
    user = get_user_model().objects.get(email=EMAIL)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _waits(client: Client, opportunity_id: int, rounds: int) -> list[float]:
    """Ask, and return how many seconds each answer took.

    Raises:
        AnswersDiffer: an answer was no preview.
    """
    waits = []
    for round_ in range(rounds + WARM_UP):
        typed = {"terms": f"Net {30 + round_ % 60}", "discount-1": str(round_ % 20)}
        began = time.perf_counter()
        answer = client.get(f"/deals/D-{opportunity_id}/preview", typed, headers={"HX-Request": "true"})
        took = time.perf_counter() - began
        if answer.status_code != 200 or f"Net {30 + round_ % 60}".encode() not in answer.content:
            raise bare.AnswersDiffer(f"round {round_}: {answer.status_code}")
        if round_ >= WARM_UP:
            waits.append(took)
    return waits
