"""Undoing a decision that posted 10,000 lines, beside bare set-based writing of the rows that this takes."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from django.db import connection

from counterfoil.bench import bare, entries, progress
from counterfoil.bench.jobs import close_deals as closing
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.flows import set_up
from counterfoil.flows import undo as flow
from counterfoil.infra.home import home
from counterfoil.people.domain import BooksFacts

SIZE = 2_000
"""Deals: five posting lines each, so that 10,000 are taken back."""
FEW = 50
ROUNDS = 5
SECONDS = 10.0
OPENING = 3
"""Statements that open a year's series or a month, which may fall on either."""


def measured(*, size: int, rounds: int) -> Report:
    """Close `size` deals a round in one decision, undo that decision, and copy the rows that the undo made."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = set_up.found_company(name="Bench", base_currency="EUR", country="DE", time_zone="UTC", actor=entries.ACTOR)
    meter = Meter()
    tables = closing.tables_filled()
    for table in tables:
        bare.make_bare_copy(table)
    ours: list[Cost] = []
    copying: list[Cost] = []
    statements: dict[int, int] = {}
    lines = 0
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        closing.import_rows("customers", Path(folder), closing.customers(), books)
        closing.import_rows("products", Path(folder), closing.products(), books)
        for round_, count in enumerate((FEW, *[size] * (rounds + 1))):
            progress.show("rounds", round_, rounds + 1)
            closing.import_rows("deals", Path(folder), closing.deals(count, round_), books)
            before = _posted()
            after = closing.highest("decisions_decision", "id")
            closing.close(books, count)
            lines = _posted() - before
            made = _closings(after)
            seen = {table: closing.highest(table, key) for table, key in tables.items()}
            counter = closing.Statements()
            with connection.execute_wrapper(counter):
                cost = meter.cost_of(partial(_undo, books, made, count))
            statements[count] = counter.count // len(made)
            bare_cost = meter.cost_of(partial(closing.copy_rows, tables, seen))
            if _posted() - before != 2 * lines:
                raise bare.AnswersDiffer(f"{lines} lines were posted, and {_posted() - before - lines} took them back")
            if round_ > 1:
                ours.append(cost)
                copying.append(bare_cost)
    return Report(
        "undo",
        f"a decision with {size:,} deals and {lines:,} posting lines a round",
        rounds,
        [
            Line("product: planned, credited, reversed, held, recorded", median(ours), lines, "lines"),
            Line("bare INSERT ... SELECT of the same rows", median(copying), lines, "lines"),
        ],
        [
            Standing(f"seconds for {lines:,} posting lines", median(ours).wall_s, SECONDS, is_least=False),
            Standing("bare / product, CPU", ratio_of_cpu(copying, ours), None),
            Standing(f"statements for {FEW:,} deals", statements[FEW], None),
            Standing(f"statements for {size:,} deals", statements[size], statements[FEW] + OPENING, is_least=False),
        ],
        ("Every line was taken back by one line; up to 5,000 steps are one transaction.",),
    )


def _closings(after: int) -> list[int]:
    """Return the decisions that closed deals since one: a batch of deals is one, unless some of it was turned down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT d.id FROM decisions_decision d JOIN decisions_item i ON i.decision_id = d.id"
            " WHERE d.id > %s AND d.kind = 'close_deal' AND i.outcome = 'invoiced' ORDER BY d.id",
            [after],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def _undo(books: BooksFacts, made: list[int], count: int) -> None:
    documents = 0
    for decision in made:
        done = flow.undo(
            books_id=books.id,
            target=f"CF-{decision}",
            reason="bench",
            with_dependents=True,
            actor=entries.ACTOR,
            at=entries.AT,
        )
        documents += len(done.documents)
    if documents != count:
        raise bare.AnswersDiffer(f"{documents} of {count} invoices were credited")


def _posted() -> int:
    return int(bare.value("SELECT count(*) FROM ledger_posting")[0])
