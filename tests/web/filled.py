"""A company with deals, invoices and a bank statement."""

from __future__ import annotations

import dataclasses
from datetime import date

from counterfoil.crm import services as crm
from counterfoil.crm.domain import AmountState, OpportunityDraft, Stage
from counterfoil.flows import receive_money
from counterfoil.kernel.money import Money
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_won_deal

BANK = """booking_date,amount,currency,counterparty,iban,reference,bank_tx_id
2026-11-02,1428.00,EUR,KESTREL WATER AG,,INV 2026-0001,T1
2026-11-03,500.00,EUR,KESTREL WATER AG,,thanks,T2
2026-11-04,-12.50,EUR,Bank,,charges,T3
"""


def fill(company: Company) -> None:
    """Win four deals: two are invoiced, one lacks a known product, one is open; and bring a bank statement in."""
    drafts = [
        a_won_deal(company, 120_000, name="Metering, first year"),
        a_won_deal(company, 240_000, name="Metering, second year", product="SUB"),
        a_won_deal(company, 50_000, name="Spare parts", product="GW1"),
    ]
    for number, draft in enumerate(drafts):
        add(company, draft, f"X-{number}")
    lead = OpportunityDraft(
        name="Roll-out",
        customer_id=company.customer_id,
        stage=Stage.ENGAGING,
        currency="EUR",
        amount=Money(990_000, EUR),
        amount_state=AmountState.ESTIMATED,
        close_date=date(2026, 12, 1),
        owner="sam@example.test",
    )
    crm.add_opportunity(books_id=company.books.id, draft=lead, actor=TESTER, at=NOW)
    company.closes()
    receive_money.import_bank(books_id=company.books.id, data=BANK.encode(), file_name="bank.csv", actor=TESTER, at=NOW)


def add(company: Company, draft: OpportunityDraft, external_id: str) -> int:
    """Store an opportunity as a CRM says it, won or not."""
    said = crm.said_by_hand(draft, external_id=external_id)
    draft = dataclasses.replace(draft, external_id=external_id, system="crm")
    return crm.add_opportunity(
        books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said._replace(system="crm")
    )
