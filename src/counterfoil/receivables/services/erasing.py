"""Erasing a person from what banks and people wrote beside money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.infra import bulk
from counterfoil.receivables.models import BankLine, Payment


@transaction.atomic
def erase_payer(*, names: Sequence[str], actor: Actor, at: datetime) -> int:
    """Take a person's names out of bank lines and payments; returns how many rows held one.

    Amounts, days and bank ids stay, and so do the rows' hashes, which never covered these texts. What else a line says
    stays as well.
    """
    wanted = sorted({name.strip() for name in names if len(name.strip()) > 2}, key=len, reverse=True)
    if not wanted:
        return 0
    pattern = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    in_line = reduce(or_, [Q(counterparty__icontains=name) | Q(text__icontains=name) for name in wanted])
    lines = [
        (id_, "" if pattern.search(payer) else payer, pattern.sub("", text))
        for id_, payer, text in BankLine.objects.filter(in_line).values_list("id", "counterparty", "text")
    ]
    in_payment = reduce(or_, [Q(text__icontains=name) for name in wanted])
    payments = [
        (id_, pattern.sub("", text)) for id_, text in Payment.objects.filter(in_payment).values_list("id", "text")
    ]
    bulk.change(BankLine, ["counterparty", "text"], [], lines)
    bulk.change(Payment, ["text"], [], payments)
    count = len(lines) + len(payments)
    if count:
        audit.record(
            kind="receivables.payer_erased",
            actor=actor,
            subject="payer",
            body={"lines": len(lines), "payments": len(payments)},
            at=at,
        )
    return count
