"""Each bench measures what it says, on a small job, and holds the answers against each other. No timing is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from counterfoil.bench import bare, entries
from counterfoil.bench.jobs import anomalies, close_deals, import_file, post, preview, trial_balance
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Report, Standing
from counterfoil.cli.main import main
from counterfoil.ledger import selectors as ledger
from tests.databases import SQLITE, OwnDatabase


def a_cost(client: float, server: float | None = 0.0) -> Cost:
    return Cost(2 * client, client, server, 50.0)


def ratios(report: Report) -> dict[str, float | None]:
    return {standing.name: standing.bar for standing in report.standings}


def test_a_ratio_is_taken_round_by_round_and_the_median_of_those_counts() -> None:
    yardstick = [a_cost(1), a_cost(2), a_cost(3)]
    ours = [a_cost(4), a_cost(4), a_cost(3, 3.0)]
    assert ratio_of_cpu(yardstick, ours) == 0.5
    assert median(ours).cpu_s == 4


def test_a_bar_is_a_least_or_a_most() -> None:
    assert [Standing("", 0.3, 0.25).holds, Standing("", 0.2, 0.25).holds] == [True, False]
    assert [Standing("", 19, 20, is_least=False).holds, Standing("", 21, 20, is_least=False).holds] == [True, False]
    assert Standing("", 7, None).holds


@pytest.mark.commit
def test_posting_is_compared_with_bare_writing_of_the_same_rows(own_database: OwnDatabase) -> None:
    report = post.measured(size=120, rounds=1)
    assert [bar for bar in ratios(report).values() if bar] == [post.BAR]
    assert bare.value("SELECT count(*) FROM bare_ledger_entry") == (240,)
    assert bare.value("SELECT count(*) FROM decisions_item") == (240,)
    assert report.as_data()["measured"][0]["cpu_s"] > 0
    assert "bar: at least 0.25" in "\n".join(report.as_lines())


@pytest.mark.commit
def test_a_yardstick_with_other_rows_measures_nothing(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bare, "write", lambda batch: None)
    with pytest.raises(bare.AnswersDiffer):
        post.measured(size=10, rounds=1)


@pytest.mark.commit
def test_the_trial_balance_is_read_at_three_lengths(own_database: OwnDatabase) -> None:
    report = trial_balance.measured(size=600, rounds=1)
    assert len(report.lines) == 3 * 4
    assert ledger.scanned_balance(1) == ledger.snapshot_balance(1)


@pytest.mark.commit
def test_an_import_is_compared_with_the_reader_of_python(own_database: OwnDatabase) -> None:
    report = import_file.measured(size=60, rounds=1)
    assert [bar for bar in ratios(report).values() if bar] == [import_file.BAR]
    assert bare.value("SELECT count(*) FROM crm_opportunity") == (120,)


@pytest.mark.commit
def test_closing_deals_takes_no_more_statements_for_more_deals(own_database: OwnDatabase) -> None:
    report = close_deals.measured(size=60, rounds=1)
    few, many = [standing for standing in report.standings if standing.name.startswith("statements")]
    assert many.holds, (few.value, many.value)
    assert bare.value("SELECT count(*) FROM billing_invoice") == (close_deals.FEW + 2 * 60,)


@pytest.mark.commit
def test_the_anomaly_score_is_compared_with_lightgbm_and_with_itself_after_a_longer_history(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomalies, "PROBES", 20)
    monkeypatch.setattr(anomalies, "BATCH", 200)
    monkeypatch.setattr(anomalies, "TREES", 3)
    report = anomalies.measured(size=1_500, rounds=1)
    assert [bar for bar in ratios(report).values() if bar] == [anomalies.P99_MS, anomalies.GROWTH, anomalies.FASTER]


@pytest.mark.commit
def test_entries_to_measure_with_are_the_same_from_the_same_seed(own_database: OwnDatabase) -> None:
    assert list(entries.entries(50, seed=3)) == list(entries.entries(50, seed=3))
    assert Meter().cost_of(lambda: None).wall_s >= 0


@pytest.mark.commit
def test_a_bench_has_a_database_of_its_own_and_leaves_nothing(
    own_database: OwnDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    before = databases(own_database)
    assert main(["bench", "post", "--size", "20", "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["job"], found["rounds"]) == ("post", 1)
    assert databases(own_database) == before
    assert bare.value("SELECT count(*) FROM ledger_entry") == (0,)


def databases(database: OwnDatabase) -> set[str]:
    """Return the folders in the home, and the databases of the server that a bench made."""
    found = {path.name for path in Path(database.home).iterdir() if path.is_dir()}
    if database.engine == SQLITE:
        return found
    with psycopg.connect(database.url) as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'counterfoil_bench%'").fetchall()
    return found | {name for (name,) in rows}


@pytest.mark.commit
def test_a_preview_is_timed_as_a_browser_waits_for_it(own_database: OwnDatabase) -> None:
    report = preview.measured(size=3, rounds=4)
    assert ratios(report) == {"95 of 100 answers stand within, seconds": preview.BAR_S}
