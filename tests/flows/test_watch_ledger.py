"""Duplicates, slips and gaps that were seeded into a ledger are all found, and nothing else of what is usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from counterfoil.anomalies import selectors as watch
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import parsed_request
from counterfoil.billing.models import Series
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ProductDraft, ProductKind
from counterfoil.flows.enter_invoice import EnteredKind, enter_invoices
from counterfoil.flows.watch_ledger import Spotted, watch_ledger
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company

pytestmark = pytest.mark.database
TODAY = date(2026, 11, 15)


@pytest.fixture
def company() -> Company:
    company = a_company()
    crm.add_product(draft=ProductDraft("LIC", "Licence", ProductKind.LICENCE, price=eur(100_000)), actor=TESTER, at=NOW)
    return company


def invoice(company: Company, source: str, day: date, price: str = "1000.00", **said: Any) -> None:
    asked = parsed_request(
        {
            "customer": "Kestrel Water AG",
            "currency": "EUR",
            "issue_date": day.isoformat(),
            "terms": "Net 30",
            "lines": [{"product_code": "LIC", "quantity": "1", "unit_price": price, "delivered_on": day.isoformat()}],
            **said,
        }
    )
    assert not isinstance(asked, list), asked
    (entered,) = enter_invoices(
        books_id=company.books.id, requests=[replace(asked, source=source)], actor=TESTER, at=NOW
    )
    assert entered.kind is EnteredKind.DONE, entered


def looked(company: Company) -> list[Spotted]:
    return list(watch_ledger(books_id=company.books.id, today=TODAY, at=NOW))


def test_seeded_duplicates_typos_and_gaps_are_found(company: Company) -> None:
    for week in range(8):
        day = date(2026, 8, 3) + timedelta(7 * week)
        invoice(company, f"week-{week}", day, f"{1000 + 7 * week}.00", po_number=f"PO-{1000 + 37 * week}")
    assert looked(company) == []
    invoice(company, "twice", date(2026, 9, 25), "1049.00", po_number="PO-1259")
    invoice(company, "typo", date(2026, 9, 28), "1042.00", po_number="PO-1232")
    series = Series.objects.get(books_id=company.books.id, kind="invoice")
    Series.objects.filter(id=series.pk).update(next_no=series.next_no + 2)
    found = looked(company)
    assert [(one.finding.code, one.on) for one in found] == [
        ("duplicate_order", date(2026, 9, 25)),
        ("duplicate_typo", date(2026, 9, 28)),
        ("sequence_gap", None),
    ]
    kept = watch.noted(company.books.id)
    assert [one.code for one in kept if one.rule == "duplicate"] == ["duplicate_typo", "duplicate_order"]
    assert looked(company) == found
    assert watch.noted(company.books.id) == kept


def test_a_later_invoice_changes_nothing_that_was_said_of_an_earlier_one(company: Company) -> None:
    for number in range(6):
        invoice(company, f"n-{number}", date(2026, 9, 1) + timedelta(number), "500.00", po_number=f"A-{number}00")
    before = [(one.number, one.finding) for one in looked(company)]
    invoice(company, "later", date(2026, 9, 20), "500.00", po_number="A-100")
    after = [(one.number, one.finding) for one in looked(company)]
    assert after[: len(before)] == before
    assert len(billing.issued_in_order(company.books.id)) == 7
