"""Entries by hand, their reversal, and deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from counterfoil.contracts import selectors as contracts
from counterfoil.flows.deliver import NothingToDeliver, deliver
from counterfoil.flows.journal import NoSuchEntry, enter_journal, reverse_entry
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.errors import Refused
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import JournalEntry, Posting
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database
DAY = date(2026, 11, 2)


@pytest.fixture
def company() -> Iterator[Company]:
    with world.using(World(clock=lambda: NOW)):
        yield a_company()


def capital(code: str = "3000") -> JournalEntry:
    return JournalEntry(
        DAY, "Capital paid in", (Posting("1000", eur(500), eur(500)), Posting(code, eur(-500), eur(-500)))
    )


def test_an_entry_by_hand_is_posted_once_and_reversed_once(company: Company) -> None:
    books_id = company.books.id
    entry_id = enter_journal(books_id=books_id, entry=capital(), reference="2026/1", actor=TESTER)
    assert enter_journal(books_id=books_id, entry=capital(), reference="2026/1", actor=TESTER) == entry_id
    assert company.balances() == {"1000": 500, "3000": -500}
    on = date(2026, 11, 9)
    back = reverse_entry(books_id=books_id, entry_id=entry_id, on=on, reason="wrong account", actor=TESTER)
    assert reverse_entry(books_id=books_id, entry_id=entry_id, on=on, reason="again", actor=TESTER) == back
    assert (company.balances(), company.balances(date(2026, 11, 8))) == ({}, {"1000": 500, "3000": -500})


def test_nobody_posts_by_hand_where_documents_are_summed(company: Company) -> None:
    with pytest.raises(Refused) as refused:
        enter_journal(books_id=company.books.id, entry=capital("1100"), reference="x", actor=TESTER)
    assert (refused.value.code, refused.value.facts) == ("account_kept_with_documents", {"account": "1100"})
    assert company.balances() == {}


def test_an_invoice_s_entry_is_not_reversed_behind_the_invoice(company: Company) -> None:
    enter_deal(books_id=company.books.id, draft=a_won_deal(company), actor=TESTER, at=NOW)
    company.closes()
    (entry,) = ledger.latest_entries(company.books.id)
    with pytest.raises(Refused) as refused:
        reverse_entry(books_id=company.books.id, entry_id=entry.id, on=DAY, reason="x", actor=TESTER)
    assert refused.value.code == "taken_back_with_its_cause"
    with pytest.raises(NoSuchEntry):
        reverse_entry(books_id=company.books.id, entry_id=entry.id + 99, on=DAY, reason="x", actor=TESTER)


def test_revenue_waits_for_delivery(company: Company) -> None:
    opportunity = enter_deal(books_id=company.books.id, draft=a_won_deal(company, 1000), actor=TESTER, at=NOW)
    company.closes()
    (contract,) = contracts.contracts_by_opportunity(company.books.id, [opportunity]).values()
    assert company.balances()["2200"] == -1000
    deliver(books_id=company.books.id, number=contract.number, on=date(2026, 11, 15), actor=TESTER)
    assert company.balances().get("2200") is None
    assert company.balances()["4000"] == -1000
    with pytest.raises(NothingToDeliver):
        deliver(books_id=company.books.id, number=contract.number, on=date(2026, 11, 15), actor=TESTER)
