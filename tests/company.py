"""A company that sells, for scenario tests: books, a customer, three products, and deals that are won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import services as crm
from counterfoil.crm.domain import (
    AmountState,
    CustomerDraft,
    LineDraft,
    OpportunityDraft,
    ProductDraft,
    ProductKind,
    Stage,
    TaxClass,
)
from counterfoil.flows import set_up
from counterfoil.flows.close_deals import Closed, DatedBy, close_deals
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import BooksFacts
from tests.builders import EUR, NOW, TESTER

CLOSE = date(2026, 10, 15)


@dataclass(frozen=True, slots=True)
class Company:
    """Books with a customer and products: GW-1 (a good), SVC (a service done once), SUB (a yearly subscription)."""

    books: BooksFacts
    customer_id: int

    def closes(
        self,
        *,
        dated_by: DatedBy = DatedBy.TODAY,
        only: Sequence[int] | None = None,
        is_confirmed: bool = False,
        again: bool = False,
        books_id: int | None = None,
    ) -> Closed:
        """Close what is won."""
        return close_deals(
            books_id=books_id or self.books.id,
            source=EmbeddedCrm(),
            sink=EmbeddedAccounting(),
            time_zone=self.books.time_zone,
            dated_by=dated_by,
            only=only,
            is_confirmed=is_confirmed,
            again=again,
            actor=TESTER,
        )

    def balances(self, as_of: date | None = None) -> dict[str, int]:
        """Return the accounts whose balance is not zero, in cents of base currency."""
        rows = ledger.trial_balance(self.books.id, as_of=as_of)
        return {row.code: row.base_minor for row in rows if row.base_minor}


def a_company(country: str = "DE", base: str = "EUR", time_zone: str = "Europe/Berlin") -> Company:
    """Found a company with a customer and three products."""
    books = set_up.found_company(
        name="Tidewater Metering", base_currency=base, country=country, time_zone=time_zone, actor=TESTER
    )
    customer_id = crm.add_customer(
        draft=CustomerDraft("Kestrel Water AG", "DE", terms="Net 30"), external_ids=(), actor=TESTER, at=NOW
    )
    for code, kind, months in (
        ("GW-1", ProductKind.GOOD, None),
        ("SVC", ProductKind.ONE_TIME_SERVICE, None),
        ("SUB", ProductKind.SUBSCRIPTION, 12),
    ):
        crm.add_product(
            draft=ProductDraft(code, code, kind, TaxClass.STANDARD, term_months=months), actor=TESTER, at=NOW
        )
    return Company(books, customer_id)


def a_won_deal(
    company: Company,
    minor: int = 120_000,
    *,
    product: str = "SVC",
    money: Currency = EUR,
    close_date: date = CLOSE,
    **said: Any,
) -> OpportunityDraft:
    """Return a deal that passes the standards; `said` are further fields of the draft."""
    amount = Money(minor, money)
    return OpportunityDraft(
        **{
            "name": "Kestrel rollout",
            "customer_id": company.customer_id,
            "stage": Stage.WON,
            "currency": money.code,
            "amount": amount,
            "amount_state": AmountState.SIGNED,
            "close_date": close_date,
            "terms": "Net 30",
            "billing_type": "up_front",
            "owner": "rep@example.test",
            "po_number": "PO-77",
            "lines": (LineDraft(product, unit_price=amount, discount_percent=Decimal(0), amount=amount),),
            **said,
        }
    )
