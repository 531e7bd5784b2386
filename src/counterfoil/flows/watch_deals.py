"""Looking at deals before anybody closes them: after an import, or all that are not invoiced yet, by command.

What is found is a note: nothing is about to be posted, and every door that posts looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies import services
from counterfoil.anomalies.candidates import of_deal
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.standards import selectors as standards

MAX_BATCH: Final = 5_000
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Watched:
    """How many deals were looked at, how many of them are sound enough for it, and how many findings are new."""

    deals: int = 0
    sound: int = 0
    found: int = 0


def watch_deals(
    *,
    books_id: int,
    today: date,
    at: datetime,
    only: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> Watched:
    """Look at won deals that are not invoiced yet with every rule, and write down what is found, each thing once.

    A deal that the standards refuse is left out: it is held by what they say.

    Args:
        only: opportunities to look at; every won one if None.
    """
    signed = contracts.signed_hashes(books_id)
    wanted = set(only) if only is not None else None
    waiting = [id_ for id_, _ in crm.won(books_id) if id_ not in signed and (wanted is None or id_ in wanted)]
    done = Watched()
    for start in range(0, len(waiting), MAX_BATCH):
        _look(books_id, waiting[start : start + MAX_BATCH], today, at, done)
        if progress:
            progress(min(start + MAX_BATCH, len(waiting)), len(waiting))
    return done


def _look(books_id: int, opportunity_ids: Sequence[int], today: date, at: datetime, done: Watched) -> None:
    judged = standards.judged(books_id, opportunity_ids)
    candidates = [
        of_deal(one.deal, owner=one.owner, stated=one.snapshot, issue_date=one.close_date or today)
        for one in judged
        if one.deal is not None
    ]
    # As of its own day: what a file brings of last year is not back-dated, and who closes it today is told.
    found = watch.inspected(books_id, candidates, today=today, is_historical=True)
    with transaction.atomic():
        done.found += services.write_down(
            books_id=books_id, found=list(zip(candidates, found, strict=True)), at=at, is_held=False
        )
    done.deals += len(judged)
    done.sound += len(candidates)
