"""The number of statements to the database does not grow with the lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.flows import receive_money
from counterfoil.receivables.domain.undoing import Undo, What
from tests.builders import NOW, TESTER, eur
from tests.receivables.bank_files import document, entry
from tests.receivables.company import IN_OCTOBER, Company, a_company

pytestmark = pytest.mark.database


def statements_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def import_and_match(company: Company, lines: int) -> tuple[int, int]:
    """How many statements importing and matching so many lines take."""
    items = company.invoices(company.customer(), *([10000] * lines), first=company.documents)
    entries = [entry("100.00", text=item.number, bank_id=f"B{item.id}") for item in items]
    opening = company.position().statement
    closing = opening + sum((item.open for item in items), eur(0))
    data = document(*entries, opening=opening.decimal_text(), closing=closing.decimal_text(), statement=f"S-{lines}")
    importing = statements_of(lambda: company.statement(data))
    return importing, statements_of(company.match)


def undo(company: Company, lines: int) -> int:
    undos = [Undo(What.LINE, line.id) for line in company.lines(state="posted")[:lines]]
    assert len(undos) == lines
    return statements_of(
        lambda: receive_money.undo_matches(
            books_id=company.id, undos=undos, on=IN_OCTOBER, reason="all", actor=TESTER, at=NOW
        )
    )


def test_fifty_lines_or_three_hundred_take_the_same_number_of_statements() -> None:
    """Fewer lines take fewer on PostgreSQL, where small writes go together."""
    company = a_company()
    company.statement(document(opening="0.00", closing="0.00", day="2026-10-01", statement="S-0"))
    import_and_match(company, 5)
    few, many = import_and_match(company, 50), import_and_match(company, 300)
    assert few == many
    assert max(few) <= 70
    assert undo(company, 50) == undo(company, 200)
    assert company.is_sound()
