"""Random histories of money coming in: whatever happens, the books agree, and what is taken back was never there."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from counterfoil.audit import services as audit
from counterfoil.flows import receive_money
from counterfoil.flows.receive_money import HandPayment
from counterfoil.kernel.errors import Refused
from counterfoil.ledger import selectors as journal
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain.settlement import DocumentKind, ItemFacts, Part
from counterfoil.receivables.domain.undoing import What
from tests.builders import NOW, TESTER, eur
from tests.receivables.company import Company, a_company, part
from tests.receivables.test_aged_receivables import insist_equal_to_the_ledger

pytestmark = pytest.mark.database

START = date(2026, 7, 1)


class History:
    """A seeded person at work on a company's money."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.company: Company = a_company()
        self.customers = [self.company.customer(name) for name in ("Acme", "Boreas", "Crane")]
        self.items: list[ItemFacts] = []
        self.day = START
        self.keys = 0
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        self.day += timedelta(days=self.random.randint(0, 2))
        coming_in = (self.invoice, self.receive, self.receive, self.match, self.by_hand, self.pay, self.apply)
        taking_back = (self.credit, self.undo_line, self.undo_payment, self.undo_allocation, self.come_back)
        act = self.random.choice((*coming_in, *taking_back))
        try:
            act()
            self.done[act.__name__] += 1
        except Refused as refused:
            self.done[f"{act.__name__}: {refused.code}"] += 1

    def invoice(self) -> None:
        amounts = [self.random.choice([100, 1000, 2500, 9999]) for _ in range(self.random.randint(1, 3))]
        customer = self.random.choice(self.customers)
        due = self.day + timedelta(days=self.random.choice([0, 14, 30]))
        self.items += self.company.invoices(customer, *amounts, first=100 + len(self.items), issued=self.day, due=due)

    def an_item(self) -> ItemFacts:
        if not self.items:
            self.invoice()
        return self.company.item(self.random.choice(self.items))

    def receive(self) -> None:
        item = self.an_item()
        minor = self.random.choice([item.amount.minor, item.amount.minor, item.amount.minor + 50, 77])
        text = self.random.choice([item.number, item.number, "no idea"])
        self.company.receives(f"{self.day},{eur(minor).decimal_text()},{text}")

    def come_back(self) -> None:
        item = self.an_item()
        self.company.receives(f"{self.day},{eur(-item.amount.minor).decimal_text()},RETURN {item.number}")

    def match(self) -> None:
        self.company.match()

    def by_hand(self) -> None:
        lines = self.company.lines(state="listed")
        if lines:
            item = self.an_item()
            minor = min(item.open.minor or 1, abs(self.random.choice(lines).amount.minor))
            line = self.random.choice(lines)
            self.company.by_hand(line, part(item, minor), customer=item.customer_id)

    def pay(self) -> None:
        item = self.an_item()
        self.keys += 1
        minor = self.random.choice([item.open.minor or 5, item.amount.minor])
        over = self.random.choice([0, 0, 123])
        payment = HandPayment(eur(minor + over), self.day, f"k{self.keys}", (part(item, minor),))
        receive_money.record_payment(books_id=self.company.id, payment=payment, actor=TESTER, at=NOW)

    def apply(self) -> None:
        item = self.an_item()
        for payment in reads.payments(self.company.id, is_unapplied=True, limit=5):
            if payment.customer_id == item.customer_id and item.open:
                minor = min(payment.unapplied.minor, item.open.minor)
                self.company.apply(payment.id, payment.unapplied.minor, part(item, minor), on=self.day)
                return

    def credit(self) -> None:
        item = self.an_item()
        if item.kind is DocumentKind.INVOICE:
            self.company.invoices(
                item.customer_id,
                item.amount.minor,
                number=f"CN-{{}}-{item.document_id}",
                first=self.company.documents,
                kind=DocumentKind.CREDIT_NOTE,
                issued=self.day,
                due=self.day,
                credits_id=item.document_id,
            )
            self.items.remove(next(one for one in self.items if one.id == item.id))

    def undo_line(self) -> None:
        lines = self.company.lines(state="posted")
        if lines:
            self.company.undo(What.LINE, self.random.choice(lines).id, on=self.day)

    def undo_payment(self) -> None:
        payments = [payment for payment in reads.payments(self.company.id) if payment.is_by_hand]
        if payments:
            self.company.undo(What.PAYMENT, self.random.choice(payments).id, on=self.day)

    def undo_allocation(self) -> None:
        steps = [step for step in reads.settlings(self.company.id, self.an_item().document_id) if step.is_live]
        if steps:
            self.company.undo(What.ALLOCATION, self.random.choice(steps).allocation_id, on=self.day)


@pytest.mark.parametrize("seed", range(6))
def test_the_books_agree_after_every_step_of_a_random_history(seed: int) -> None:
    history = History(seed)
    for _ in range(30):
        history.step()
        assert history.company.is_sound()
    for days in (0, 7, 20, 33, 50, 80):
        insist_equal_to_the_ledger(history.company, START + timedelta(days=days))
    matched = history.company.match()
    again = history.company.match()
    assert (again.matched, again.decisions) == (0, ())
    assert history.company.is_sound()
    assert audit.verify().ok
    assert matched.lines >= again.lines


@pytest.mark.parametrize("seed", range(100, 104))
def test_what_is_done_and_taken_back_leaves_everything_as_it_was(seed: int) -> None:
    """I-11: from the day of the reversal on, every balance, open item and line is as if it had not been."""
    history = History(seed)
    for _ in range(20):
        history.step()
    company = history.company
    customer = history.customers[0]
    item, other = company.invoices(customer, 4000, 6000, first=5000, issued=history.day, due=history.day)
    company.receives(f"{history.day},100.00,x")
    line = company.lines(state="listed")[-1]
    before = state_of(company)
    day = history.day + timedelta(days=1)
    choice = history.random.choice(["whole", "parts", "over"])
    parts: dict[str, list[Part]] = {"whole": [part(other)], "parts": [part(item), part(other)], "over": [part(item)]}
    company.by_hand(line, *parts[choice])
    assert state_of(company) != before
    company.undo(What.LINE, line.id, on=day)
    assert state_of(company) == before
    assert company.is_sound()


def state_of(company: Company) -> object:
    """Balances, open items and lines: what a reader can see."""
    return (
        [(row.code, row.base_minor) for row in journal.trial_balance(company.id) if row.base_minor],
        [(item.id, item.open, item.open_base) for item in reads.open_items(company.id, limit=1_000)],
        [(line.id, line.state) for line in company.lines()],
        reads.bank_positions(company.id),
    )
