"""Who sees what was only observed: nobody who may still decide, until a person has decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counterfoil.autonomy import selectors as autonomy
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions.domain import Mode
from counterfoil.decisions.selectors import Why
from counterfoil.flows.verdicts import bill
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person

OVERSEES: Final = frozenset({Role.CONTROLLER, Role.AUDITOR, Role.ADMIN})
"""Who sees what was observed at all. Of these the auditor decides nothing, and sees it at once."""


def visible(person: Person, items: Sequence[Why]) -> list[Why]:
    """Leave out what this person must not see yet; three statements at most, none where nothing was observed.

    Who oversees and may decide too is the human side as anybody else is: they see it once a person has decided of the
    thing, or a document of the system that was really used has.
    """
    observed = [one for one in items if one.mode == Mode.OBSERVE]
    if not observed or person.role is Role.AUDITOR:
        return list(items)
    if person.role not in OVERSEES:
        return [one for one in items if one.mode != Mode.OBSERVE]
    about = _compared_as(observed)
    spoken = autonomy.spoken_of(person.books.id, sorted({subject for subject, _ in about.values()}))
    return [
        one
        for one in items
        if one.mode != Mode.OBSERVE
        or spoken & {(one.kind, *about[one.item_id]), (autonomy.EXTERNAL, *about[one.item_id])}
    ]


def _compared_as(items: Sequence[Why]) -> dict[int, tuple[str, int]]:
    """Return as what each item is compared, and which part of it; an instalment is a part of its deal."""
    bills = {one.item_id: int(one.subject.partition(":")[2]) for one in items if one.kind == bill.KIND}
    deals = contracts.opportunities_of(sorted(set(bills.values()))) if bills else {}
    return {
        one.item_id: (f"opportunity:{deals.get(bills[one.item_id])}", int(one.inputs["instalment"]))
        if one.item_id in bills
        else (one.subject, 1)
        for one in items
    }
