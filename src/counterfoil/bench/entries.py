"""Books and journal entries to measure with, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from counterfoil.audit.domain import system
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import JournalEntry, Posting, Sourced
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts

ACTOR = system("bench")
AT = datetime(2026, 1, 2, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 1)
DAYS = 730
SHARE_OF_LINES = {2: 60, 3: 24, 4: 16}
"""Lines of an entry and how often of 100: 2.56 lines on average, as the peers were measured with."""


def open_books() -> BooksFacts:
    """Open books in euros with the standard chart."""
    books = people.found_organisation(
        name="Bench", base_currency="EUR", country="DE", time_zone="Europe/Berlin", actor=ACTOR
    )
    ledger.open_chart(books_id=books.id, actor=ACTOR, at=AT)
    return books


def entries(count: int, *, seed: int) -> Iterator[Sourced]:
    """Yield balanced sales entries: receivable against contract position, tax and revenue, over two years."""
    chance = random.Random(seed)
    euro = currency("EUR")
    shares = SHARE_OF_LINES
    for number, lines in enumerate(chance.choices(list(shares), list(shares.values()), k=count)):
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        amounts = [chance.randrange(1, 1_000_000) for _ in range(lines - 1)]
        customer, contract = chance.randrange(1, 4_000), chance.randrange(1, 100_000)
        debit = _posting("1100", sum(amounts), euro, customer, None)
        credits_ = [
            _posting(account, -amount, euro, customer, contract)
            for account, amount in zip(("2200", "2400", "4000"), amounts, strict=False)
        ]
        entry = JournalEntry(day, f"Invoice 2024-{number:06d}", (debit, *credits_))
        yield Sourced(f"bench:{seed}:{number}", entry)


def _posting(account: str, minor: int, money: Currency, customer: int, contract: int | None) -> Posting:
    amount = Money(minor, money)
    return Posting(account, amount, amount, customer, contract)


def cleared_batches(items: Sequence[Sourced], *, at_once: int = ledger.MAX_BATCH) -> list[Cleared[tuple[Sourced, ...]]]:
    """Clear entries for posting, in batches of `at_once`: else the largest that one transaction takes."""
    batches = []
    for start in range(0, len(items), at_once):
        batch = items[start : start + at_once]
        cleared, _ = decisions.clear(Act.POST, batch, {"journal": [()] * len(batch)})
        batches.append(cleared)
    return batches
