"""The same random histories on SQLite and on PostgreSQL come to the same state, step by step and hash by hash.

    .venv/bin/python -m tests.torture.differential --histories 10000

plays them on both engines at once, one process each, and ends with 1 at the first that differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import django

from tests.databases import POSTGRESQL, SQLITE, OwnDatabase
from tests.torture.kills import ROOT, fresh

SHOWN_EVERY = 500
LONGEST = 12
"""Steps of the longest history."""


def steps_of(seed: int, most: int) -> int:
    """Return how many steps the history of a seed has: 1 to `most`, every length as often."""
    return 1 + seed % most


def told_there(database: OwnDatabase, seeds: range, most: int) -> subprocess.Popen[str]:
    """Start a process that plays histories on a migrated database and prints one line each."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.torture.differential", "--here"),
            *(f"--first={seeds.start}", f"--histories={len(seeds)}", f"--steps={most}"),
        ],
        cwd=ROOT,
        env=database.environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_difference(seeds: range, most: int, show: bool = False) -> str:
    """Play histories on both engines and return what the first that differs did on each, empty if none does."""
    with ExitStack() as stack:
        databases = [stack.enter_context(fresh(engine)) for engine in (SQLITE, POSTGRESQL)]
        players = [told_there(database, seeds, most) for database in databases]
        try:
            return _compared(seeds, _lines(players[0]), _lines(players[1]), show)
        finally:
            for player in players:
                player.kill()
                player.wait()


def _lines(player: subprocess.Popen[str]) -> Iterator[dict[str, object]]:
    assert player.stdout is not None
    for line in player.stdout:
        yield json.loads(line)


def _compared(
    seeds: Sequence[int], ours: Iterator[dict[str, object]], theirs: Iterator[dict[str, object]], show: bool
) -> str:
    for seed in seeds:
        on_sqlite, on_postgresql = next(ours, None), next(theirs, None)
        if on_sqlite is None or on_sqlite != on_postgresql:
            return f"history {seed}:\n  {SQLITE}: {on_sqlite}\n  {POSTGRESQL}: {on_postgresql}"
        if show and seed % SHOWN_EVERY == 0:
            print(f"{seed} histories alike", flush=True)
    return ""


def main() -> int:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="seed of the first")
    parser.add_argument("--steps", type=int, default=LONGEST, help="the longest history")
    parser.add_argument("--here", action="store_true", help="on the migrated, empty database of the environment")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.histories)
    if not asked.here:
        began = time.monotonic()
        difference = first_difference(seeds, asked.steps, show=True)
        print(difference or f"{len(seeds)} histories: the same on both engines, {time.monotonic() - began:.0f} s")
        return int(bool(difference))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from tests.torture import histories

    stage = histories.set_stage()
    for seed in seeds:
        played = histories.play(stage, seed, steps_of(seed, asked.steps))
        print(json.dumps({"hash": played.hash, "answers": played.answers}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
