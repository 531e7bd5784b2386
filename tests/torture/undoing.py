"""Random histories in which something of any kind is undone, beside the same history in which it was never done.

    .venv/bin/python -m tests.torture.undoing --histories 10000

compares balances, open items, unapplied cash, schedules and states from the reversal date on, and ends with 1 at the
first that differs. On PostgreSQL: `.venv/bin/python scripts/postgres_server.py python -m tests.torture.undoing ...
--engine postgresql`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import django

from tests.databases import POSTGRESQL, SQLITE, connected_to
from tests.torture.kills import fresh

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()

from django.db import transaction

from counterfoil.flows import undo as flow
from counterfoil.flows.periods import close_period
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.ledger import services as ledger_services
from counterfoil.receivables import selectors as receivables
from tests.builders import NOW, TESTER
from tests.torture import histories, standing
from tests.torture.histories import FIRST, Player, Stage, taken_back, world_of
from tests.torture.scenes import AFTER, LEAVES_SOMETHING, PREPARES, SCENES, UNDONE_ON, Act, Scene

DAYS = (UNDONE_ON, date(2027, 6, 30), date(2028, 12, 31))
SHOWN_EVERY = 500
SHARED = 5
"""So many histories share their past and what comes after; what is done and undone between is each one's own."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one history."""

    seed: int
    act: str
    was_done: bool
    without: dict[str, Any]
    undone: dict[str, Any]

    @property
    def is_different(self) -> bool:
        """Tell whether something was left behind."""
        return bool(self.differing)

    @property
    def differing(self) -> list[str]:
        """Name what differs."""
        return [name for name, now in self.undone.items() if self.without[name] != now]

    @property
    def told(self) -> str:
        """Say what was left behind."""
        return f"{self.seed}: {self.act}: " + "; ".join(
            f"{name}: {self.without[name]} became {self.undone[name]}" for name in self.differing
        )


def set_stage() -> Stage:
    """Make the books of all histories, in which the dollar became dearer in October."""
    stage = histories.set_stage()
    ledger_services.set_exchange_rate(
        books_id=stage.company.books.id, currency_code="USD", valid_from=date(2026, 10, 1),
        base_rate=Decimal("0.97"), actor=TESTER, at=NOW,
    )  # fmt: skip
    return stage


