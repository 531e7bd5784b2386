"""The kill switch while a run is at work: nothing is committed after it, on either engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from django.db import connection

from counterfoil.autonomy import services as autonomy
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.connectors.ports import Judged
from counterfoil.contracts.models import Contract
from counterfoil.flows import close_deals as closing
from counterfoil.flows.close_deals import Closed
from counterfoil.flows.win_deal import enter_deal
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.commit
BATCH = 10


class WatchedCrm(EmbeddedCrm):
    """Our CRM, that says when the batch of a number is inside its transaction, and lets it take a while."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.batches = 0
        self.at_work = threading.Event()

    def judged(self, *, books_id: int, opportunity_ids: Sequence[int]) -> list[Judged]:
        self.batches += 1
        if self.batches == self.number:
            self.at_work.set()
            time.sleep(0.3)
        return super().judged(books_id=books_id, opportunity_ids=opportunity_ids)


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Company:
    """A company with forty won deals, closed ten a batch."""
    monkeypatch.setattr(closing, "MAX_BATCH", BATCH)
    company = a_company()
    for at in range(4 * BATCH):
        enter_deal(books_id=company.books.id, draft=a_won_deal(company, 10_000 + at), actor=TESTER, at=NOW)
    return company


def closes(company: Company, source: EmbeddedCrm, *, progress: closing.Progress | None = None) -> Closed:
    return closing.close_deals(
        books_id=company.books.id,
        source=source,
        sink=EmbeddedAccounting(),
        time_zone=company.books.time_zone,
        actor=TESTER,
        progress=progress,
    )


def test_a_stop_between_two_batches_lets_the_next_not_begin(company: Company) -> None:
    """The next batch, at most 5,000, does nothing; here the stop falls exactly between the second and the third."""

    def kill(done: int, total: int) -> None:
        if done == 2 * BATCH:
            autonomy.kill(books_id=company.books.id, kind=closing.KIND, actor=TESTER, at=NOW)

    closed = closes(company, EmbeddedCrm(), progress=kill)
    assert (closed.invoiced, closed.observed) == (2 * BATCH, 2 * BATCH)
    assert Contract.objects.count() == 2 * BATCH
    assert closes(company, EmbeddedCrm()).invoiced == 0


def test_a_stop_while_a_batch_runs_takes_effect_within_a_second(company: Company) -> None:
    """The batch that is at work is given up; what was committed before stands. Prints how long that took."""
    source = WatchedCrm(2)
    took: dict[str, float] = {}

    def kill() -> None:
        assert source.at_work.wait(60)
        took["began"] = time.perf_counter()
        autonomy.kill(books_id=company.books.id, kind=closing.KIND, actor=TESTER, at=NOW)
        took["written"] = time.perf_counter() - took["began"]
        connection.close()

    killer = threading.Thread(target=kill)
    killer.start()
    closed = closes(company, source)
    ended = time.perf_counter() - took["began"]
    killer.join()
    assert Contract.objects.count() == closed.invoiced == BATCH
    assert closed.stopped_by == str(TESTER)
    print(f"the batch at work was given up after {ended:.3f} s, the stop was written after {took['written']:.3f} s")
    assert ended < 10, "on a machine that does nothing else it is under a second"
