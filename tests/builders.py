"""Small builders that take only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from counterfoil.audit.domain import Actor, system
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import JournalEntry, Outcome, Posting, Sourced
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts

EUR = currency("EUR")
NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
TESTER = system("tests")


def eur(minor: int) -> Money:
    """Return an amount in euro cents."""
    return Money(minor, EUR)


def found_books(base: str = "EUR", country: str = "DE", time_zone: str = "Europe/Berlin") -> BooksFacts:
    """Open books with the standard chart."""
    books = people.found_organisation(
        name="Tidewater Metering", base_currency=base, country=country, time_zone=time_zone, actor=TESTER
    )
    ledger.open_chart(books_id=books.id, actor=TESTER, at=NOW)
    return books


def an_entry(minor: int, day: date = date(2026, 10, 1), memo: str = "a sale", money: Currency = EUR) -> JournalEntry:
    """Return an entry that debits receivables and credits revenue."""
    amount = Money(minor, money)
    return JournalEntry(day, memo, (Posting("1100", amount, amount, 1, 2), Posting("4000", -amount, -amount)))


def cleared_to_post(entries: Sequence[Sourced]) -> Cleared[tuple[Sourced, ...]]:
    """Clear entries for posting, as a flow does after its checks found nothing."""
    cleared, _ = decisions.clear(Act.POST, entries, {"journal": [()] * len(entries)})
    return cleared


def post(books: BooksFacts, *entries: Sourced, actor: Actor = TESTER, at: datetime = NOW) -> list[Outcome]:
    """Post entries."""
    return ledger.post_entries(books_id=books.id, cleared=cleared_to_post(entries), actor=actor, at=at)


def reverse(books: BooksFacts, *entry_ids: int, on: date) -> list[Outcome]:
    """Reverse entries on a day."""
    cleared, _ = decisions.clear(Act.REVERSE, entry_ids, {"reversible": [()] * len(entry_ids)})
    return ledger.reverse_entries(books_id=books.id, cleared=cleared, on=on, reason="undo", actor=TESTER, at=NOW)
