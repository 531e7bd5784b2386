"""Bulk posting beside bare COPY or executemany into the same indexed tables (PERFORMANCE job 1a)."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from counterfoil.bench import bare, entries
from counterfoil.bench.measure import Cost, Meter, median, ratio_of_cpu
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Cleared, Item
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import Sourced
from counterfoil.people.domain import BooksFacts

SIZE = 20_000
ROUNDS = 9
BAR = 0.25
JOURNAL = {"ledger_posting": "entry_id", "ledger_entry": "id"}
RECORDED = {"decisions_item": "id"}
"""Tables that one row an entry or a line goes to, with the key that grows; in the order in which they are filled."""


def measured(*, size: int, rounds: int) -> Report:
    """Post `size` entries a round through the product and write the same rows bare, alternately."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = entries.open_books()
    meter = Meter()
    for table in JOURNAL | RECORDED:
        bare.make_bare_copy(table)
    posted: list[Cost] = []
    journal: list[Cost] = []
    recorded: list[Cost] = []
    for round_ in range(rounds + 1):
        seen = {table: _highest(table, key) for table, key in (JOURNAL | RECORDED).items()}
        batches = entries.cleared_batches(list(entries.entries(size, seed=round_)))
        posted.append(meter.cost_of(partial(_post, books, batches)))
        for tables, costs in ((JOURNAL, journal), (RECORDED, recorded)):
            ready = [bare.in_parts(bare.ready_rows(t, key, seen[t]), len(batches)) for t, key in tables.items()]
            costs.append(meter.cost_of(partial(_write_bare, list(zip(*ready, strict=True)))))
        _compare()
    posted, journal, recorded = posted[1:], journal[1:], recorded[1:]  # The first round warms every cache.
    all_tables = [
        Cost(a.wall_s + b.wall_s, a.client_s + b.client_s, _sum(a.server_s, b.server_s), max(a.peak_mib, b.peak_mib))
        for a, b in zip(journal, recorded, strict=True)
    ]
    lines_a_round = bare.value("SELECT count(*) FROM ledger_posting")[0] // (rounds + 1)
    return Report(
        "post",
        f"{size:,} entries, about {lines_a_round:,} lines a round, in batches of {ledger.MAX_BATCH:,}",
        rounds,
        [
            Line("product: posted, decided, recorded", median(posted), lines_a_round, "lines"),
            Line("bare: entries and lines", median(journal), lines_a_round, "lines"),
            Line("bare: entries, lines and decision items", median(all_tables), lines_a_round, "lines"),
        ],
        [
            Standing("bare writing of the journal alone / product, CPU", ratio_of_cpu(journal, posted), BAR),
            Standing("bare writing of all that the job writes / product, CPU", ratio_of_cpu(all_tables, posted), None),
        ],
        () if meter.sees_the_server else ("The database server's processor time cannot be seen and is not counted.",),
    )


def _post(books: BooksFacts, batches: list[Cleared[tuple[Sourced, ...]]]) -> None:
    for cleared in batches:
        with transaction.atomic():
            outcomes = ledger.post_entries(books_id=books.id, cleared=cleared, actor=entries.ACTOR, at=entries.AT)
            decisions.record(
                books_id=books.id,
                kind="post",
                rule_version="bench/1",
                actor=entries.ACTOR,
                items=[
                    Item(
                        f"entry:{outcome.entry_id}",
                        {"source": sourced.source, "date": sourced.entry.entry_date.isoformat()},
                        outcome.kind.value,
                        "journal_passed",
                    )
                    for sourced, outcome in zip(cleared.value, outcomes, strict=True)
                ],
                at=entries.AT,
            )


def _write_bare(batches: list[tuple[bare.Ready, ...]]) -> None:
    for batch in batches:
        bare.write(batch)


def _highest(table: str, key: str) -> int:
    return int(bare.value(f"SELECT coalesce(max({key}), 0) FROM {table}")[0])


def _compare() -> None:
    """Hold the yardstick's rows against the product's, to the minor unit.

    Raises:
        AnswersDiffer: they are not the same.
    """
    sums = "SELECT count(*), sum(amount_minor), sum(base_minor), sum(abs(base_minor)), sum(account_id) FROM {}"
    hashes = "SELECT count(*), sum(postings), min(item_hash), max(item_hash) FROM {}"
    items = "SELECT count(*), min(item_hash), max(item_hash) FROM {}"
    for query, table in ((sums, "ledger_posting"), (hashes, "ledger_entry"), (items, "decisions_item")):
        ours, theirs = bare.value(query.format(table)), bare.value(query.format(bare.bare(table)))
        if ours != theirs:
            raise bare.AnswersDiffer(f"{table}: {ours} and {theirs}")


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
