"""Importing a file of deals beside Python's own CSV reader over the same file (PERFORMANCE job 9)."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from counterfoil.bench import bare, entries, progress
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.flows import import_file as importing
from counterfoil.flows import set_up
from counterfoil.infra.home import home

SIZE = 200_000
ROUNDS = 7
BAR = 20
PROFILE = "maven-crm"
HEADER = (
    "opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value",
)  # fmt: skip
STAGES = {"Won": 48, "Lost": 28, "Engaging": 18, "Prospecting": 6}
PRODUCTS = tuple(f"Meter {size}" for size in ("S", "M", "L", "XL", "Plus", "Pro", "Max"))
CUSTOMERS = tuple(f"Customer number {number}" for number in range(85))
AGENTS = tuple(f"Agent {number}" for number in range(35))


def measured(*, size: int, rounds: int) -> Report:
    """Import a new file of `size` won, lost and open deals each round, and read it with csv.DictReader."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = set_up.found_company(name="Bench", base_currency="USD", country="US", time_zone="UTC", actor=entries.ACTOR)
    meter = Meter()
    ours: list[Cost] = []
    reading: list[Cost] = []
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        for kind, rows in (("customers", _customers()), ("products", _products())):
            _import(kind, _written(Path(folder) / f"{kind}.csv", rows), books.id)
        for round_ in range(rounds + 1):
            progress.show("rounds", round_, rounds)
            file = _written(Path(folder) / f"{round_}.csv", _deals(size, round_))
            before = _stored()
            ours.append(meter.cost_of(partial(_import, "deals", file, books.id)))
            reading.append(meter.cost_of(partial(_read, file)))
            _compare(file, before)
            megabytes = file.stat().st_size / 1e6
            file.unlink()
    ours, reading = ours[1:], reading[1:]  # The first round warms every cache.
    ratio = 1 / ratio_of_cpu(reading, ours)
    return Report(
        "import",
        f"{size:,} rows of 8 columns, {megabytes:.1f} MB, profile {PROFILE}",
        rounds,
        [
            Line("product: read, checked, stored, recorded", median(ours), size, "rows"),
            Line("csv.DictReader", median(reading), size, "rows"),
        ],
        [Standing("product / csv.DictReader, CPU", ratio, BAR, is_least=False)],
        ("Sums of all amounts in the database were compared with the file's, to the cent.",),
    )


def _import(kind: str, file: Path, books_id: int) -> None:
    result = importing.import_file(
        kind=kind,
        data=file,
        file_name=file.name,
        profile=PROFILE,
        actor=entries.ACTOR,
        books_id=books_id,
        at=entries.AT,
    )
    if result.accepted != result.read:
        raise bare.AnswersDiffer(f"{kind}: {result.accepted} of {result.read} rows: {result.errors[:3]}")


def _read(file: Path) -> int:
    with file.open(encoding="utf-8", newline="") as opened:
        return sum(1 for _ in csv.DictReader(opened))


def _compare(file: Path, before: tuple[int, int]) -> None:
    """Hold what was stored against the file.

    Raises:
        AnswersDiffer: another number of deals, or another sum.
    """
    with file.open(encoding="utf-8", newline="") as opened:
        values = [int(row["close_value"] or 0) * 100 for row in csv.DictReader(opened)]
    count, total = _stored()
    if (count - before[0], total - before[1]) != (len(values), sum(values)):
        raise bare.AnswersDiffer(f"{count - before[0]} rows of {total - before[1]} and {len(values)} of {sum(values)}")


def _stored() -> tuple[int, int]:
    count, total = bare.value("SELECT count(*), coalesce(sum(amount_minor), 0) FROM crm_opportunity")
    return int(count), int(total)


def _written(file: Path, rows: Iterator[tuple[object, ...]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)
    return file


def _customers() -> Iterator[tuple[object, ...]]:
    yield ("account", "sector", "office_location")
    for name in CUSTOMERS:
        yield (name, "retail", "United States")


def _products() -> Iterator[tuple[object, ...]]:
    yield ("product", "series", "sales_price")
    for number, name in enumerate(PRODUCTS):
        yield (name, "M", 100 + number)


def _deals(count: int, seed: int) -> Iterator[tuple[object, ...]]:
    """Yield rows shaped as a CRM exports its pipeline; the ids of each seed are its own."""
    chance = random.Random(seed)
    yield HEADER
    for number, stage in enumerate(chance.choices(list(STAGES), list(STAGES.values()), k=count)):
        engaged = date(2016, 10, 20) + timedelta(days=chance.randrange(400))
        is_closed = stage in ("Won", "Lost")
        closed = engaged + timedelta(days=chance.randrange(1, 120))
        yield (
            f"{seed:02d}{number:06X}",
            chance.choice(AGENTS),
            chance.choice(PRODUCTS),
            chance.choice(CUSTOMERS),
            stage,
            "" if stage == "Prospecting" else _american(engaged),
            _american(closed) if is_closed else "",
            chance.randrange(30, 30_000) if stage == "Won" else 0 if stage == "Lost" else "",
        )


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
