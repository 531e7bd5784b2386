"""What is done in random histories to be undone: acts of every kind, what comes before them, and what follows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import CreditDraft, Kind
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.crm.services import imports
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import import_file, receive_money
from counterfoil.flows.aliases import confirm_alias
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.flows.journal import enter_journal
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.verdicts import alias as naming
from counterfoil.flows.win_deal import enter_deal
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import JournalEntry, Posting
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_won_deal
from tests.flows.test_import_file import a_file, a_row
from tests.torture.histories import FIRST, USD, Player
from tests.web.filled import add

UNDONE_ON = NOW.date()


@dataclass(slots=True)
class Scene:
    """One playing of a history: in `is_done` the act happens, else everything around it alone.

    Chance is the same in both. `target` is what will be undone, `only` the parts of it that are meant.
    """

    company: Company
    chance: random.Random
    is_done: bool
    target: str = ""
    only: list[str] | None = None
    made: list[int] = field(default_factory=list)
    on: date = UNDONE_ON
    """The day from which on it must be as if it had not been done."""
    stay: int = 0
    """How many deals of an undone file stay, won and not invoiced, because documents name them."""

    @property
    def books_id(self) -> int:
        return self.company.books.id

    @property
    def player(self) -> Player:
        """A player whose chance is this scene's."""
        return Player(self.company, self.chance, prefix=f"scene{self.chance.randrange(10**6)}:")

    def day(self) -> date:
        return FIRST + timedelta(days=self.chance.randrange(107))

    def decision(self, subject: str) -> str:
        """Return the decision that spoke last about something."""
        return decisions.why(subject)[0].number


# ------------------------------------------------------------------------------------ what is done