def compared(stage: Stage, seeds: Sequence[int]) -> Iterator[Compared]:
    """Play each history twice and undo what only one of them has; five that follow one another share their past."""
    for past, of_past in groupby(seeds, key=lambda seed: seed // SHARED):
        yield from _of_one_past(stage, past, list(of_past))


def _of_one_past(stage: Stage, past: int, seeds: Sequence[int]) -> list[Compared]:
    with world.using(world_of(past)), taken_back():
        chance = random.Random(past)
        player = Player(stage.company, chance, prefix="before:")
        for _ in range(chance.randint(0, 2)):
            player.step()
        act = chance.choice(SCENES)
        prepared = Scene(stage.company, random.Random(chance.random()), is_done=False)
        PREPARES.get(act, _nothing)(prepared)
        between, is_aged = chance.random(), chance.random() < 0.1
        as_if: dict[str, Any] = {}
        found = []
        for seed in seeds:
            with world.using(world_of(seed)):
                try:
                    one, scene = _with_it(stage, seed, act, prepared.made, between, is_aged=is_aged)
                    if one.was_done and (not as_if or act in LEAVES_SOMETHING):
                        as_if = _without_it(stage, seed, act, prepared.made, between, is_aged=is_aged)
                except BaseException as error:
                    error.add_note(f"history {seed}: {act.__name__}")
                    raise
            not_invoiced = {"won, not invoiced": as_if["won, not invoiced"] + scene.stay} if one.was_done else {}
            found.append(replace(one, without=as_if | not_invoiced))
        return found


def _with_it(
    stage: Stage, seed: int, act: Act, made: Sequence[int], between: float, *, is_aged: bool
) -> tuple[Compared, Scene]:
    """Play a history with the act in it, undo it, and return how the books stand then."""
    chance = random.Random(f"undone {seed}")
    with taken_back():
        scene = Scene(stage.company, random.Random(f"own {seed}"), is_done=True, made=list(made))
        if not (_tried(act, scene) and scene.target):
            return Compared(seed, act.__name__, was_done=False, without={}, undone={}), scene
        _between(stage, between)
        _undo(scene, chance)
        _after(act, scene)
        undone = _state(scene, is_aged=is_aged)
        undone["faults"] = standing.faults(scene.books_id) if chance.random() < 0.3 else []
    return Compared(seed, act.__name__, was_done=True, without={}, undone=undone), scene


def _without_it(
    stage: Stage, seed: int, act: Act, made: Sequence[int], between: float, *, is_aged: bool
) -> dict[str, Any]:
    """Play the same history without the act, and return how the books stand then."""
    with taken_back():
        scene = Scene(stage.company, random.Random(f"own {seed}"), is_done=False, made=list(made), on=FIRST)
        act(scene)
        _between(stage, between)
        _after(act, scene)
        return _state(scene, is_aged=is_aged) | {"faults": []}


def _nothing(scene: Scene) -> None:
    """Most acts need nothing beforehand."""


def _after(act: Callable[[Scene], None], scene: Scene) -> None:
    AFTER.get(act, _nothing)(scene)


def _tried(act: Callable[[Scene], None], scene: Scene) -> bool:
    try:
        with transaction.atomic():
            act(scene)
    except Refused:
        return False
    return True


def _between(stage: Stage, seed: float) -> None:
    """Post the same entries in both histories, and close the same months of the past."""
    chance = random.Random(seed)
    player = Player(stage.company, chance, prefix="between:")
    for _ in range(chance.randint(0, 2)):
        player.step_of(player.post)
    if chance.random() < 0.3:
        for month in range(8, chance.choice((9, 10, 11))):
            close_period(books_id=stage.company.books.id, month=date(2026, month, 1), actor=TESTER)


def _undo(scene: Scene, chance: random.Random) -> None:
    """Undo it, now and then asking for a day that is closed, looking at the plan first, or once more after it."""
    day = chance.choice((None, None, UNDONE_ON))
    seen = ""
    if chance.random() < 0.3:
        seen = flow.plan(scene.books_id, scene.target, on=day, today=UNDONE_ON, only=scene.only).hash
    try:
        done = _undone(scene, day, seen)
    except Refused as refused:
        if refused.code != "before_original":
            raise
        day = None
        done = _undone(scene, day)
    assert not done.is_unchanged, f"{scene.target} came to nothing"
    if chance.random() < 0.3:
        again = _undone(scene, day)
        assert again.is_unchanged, f"{scene.target}: the second time came to {again.plan.steps}"
    scene.on = done.plan.on


def _undone(scene: Scene, day: date | None, seen: str = "") -> flow.Undone:
    return flow.undo(
        books_id=scene.books_id, target=scene.target, on=day, reason="a mistake", only=scene.only,
        with_dependents=True, seen=seen, actor=TESTER, at=NOW,
    )  # fmt: skip


def _state(scene: Scene, *, is_aged: bool) -> dict[str, Any]:
    """Return what must be as if it had not been done; what the product says of its age now and then."""
    books_id = scene.books_id
    found: dict[str, Any] = dict(standing.balances(books_id, [day for day in DAYS if day >= scene.on]))
    if is_aged:
        aged = receivables.aged_receivables(books_id, DAYS[-1])
        found["aged"] = (aged.total_base_minor, aged.conditional_base_minor)
    ((not_invoiced,),) = standing.rows(standing.NOT_INVOICED, books_id)
    return found | {
        "positions": standing.counted(standing.POSITIONS, books_id),
        "open items": standing.counted(standing.OPEN_ITEMS, books_id),
        "unapplied": standing.counted(standing.UNAPPLIED, books_id),
        "bank lines": standing.counted(standing.BANK_LINES, books_id),
        "schedules": standing.counted(standing.SCHEDULES, books_id),
        "own schedules": standing.counted(standing.OWN_SCHEDULES, books_id),
        "contracts": standing.counted(standing.CONTRACTS, books_id),
        "won, not invoiced": not_invoiced,
        "instalments": standing.counted(standing.INSTALMENTS, books_id),
    }


def main() -> int:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="seed of the first")
    parser.add_argument("--engine", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    asked = parser.parse_args()
    began, acts = time.monotonic(), Counter[str]()
    with fresh(asked.engine) as database, connected_to(database):
        stage = set_stage()
        for played, one in enumerate(compared(stage, range(asked.first, asked.first + asked.histories)), 1):
            if one.is_different:
                print(one.told)
                return 1
            acts[one.act if one.was_done else "not done"] += 1
            if played % SHOWN_EVERY == 0:
                print(f"{played} histories alike, {time.monotonic() - began:.0f} s", flush=True)
    told = ", ".join(f"{count} {act}" for act, count in acts.most_common())
    print(f"{asked.histories} histories as if it had not been done, {time.monotonic() - began:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
