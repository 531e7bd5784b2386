"""Do something in a random history, take it back, and compare with the same history in which it was never done."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db import transaction

from counterfoil.billing.domain import CreditDraft
from counterfoil.flows import receive_money
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.undoing import Undo, What
from tests.builders import NOW, TESTER, reverse
from tests.torture import standing
from tests.torture.histories import Player, Stage, taken_back, world_of

UNDONE_ON = NOW.date()
DAYS = (UNDONE_ON, date(2027, 6, 30))
SHARED = 5
"""So many histories have one past and one counterpart in which nothing was done."""
BEFORE, BETWEEN = 2, 2
"""At most so many random steps before, and entries posted between the act and its reversal."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One history: what was done and taken back, and how the two ends differ."""

    seed: int
    act: str
    was_done: bool
    without: dict[str, Any]
    taken_back: dict[str, Any]

    @property
    def is_different(self) -> bool:
        """Tell whether something was left behind."""
        return self.without != self.taken_back

    @property
    def told(self) -> str:
        """Say what was left behind."""
        parts = [name for name in self.without if self.without[name] != self.taken_back[name]]
        return f"{self.seed}: {self.act}: " + "; ".join(
            f"{name}: {self.without[name]} became {self.taken_back[name]}" for name in parts
        )


def compared(stage: Stage, seeds: Sequence[int]) -> Iterator[Compared]:
    """Play each history with an act and its reversal in it; five that follow one another are compared with one."""
    for past, of_past in groupby(seeds, key=lambda seed: seed // SHARED):
        yield from _of_one_past(stage, past, list(of_past))


def _of_one_past(stage: Stage, past: int, seeds: Sequence[int]) -> list[Compared]:
    with world.using(world_of(past)), taken_back():
        chance = random.Random(past)
        player = Player(stage.company, chance)
        for _ in range(chance.randint(0, BEFORE)):
            player.step()
        between = chance.random()
        with taken_back():
            _post_between(stage, between)
            without = _state(stage.company.books) | {"faults": []}
        return [_compare(stage, seed, between, without) for seed in seeds]


def _compare(stage: Stage, seed: int, between: float, without: dict[str, Any]) -> Compared:
    with world.using(world_of(seed)), taken_back():
        chance = random.Random(f"own {seed}")
        act = chance.choice(ACTS)
        take_back = _done(act, Player(stage.company, chance, prefix="act:"))
        _post_between(stage, between)
        if take_back is not None:
            take_back()
        found = _state(stage.company.books)
        found["faults"] = standing.faults(stage.company.books.id) if seed % 5 == 0 else []
        return Compared(seed, act.__name__, take_back is not None, without, found)


def _post_between(stage: Stage, seed: float) -> None:
    """Post the same entries in both histories."""
    player = Player(stage.company, random.Random(seed), prefix="between:")
    for _ in range(player.chance.randint(0, BETWEEN)):
        player.step_of(player.post)


def _done(act: Callable[[Player], Callable[[], None] | None], player: Player) -> Callable[[], None] | None:
    """Do it and return what takes it back; None where it was refused or nothing was there to do it with."""
    try:
        with transaction.atomic():
            return act(player)
    except Refused:
        return None


def _state(books: BooksFacts) -> dict[str, Any]:
    """Return what must be as if nothing had been done: balances, open items, positions, money, bank lines."""
    return standing.balances(books.id, DAYS) | {
        "positions": standing.counted(standing.POSITIONS, books.id),
        "open items": standing.counted(standing.OPEN_ITEMS, books.id),
        "unapplied": standing.counted(standing.UNAPPLIED, books.id),
        "bank lines": standing.counted(standing.BANK_LINES, books.id),
    }


# ------------------------------------------------------------------------------------ what is done


def entries(player: Player) -> Callable[[], None]:
    """Post entries; take them back by reversals."""
    made = [one.entry_id for one in player.posted() if one.kind is OutcomeKind.DONE and one.entry_id]

    def take_back() -> None:
        assert all(one.kind is OutcomeKind.DONE for one in reverse(player.books, *made, on=UNDONE_ON))
        assert all(one.kind is OutcomeKind.UNCHANGED for one in reverse(player.books, *made, on=UNDONE_ON))

    return take_back


def invoice(player: Player) -> Callable[[], None] | None:
    """Enter an invoice; take it back by a full credit note."""
    answer = player.entered()
    return _credited(player, answer.invoice_id) if answer.kind == "done" else None


def deal(player: Player) -> Callable[[], None] | None:
    """Close a deal; take its invoice back by a full credit note."""
    before = set(receivables_documents(player))
    player.close_deal()
    fresh = set(receivables_documents(player)) - before
    return _credited(player, fresh.pop()) if fresh else None


def payment(player: Player) -> Callable[[], None] | None:
    """Enter a payment; undo it."""
    done = player.paid()
    if done is None or done.payment_id is None or done.kind is not OutcomeKind.DONE:
        return None
    return _undone(player, Undo(What.PAYMENT, done.payment_id))


def match(player: Player) -> Callable[[], None] | None:
    """Match a listed line by hand; undo it."""
    line = player.matched()
    return None if line is None else _undone(player, Undo(What.LINE, line))


ACTS: tuple[Callable[[Player], Callable[[], None] | None], ...] = (entries, entries, invoice, deal, payment, match)


def receivables_documents(player: Player) -> list[int]:
    """Return the documents with something open."""
    return [item.document_id for item in receivables.open_items(player.books.id, limit=1_000)]


def _credited(player: Player, invoice_id: int | None) -> Callable[[], None]:
    assert invoice_id is not None

    def take_back() -> None:
        wanted = [CreditDraft(invoice_id, UNDONE_ON, "wrong")]
        for expected in (OutcomeKind.DONE, OutcomeKind.UNCHANGED):
            (answer,) = credit_invoices(books_id=player.books.id, credits_wanted=wanted, actor=TESTER, at=NOW)
            assert answer.kind is expected, answer

    return take_back


def _undone(player: Player, undo: Undo) -> Callable[[], None]:
    def take_back() -> None:
        for expected in (OutcomeKind.DONE, OutcomeKind.UNCHANGED):
            done = receive_money.undo_match(
                books_id=player.books.id, undo=undo, on=UNDONE_ON, reason="a mistake", actor=TESTER, at=NOW
            )
            assert done.kind is expected, done

    return take_back
