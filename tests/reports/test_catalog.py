"""The figures of the reports, read against each other and against the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.reports import registry
from counterfoil.reports.report import Asked, Missing, Report
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database
TODAY = date(2026, 11, 15)


@pytest.fixture
def company() -> Iterator[Company]:
    with world.using(World(clock=lambda: NOW)):
        company = a_company()
        year = Span(date(2026, 11, 1), date(2027, 11, 1))
        for draft in (
            a_won_deal(company, 100_000, delivered_on=date(2026, 11, 3)),
            a_won_deal(company, 36_500, product="SUB", service=year),
        ):
            enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
        company.closes()
        yield company


def made(
    company: Company, name: str, as_of: date | None = None, account: str = "", start: date | None = None
) -> Report:
    return registry.make(name, Asked(company.books, TODAY, as_of=as_of, start=start, account=account))


def figures(report: Report, column: str = "amount") -> dict[str, int]:
    found = {}
    for row in report.rows:
        cell = row.cells[column]
        assert isinstance(cell, Money)
        found[str(row.cells["name"])] = cell.minor
    return found


def test_debits_equal_credits(company: Company) -> None:
    report = made(company, "trial-balance")
    assert report.totals["debit"] == report.totals["credit"] == eur(162_435)


def test_the_balance_sheet_balances_and_names_the_contract_liability(company: Company) -> None:
    report = made(company, "balance-sheet")
    assert report.totals["amount"] == eur(0)
    shown = figures(report)
    assert shown["Contract liabilities"] == 36_500
    assert shown["Result of 2026"] == 100_000
    assert "Contract assets" not in shown


def test_profit_is_income_less_expenses(company: Company) -> None:
    report = made(company, "profit-and-loss", start=date(2026, 11, 1))
    assert (report.totals["name"], report.totals["amount"]) == ("Profit", eur(100_000))
    earlier = made(company, "profit-and-loss", as_of=date(2026, 10, 31))
    assert earlier.totals["amount"] == eur(0)


def test_the_general_ledger_ends_at_the_trial_balance(company: Company) -> None:
    report = made(company, "general-ledger", account="1100")
    assert report.rows[-1].cells["balance"] == eur(162_435)
    with pytest.raises(Missing):
        made(company, "general-ledger")


def test_aged_receivables_are_the_receivable_account(company: Company) -> None:
    report = made(company, "aged-receivables", as_of=date(2027, 1, 20))
    assert report.totals["total"] == eur(162_435)
    assert report.rows[0].cells["31_to_60"] == eur(162_435)


def test_the_list_of_invoices_shows_what_was_issued(company: Company) -> None:
    report = made(company, "invoices")
    assert [row.cells["number"] for row in report.rows] == ["2026-0002", "2026-0001"]
    assert made(company, "bank-reconciliation").rows == ()
