"""Signing: one contract for an opportunity, however often it is signed; the record covers what was agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from counterfoil.audit import services as audit
from counterfoil.contracts import selectors, services
from counterfoil.contracts.models import Contract, ContractLine
from counterfoil.kernel.spans import Span
from counterfoil.standards.domain import Billing
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.documents import a_deal, a_deal_line, sign

pytestmark = pytest.mark.database
YEAR = Span(date(2026, 1, 1), date(2027, 1, 1))


def test_a_deal_is_signed_with_its_lines_and_instalments() -> None:
    company = a_company()
    deal = a_deal(company, a_deal_line(120_000, service=YEAR), a_deal_line(5_000), billing_in=Billing.MONTHLY)
    (contract,) = sign(company, deal)
    assert (contract.number, contract.total.minor, len(contract.instalments)) == ("C-0001", 125_000, 12)
    assert selectors.contracts_by_id(company.books.id, [contract.id]) == {contract.id: contract}
    planned = selectors.planned_instalments(contract.id)
    assert [one.net.minor for one in planned] == [15_000] + [10_000] * 11
    assert audit.verify().ok


def test_zeros_that_a_database_adds_to_a_discount_alter_no_contract() -> None:
    company = a_company()
    discounted = replace(a_deal_line(9_500), discount_percent=Decimal("5.000000"))
    sign(company, a_deal(company, discounted))
    found = audit.verify()
    assert found.ok, found.first_bad


def test_signing_again_answers_with_the_contract_that_stands() -> None:
    company = a_company()
    deal = a_deal(company, a_deal_line(1_000))
    (first,) = sign(company, deal)
    one, other, fresh = sign(company, deal, deal, a_deal(company, a_deal_line(2_000)))
    assert one == other == first
    assert fresh.number != first.number
    changed = a_deal(company, a_deal_line(9_000), opportunity_id=deal.opportunity_id, version="v2")
    assert sign(company, changed) == [first]
    assert selectors.signed_versions(company.books.id, [deal.opportunity_id])[deal.opportunity_id].version_hash == "v1"


def test_an_ended_contract_is_answered_too_and_nothing_new_is_signed() -> None:
    company = a_company()
    deal = a_deal(company, a_deal_line(1_000))
    (contract,) = sign(company, deal)
    assert [end(company, contract.id), end(company, contract.id)] == [1, 0]
    (again,) = sign(company, deal)
    assert (again.id, again.state) == (contract.id, "ended")


def end(company: Company, contract_id: int) -> int:
    """End a contract and return how many ended."""
    return services.end_contracts(
        books_id=company.books.id, contract_ids=[contract_id], on=date(2026, 2, 1), actor=TESTER, at=NOW
    )


def test_instalments_that_were_invoiced_are_due_no_more() -> None:
    company = a_company()
    (contract,) = sign(company, a_deal(company, a_deal_line(120_000, service=YEAR), billing_in=Billing.QUARTERLY))
    due = selectors.instalments_due(company.books.id, date(2026, 7, 1))
    assert due == [(contract.id, 1), (contract.id, 2), (contract.id, 3)]
    services.mark_invoiced(books_id=company.books.id, instalments=due[:2])
    assert selectors.instalments_due(company.books.id, date(2026, 7, 1)) == [(contract.id, 3)]


def test_a_second_live_contract_for_an_opportunity_is_refused_by_the_database() -> None:
    company = a_company()
    (contract,) = sign(company, a_deal(company, a_deal_line(1_000)))
    row = Contract.objects.get(id=contract.id)
    row.pk, row.number = None, "C-9999"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_line_that_was_altered_is_found() -> None:
    company = a_company()
    (contract,) = sign(company, a_deal(company, a_deal_line(1_000)))
    ContractLine.objects.filter(contract_id=contract.id).update(net_minor=900)
    verification = audit.verify()
    assert (verification.ok, verification.first_bad) == (False, "contract C-0001: the row was altered")


@pytest.mark.parametrize("n", [1, 40])
def test_the_number_of_statements_does_not_grow_with_the_deals(n: int) -> None:
    company = a_company()
    sign(company, a_deal(company, a_deal_line(1_000)))
    deals = [a_deal(company, a_deal_line(1_000), a_deal_line(2_000, service=YEAR)) for _ in range(n)]
    with CaptureQueriesContext(connection) as captured:
        assert len(sign(company, *deals)) == n
    assert len(captured) <= 20, [query["sql"][:100] for query in captured]
