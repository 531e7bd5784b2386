"""The learned score looks at the whole ledger, in the order of issue, and writes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counterfoil.audit.models import Event
from counterfoil.flows.score_ledger import ScoredInvoice, score_ledger
from tests.company import Company
from tests.flows.test_watch_ledger import company, invoice

__all__ = ["company"]
pytestmark = pytest.mark.database


def looked(company: Company) -> list[ScoredInvoice]:
    return list(score_ledger(books_id=company.books.id))


def test_a_round_amount_among_uneven_ones_scores_highest(company: Company) -> None:
    for week in range(30):
        invoice(
            company, f"week-{week}", date(2026, 2, 2) + timedelta(7 * week), f"{1000 + 37 * week % 611}.{11 + week}"
        )
    before = looked(company)
    assert len(before) == 30
    assert max(one.scored.score_micro for one in before) < 500_000
    invoice(company, "round", date(2026, 9, 2), "1000.00")
    events = Event.objects.count()
    after = looked(company)
    assert Event.objects.count() == events
    assert after[:30] == before
    assert after[30].scored.label == "round_amount"
    assert after[30].scored.score_micro == max(one.scored.score_micro for one in after)
    for one in after:
        assert sum(part.amount_micro for part in one.scored.contributions) == one.scored.score_micro
