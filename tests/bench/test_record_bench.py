"""The benches of the record and of the binder measure what they say, on a small job. No timing is asserted."""

from __future__ import annotations

import pytest

from counterfoil.bench import bare
from counterfoil.bench.jobs import audit, binder
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit


def test_posting_with_the_record_on_is_compared_with_bare_commits(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in own_database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(audit, "WRITERS", 2)
    report = audit.measured(size=50, rounds=1)
    assert [standing.bar for standing in report.standings] == [audit.BAR, audit.BAR, audit.FLAT, audit.VERIFY_BAR]
    written = bare.value("SELECT count(*) FROM bare_ledger_entry")[0]
    assert written == 2 * audit.EACH * 4
    assert bare.value("SELECT count(*) FROM ledger_entry")[0] == written + 50


def test_a_binder_is_written_and_checked_by_its_own_verifier(own_database: OwnDatabase) -> None:
    report = binder.measured(size=40, rounds=1)
    assert [line.units for line in report.lines] == [40, 40]
    assert report.standings[0].bar == binder.SECONDS_FOR_ALL * 40 / binder.SIZE
