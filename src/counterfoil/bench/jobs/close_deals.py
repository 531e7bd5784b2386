"""Won deals into contracts, invoices, postings and schedules, beside bare set-based writing of the same rows."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from counterfoil.bench import bare, entries, progress
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.flows import import_file as importing
from counterfoil.flows import set_up
from counterfoil.flows.close_deals import DatedBy, close_deals
from counterfoil.infra.home import home
from counterfoil.people.domain import BooksFacts

SIZE = 5_000
FEW = 50
ROUNDS = 8
"""The cached plans of PostgreSQL turn at the sixth call (PERFORMANCE 2.6), so that fewer rounds would miss it."""
BAR = 0.05
NOT_OURS = ("django_", "auth_", "axes_", "people_", "crm_", "bare_")
"""Tables that closing deals does not add rows to."""
KEYS = {"ledger_posting": "entry_id", "audit_pending": "event_id", "audit_link": "sequence"}
SERVICES = ("Install", "Train", "Review")
HEADER = (
    "external_id", "name", "account", "amount", "currency", "amount_state", "stage", "close_date", "product_code",
    "quantity", "discount_pct", "payment_terms", "billing_type", "owner_email", "po_number", "delivered_on",
)  # fmt: skip


@dataclass(slots=True)
class Statements:
    """Counts what is sent to the database."""

    count: int = 0
    told: list[str] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: object, many: bool, context: object) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def measured(*, size: int, rounds: int) -> Report:
    """Close `size` new won deals a round through the flow, and copy the rows that it made, table by table."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = set_up.found_company(name="Bench", base_currency="EUR", country="DE", time_zone="UTC", actor=entries.ACTOR)
    meter = Meter()
    tables = tables_filled()
    for table in tables:
        bare.make_bare_copy(table)
    ours: list[Cost] = []
    copying: list[Cost] = []
    statements: dict[int, int] = {}
    rows = 0
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        import_rows("customers", Path(folder), customers(), books)
        import_rows("products", Path(folder), products(), books)
        for round_, count in enumerate((FEW, *[size] * (rounds + 1))):
            progress.show("rounds", round_, rounds + 1)
            import_rows("deals", Path(folder), deals(count, round_), books)
            seen = {table: highest(table, key) for table, key in tables.items()}
            counter = Statements()
            with connection.execute_wrapper(counter):
                cost = meter.cost_of(partial(close, books, count))
            statements[count] = counter.count
            bare_cost = meter.cost_of(partial(copy_rows, tables, seen))
            rows = compare(tables, seen, count)
            if round_ > 1:  # The first two warm every cache.
                ours.append(cost)
                copying.append(bare_cost)
    return Report(
        "close-deals",
        f"{size:,} won deals a round, {rows / size:.1f} rows for each",
        rounds,
        [
            Line("product: checked, signed, issued, posted, released", median(ours), size, "deals"),
            Line("bare INSERT ... SELECT of the same rows", median(copying), size, "deals"),
        ],
        [
            Standing("bare / product, CPU", ratio_of_cpu(copying, ours), BAR),
            Standing(f"statements for {FEW:,} deals", statements[FEW], None),
            Standing(f"statements for {size:,} deals", statements[size], statements[FEW], is_least=False),
        ],
        (
            "Every table was compared: the same number of rows, and the journal to the cent.",
            "COPY and its rows count as no statement; bulk updates on SQLite count as one.",
        ),
    )


def close(books: BooksFacts, wanted: int) -> None:
    """Close every won deal that waits."""
    closed = close_deals(
        books_id=books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=books.time_zone,
        dated_by=DatedBy.CLOSE,
        actor=entries.ACTOR,
    )
    if closed.invoiced != wanted:
        raise bare.AnswersDiffer(f"{closed.invoiced} of {wanted} deals: {closed.findings[:3]}")


def tables_filled() -> dict[str, str]:
    """Return the tables that closing deals may add to, with a key that grows."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            key = KEYS.get(table, "id")
            if not table.startswith(NOT_OURS) and key in columns:
                found[table] = key
        return found


def highest(table: str, key: str) -> int:
    """Return the highest key of a table."""
    return int(bare.value(f"SELECT coalesce(max({key}), 0) FROM {table}")[0])


@transaction.atomic
def copy_rows(tables: dict[str, str], seen: dict[str, int]) -> None:
    """Copy what was added to the tables into their bare copies."""
    with connection.cursor() as cursor:
        for table, key in tables.items():
            cursor.execute(f"INSERT INTO {bare.bare(table)} SELECT * FROM {table} WHERE {key} > {seen[table]:d}")


def compare(tables: dict[str, str], seen: dict[str, int], deals: int) -> int:
    """Hold the rows that were copied against those that the product made; return how many there are.

    Raises:
        AnswersDiffer: another number of rows, or another sum.
    """
    rows = 0
    for table, key in tables.items():
        sums = "count(*), coalesce(sum(abs(base_minor)), 0)" if table == "ledger_posting" else "count(*), 0"
        asked = [f"SELECT {sums} FROM {name} WHERE {key} > {seen[table]:d}" for name in (table, bare.bare(table))]
        made, copied = map(bare.value, asked)
        if made != copied:
            raise bare.AnswersDiffer(f"{table}: {made} and {copied}")
        rows += int(made[0])
    if rows < 10 * deals:
        raise bare.AnswersDiffer(f"only {rows} rows for {deals} deals")
    return rows


def import_rows(kind: str, folder: Path, rows: Iterator[tuple[object, ...]], books: BooksFacts) -> None:
    """Import rows as a file of a kind."""
    file = folder / f"{kind}.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)
    result = importing.import_file(
        kind=kind, data=file, file_name=file.name, actor=entries.ACTOR, books_id=books.id, at=entries.AT
    )
    if result.accepted != result.read:
        raise bare.AnswersDiffer(f"{kind}: {result.accepted} of {result.read} rows: {result.errors[:3]}")


def customers() -> Iterator[tuple[object, ...]]:
    """Yield a hundred customers."""
    yield ("external_id", "name", "country")
    for number in range(100):
        yield (f"C{number}", f"Customer number {number}", "DE")


def products() -> Iterator[tuple[object, ...]]:
    """Yield the services that are sold."""
    yield ("code", "kind")
    for name in SERVICES:
        yield (name, "one_time_service")


def deals(count: int, seed: int) -> Iterator[tuple[object, ...]]:
    """Yield won deals of one delivered service each, closed over a year; the ids of each seed are its own."""
    chance = random.Random(seed)
    yield HEADER
    for number in range(count):
        day = date(2024, 1, 1) + timedelta(days=chance.randrange(360))
        yield (
            f"D{seed}-{number}", f"Deal {number}", f"Customer number {chance.randrange(100)}",
            f"{chance.randrange(100, 90_000)}.{chance.randrange(100):02}", "EUR", "signed", "Closed Won", day,
            chance.choice(SERVICES), 1, 0, "Net 30", "up_front", "rep@example.test", f"PO-{number}", day,
        )  # fmt: skip
