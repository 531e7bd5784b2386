"""Looking over an installation: fences, number series, balances; and repairing a counter."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.infra import fences, world
from counterfoil.kernel.errors import Fact
from counterfoil.ledger import selectors as ledger
from counterfoil.receivables import selectors as receivables


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something that does not hold, as code and facts."""

    code: str
    facts: dict[str, Fact]


def examine(*, books_id: int) -> list[Symptom]:
    """Return what does not hold; nothing when all is well.

    The checks of balances and of open items fold every posting and allocation, so they take as long as these are many.
    """
    found = [Symptom("fence_missing", {"fence": name}) for name in fences.missing()]
    found += [
        Symptom(
            "series_off",
            {
                "series": fault.series_id,
                "kind": fault.kind.value,
                "year": fault.year,
                "next": fault.next_no,
                "should_be": fault.should_be,
                "missing": fault.missing,
            },
        )
        for fault in billing_reads.series_faults(books_id)
    ]
    if ledger.scanned_balance(books_id) != ledger.snapshot_balance(books_id):
        found.append(Symptom("balances_differ", {}))
    found += [Symptom(fault.code, dict(fault.facts)) for fault in receivables.faults(books_id)]
    return found


def repair(*, books_id: int, actor: Actor) -> int:
    """Install missing fences and set number counters to follow their documents, each on record; returns how many."""
    fences.install()
    at = world.now()
    faults = billing_reads.series_faults(books_id)
    return sum(
        billing.repair_series(books_id=books_id, series_id=fault.series_id, actor=actor, at=at) for fault in faults
    )
