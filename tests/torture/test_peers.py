"""Failures that happened to others, as tests (TRUST.md section 2); docs/trust.md lists where the rest of them are."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

import counterfoil
from counterfoil.billing import selectors as billing
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft
from counterfoil.flows import receive_money
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.strict_json import Json
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger import services as ledger_services
from counterfoil.ledger.domain import JournalEntry, OutcomeKind, Posting, Sourced, UnbalancedEntry
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import ItemFacts, Part
from tests.builders import NOW, TESTER, eur, post
from tests.company import Company, a_company
from tests.databases import OwnDatabase
from tests.documents import TODAY, a_draft, a_request, enter, issue
from tests.torture import invariants

SOURCES = Path(counterfoil.__file__).parent
WRITERS, INVOICES = 8, 3


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run acts in threads that begin together, and return what each answered; a defect is raised."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            ready.wait()
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(run, act) for act in acts]]


def deadlocks() -> int:
    """Return how often PostgreSQL had to end a transaction because two waited for each other."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.commit
def test_posting_while_others_edit_and_pay_the_last_invoice_shows_nobody_an_error() -> None:
    """P-01: odoo/odoo#91873, #90465, PR #104647, numbering by locking the last move."""
    company = a_company()
    enter(company, a_request())
    is_over = threading.Event()
    writing = threading.Semaphore(0)

    def writes(writer: int) -> int:
        for number in range(INVOICES):
            (done,) = enter(company, a_request(source=f"w{writer}:{number}"))
            assert done.kind == "done", done
        writing.release()
        return INVOICES

    def pays() -> int:
        paid = 0
        while not is_over.is_set():
            last = receivables.open_items(company.books.id, limit=1_000)[-1]
            amount = Money(min(100, last.open.minor), last.open.currency)
            payment = receive_money.HandPayment(
                amount,
                TODAY,
                f"pay:{threading.get_ident()}:{paid}",
                (Part(last.id, amount),),
                customer_id=last.customer_id,
            )
            try:
                receive_money.record_payment(books_id=company.books.id, payment=payment, actor=TESTER, at=NOW)
            except Refused as refused:
                # The other payer settled the rest since we looked; that is an answer, and the next look shows it.
                if refused.code != "exceeds_open":
                    raise
            paid += 1
        return paid

    def edits() -> int:
        edited = 0
        while not is_over.is_set():
            crm.add_customer(
                draft=CustomerDraft(f"Another {edited}", "DE", terms="Net 30"), external_ids=(), actor=TESTER, at=NOW
            )
            billing.document_summaries(company.books.id)
            edited += 1
        return edited

    def ends() -> int:
        for _ in range(WRITERS):
            assert writing.acquire(timeout=120)
        is_over.set()
        return 0

    answers = at_once([*(partial(writes, w) for w in range(WRITERS)), pays, pays, edits, ends])
    assert answers[:WRITERS] == [INVOICES] * WRITERS
    assert min(answers[WRITERS:-1]) > 0
    assert deadlocks() == 0
    assert invariants.wrong(company.books.id) == []


@pytest.mark.database
def test_old_numbers_are_taken_by_a_series_of_their_own_and_no_invoice_goes() -> None:
    """P-03: odoo/odoo PR #104345. Deleting and renumbering are tried in tests/billing/test_series.py."""
    company = a_company()
    issue(company, a_draft(company))
    (legacy,) = issue(company, a_draft(company, day=date(2026, 1, 5)), is_historical=True)
    (following,) = issue(company, a_draft(company))
    assert [legacy.number, following.number] == ["2026-B-0001", "2026-0002"]


@pytest.mark.database
def test_the_number_is_taken_by_one_statement_after_every_rule_has_spoken() -> None:
    """P-04: frappe/erpnext#47369, frappe/frappe#21714. `tests.torture.kills` prints how long the series is held."""
    company = a_company()
    enter(company, a_request())
    with CaptureQueriesContext(connection) as captured:
        enter(company, a_request())
    statements = [query["sql"] for query in captured]
    (taken,) = [place for place, said in enumerate(statements) if said.startswith("UPDATE billing_series")]
    rules = re.compile(r"^SELECT .* FROM \"?(crm_product|billing_tax_rate|standards_)", re.DOTALL)
    written = re.compile(r"INSERT .*INTO \"?(billing_invoice|ledger|audit|revenue)")
    assert [said for said in statements[taken:] if rules.match(said)] == []
    assert [said for said in statements[:taken] if written.match(said)] == []


