"""Aged receivables equal the ledger on every day, past or present."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from counterfoil.kernel.currency import USD
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as journal
from counterfoil.ledger.domain import AccountRole
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.receivables.domain.undoing import What
from tests.builders import eur
from tests.receivables.company import Company, a_company, part

pytestmark = pytest.mark.database


def insist_equal_to_the_ledger(company: Company, day: date) -> None:
    aged = reads.aged_receivables(company.id, day)
    for ours, role, sign in (
        (aged.total_base_minor, AccountRole.RECEIVABLE, 1),
        (aged.conditional_base_minor, AccountRole.INVOICED_NOT_DUE, 1),
        (aged.unapplied_base_minor, AccountRole.UNAPPLIED_CASH, -1),
    ):
        assert ours == sign * journal.account_balance(company.id, role, as_of=day), (role, day)
    by_customer = journal.customer_balances(company.id, AccountRole.RECEIVABLE, as_of=day)
    ours_by_customer: dict[int | None, int] = {}
    for row in aged.rows:
        ours_by_customer[row.customer_id] = ours_by_customer.get(row.customer_id, 0) + row.total_base_minor
    assert {id_: minor for id_, minor in ours_by_customer.items() if minor} == {
        id_: minor for id_, minor in by_customer.items() if minor
    }


def test_the_boundary_days_are_where_the_buckets_say() -> None:
    """ORACLES section 4: boundary days 0, 1, 30, 31, 60, 61, 90, 91."""
    company = a_company()
    customer = company.customer()
    as_of = date(2026, 11, 15)
    for place, overdue in enumerate((-5, 0, 1, 30, 31, 60, 61, 90, 91, 400)):
        due = as_of - timedelta(days=overdue)
        company.invoices(customer, 10**place, first=place, issued=due - timedelta(days=30), due=due)
    (row,) = reads.aged_receivables(company.id, as_of).rows
    assert row.base == {"not_due": 11, "1-30": 1100, "31-60": 110000, "61-90": 11000000, "91+": 1100000000}
    assert row.amounts == row.base
    insist_equal_to_the_ledger(company, as_of)


def test_the_past_is_as_it_was_whatever_happened_since() -> None:
    company = a_company()
    acme, zenith = company.customer("Acme"), company.customer("Zenith")
    _, second, third = company.invoices(acme, 10000, 20000, 30000, issued=date(2026, 7, 1), due=date(2026, 7, 31))
    (other,) = company.invoices(zenith, 5000, first=90, issued=date(2026, 9, 1), due=date(2026, 10, 1))
    company.receives(
        "2026-08-10,100.00,INV-2026-000017",
        "2026-08-20,250.00,x",
        "2026-09-10,-100.00,RETURN INV-2026-000017",
    )
    company.match()
    line = company.lines(state="listed")[0]
    paid = company.by_hand(line, part(second))
    company.apply(paid.payment_id or 0, 5000, part(third, 4000), on=date(2026, 9, 20))
    (note,) = company.invoices(
        zenith,
        5000,
        number="CN-{}",
        kind=DocumentKind.CREDIT_NOTE,
        issued=date(2026, 10, 5),
        due=date(2026, 10, 5),
        credits_id=other.document_id,
    )
    (used,) = [row for row in reads.settlings(company.id, third.document_id) if row.is_live]
    company.undo(What.ALLOCATION, used.allocation_id, on=date(2026, 10, 15))
    company.undo(What.LINE, line.id, on=date(2026, 10, 20))
    assert company.item(note).open.minor == 0
    totals = {
        day: reads.aged_receivables(company.id, day).total_base_minor
        for day in (
            date(2026, 6, 30),
            date(2026, 7, 31),
            date(2026, 8, 10),
            date(2026, 8, 20),
            date(2026, 9, 10),
            date(2026, 9, 20),
            date(2026, 10, 15),
            date(2026, 10, 20),
        )
    }
    assert list(totals.values()) == [0, 60000, 50000, 30000, 45000, 41000, 40000, 60000]
    for step in range(140):
        insist_equal_to_the_ledger(company, date(2026, 6, 25) + timedelta(days=step))


def test_what_is_still_conditional_stands_apart() -> None:
    company = a_company()
    customer = company.customer()
    company.open(
        [
            receivables.NewItem(
                DocumentKind.INVOICE,
                900,
                customer,
                "INV-900",
                eur(10000),
                eur(10000),
                date(2026, 10, 1),
                date(2026, 10, 31),
                is_conditional=True,
            )
        ]
    )
    aged = reads.aged_receivables(company.id, date(2026, 11, 15))
    assert (aged.total_base_minor, aged.conditional_base_minor) == (0, 10000)
    insist_equal_to_the_ledger(company, date(2026, 11, 15))


def test_currencies_have_rows_of_their_own_and_one_total_in_base() -> None:
    company = a_company()
    customer = company.customer()
    company.invoices(customer, 10000)
    company.invoices(customer, 10000, first=20, money=USD, rate=2)
    aged = reads.aged_receivables(company.id, date(2026, 11, 15))
    assert [(row.currency.code, row.total_minor, row.total_base_minor) for row in aged.rows] == [
        ("EUR", 10000, 10000),
        ("USD", 10000, 20000),
    ]
    assert Money(aged.total_base_minor, aged.base) == eur(30000)


def test_the_past_costs_no_more_statements_than_the_present(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    company = a_company()
    for name in ("A", "B", "C"):
        company.invoices(company.customer(name), *range(100, 120), first=ord(name) * 100)
    with django_assert_max_num_queries(8):
        assert len(reads.aged_receivables(company.id, date(2026, 11, 15)).rows) == 3
    with django_assert_max_num_queries(8):
        reads.aged_receivables(company.id, date(2026, 9, 15))
