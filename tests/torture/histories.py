"""Random histories of books: posting, reversing, invoicing, crediting, paying, matching, undoing, releasing, closing.

A history is its seed: the same seed makes the same history on any machine and engine. It is played in one
transaction that is rolled back, so that thousands start from the same books.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.billing.domain import CreditDraft
from counterfoil.flows import receive_money
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.flows.enter_invoice import Entered, enter_invoices
from counterfoil.flows.periods import close_period, reopen_period
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import JournalEntry, Outcome, Posting, Sourced
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import DocumentKind, ItemFacts, Part
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.receivables.services import Settled
from tests.builders import EUR, NOW, TESTER, post, reverse
from tests.company import Company, a_company, a_won_deal
from tests.documents import a_line, a_request

USD = currency("USD")
FIRST = date(2026, 8, 1)
DAYS = 107
"""Histories are dated from 1 August to 15 November 2026, the day that is today in them."""
OPEN_ACCOUNTS = ("1000", "3000", "4900", "6000", "6100")
STATE = (
    "SELECT account_id, month, currency, amount_minor, base_minor FROM ledger_balance ORDER BY 1, 2, 3",
    "SELECT start_date, state FROM ledger_period ORDER BY 1",
    "SELECT year, kind, branch, next_no, last_date FROM billing_series ORDER BY 1, 2, 3",
    "SELECT id, number, state, gross_minor, entry_id, item_hash FROM billing_invoice ORDER BY 1",
    "SELECT id, number, open_minor, open_base_minor FROM receivables_open_item ORDER BY 1",
    "SELECT id, amount_minor, unapplied_minor, undone_on FROM receivables_payment ORDER BY 1",
    "SELECT id, state FROM receivables_bank_line ORDER BY 1",
    "SELECT id, released_minor, base_released_minor FROM revenue_schedule ORDER BY 1",
    "SELECT id, item_hash FROM ledger_entry ORDER BY 1",
    "SELECT entry_id, line, account_id, entry_date, base_minor, contract_id FROM ledger_posting ORDER BY 1, 2",
    "SELECT id, item_hash FROM decisions_item ORDER BY 1",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Books to play in, and where the id sequences stood when they were made."""

    company: Company
    sequences: dict[str, int]


@dataclass(slots=True)
class Played:
    """What a history came to: what each step answered, and a hash over that and the whole state."""

    answers: list[str] = field(default_factory=list)
    state: list[Any] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """One figure for all of it."""
        return hashlib.sha256(json.dumps([self.answers, self.state], default=str).encode()).hexdigest()


def set_stage() -> Stage:
    """Make the books that every history starts from: a rate, a bank account, two open invoices."""
    with world.using(world_of(0)):
        company = a_company()
        ledger.set_exchange_rate(
            books_id=company.books.id, currency_code="USD", valid_from=FIRST, base_rate=Decimal("0.9"),
            actor=TESTER, at=NOW,
        )  # fmt: skip
        player = Player(company, random.Random(0))
        for _ in range(2):
            player.enter_invoice()
        player.receive_lines()
        audit.seal()
    return Stage(company, _sequences())


def play(stage: Stage, seed: int, steps: int) -> Played:
    """Play a history and take it back."""
    played = Played()
    with world.using(world_of(seed)), taken_back():
        _rewind(stage.sequences)
        player = Player(stage.company, random.Random(seed))
        for _ in range(steps):
            played.answers.append(player.step())
        audit.seal()
        played.state = [*_state(), record.head()]
    return played


def hashes_along(stage: Stage, seed: int, steps: int) -> list[str]:
    """Play a history and take it back; return its hash after each step, as if it had ended there."""
    played, hashes = Played(), []
    with world.using(world_of(seed)), taken_back():
        _rewind(stage.sequences)
        player = Player(stage.company, random.Random(seed))
        for _ in range(steps):
            played.answers.append(player.step())
            audit.seal()
            played.state = [*_state(), record.head()]
            hashes.append(played.hash)
    return hashes


@contextmanager
def taken_back() -> Iterator[None]:
    """Run in a transaction that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def world_of(seed: int) -> World:
    """Return a world in which it is always noon of 15 November 2026, and chance comes from a seed."""
    return World(clock=lambda: NOW, random_bytes=random.Random(seed).randbytes)


def _state() -> list[Any]:
    found: list[Any] = []
    with connection.cursor() as cursor:
        for query in STATE:
            cursor.execute(query)
            found.append(cursor.fetchall())
    return found


def _sequences() -> dict[str, int]:
    """Return where PostgreSQL's id sequences stand; those of SQLite are rolled back with everything else."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        used = dict(cursor.fetchall())
        cursor.execute("SELECT sequencename FROM pg_sequences")
        return {name: used.get(name, 0) for (name,) in cursor.fetchall()}


