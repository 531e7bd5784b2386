"""Posting, reversing, closing: effects, retries, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import AccountKind, OutcomeKind, Sourced
from counterfoil.people.domain import BooksFacts
from tests.builders import NOW, TESTER, an_entry, eur, found_books, post, reverse

pytestmark = pytest.mark.database


@pytest.fixture
def books() -> BooksFacts:
    return found_books()


def balances(books: BooksFacts, as_of: date | None = None) -> dict[str, int]:
    return {row.code: row.base_minor for row in selectors.trial_balance(books.id, as_of=as_of)}


def test_a_source_is_posted_once(books: BooksFacts) -> None:
    (first,) = post(books, Sourced("invoice:1", an_entry(100)))
    again, twin, other = post(
        books, Sourced("invoice:1", an_entry(100)), Sourced("invoice:2", an_entry(7)), Sourced("invoice:2", an_entry(7))
    )
    assert (first.kind, again.kind, again.entry_id) == (OutcomeKind.DONE, OutcomeKind.UNCHANGED, first.entry_id)
    assert (twin.kind, other.kind, other.entry_id) == (OutcomeKind.DONE, OutcomeKind.UNCHANGED, twin.entry_id)
    assert balances(books) == {"1100": 107, "4000": -107}


def test_a_batch_of_nothing_is_answered_by_nothing(books: BooksFacts) -> None:
    assert post(books) == []
    assert reverse(books, on=date(2026, 11, 2)) == []


def test_a_closed_period_takes_no_entry_and_names_the_first_open_day(books: BooksFacts) -> None:
    post(books, Sourced("a", an_entry(5, date(2026, 6, 30))))
    assert ledger.close_period(books_id=books.id, month=date(2026, 6, 15), actor=TESTER, at=NOW)
    refused, done = post(
        books, Sourced("b", an_entry(5, date(2026, 6, 1))), Sourced("c", an_entry(5, date(2026, 7, 1)))
    )
    assert (refused.code, refused.facts) == ("period_is_closed", {"period": "2026-06", "first_open": "2026-07-01"})
    assert done.kind is OutcomeKind.DONE
    assert not ledger.close_period(books_id=books.id, month=date(2026, 6, 1), actor=TESTER, at=NOW)
    assert ledger.reopen_period(books_id=books.id, month=date(2026, 6, 1), reason="late invoice", actor=TESTER, at=NOW)
    assert post(books, Sourced("b", an_entry(5, date(2026, 6, 1))))[0].kind is OutcomeKind.DONE


def test_an_unknown_account_refuses_its_entry_only(books: BooksFacts) -> None:
    entry = an_entry(5)
    stray = entry.__class__(entry.entry_date, "", tuple(p.reversed() for p in entry.postings))
    wrong = stray.__class__(
        stray.entry_date, "", (stray.postings[0], stray.postings[1].__class__("9999", eur(5), eur(5)))
    )
    refused, done = post(books, Sourced("a", wrong), Sourced("b", entry))
    assert (refused.code, refused.facts) == ("unknown_account", {"account": "9999"})
    assert done.kind is OutcomeKind.DONE


def test_reversing_twice_is_reversing_once(books: BooksFacts) -> None:
    (done,) = post(books, Sourced("a", an_entry(100)))
    assert done.entry_id is not None
    (back,) = reverse(books, done.entry_id, on=date(2026, 11, 2))
    (again,) = reverse(books, done.entry_id, on=date(2026, 11, 3))
    assert (again.kind, again.entry_id) == (OutcomeKind.UNCHANGED, back.entry_id)
    assert balances(books) == {"1100": 0, "4000": 0}
    assert balances(books, date(2026, 11, 1)) == {"1100": 100, "4000": -100}
    entry = selectors.entries_by_id(books.id, [done.entry_id])[done.entry_id]
    assert entry.reversed_by_id == back.entry_id


def test_balances_as_of_any_date_use_whole_months_and_a_part_of_one(books: BooksFacts) -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 14), date(2026, 2, 28), date(2026, 3, 1)]
    post(books, *(Sourced(f"s{i}", an_entry(10**i, day)) for i, day in enumerate(days)))
    got = [balances(books, day).get("1100", 0) for day in [date(2026, 1, 30), *days, date(2026, 12, 31)]]
    assert got == [0, 1, 11, 111, 1111, 11111, 11111]
    assert selectors.scanned_balance(books.id) == selectors.snapshot_balance(books.id)


def test_known_at_counts_only_what_had_been_posted_by_then(books: BooksFacts) -> None:
    post(books, Sourced("a", an_entry(1, date(2026, 1, 5))), at=datetime(2026, 1, 6, tzinfo=UTC))
    post(books, Sourced("b", an_entry(10, date(2026, 1, 5))), at=datetime(2026, 2, 1, tzinfo=UTC))
    known = selectors.trial_balance(books.id, as_of=date(2026, 1, 31), known_at=datetime(2026, 1, 31, tzinfo=UTC))
    assert [row.base_minor for row in known] == [1, -1]


def test_the_general_ledger_runs_a_balance_and_pages_by_key(books: BooksFacts) -> None:
    post(books, *(Sourced(f"s{i}", an_entry(i, date(2026, 3, i))) for i in range(1, 7)))
    start, end = date(2026, 3, 3), date(2026, 3, 31)
    whole = selectors.ledger_lines(books.id, "1100", start=start, end=end)
    assert [(line.base_minor, line.balance_minor) for line in whole] == [(3, 6), (4, 10), (5, 15), (6, 21)]
    last = whole[1]
    rest = selectors.ledger_lines(
        books.id, "1100", start=start, end=end, after=(last.entry_date, last.entry_id, last.line)
    )
    assert rest == whole[2:]


def test_an_amount_is_converted_at_the_latest_rate_on_or_before_its_day(books: BooksFacts) -> None:
    for day, rate in ((date(2026, 1, 1), "0.006"), (date(2026, 2, 1), "0.0061")):
        ledger.set_exchange_rate(
            books_id=books.id, currency_code="JPY", valid_from=day, base_rate=Decimal(rate), actor=TESTER, at=NOW
        )
    yen = Money(1200, currency("JPY"))
    days = [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1)]
    converted = selectors.base_amounts(books.id, books.base_currency, [(yen, day) for day in days])
    assert converted == [None, eur(720), eur(732)]
    with pytest.raises(selectors.NoExchangeRate):
        selectors.base_amount(books.id, books.base_currency, yen, days[0])


def test_posting_takes_a_constant_number_of_statements(
    books: BooksFacts, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    post(books, Sourced("warm", an_entry(1)))
    with django_assert_max_num_queries(9):
        post(books, Sourced("one", an_entry(1)))
    with django_assert_max_num_queries(9):
        post(books, *(Sourced(f"many{i}", an_entry(i + 1)) for i in range(500)))


def test_an_account_can_be_added_once(books: BooksFacts) -> None:
    ledger.add_account(books_id=books.id, code="6200", name="Travel", kind=AccountKind.EXPENSE, actor=TESTER, at=NOW)
    with pytest.raises(ledger.AccountExists):
        ledger.add_account(books_id=books.id, code="6200", name="", kind=AccountKind.EXPENSE, actor=TESTER, at=NOW)
