"""From which bank accounts customers pay."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Max, Min

from counterfoil.infra import bulk
from counterfoil.receivables.domain.payers import PaidFrom
from counterfoil.receivables.models import BankLine, Payment


def counterparties(books_id: int, line_ids: Sequence[int]) -> dict[int, str]:
    """Return the account on the other side of bank lines, blank where the bank does not say; one statement."""
    rows = BankLine.objects.filter(bulk.is_any_of("id", line_ids), books_id=books_id)
    return dict(rows.values_list("id", "counterparty_iban"))


def paid_from(books_id: int, customer_ids: Sequence[int]) -> dict[int, tuple[PaidFrom, ...]]:
    """Return the accounts that customers paid from; money that was sent back is none. One statement."""
    rows = Payment.objects.filter(
        bulk.is_any_of("customer_id", customer_ids), books_id=books_id, amount_minor__gt=0, undone_on=None
    ).exclude(bank_line=None)
    rows = rows.exclude(bank_line__counterparty_iban="")
    found: dict[int, list[PaidFrom]] = {}
    grouped = rows.values_list("customer_id", "bank_line__counterparty_iban").annotate(
        Count("id"), Min("paid_date"), Max("paid_date")
    )
    for customer_id, account, times, first, last in grouped.order_by():
        found.setdefault(customer_id, []).append(PaidFrom(account, times, first, last))
    return {customer_id: tuple(ones) for customer_id, ones in found.items()}