def _rewind(sequences: dict[str, int]) -> None:
    if not sequences:
        return
    set_back = [f"setval('{name}', {value or 1}, {'true' if value else 'false'})" for name, value in sequences.items()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(set_back)}")


class Player:
    """Does one random thing after another in some books, and remembers what it can come back to."""

    def __init__(self, company: Company, chance: random.Random, prefix: str = "") -> None:
        self._company = company
        self._prefix = prefix
        self.books = company.books
        self.chance = chance
        self._entries: list[int] = []
        self._sources = 100  # Above those of the stage.
        self._steps: dict[Callable[[], str], int] = {
            self.post: 30,
            self.reverse: 12,
            self.close_month: 4,
            self.reopen_month: 5,
            self.enter_invoice: 10,
            self.credit: 6,
            self.pay: 9,
            self.match: 8,
            self.match_by_hand: 4,
            self.undo: 9,
            self.release: 6,
            self.close_deal: 4,
        }

    def step(self) -> str:
        """Do one random thing; return what was answered."""
        return self.step_of(self.chance.choices(list(self._steps), list(self._steps.values()))[0])

    def step_of(self, act: Callable[[], str]) -> str:
        """Do one thing; return what was answered, a refusal by its code."""
        try:
            with transaction.atomic():
                return f"{act.__name__}: {act()}"
        except Refused as refused:
            return f"{act.__name__}: refused {refused.code} {json.dumps(refused.facts, sort_keys=True, default=str)}"

    # ------------------------------------------------------------------------------------ journal

    def post(self) -> str:
        """Post up to three entries, now and then one of a source that was posted before."""
        return _said(self.posted())

    def posted(self) -> list[Outcome]:
        """Post as `post` does."""
        wanted = [Sourced(self._source("entry"), self._entry()) for _ in range(self.chance.randint(1, 3))]
        answers = post(self.books, *wanted)
        self._entries += [one.entry_id for one in answers if one.entry_id is not None]
        return answers

    def reverse(self) -> str:
        """Take one of those entries back."""
        if not self._entries:
            return "nothing to reverse"
        return _said(reverse(self.books, self.chance.choice(self._entries), on=self._day()))

    def close_month(self) -> str:
        """Close a month that is over."""
        return str(close_period(books_id=self.books.id, month=self._month(), actor=TESTER))

    def reopen_month(self) -> str:
        """Open a month again."""
        return str(reopen_period(books_id=self.books.id, month=self._month(), reason="late", actor=TESTER))

    # ------------------------------------------------------------------------------------ sales

    def enter_invoice(self) -> str:
        """Enter an invoice, dated now or earlier, in euros or dollars."""
        answer = self.entered()
        return f"{answer.kind} {answer.number} {answer.gross} {[refusal.code for refusal in answer.refusals]}"

    def entered(self) -> Entered:
        """Enter as `enter_invoice` does."""
        lines = [
            a_line(
                unit_price=f"{self.chance.randint(1, 9_000)}.{self.chance.randint(0, 99):02}",
                quantity=str(self.chance.randint(1, 4)),
                discount_pct=self.chance.choice(("0", "5", "12.5")),
            )
            for _ in range(self.chance.randint(1, 2))
        ]
        request = a_request(
            source=self._source("invoice"),
            lines=lines,
            currency=self.chance.choice(("EUR", "EUR", "USD")),
            issue_date=self.chance.choice((NOW.date(), self._day())).isoformat(),
        )
        (answer,) = enter_invoices(books_id=self.books.id, requests=[request], actor=TESTER, at=NOW)
        return answer

    def credit(self) -> str:
        """Credit one of the invoices."""
        items = self._items()
        if not items:
            return "nothing to credit"
        wanted = CreditDraft(
            self.chance.choice(items).document_id, self.chance.choice((NOW.date(), self._day())), "wrong"
        )
        (answer,) = credit_invoices(books_id=self.books.id, credits_wanted=[wanted], actor=TESTER, at=NOW)
        return f"{answer.kind} {answer.number} {[refusal.code for refusal in answer.refusals]}"

    def close_deal(self) -> str:
        """Win a deal and close it."""
        draft = a_won_deal(self._company, self.chance.randint(1_000, 900_000), close_date=self._day())
        opportunity = enter_deal(books_id=self.books.id, draft=draft, actor=TESTER, at=NOW)
        closed = self._company.closes(only=[opportunity])
        return f"{closed.invoiced} {closed.held} {closed.unchanged}"

    def release(self) -> str:
        """Release what is earned by a day."""
        return str(len(release_revenue(books_id=self.books.id, through=self._day(), actor=TESTER)))

    # ------------------------------------------------------------------------------------ money

    def pay(self) -> str:
        """Enter a payment by hand for all, a part, or more of what is open on an item."""
        done = self.paid()
        return f"{done.kind} {done.payment_id} {done.effects}" if done else "nothing to pay"

    def paid(self) -> Settled | None:
        """Pay as `pay` does."""
        items = self._items()
        if not items:
            return None
        item = self.chance.choice(items)
        amount = Money(max(1, item.open.minor * self.chance.choice((100, 100, 40, 130)) // 100), item.open.currency)
        part = Part(item.id, min(amount, item.open))
        payment = receive_money.HandPayment(
            amount, self._day(), self._source("payment"), (part,), customer_id=item.customer_id
        )
        return receive_money.record_payment(books_id=self.books.id, payment=payment, actor=TESTER, at=NOW)

    def receive_lines(self) -> str:
        """Import bank lines that name open invoices, exactly or not quite."""
        rows = []
        for item in self._items()[:2]:
            minor = item.open.minor + self.chance.choice((0, 0, 0, -100))
            text = f"{item.number} thank you" if self.chance.random() < 0.8 else "thank you"
            rows.append(f"{self._day()},{Money(max(1, minor), EUR).decimal_text()},{text},{self._source('line')}")
        body = "\n".join(["booking_date,amount,reference,bank_tx_id", *rows, ""])
        done = receive_money.import_bank(books_id=self.books.id, data=body.encode(), actor=TESTER, at=NOW)
        return f"{done.accepted} {done.unchanged} {done.rejected}"

    def match(self) -> str:
        """Receive lines and match what matches exactly."""
        received = self.receive_lines()
        done = receive_money.match(books_id=self.books.id, actor=TESTER, at=NOW)
        return f"{received}: {done.lines} {done.matched} {done.proposed}"

    def match_by_hand(self) -> str:
        """Give a listed line to an item."""
        return str(self.matched())

    def matched(self) -> int | None:
        """Match as `match_by_hand` does; return the line."""
        lines = receivables.bank_lines(self.books.id, states=["listed"])
        items = [item for item in self._items() if item.open.currency == EUR]
        if not lines or not items:
            return None
        line, item = self.chance.choice(lines), self.chance.choice(items)
        part = Part(item.id, min(item.open, line.amount))
        receive_money.match_by_hand(
            books_id=self.books.id, line_id=line.id, parts=(part,), customer_id=item.customer_id, actor=TESTER, at=NOW
        )
        return line.id

    def undo(self) -> str:
        """Take a match or a payment back."""
        wanted = [Undo(What.LINE, line.id) for line in receivables.bank_lines(self.books.id, states=["posted"])]
        wanted += [Undo(What.PAYMENT, payment.id) for payment in receivables.payments(self.books.id)]
        if not wanted:
            return "nothing to undo"
        done = receive_money.undo_match(
            books_id=self.books.id, undo=self.chance.choice(wanted), on=self._day(), reason="a mistake",
            actor=TESTER, at=NOW,
        )  # fmt: skip
        return f"{done.kind} {done.effects}"

    # ------------------------------------------------------------------------------------ chance

    def _items(self) -> list[ItemFacts]:
        """Return the invoices with something open."""
        return [item for item in receivables.open_items(self.books.id) if item.kind is DocumentKind.INVOICE]

    def _day(self) -> date:
        return FIRST + timedelta(days=self.chance.randrange(DAYS))

    def _month(self) -> date:
        return date(2026, self.chance.randint(8, 10), 1)

    def _source(self, kind: str) -> str:
        if self._sources and self.chance.random() < 0.1:
            return f"{kind}:{self._prefix}{self.chance.randrange(self._sources)}"
        self._sources += 1
        return f"{kind}:{self._prefix}{self._sources}"

    def _entry(self) -> JournalEntry:
        """Return a balanced entry of two to four sides, now and then on an account that is not there."""
        money, rate = self.chance.choice(((EUR, 10), (EUR, 10), (USD, 9)))
        accounts = [self.chance.choice((*OPEN_ACCOUNTS * 4, "9999")) for _ in range(self.chance.randint(2, 4))]
        amounts = [10 * self.chance.randint(-100_000, 100_000) for _ in accounts[1:]]
        sides = [
            Posting(account, Money(amount, money), Money(amount * rate // 10, EUR))
            for account, amount in zip(accounts, [-sum(amounts), *amounts], strict=True)
        ]
        return JournalEntry(self._day(), f"step {self._sources}", tuple(sides))


def _said(answers: list[Outcome]) -> str:
    return " ".join(f"{one.kind} {one.entry_id} {one.code}" for one in answers)