def entry(scene: Scene) -> None:
    """Enter an entry by hand."""
    minor, rate = scene.chance.randint(1, 90_000) * 10, scene.chance.choice((10, 9))
    day = scene.day()
    if scene.is_done:
        money = EUR if rate == 10 else USD
        sides = tuple(
            Posting(code, Money(sign * minor, money), Money(sign * minor * rate // 10, EUR))
            for code, sign in (("6000", 1), ("1000", -1))
        )
        made = enter_journal(
            books_id=scene.books_id, entry=JournalEntry(day, "by hand", sides), reference=f"E{minor}", actor=TESTER
        )
        scene.target = f"J-{made}"


def invoice(scene: Scene) -> None:
    """Enter an invoice; money comes for it, from the bank or by hand, in part, in full or above."""
    pay = scene.chance.random()
    invoice_id = None
    if scene.is_done:
        player = scene.player
        answers = (player.entered() for _ in range(4))
        invoice_id = next((one.invoice_id for one in answers if one.kind == "done"), None)
        if invoice_id is None:
            return
        scene.target = scene.chance.choice((f"invoice:{invoice_id}", scene.decision(f"invoice:{invoice_id}")))
    _pays(scene, random.Random(pay), invoice_id)


def _pays(scene: Scene, chance: random.Random, invoice_id: int | None) -> None:
    """Let the customer pay up to twice; where there is no invoice the money is unapplied."""
    for turn in range(chance.randint(0, 2)):
        amount = Money(chance.choice((100, 5_000, 250_000, 3_000_000)) + turn, EUR)
        item = None
        if invoice_id is not None:
            item = receivables.items_of_documents(scene.books_id, [invoice_id]).get(invoice_id)
        parts: tuple[Part, ...] = ()
        if item is not None and item.open.minor:
            if item.open.currency == EUR:
                parts = (Part(item.id, min(amount, item.open)),)
            else:
                parts = (Part(item.id, Money(min(amount.minor, item.open.minor), item.open.currency), paid=amount),)
        payment = receive_money.HandPayment(
            amount, UNDONE_ON - timedelta(days=turn), f"pays {amount} {turn}", parts,
            customer_id=scene.company.customer_id,
        )  # fmt: skip
        receive_money.record_payment(books_id=scene.books_id, payment=payment, actor=TESTER, at=NOW)


def _won_deals(scene: Scene) -> None:
    """Win up to three deals, of goods, services and subscriptions billed at once or in parts."""
    for _ in range(scene.chance.randint(1, 3)):
        product = scene.chance.choice(("GW-1", "SVC", "SUB", "SUB"))
        said: dict[str, Any] = {}
        if product == "SUB":
            said["billing_type"] = scene.chance.choice(("up_front", "monthly", "quarterly"))
        if scene.chance.random() < 0.3:
            said["cancellable_until"] = date(2026, 12, 1)
        draft = a_won_deal(
            scene.company, scene.chance.randint(1_200, 900_000), product=product, close_date=scene.day(), **said
        )
        try:
            with transaction.atomic():
                made = enter_deal(books_id=scene.books_id, draft=draft, actor=TESTER, at=NOW)
        except Refused:
            continue
        scene.made.append(made)


def deals(scene: Scene) -> None:
    """Close deals together; some of them are undone, paid or released since."""
    if not scene.made:
        return
    gone = scene.chance.sample(scene.made, scene.chance.randint(1, len(scene.made)))
    dated_by = scene.chance.choice((DatedBy.TODAY, DatedBy.CLOSE))
    stay = [id_ for id_ in scene.made if id_ not in gone]
    closing = list(scene.made) if scene.is_done else stay
    pay = scene.chance.random()
    is_released = scene.chance.random() < 0.5
    if closing:
        scene.company.closes(only=closing, dated_by=dated_by)
    invoice_id = None
    if scene.is_done:
        signed = contracts.live_contract_ids(scene.books_id, scene.made)
        if not set(gone) <= signed.keys():
            raise Refused
        scene.target = scene.decision(f"contract:{signed[gone[0]]}")
        scene.only = [f"opportunity:{id_}" for id_ in gone] if stay else None
        if stay and scene.decision(f"contract:{signed[gone[-1]]}") != scene.target:
            raise Refused
        documents = receivables.open_items(scene.books_id, limit=1_000)
        mine = [item for item in documents if item.contract_id == signed[gone[0]]]
        invoice_id = mine[0].document_id if mine else None
    _pays(scene, random.Random(pay), invoice_id)
    if is_released:
        release_revenue(books_id=scene.books_id, through=UNDONE_ON, actor=TESTER)


def _with_payment(scene: Scene) -> None:
    """An open invoice and money on it, beside it, or nowhere yet."""
    player = scene.player
    for _ in range(2):
        player.entered()
    player.receive_lines()


def payment(scene: Scene) -> None:
    """A payment by hand, and perhaps a later use of what it left."""
    items = [item for item in receivables.open_items(scene.books_id) if item.open.currency == EUR]
    if not items or not scene.is_done:
        return
    first, last = items[0], items[-1]
    amount = Money(first.open.minor * scene.chance.choice((1, 1, 2)), EUR)
    part = Part(first.id, Money(max(1, first.open.minor * scene.chance.choice((1, 2)) // 2), EUR))
    given = receive_money.HandPayment(amount, scene.day(), "scene", (part,), customer_id=first.customer_id)
    done = receive_money.record_payment(books_id=scene.books_id, payment=given, actor=TESTER, at=NOW)
    scene.target = f"payment:{done.payment_id}"
    left = next(row.unapplied for row in receivables.payments(scene.books_id) if row.id == done.payment_id)
    if left and last.id != first.id and scene.chance.random() < 0.7:
        receive_money.apply_cash(
            books_id=scene.books_id, payment_id=done.payment_id or 0, seen=left,
            parts=(Part(last.id, min(left, last.open)),), on=UNDONE_ON, actor=TESTER, at=NOW,
        )  # fmt: skip


def use_of_cash(scene: Scene) -> None:
    """A later use of unapplied cash, taken back alone."""
    items = [item for item in receivables.open_items(scene.books_id) if item.open.currency == EUR]
    if not items:
        return
    item = items[-1]
    given = receive_money.HandPayment(item.open, UNDONE_ON, "on account", (), customer_id=item.customer_id)
    done = receive_money.record_payment(books_id=scene.books_id, payment=given, actor=TESTER, at=NOW)
    if scene.is_done:
        used = receive_money.apply_cash(
            books_id=scene.books_id, payment_id=done.payment_id or 0, seen=item.open,
            parts=(Part(item.id, item.open),), on=UNDONE_ON, actor=TESTER, at=NOW,
        )  # fmt: skip
        scene.target = next(effect for effect in used.effects if effect.startswith("allocation:"))


def match(scene: Scene) -> None:
    """All that matches exactly; the whole run is undone, or one line of it."""
    if not scene.is_done:
        return
    done = receive_money.match(books_id=scene.books_id, actor=TESTER, at=NOW)
    if not done.matched:
        raise Refused
    posted = receivables.bank_lines(scene.books_id, states=["posted"], limit=1_000)
    matched = [one for one in decisions.led_to(done.decisions[0]) if one.effects]
    if not matched or not posted or len(done.decisions) > 1:
        raise Refused
    scene.target = f"CF-{done.decisions[0]}"
    if done.matched == 1 and scene.chance.random() < 0.5:
        scene.target = matched[0].subject


def match_by_hand(scene: Scene) -> None:
    """A listed line is given to an item."""
    if scene.is_done:
        line = scene.player.matched()
        scene.target = f"bank_line:{line}" if line is not None else ""


def bank_file(scene: Scene) -> None:
    """A bank statement, and matches of its lines."""
    if not scene.is_done:
        return
    there = {line.id for line in receivables.bank_lines(scene.books_id, limit=1_000)}
    rows = [
        f"{scene.day()},{Money(max(1, item.open.minor), EUR).decimal_text()},{item.number},F{place}"
        for place, item in enumerate(receivables.open_items(scene.books_id))
        if item.open.currency == EUR
    ]
    body = "\n".join(["booking_date,amount,reference,bank_tx_id", *rows, ""])
    done = receive_money.import_bank(books_id=scene.books_id, data=body.encode(), actor=TESTER, at=NOW)
    if not done.accepted:
        raise Refused
    scene.target = f"import:{done.batch}"
    mine = {line.id for line in receivables.bank_lines(scene.books_id, limit=1_000)} - there
    before = {line.id for line in receivables.bank_lines(scene.books_id, states=["posted"], limit=1_000)}
    for line in receivables.bank_lines(scene.books_id, states=["listed"], limit=1_000):
        if scene.chance.random() < 0.7 and line.id not in before and line.id in mine:
            items = [item for item in receivables.open_items(scene.books_id) if item.open.currency == EUR]
            if items:
                item = scene.chance.choice(items)
                part = Part(item.id, min(item.open, line.amount))
                receive_money.match_by_hand(
                    books_id=scene.books_id, line_id=line.id, parts=(part,), customer_id=item.customer_id,
                    actor=TESTER, at=NOW,
                )  # fmt: skip


def deal_file(scene: Scene) -> None:
    """A file of deals, of which some may be closed since."""
    if not scene.is_done:
        return
    said = {"account": "Kestrel Water AG", "product": "SVC", "discount_pct": "0", "billing_type": "up_front"}
    body = a_file(*(a_row(f"X-{number}", **said) for number in range(3)))
    done = import_file.import_file(
        kind="deals", data=body, file_name="deals.csv", actor=TESTER, books_id=scene.books_id, at=NOW
    )
    if not done.accepted or done.batch is None:
        raise Refused
    scene.target = f"import:{done.batch}"
    if scene.chance.random() < 0.5:
        brought = imports.made_in(done.batch)
        scene.company.closes(only=brought)
        scene.stay = len(contracts.live_contract_ids(scene.books_id, brought))


def _subscription(scene: Scene, parts: Sequence[str] = ("monthly", "up_front", "quarterly")) -> None:
    """A contract that runs since August."""
    draft = a_won_deal(
        scene.company,
        scene.chance.randint(12_000, 900_000),
        product="SUB",
        close_date=FIRST,
        billing_type=scene.chance.choice(parts),
    )
    scene.made.append(enter_deal(books_id=scene.books_id, draft=draft, actor=TESTER, at=NOW))
    scene.company.closes(only=scene.made, dated_by=DatedBy.CLOSE)


def release(scene: Scene) -> None:
    """Revenue is released, and more of it on top."""
    through = scene.chance.choice((date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)))
    again = scene.chance.random()
    if scene.is_done:
        entries = release_revenue(books_id=scene.books_id, through=through, actor=TESTER)
        if not entries:
            raise Refused
        scene.target = scene.decision(f"entry:{entries[-1]}")
        if again < 0.5:
            release_revenue(books_id=scene.books_id, through=date(2026, 11, 30), actor=TESTER)


def _in_parts(scene: Scene) -> None:
    """A contract that runs since August and is billed in parts."""
    _subscription(scene, ("monthly", "quarterly"))


def _released(scene: Scene) -> None:
    release_revenue(books_id=scene.books_id, through=date(2026, 11, 30), actor=TESTER)


def instalments(scene: Scene) -> None:
    """What a contract has due is invoiced."""
    if scene.is_done:
        billed = bill_due(books_id=scene.books_id, through=date(2027, 1, 31), sink=EmbeddedAccounting(), actor=TESTER)
        if not billed.invoiced:
            raise Refused
        (contract_id,) = contracts.live_contract_ids(scene.books_id, scene.made).values()
        scene.target = scene.decision(f"contract:{contract_id}")


def _invoiced(scene: Scene) -> None:
    """Invoices of every kind, with money on them or not."""
    kind = scene.chance.choice(("own", "deals", "subscription"))
    if kind == "own":
        player = scene.player
        for _ in range(2):
            player.entered()
    elif kind == "deals":
        _won_deals(scene)
        scene.company.closes(only=scene.made, dated_by=DatedBy.TODAY)
    else:
        _subscription(scene)
    if scene.chance.random() < 0.5:
        items = receivables.open_items(scene.books_id)
        _pays(scene, scene.chance, scene.chance.choice(items).document_id if items else None)
    if scene.chance.random() < 0.5:
        release_revenue(books_id=scene.books_id, through=date(2026, 10, 31), actor=TESTER)


def credit_note(scene: Scene) -> None:
    """An invoice is credited; what of the credit was open may have settled another one since."""
    if not scene.is_done:
        return
    documents = billing.document_summaries(scene.books_id, kind=Kind.INVOICE, limit=100)
    standing = [one for one in documents if not one.credited_by]
    if not standing:  # Whatever came before was refused.
        raise Refused
    wanted = scene.chance.choice(standing)
    day = max(wanted.issue_date, scene.chance.choice((UNDONE_ON, scene.day())))
    (credited,) = credit_invoices(
        books_id=scene.books_id, credits_wanted=[CreditDraft(wanted.id, day, "wrong")], actor=TESTER, at=NOW
    )
    if credited.kind != "done":
        raise Refused
    scene.target = scene.chance.choice((f"invoice:{credited.credit_note_id}", scene.decision(f"invoice:{wanted.id}")))
    items = receivables.open_items(scene.books_id)
    left = [item for item in items if item.document_id == credited.credit_note_id]
    others = [item for item in items if item.kind == "invoice" and left and item.open.currency == left[0].open.currency]
    if others and scene.chance.random() < 0.8:
        (credit,), other = left, scene.chance.choice(others)
        receive_money.apply_credit(
            books_id=scene.books_id, credit_item_id=credit.id, seen=credit.open,
            parts=(Part(other.id, min(credit.open, other.open)),), on=UNDONE_ON, actor=TESTER, at=NOW,
        )  # fmt: skip


def _named_otherwise(scene: Scene) -> None:
    """Deals of a product that nobody knows by this name."""
    for number in range(scene.chance.randint(1, 2)):
        draft = a_won_deal(
            scene.company, scene.chance.randint(1_200, 900_000), product="Servize", close_date=scene.day()
        )
        scene.made.append(add(scene.company, draft, f"A-{number}"))


def alias(scene: Scene) -> None:
    """A person says what a name means, and deals that name it are closed."""
    if scene.is_done:
        target = scene.chance.choice(("SVC", "GW-1"))
        confirm_alias(kind="product", text="servize", target=target, books_id=scene.books_id, actor=TESTER, at=NOW)
        scene.target = scene.decision(naming.subject("product", "servize"))
        if scene.chance.random() < 0.8:
            scene.company.closes(only=scene.made, dated_by=scene.chance.choice((DatedBy.TODAY, DatedBy.CLOSE)))


Act = Callable[[Scene], None]
SCENES: Sequence[Act] = (
    entry,
    invoice,
    invoice,
    deals,
    deals,
    deals,
    payment,
    use_of_cash,
    match,
    match_by_hand,
    bank_file,
    deal_file,
    release,
    instalments,
    alias,
    credit_note,
    credit_note,
)
PREPARES: dict[Act, Act] = {
    deals: _won_deals,
    payment: _with_payment,
    use_of_cash: _with_payment,
    match: _with_payment,
    match_by_hand: _with_payment,
    bank_file: _with_payment,
    release: _subscription,
    instalments: _in_parts,
    alias: _named_otherwise,
    credit_note: _invoiced,
}
LEAVES_SOMETHING = (invoice, deals, use_of_cash)
"""Acts around which something happens that stays; without the others one counterpart serves all that share a past."""
AFTER: dict[Act, Act] = {release: _released, deals: _released, credit_note: _released}
"""What is earned is released in both at the end: a batch releases through the last date of any of its deals."""
