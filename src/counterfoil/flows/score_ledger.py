"""The learned score over the whole ledger: every invoice against what came before it. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.profiles import view
from counterfoil.anomalies.domain.score import Scored, Scorer
from counterfoil.anomalies.scoring import NO_SEGMENT
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import InvoiceDraft, line_net
from counterfoil.billing.selectors import IssuedDocument
from counterfoil.crm import selectors as crm

MAX_BATCH: Final = 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ScoredInvoice:
    """An invoice of the ledger with its score."""

    number: str
    customer: str
    on: date
    scored: Scored


def score_ledger(*, books_id: int, progress: Progress | None = None) -> Iterator[ScoredInvoice]:
    """Yield every issued invoice with its score, in the order of issue; what comes later changes no earlier score."""
    scorer = Scorer()
    after: tuple[date, int] | None = None
    done = 0
    while page := billing.issued_in_order(books_id, after=after, limit=MAX_BATCH):
        documents = billing.documents_by_id(books_id, [id_ for _, id_ in page])
        ordered = [documents[id_] for _, id_ in page]
        buyers = crm.customer_facts(sorted({one.document.draft.customer_id for one in ordered}))
        for one in ordered:
            buyer = buyers[one.document.draft.customer_id]
            row = view(_facts(one, name=buyer.name, unit=buyer.segment or NO_SEGMENT))
            found = scorer.score_view(row)
            yield ScoredInvoice(one.number, buyer.name, one.document.draft.issue_date, found)
            scorer.learn_view(row, found)
        after = page[-1]
        done += len(page)
        if progress:
            progress(done, 0)


def _facts(one: IssuedDocument, *, name: str, unit: str) -> InvoiceFacts:
    """An invoice as the score sees it; its term runs from its own day, amounts are net."""
    draft, net = one.document.draft, one.document.net
    return InvoiceFacts(
        id=one.number,
        unit=unit,
        customer=str(draft.customer_id),
        customer_name=name,
        posting_date=draft.issue_date,
        baseline_date=draft.issue_date,
        due_date=draft.due_date,
        term_code=draft.term.text,
        currency=draft.currency.code,
        amount_minor=net.minor,
        base_amount_minor=one.base.net.minor if one.base else net.minor,
        discount_micro=_discount(draft, net.minor),
    )


def _discount(draft: InvoiceDraft, net_minor: int) -> int:
    """Return the discount of all lines together in millionths of the undiscounted amount."""
    if not any(line.discount_percent for line in draft.lines):
        return 0
    undiscounted = sum(line_net(line.quantity_micro, line.unit_price, Decimal(0)).minor for line in draft.lines)
    return max(0, round((1 - net_minor / undiscounted) * 1_000_000)) if undiscounted > 0 else 0
