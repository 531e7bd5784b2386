"""What the database refuses whatever wrote it, proven with a real COMMIT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from counterfoil.infra import fences
from counterfoil.ledger import selectors
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import Sourced
from counterfoil.people.domain import BooksFacts
from tests.builders import NOW, TESTER, an_entry, found_books, post
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit
POSTING = (
    "INSERT INTO ledger_posting (entry_id, line, books_id, account_id, entry_date, currency, amount_minor, base_minor)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
ENTRY = (
    "INSERT INTO ledger_entry"
    " (id, books_id, entry_date, memo, source, postings, reverses_id, posted_at, event_id, item_hash)"
    " VALUES (%s, %s, %s, 'm', %s, %s, %s, '2026-01-01 00:00:00', 1, 'h')"
)
Side = tuple[int, str, str, int, int]


@pytest.fixture
def books(own_database: OwnDatabase) -> BooksFacts:
    return found_books()


@pytest.fixture
def write(books: BooksFacts) -> Callable[..., None]:
    """Write an entry past every service: sides are (line, account code, currency, amount, base)."""

    def write_past_the_services(
        sides: list[Side],
        day: str = "2026-10-01",
        said: int | None = None,
        *,
        entry: bool = True,
        entry_id: int = 900,
        reverses: int | None = None,
    ) -> None:
        accounts = selectors.account_ids(books.id)
        with transaction.atomic(), connection.cursor() as cursor:
            for line, account, money, amount, base in sides:
                account_id = accounts.get(account, 999_999)
                cursor.execute(POSTING, [entry_id, line, books.id, account_id, day, money, amount, base])
            if entry:
                count = len(sides) if said is None else said
                cursor.execute(ENTRY, [entry_id, books.id, "2026-10-01", f"raw {entry_id}", count, reverses])

    return write_past_the_services


GOOD: list[Side] = [(1, "1100", "EUR", 5, 5), (2, "4000", "EUR", -5, -5)]


def test_a_balanced_entry_is_committed(write: Callable[..., None], books: BooksFacts) -> None:
    write(GOOD)
    assert set(selectors.entries_by_id(books.id, [900])) == {900}


@pytest.mark.parametrize(
    "sides",
    [
        [(1, "1100", "EUR", 5, 5), (2, "4000", "EUR", -4, -4)],
        [(1, "1100", "EUR", 5, 5), (2, "4000", "EUR", -5, -4)],
        [(1, "1100", "USD", 5, 5), (2, "4000", "EUR", -5, -5)],
        [(1, "1100", "EUR", 0, 0)],
        [],
    ],
    ids=["amount", "base", "currency", "one side", "no side"],
)
def test_an_unbalanced_entry_is_refused_at_commit(write: Callable[..., None], sides: list[Side]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        write(sides)


def test_postings_without_their_entry_are_refused_at_commit(write: Callable[..., None]) -> None:
    with pytest.raises(IntegrityError):
        write(GOOD, entry=False)


def test_an_entry_that_counts_its_postings_wrongly_is_refused(write: Callable[..., None]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        write(GOOD, said=3)


def test_a_posting_on_another_day_than_its_entry_is_refused(write: Callable[..., None]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        write(GOOD, day="2026-09-30")


def test_a_posting_to_an_account_of_no_chart_is_refused(write: Callable[..., None]) -> None:
    with pytest.raises(IntegrityError, match="no such account"):
        write([(1, "none", "EUR", 5, 5), (2, "4000", "EUR", -5, -5)])


def test_nothing_is_added_to_a_posted_entry(write: Callable[..., None]) -> None:
    write(GOOD)
    with pytest.raises(IntegrityError, match="already posted"):
        write([(3, "1100", "EUR", 5, 5), (4, "4000", "EUR", -5, -5)], entry=False)


def test_a_reversal_of_an_entry_that_is_not_there_is_refused(write: Callable[..., None], books: BooksFacts) -> None:
    with pytest.raises(IntegrityError, match="no such entry to reverse"):
        write(GOOD, reverses=899)
    write(GOOD)
    write(GOOD, reverses=900, entry_id=901)
    assert selectors.entries_by_id(books.id, [901])[901].reverses_id == 900


def test_nothing_is_posted_in_a_closed_period_by_any_path(write: Callable[..., None], books: BooksFacts) -> None:
    ledger.close_period(books_id=books.id, month=date(2026, 10, 1), actor=TESTER, at=NOW)
    with pytest.raises(IntegrityError, match="period is closed"):
        write(GOOD)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting", "audit_event"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_posted_rows_never_change_and_never_go(books: BooksFacts, table: str, statement: str) -> None:
    post(books, Sourced("a", an_entry(5)))
    column = "base_minor = 0" if table == "ledger_posting" else "id = id"
    with pytest.raises(IntegrityError, match="rows never change"), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))


def test_every_wanted_fence_is_in_the_catalogue(own_database: OwnDatabase) -> None:
    assert fences.missing() == []
    assert fences.present() == {fence.name for fence in fences.wanted(connection.vendor)}


def test_a_dropped_fence_is_noticed_and_installed_again(own_database: OwnDatabase) -> None:
    on = " ON ledger_entry" if connection.vendor == "postgresql" else ""
    name = "cf_ledger_entry_inserted" if on else "cf_ledger_entry_balances"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert fences.missing() == [name]
    fences.install()
    assert fences.missing() == []
