"""The flows let what they hold or propose wait for a person, and take it off the queue when it went through."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.flows import aliases
from counterfoil.receivables.domain.settlement import Part
from counterfoil.review import selectors
from counterfoil.review.selectors import CaseRow, Wanted
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company
from tests.receivables.company import a_company as a_bank
from tests.review.crm_world import imports

pytestmark = pytest.mark.database


def waiting(company: Company, kind: str = "") -> list[CaseRow]:
    return selectors.cases(company.books.id, Wanted(NOW, kinds=(kind,) if kind else ()))


def test_a_held_deal_waits_with_its_money_and_every_reason_until_it_goes_through() -> None:
    company = a_company()
    imports(company, "GTX Pro")
    company.closes()
    (case,) = waiting(company)
    assert (case.code, case.kind) == ("unknown_product", "close_deal")
    assert case.money == eur(120_000)
    assert case.decision_id is not None
    assert case.evidence[0]["quote"] == "GTX Pro"
    company.closes()
    assert len(waiting(company)) == 1
    aliases.confirm_alias(kind="product", text="GTX Pro", target="SVC", books_id=company.books.id, actor=TESTER, at=NOW)
    company.closes()
    assert waiting(company) == []
    (case,) = selectors.cases_about(company.books.id, [case.subject], NOW)
    assert (case.state, case.outcome) == ("resolved", "invoiced")


def test_opening_cases_costs_the_same_whatever_the_number_of_held_deals() -> None:
    company = a_company()
    counts = []
    for first, size in ((1, 2), (100, 60)):
        imports(company, *(f"X{first + n}" for n in range(size)), first=first)
        with CaptureQueriesContext(connection) as queries:
            company.closes()
        counts.append(len(queries))
    assert len(waiting(company)) == 50  # The first page of 62.
    assert counts[1] <= counts[0] + 2, counts


def test_a_line_that_names_several_invoices_waits_until_a_person_settles_it() -> None:
    bank = a_bank()
    items = bank.invoices(bank.customer(), 100_00, 50_00)
    (line,) = bank.receives("2026-10-20,150.00,INV-2026-000017 and INV-2026-000018")
    bank.match()
    (case,) = selectors.cases(bank.id, Wanted(NOW))
    assert (case.subject, case.code, case.money) == (f"bank_line:{line.id}", "ambiguous_reference", eur(150_00))
    bank.by_hand(line, *(Part(item.id, item.open) for item in items))
    assert selectors.cases(bank.id, Wanted(NOW)) == []
