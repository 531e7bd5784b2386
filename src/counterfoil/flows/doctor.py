"""Looking over an installation: fences, number series, balances."""

from __future__ import annotations

from counterfoil.billing import services as billing
from counterfoil.infra import fences
from counterfoil.ledger import selectors as ledger


def examine(*, books_id: int) -> list[str]:
    """Return what does not hold, one sentence each; nothing when all is well.

    The balance check folds every posting, so it takes as long as the ledger is large.
    """
    found = [f"The database lacks the fence {name}. Run: counterfoil init" for name in fences.missing()]
    found += billing.check_series(books_id=books_id)
    if ledger.scanned_balance(books_id) != ledger.snapshot_balance(books_id):
        found.append("The balance snapshots differ from the postings.")
    return found
