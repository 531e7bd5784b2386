"""Writers that are killed leave the books whole: the short run; `python -m tests.torture.kills` is the long one."""

from __future__ import annotations

import pytest

from tests.databases import OwnDatabase
from tests.torture import kills

pytestmark = pytest.mark.commit


def test_eight_writers_of_which_twenty_are_killed_leave_no_gap(own_database: OwnDatabase) -> None:
    """P-01, P-07, P-10, P-12: every deal and every invoice is delivered to two writers."""
    toll = kills.run_there(own_database, kills=20, writers=8, seed=1)
    assert toll.wrong == []
    assert (toll.kills, toll.invoices) == (20, 40)
