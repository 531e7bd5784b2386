"""Random histories: the same on both engines, and what is taken back leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.databases import POSTGRESQL, SQLITE, OwnDatabase
from tests.torture import differential, histories, reversals, undoing

pytestmark = pytest.mark.commit
HISTORIES = 1_000
UNDOINGS = 500
CHUNK = 125
LONGEST = 5
DIFFERED_ONCE = (238,)
"""238: a statement without lines used up an import's number on PostgreSQL, where rolled-back numbers do not return."""
IN_BOTH = os.environ.get("COUNTERFOIL_TEST_SERVER")
Fresh = Callable[..., AbstractContextManager[OwnDatabase]]


@pytest.mark.skipif(not IN_BOTH, reason="the stage on PostgreSQL plays them on both engines")
@pytest.mark.parametrize("first", range(1, HISTORIES + 1, CHUNK))
def test_random_histories_come_to_the_same_state_on_both_engines(fresh_database: Fresh, first: int) -> None:
    """After each of five steps. `python -m tests.torture.differential` plays 10,000, and longer ones."""
    seeds = range(first, first + CHUNK, LONGEST)
    hashes = {}
    for engine in (SQLITE, POSTGRESQL):
        with fresh_database(engine=engine):
            stage = histories.set_stage()
            hashes[engine] = [histories.hashes_along(stage, seed, LONGEST) for seed in seeds]
    alike = zip(seeds, hashes[SQLITE], hashes[POSTGRESQL], strict=True)
    assert [seed for seed, ours, theirs in alike if ours != theirs] == []


@pytest.mark.skipif(not IN_BOTH, reason="the stage on PostgreSQL plays them on both engines")
@pytest.mark.parametrize("seed", DIFFERED_ONCE)
def test_histories_that_differed_once_are_alike(fresh_database: Fresh, seed: int) -> None:
    """Long ones that the 10,000 found."""
    hashes = set()
    for engine in (SQLITE, POSTGRESQL):
        with fresh_database(engine=engine):
            played = histories.play(histories.set_stage(), seed, differential.steps_of(seed, differential.LONGEST))
            hashes.add(played.hash)
    assert len(hashes) == 1


@pytest.mark.parametrize("first", range(1, HISTORIES + 1, CHUNK)[: 1 if IN_BOTH else None])
def test_what_is_done_and_taken_back_leaves_every_balance_as_it_was(own_database: OwnDatabase, first: int) -> None:
    """I-11: from the reversal date on, in random histories with and without what was taken back."""
    compared = list(reversals.compared(histories.set_stage(), range(first, first + CHUNK)))
    assert [one.told for one in compared if one.is_different] == []
    assert sum(one.was_done for one in compared) > CHUNK // 2


@pytest.mark.parametrize("first", range(1, UNDOINGS + 1, CHUNK)[: 1 if IN_BOTH else None])
def test_whatever_is_undone_is_as_if_it_had_not_been_done(own_database: OwnDatabase, first: int) -> None:
    """I-11: acts of every kind, in part, across closed periods. `python -m tests.torture.undoing` plays 10,000."""
    compared = list(undoing.compared(undoing.set_stage(), range(first, first + CHUNK)))
    assert [one.told for one in compared if one.is_different] == []
    assert sum(one.was_done for one in compared) > CHUNK // 2
