"""The canonical content of documents and contracts, which is written directly because it is hot."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.billing.domain import (
    DraftLine,
    InvoiceDraft,
    Party,
    TaxTable,
    credit_of,
    document,
    document_text,
    opening_rates,
    party_text,
)
from counterfoil.contracts.domain import Contract, ContractLine, ContractState, contract_bytes
from counterfoil.kernel import canonical
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.standards.domain import Billing, Recognition
from tests.builders import EUR

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TABLE = TaxTable("DE", opening_rates())
DAY = date(2026, 11, 15)
SERVICES = st.sampled_from([None, Span(date(2026, 1, 1), date(2027, 1, 1))])


@given(text=TEXT, other=TEXT, quantity=st.integers(1, 10**9), price=st.integers(1, 10**9), service=SERVICES)
def test_a_document_is_written_in_its_canonical_form(
    text: str, other: str, quantity: int, price: int, service: Span | None
) -> None:
    line = DraftLine(
        text, 1, other, quantity, Money(price, EUR), Decimal("2.5"), Money(price, EUR), "DE-19", service, DAY,
        Recognition.OVER_TIME,
    )  # fmt: skip
    draft = InvoiceDraft("s", 1, 2, EUR, DAY, Term.parse("2/10 Net 30"), DAY, (line, line), other, note=text)
    made = document(draft, TABLE)
    party = Party(text, (other, text), other, "DE")
    seller = party_text(party)
    for written in (
        document_text(made, text, seller, seller),
        document_text(credit_of(made, "c", DAY, other), text, seller, seller, (other, DAY)),
    ):
        assert canonical.canonical_bytes(json.loads(written)) == written.encode("utf-8")
    said = json.loads(document_text(made, text, seller, seller))
    assert (said["note"], said["seller"]["lines"], said["lines"][1]["description"]) == (text, [other, text], text)


@given(text=TEXT, minor=st.integers(-(10**9), 10**9), service=SERVICES, since=st.sampled_from([None, DAY]))
def test_a_contract_is_written_in_its_canonical_form(
    text: str, minor: int, service: Span | None, since: date | None
) -> None:
    money = Money(minor, EUR)
    line = ContractLine(
        9, 1, 2, text, text, 10**6, money, Decimal(0), money, "standard", Recognition.OVER_TIME, service, since
    )
    contract = Contract(
        1, "C-0001", 1, 5, 3, EUR, Term.parse("Net 30"), DAY, text, Billing.MONTHLY, since, "v", ContractState.LIVE,
        (line, line), (),
    )  # fmt: skip
    written = contract_bytes(contract, [(1, DAY, minor), (2, DAY, 0)])
    assert canonical.canonical_bytes(json.loads(written)) == written
