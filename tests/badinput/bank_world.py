"""The world that the bank cases assume: two open invoices of 1,200.00, a known bank account, half a year closed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from counterfoil.audit import selectors as record
from counterfoil.ledger import selectors as journal
from counterfoil.ledger import services as ledger
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import ItemFacts
from tests.builders import NOW, TESTER
from tests.receivables.company import IBAN, Company, a_company

CASES = Path(__file__).parent


def the_world() -> tuple[Company, ItemFacts, ItemFacts]:
    """Return the company and its invoices INV-2026-000017 and INV-2026-000018 (s-* README, "World")."""
    company = a_company()
    for month in range(1, 7):
        ledger.close_period(books_id=company.id, month=date(2026, month, 1), actor=TESTER, at=NOW)
    receivables.open_bank_account(
        books_id=company.id, iban=IBAN, name="Current account", currency_code="EUR", actor=TESTER, at=NOW
    )
    first, second = company.invoices(company.customer(), 120000, 120000)
    return company, first, second


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def posted(company: Company) -> int:
    """How many entries the journal has."""
    return len(journal.latest_entries(company.id, limit=1_000))


def refusals() -> list[str]:
    """The codes of the events that say a file was refused."""
    return [str(event.body["code"]) for event in record.events(kind="crm.import_refused")]
