"""The trial balance from month snapshots while the journal grows, beside bare SELECTs (PERFORMANCE job 2)."""

from __future__ import annotations

from datetime import date
from functools import partial

from django.db import connection

from counterfoil.bench import bare, entries, progress
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.infra import bulk
from counterfoil.ledger import selectors
from counterfoil.ledger import services as ledger
from counterfoil.people.domain import BooksFacts

SIZE = 3_000_000
STEPS = (30, 3, 1)
"""The journal is measured at a 30th, a third and all of its size: 100,000, 1,000,000 and 3,000,000 lines."""
ROUNDS = 9
REPEATS = 20
FLAT = 1.3
"""How much dearer the longest journal may be than the shortest and still count as flat."""
MID_MONTH = date(2024, 12, 15)
SNAPSHOT = "SELECT account_id, sum(base_minor) FROM ledger_balance WHERE books_id = {} GROUP BY account_id"
SCAN = "SELECT account_id, sum(base_minor) FROM ledger_posting WHERE books_id = {} GROUP BY account_id"
SCAN_UNTIL = SCAN.replace("GROUP", f"AND entry_date <= '{MID_MONTH}' GROUP")


def measured(*, size: int, rounds: int) -> Report:
    """Post lines through the product up to three lengths, and at each read the trial balance in four ways."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = entries.open_books()
    meter = Meter()
    lines: list[Line] = []
    product: list[list[Cost]] = []
    beside: list[Standing] = []
    for step in STEPS:
        present = _fill(books, size // step)
        costs = _at_this_length(books, meter, rounds)
        ours, snapshot, scan, part = costs
        product.append(ours)
        for name, cost in zip(("product", "bare SELECT of snapshots", "bare GROUP BY of lines"), costs, strict=False):
            lines.append(Line(f"{present:>9,} lines: {name}", median(cost), 1, "trial balances"))
        lines.append(Line(f"{present:>9,} lines: product, mid-month", median(part), 1, "trial balances"))
        beside.append(
            Standing(f"product / bare SELECT of snapshots, {present:,} lines", 1 / ratio_of_cpu(snapshot, ours), None)
        )
        beside.append(Standing(f"bare scan / product, {present:,} lines", ratio_of_cpu(scan, ours), None))
    growth = median(product[-1]).cpu_s / median(product[0]).cpu_s
    flat = Standing("product at the longest journal / at the shortest, CPU", growth, FLAT, is_least=False)
    return Report(
        "trial-balance",
        f"{len(STEPS)} lengths of the journal",
        rounds,
        lines,
        [flat, *beside],
        (
            "Mid-month reads the lines of half a month beside the snapshots, so it grows with the lines a month.",
            "Every answer was compared with the scan, account by account.",
        ),
    )


def _fill(books: BooksFacts, wanted: int) -> int:
    """Post entries until the journal has this many lines, and return how many it has."""
    present = int(bare.value("SELECT count(*) FROM ledger_posting")[0])
    with bulk.collector_at_rest():
        while present < wanted:
            items = list(entries.entries(ledger.MAX_BATCH, seed=present))
            for cleared in entries.cleared_batches(items):
                ledger.post_entries(books_id=books.id, cleared=cleared, actor=entries.ACTOR, at=entries.AT)
            present += sum(len(item.entry.postings) for item in items)
            progress.show("lines posted", min(present, wanted), wanted)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What autovacuum does in time; and one process, so that all its time is seen.
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SET max_parallel_workers_per_gather = 0")
    return present


def _at_this_length(
    books: BooksFacts, meter: Meter, rounds: int
) -> tuple[list[Cost], list[Cost], list[Cost], list[Cost]]:
    ours: list[Cost] = []
    snapshot: list[Cost] = []
    scan: list[Cost] = []
    part: list[Cost] = []
    whole, until = (
        partial(selectors.trial_balance, books.id),
        partial(selectors.trial_balance, books.id, as_of=MID_MONTH),
    )
    read_snapshot, read_lines = partial(_rows, SNAPSHOT, books.id), partial(_rows, SCAN, books.id)
    for _ in range(rounds):
        ours.append(meter.cost_of(whole, times=REPEATS))
        snapshot.append(meter.cost_of(read_snapshot, times=REPEATS))
        part.append(meter.cost_of(until))
        scan.append(meter.cost_of(read_lines))
    _compare(books, read_lines(), read_snapshot())
    return ours, snapshot, scan, part


def _rows(query: str, books_id: int) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(query.format(books_id))
        return {account: int(total) for account, total in cursor.fetchall()}


def _compare(books: BooksFacts, scanned: dict[int, int], kept: dict[int, int]) -> None:
    """Hold the product's trial balance against the scan of the lines, to the minor unit.

    Raises:
        AnswersDiffer: they are not the same.
    """
    ours = {row.account_id: row.base_minor for row in selectors.trial_balance(books.id)}
    if not ours == scanned == kept:
        raise bare.AnswersDiffer(f"{ours}, {scanned} and {kept}")
    half = {row.account_id: row.base_minor for row in selectors.trial_balance(books.id, as_of=MID_MONTH)}
    until = _rows(SCAN_UNTIL, books.id)
    if half != until:
        raise bare.AnswersDiffer(f"{half} and {until}")
