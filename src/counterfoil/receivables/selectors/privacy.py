"""What bank statements and payments say of a person, and how old they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Count, Q

from counterfoil.receivables.models import BankLine, Payment


def texts_naming(names: Sequence[str]) -> list[tuple[str, date, str, str]]:
    """Return bank lines and payments that name a person: what it is, its day, the payer, the text."""
    wanted = [name for name in names if len(name.strip()) > 2]
    if not wanted:
        return []
    in_line = reduce(or_, [Q(counterparty__icontains=name) | Q(text__icontains=name) for name in wanted])
    lines = BankLine.objects.filter(in_line).order_by("booking_date", "id")
    found = [("bank_line", *row) for row in lines.values_list("booking_date", "counterparty", "text")]
    in_payment = reduce(or_, [Q(text__icontains=name) for name in wanted])
    payments = Payment.objects.filter(in_payment).order_by("paid_date", "id").values_list("paid_date", "text")
    return [*found, *(("payment", day, "", text) for day, text in payments)]


def bank_lines_by_year(books_id: int) -> dict[int, int]:
    """Count the bank lines of some books by year of booking."""
    rows = BankLine.objects.filter(books_id=books_id)
    return dict(rows.values_list("booking_date__year").annotate(count=Count("id")).order_by())
