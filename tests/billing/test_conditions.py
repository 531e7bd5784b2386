"""Conditional rights to payment: shown in part and in whole, once for each cause, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from counterfoil.audit import services as audit
from counterfoil.billing import selectors, services
from counterfoil.billing.services import Right
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.kernel.money import Money
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company
from tests.documents import a_deal, a_deal_line, bill, credit, release, sign

pytestmark = pytest.mark.database
DAY = date(2026, 3, 1)


def a_conditional_invoice(company: Company, minor: int = 100_00) -> int:
    """Return an invoice of 31 January whose right to payment is conditional until 31 March."""
    deal = a_deal(company, a_deal_line(minor), cancellable_until=date(2026, 3, 31))
    (contract,) = sign(company, deal)
    invoice_id = selectors.document_id(company.books.id, bill(company, contract, date(2026, 1, 31)))
    assert invoice_id is not None
    return invoice_id


def cleared() -> Cleared[tuple[int, ...]]:
    passed, _ = decisions.clear(Act.RECEIVE, [1], {"allocation": [()], "anomalies": [()]})
    return passed


def show(company: Company, *rights: Right) -> list[int]:
    return services.make_unconditional(
        books_id=company.books.id, cleared=cleared(), rights=rights, actor=TESTER, at=NOW
    )


def take_back(company: Company, sources: Sequence[str], on: date, reason: str = "undo") -> list[int]:
    return services.take_back_unconditional(
        books_id=company.books.id, cleared=cleared(), sources=sources, on=on, reason=reason, actor=TESTER, at=NOW
    )


def shown(company: Company, minor: int | None, source: str, invoice_id: int) -> list[int]:
    return show(company, Right(invoice_id, DAY, source, None if minor is None else eur(minor)))


def test_parts_are_shown_once_for_each_cause_and_never_more_than_the_whole() -> None:
    company = a_company()
    invoice_id = a_conditional_invoice(company)
    assert company.balances() == {"1150": 10_000, "2150": -10_000}
    assert len(shown(company, 3_333, "pay:1", invoice_id)) == 1
    assert shown(company, 3_333, "pay:1", invoice_id) == []
    assert company.balances() == {"1100": 3_333, "1150": 6_667, "2150": -6_667, "2200": -3_333}
    assert len(shown(company, 9_999, "pay:2", invoice_id)) == 1
    assert company.balances() == {"1100": 10_000, "2200": -10_000}
    assert shown(company, 1, "pay:3", invoice_id) == []


def test_what_a_payment_showed_is_taken_back_with_it_before_the_day_has_come() -> None:
    company = a_company()
    invoice_id = a_conditional_invoice(company)
    shown(company, 4_000, "pay:1", invoice_id)
    assert len(take_back(company, ["pay:1"], date(2026, 3, 20))) == 1
    assert take_back(company, ["pay:1"], date(2026, 3, 20)) == []
    assert company.balances() == {"1150": 10_000, "2150": -10_000}
    assert company.balances(date(2026, 3, 19)) == {"1100": 4_000, "1150": 6_000, "2150": -6_000, "2200": -4_000}
    assert len(release(company, date(2026, 3, 31))) == 1
    assert company.balances() == {"1100": 10_000, "2200": -10_000}


def test_once_the_day_has_come_the_receivable_stands_without_the_payment() -> None:
    company = a_company()
    invoice_id = a_conditional_invoice(company)
    shown(company, 4_000, "pay:1", invoice_id)
    release(company, date(2026, 3, 31))
    assert take_back(company, ["pay:1"], date(2026, 4, 15)) == []
    assert company.balances() == {"1100": 10_000, "2200": -10_000}


def test_an_undoing_dated_before_the_day_is_shown_again_on_the_day() -> None:
    company = a_company()
    invoice_id = a_conditional_invoice(company)
    shown(company, 4_000, "pay:1", invoice_id)
    release(company, date(2026, 3, 31))
    for again in ("first", "second"):
        take_back(company, ["pay:1"], date(2026, 3, 20), again)
        assert len(release(company, date(2026, 3, 31))) == 1
        assert release(company, date(2026, 3, 31)) == []
    assert company.balances() == {"1100": 10_000, "2200": -10_000}


@pytest.mark.parametrize("minor", [None, 1, 3_333])
def test_a_credit_note_takes_back_the_pair_and_what_was_shown(minor: int | None) -> None:
    company = a_company()
    invoice_id = a_conditional_invoice(company)
    shown(company, minor, "pay:1", invoice_id)
    credit(company, invoice_id, on=date(2026, 3, 10))
    assert company.balances() == {}
    assert shown(company, None, "pay:2", invoice_id) == []
    assert release(company, date(2026, 3, 31)) == []
    assert audit.verify().ok


def test_an_invoice_that_was_never_conditional_is_left_as_it_is() -> None:
    company = a_company()
    (contract,) = sign(company, a_deal(company, a_deal_line(100_00)))
    invoice_id = selectors.document_id(company.books.id, bill(company, contract, date(2026, 1, 31)))
    assert shown(company, None, "pay:1", invoice_id or 0) == []
    assert Money(company.balances()["1100"], eur(0).currency) == eur(100_00)
