"""Writers post invoices at once while they are killed: nothing may be missing, doubled, unbalanced or unsealed.

    .venv/bin/python -m tests.torture.kills --kills 200 --writers 8

runs on SQLite and on PostgreSQL (the server of COUNTERFOIL_TEST_POSTGRES_URL, an installed one, or the wheel's),
prints what it found, and ends with 1 if anything is wrong. Every won deal and every invoice by hand is delivered to
two writers; a writer that is killed comes back and gets what it was working on again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import django

from tests.databases import POSTGRESQL, SQLITE, Databases, OwnDatabase

ROOT = Path(__file__).parents[2]
LONGEST = 600.0
"""Seconds after which a run is stuck."""


@dataclass(frozen=True, slots=True)
class Toll:
    """What a run did and what was wrong afterwards; `wrong` is empty when all holds.

    `held_ms` is how long a writer held a number series, from taking the number to its COMMIT.
    """

    engine: str
    writers: int
    kills: int
    invoices: int
    entries: int
    events: int
    seconds: float
    held_ms_p50: float
    held_ms_p99: float
    wrong: list[str] = field(default_factory=list)


def run_there(database: OwnDatabase, *, kills: int, writers: int, seed: int) -> Toll:
    """Run in a process of its own on a migrated database: it forks, and nobody else may."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.kills", "--here"]
        + [f"--{name}={value}" for name, value in (("kills", kills), ("writers", writers), ("seed", seed))],
        cwd=ROOT,
        env=database.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Toll(**json.loads(done.stdout))


def main() -> int:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=(SQLITE, POSTGRESQL), help="else both")
    parser.add_argument("--here", action="store_true", help="on the migrated, empty database of the environment")
    asked = parser.parse_args()
    if asked.here:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
        django.setup()
        from tests.torture import killing

        print(json.dumps(asdict(killing.torture(asked.kills, asked.writers, asked.seed))))
        return 0
    is_wrong = False
    for engine in (asked.engine,) if asked.engine else (SQLITE, POSTGRESQL):
        with fresh(engine) as database:
            toll = run_there(database, kills=asked.kills, writers=asked.writers, seed=asked.seed)
        print(told(toll), flush=True)
        is_wrong |= bool(toll.wrong)
    return int(is_wrong)


def told(toll: Toll) -> str:
    """Say what a run found in one line, and each wrong in one more."""
    verdict = "; ".join(toll.wrong) or "0 gaps, 0 duplicates, 0 unbalanced, the chain verifies"
    return (
        f"{toll.engine}: {toll.writers} writers, {toll.kills} kills, {toll.invoices} invoices, {toll.entries} entries,"
        f" {toll.events} events in {toll.seconds:.0f} s; a number series was held {toll.held_ms_p50:.0f} ms"
        f" (median), {toll.held_ms_p99:.0f} ms (99 %): {verdict}"
    )


@contextmanager
def fresh(engine: str) -> Iterator[OwnDatabase]:
    """Give a migrated database on an engine, with a PostgreSQL server for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-torture-") as folder:
        if engine == SQLITE:
            yield Databases(Path(folder), "main", None).copy(SQLITE)
            return
        sys.path.insert(0, str(ROOT / "scripts"))
        import postgres_server

        with postgres_server.postgres() as (url, _):
            databases = Databases(Path(folder), "main", url)
            yield databases.copy(POSTGRESQL)
            databases.drop_the_run()


if __name__ == "__main__":
    sys.exit(main())