def test_no_counter_is_read_added_to_and_written_back() -> None:
    """P-07: Paymenter#1244, openemr#11818, crbnos/carbon#1284."""
    written = re.compile(r"(?:SET|,)\s+(next_no)\s*=\s*([^,\s]+)\s*\+", re.IGNORECASE)
    any_write = re.compile(r"SET\s+next_no\s*=", re.IGNORECASE)
    by_orm = re.compile(r"\.next_no\s*\+?=[^=]|update\(\s*next_no=")
    counters = []
    for path in sorted(SOURCES.rglob("*.py")):
        text = path.read_text("utf-8")
        assert len(any_write.findall(text)) == len(written.findall(text)), path
        counters += [path.name for _ in written.findall(text)]
        if by_orm.search(text):
            # The one place that sets a counter right, on record and under its lock.
            assert "def repair_series" in text, path
    assert counters == ["numbers.py", "services.py"]


@pytest.mark.commit
def test_first_payments_at_once_open_one_bank_account() -> None:
    """P-22: svthalia/concrexit#3367, look first and create then. Fifty payments of one invoice: tests/receivables."""
    company = a_company()
    enter(company, *[a_request() for _ in range(WRITERS)])
    items = receivables.open_items(company.books.id)
    answers = at_once([partial(paid, company, item) for item in items])
    assert answers == ["done"] * WRITERS
    assert len(receivables.bank_positions(company.books.id)) == 1
    assert invariants.wrong(company.books.id) == []


def paid(company: Company, item: ItemFacts) -> str:
    """Pay all of an item; return what came of it."""
    payment = receive_money.HandPayment(
        item.open, TODAY, f"pay {item.id}", (Part(item.id, item.open),), customer_id=item.customer_id
    )
    done = receive_money.record_payment(books_id=company.books.id, payment=payment, actor=TESTER, at=NOW)
    return done.kind.value


@pytest.mark.database
def test_rounding_each_line_never_leaves_the_entry_less_balanced() -> None:
    """P-25: frappe/erpnext PR #25775. Three thirds of a cent in euros, at a rate that rounds each of them up."""
    company = a_company()
    ledger_services.set_exchange_rate(
        books_id=company.books.id, currency_code="USD", valid_from=date(2026, 1, 1), base_rate=Decimal("0.915"),
        actor=TESTER, at=NOW,
    )  # fmt: skip
    lines: list[Json] = [
        {"product_code": "SVC", "quantity": "1", "unit_price": "0.37", "tax_code": "DE-19"} for _ in range(3)
    ]
    (done,) = enter(company, a_request(currency="USD", lines=lines))
    assert done.kind == "done", done
    for entry in ledger.latest_entries(company.books.id):
        assert sum(posting.base.minor for posting in entry.entry.postings) == 0
        assert sum(posting.amount.minor for posting in entry.entry.postings) == 0


@pytest.mark.commit
def test_an_entry_that_rounding_unbalanced_is_refused_by_type_and_by_commit(own_database: OwnDatabase) -> None:
    """P-25: the check is the last step before the COMMIT, and the database's own."""
    company = a_company()
    euro_cent = eur(1)
    with pytest.raises(UnbalancedEntry):
        JournalEntry(TODAY, "", (Posting("1100", euro_cent, euro_cent), Posting("4000", -euro_cent, eur(0))))
    wages = JournalEntry(
        TODAY, "wages", (Posting("6000", euro_cent, euro_cent), Posting("1000", -euro_cent, -euro_cent))
    )
    (done,) = post(company.books, Sourced("a", wages))
    assert done.kind is OutcomeKind.DONE
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, line, books_id, account_id, entry_date, currency, amount_minor,"
            " base_minor) SELECT entry_id, 3, books_id, account_id, entry_date, currency, 0, 1 FROM ledger_posting"
            " WHERE line = 1"
        )
    assert invariants.wrong(company.books.id) == []


def test_an_amount_has_its_currency_or_does_not_exist() -> None:
    """P-26: frappe/erpnext#55600, dollars posted as pounds."""
    made: Any = Money
    with pytest.raises(TypeError):
        made(100)
    with pytest.raises(TypeError):
        made(100, "USD")
    with pytest.raises(ValueError, match=r"."):
        Money(100, currency("USD")) + Money(100, currency("GBP"))
    assert Money(100, currency("USD")) != Money(100, currency("GBP"))


@pytest.mark.commit
def test_the_database_takes_no_posting_without_its_currency(own_database: OwnDatabase) -> None:
    """P-26."""
    company = a_company()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, line, books_id, account_id, entry_date, currency, amount_minor,"
            " base_minor) SELECT 9, 1, books_id, id, '2026-10-01', NULL, 0, 0 FROM ledger_account WHERE books_id = %s",
            [company.books.id],
        )
