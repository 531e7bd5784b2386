"""Finance by hand: an invoice for something small, and a credit note where one went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

from counterfoil.audit.domain import person
from counterfoil.billing.domain import CreditDraft, InvoiceRequest, RequestLine
from counterfoil.demo.domain import company
from counterfoil.demo.domain.cast import Pays
from counterfoil.demo.domain.customers import Customer
from counterfoil.demo.filling.collecting import Collecting
from counterfoil.flows import receive_money
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.flows.enter_invoice import EnteredKind, enter_invoices
from counterfoil.infra import world
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables.domain.settlement import Part

_ACCOUNTANT: Final = person(company.ACCOUNTANT.email)
_MICRO: Final = 10**6
_SMALL: Final = (
    ("Emergency call-out, evening", 285_00),
    ("Replacement seal and fitting", 64_50),
    ("Second reading on site", 145_00),
    ("Travel outside the region", 118_00),
)
_TAX_CODE: Final = "NL-21"
_REASONS: Final = (
    "Delivered to the wrong building; taken back and ordered anew",
    "The customer's purchase order was withdrawn before delivery",
    "Entered twice",
)


@dataclass(slots=True)
class Correcting:
    """What finance enters and takes back by hand."""

    books_id: int
    seed: int
    customers: Sequence[Customer]
    collecting: Collecting

    def enter_invoice(self, month: Span) -> None:
        """Invoice something small that no deal stands for."""
        rng = Random(f"{self.seed}/small/{month.start:%Y-%m}")
        known = [
            one for one in self.customers if one.joined <= month.start and not one.character.is_abroad and _may_buy(one)
        ]
        if not known:
            return
        customer = rng.choice(known)
        what, minor = rng.choice(_SMALL)
        day = world.today(company.TIME_ZONE)
        line = RequestLine(
            "",  # Nothing of the price list, so that no list price is undercut.
            what,
            rng.randrange(1, 4) * _MICRO,
            Money(minor, EUR),
            Decimal(0),
            _TAX_CODE,
            None,
            day,
        )
        request = InvoiceRequest(
            customer.external_id, EUR, day, None, None, (line,), source=f"demo:small:{month.start:%Y-%m}"
        )
        (entered,) = enter_invoices(books_id=self.books_id, requests=[request], actor=_ACCOUNTANT, at=world.now())
        assert entered.kind is EnteredKind.DONE, entered

    def credit(self, month: Span) -> None:
        """Credit one open invoice in full, and settle the one with the other."""
        rng = Random(f"{self.seed}/credit/{month.start:%Y-%m}")
        day = world.today(company.TIME_ZONE)
        open_items = [
            item
            for item in self.collecting.waiting()
            if item.open.currency == EUR and item.open == item.amount and 300_00 < item.open.minor < 9_000_00
        ]
        if not open_items:
            return
        item = rng.choice(open_items)
        draft = CreditDraft(item.document_id, day, rng.choice(_REASONS))
        (credited,) = credit_invoices(books_id=self.books_id, credits_wanted=[draft], actor=_ACCOUNTANT, at=world.now())
        assert credited.kind is OutcomeKind.DONE, credited
        note = self.collecting.item(credited.number)
        if note is not None and note.open:
            receive_money.apply_credit(
                books_id=self.books_id,
                credit_item_id=note.id,
                seen=note.open,
                parts=[Part(item.id, note.open)],
                on=day,
                actor=_ACCOUNTANT,
                at=world.now(),
            )


def _may_buy(customer: Customer) -> bool:
    character = customer.character
    return not character.is_blocked and not character.is_po_required and character.pays is not Pays.NEVER
