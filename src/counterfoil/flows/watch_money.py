"""The watch over money: bank lines that are about to be posted, beside the accounts that customers paid from."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.facts import MoneyFacts
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.crm import selectors as crm
from counterfoil.kernel import canonical
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Facts, Origin, Settlement


def watched(
    books_id: int, settlements: Sequence[Settlement], facts: Facts
) -> list[tuple[MoneyFacts | None, Inspected]]:
    """Say what stands against each settlement, in order; five statements, whatever their number.

    None stands for what no bank line brings, and for money that belongs to no customer.
    """
    buyers = [_buyer(one, facts) if one.origin is Origin.LINE else None for one in settlements]
    known = sorted({buyer for buyer in buyers if buyer is not None})
    if not known:
        return [(None, Inspected()) for _ in settlements]
    lines = [one.origin_id for one, buyer in zip(settlements, buyers, strict=True) if buyer is not None]
    accounts = receivables.counterparties(books_id, lines)
    payers = receivables.paid_from(books_id, known)
    names = crm.customer_names(known)
    found: list[MoneyFacts | None] = []
    for one, buyer in zip(settlements, buyers, strict=True):
        if buyer is None:
            found.append(None)
            continue
        account = accounts.get(one.origin_id, "")
        content = [one.origin_id, account, one.amount.minor, one.amount.currency.code, buyer]
        found.append(
            MoneyFacts(
                f"bank_line:{one.origin_id}",
                canonical.hash_of(content),
                buyer,
                names.get(buyer, ""),
                account,
                one.amount,
                one.on,
                payers.get(buyer, ()),
            )
        )
    answers = iter(watch.inspected_money(books_id, [one for one in found if one is not None]))
    return [(one, Inspected() if one is None else next(answers)) for one in found]


def _buyer(one: Settlement, facts: Facts) -> int | None:
    """Whose money it is: of the first item, else of whom the rest belongs to."""
    items = [facts.items[part.item_id] for part in one.parts if part.item_id in facts.items]
    return items[0].customer_id if items else one.customer_id
