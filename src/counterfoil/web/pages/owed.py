"""What customers owe, as pages say it: totals, what one customer owes, how one document was settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from counterfoil.kernel.money import Money
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.aging import BUCKETS
from counterfoil.receivables.domain.settlement import DocumentKind, ItemFacts
from counterfoil.receivables.selectors import AgedReceivables, AgedRow, Settling
from counterfoil.web import reader
from counterfoil.web.parts import Share

NOT_DUE = BUCKETS[0]
KINDS = ("k-act", "k-soft", "k-warn", "k-bad", "k-bad2")
"""The colours of the ages, from not due to the oldest."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a customer owes by currency, and what of it is overdue."""

    open: tuple[Money, ...] = ()
    overdue: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What all customers owe, in base currency."""

    open: Money
    overdue: Money
    unapplied: Money
    buckets: tuple[Share, ...] = field(default=())


def of_customers(books_id: int, customer_ids: Sequence[int]) -> dict[int, Owed]:
    """Return what some customers owe today; a number of statements that does not grow with them."""
    wanted = set(customer_ids)
    found: dict[int, list[AgedRow]] = {id_: [] for id_ in customer_ids}
    if wanted:
        for row in receivables.aged_receivables(books_id, reader.today()).rows:
            if row.customer_id in wanted:
                found[row.customer_id].append(row)
    return {id_: _owed(rows) for id_, rows in found.items()}


def _owed(rows: Sequence[AgedRow]) -> Owed:
    open_ = [Money(row.total_minor, row.currency) for row in rows if row.total_minor]
    late = [Money(row.total_minor - row.amounts[NOT_DUE], row.currency) for row in rows]
    return Owed(tuple(open_), tuple(amount for amount in late if amount.minor > 0))


def totals(books_id: int, as_of: date) -> Totals:
    """Return what all customers owe on a day, by age."""
    return totals_of(receivables.aged_receivables(books_id, as_of))


def totals_of(aged: AgedReceivables) -> Totals:
    """Add up aged receivables."""
    names = (_("Not due"), _("1 to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days"))
    sums = aged.totals
    shares = tuple(
        Share(name, Money(sums[bucket], aged.base), "", kind)
        for bucket, name, kind in zip(BUCKETS, names, KINDS, strict=True)
    )
    open_ = Money(aged.total_base_minor, aged.base)
    overdue = open_ - shares[0].amount
    return Totals(open_, overdue, Money(aged.unapplied_base_minor, aged.base), shares)


def of_documents(books_id: int, document_ids: Sequence[int]) -> dict[int, ItemFacts]:
    """Return what is open of some documents."""
    return receivables.items_of_documents(books_id, document_ids)


def open_invoices(
    books_id: int, *, overdue_on: date | None, after: tuple[date, int] | None, limit: int
) -> list[ItemFacts]:
    """Return open invoices by due date; with `overdue_on` only those due before that day, which come first."""
    items = receivables.open_items(books_id, after=after, limit=limit)
    invoices = [item for item in items if item.kind is DocumentKind.INVOICE]
    return [item for item in invoices if overdue_on is None or item.due_date < overdue_on]


def settled_by(step: Settling) -> str:
    """Say how a step settled a document."""
    if step.takes_back == "undo":
        return _("Match taken back")
    if step.takes_back == "return":
        return _("Came back")
    if step.credit_number:
        return _("Credit note %(number)s") % {"number": step.credit_number}
    return _("Paid")
