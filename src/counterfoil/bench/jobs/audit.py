"""Posting with the record on, by eight writers at once, beside bare commits of the same rows; and checking the record.

Each transaction posts one entry, as people and connectors do: entry, postings, balances, fences, event, its place in
the chain (a sealer runs meanwhile and its time counts). The bare commit writes the same entry, postings and event into
copies of the tables without fences, from rows that are ready. Both wait for the disk at each commit.
"""

from __future__ import annotations

import statistics
import threading
import time
from typing import Any

from django.db import connection, transaction

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.bench import bare, entries, progress, writers
from counterfoil.bench.measure import Cost, Meter
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.ledger import services as ledger
from counterfoil.people import selectors as people

SIZE = 100_000
ROUNDS = 3
WRITERS = 8
EACH = 100
"""Entries a writer posts in one round."""
BAR = 0.35
FLAT = 0.8
VERIFY_BAR = 100_000
TABLES = {"audit_event": "id", "ledger_posting": "entry_id", "ledger_entry": "id"}
SEALED_EVERY = 0.25

_ready: list[list[tuple[str, list[tuple[Any, ...]]]]] = []


def measured(*, size: int, rounds: int) -> Report:
    """Post and commit by turns, in an empty ledger and in one of `size` entries; then check all of the record."""
    size, rounds = size or SIZE, rounds or ROUNDS
    books = entries.open_books()
    for table in TABLES:
        bare.make_bare_copy(table)
    lines, ratios = [], []
    with writers.started("audit", WRITERS) as eight:
        eight.do({"act": "begin"})
        seeds = iter(range(1, 1_000_000))
        for label in ("empty", f"{size:,}"):
            if label != "empty":
                _fill(books.id, size)
            _round(eight, next(seeds))
            found = [_round(eight, next(seeds)) for _ in range(rounds)]
            posted, committed = (statistics.median(column) for column in zip(*found, strict=True))
            done = WRITERS * EACH
            lines.append(Line(f"posted and recorded, ledger {label}", _wall(posted), done, "entries"))
            lines.append(Line(f"bare commits of the same rows, ledger {label}", _wall(committed), done, "entries"))
            ratios.append(statistics.median(bare_s / ours for ours, bare_s in found))
    audit.seal()
    chain, whole, events, rows = _verified()
    lines.append(Line("checked: events and links", chain, events, "events"))
    lines.append(Line("checked: events, links, rows and their roots", whole, events + rows, "events, rows"))
    return Report(
        "audit",
        f"{WRITERS} writers, one entry a transaction, {EACH} each a round; writers by wall time",
        rounds,
        lines,
        [
            Standing("posting with the record on / bare commits, empty ledger", ratios[0], BAR),
            Standing(f"posting with the record on / bare commits, {size:,} entries", ratios[1], BAR),
            Standing("the second of these / the first: flat in the ledger's size", ratios[1] / ratios[0], FLAT),
            Standing("events checked in a second of processor time", events / chain.cpu_s, VERIFY_BAR),
        ],
    )


def _wall(seconds: float) -> Cost:
    return Cost(seconds, seconds, 0.0, 0.0)


def _fill(books_id: int, size: int) -> None:
    """Let the ledger grow: in batches of one entry for each event would take too long, so in batches of fifty."""
    wanted = list(entries.entries(size, seed=0))
    for done, cleared in enumerate(entries.cleared_batches(wanted, at_once=50)):
        ledger.post_entries(books_id=books_id, cleared=cleared, actor=entries.ACTOR, at=entries.AT)
        if done % 40 == 0:
            progress.show("entries", done * 50, size)
    audit.seal()


def _round(eight: writers.Writers, seed: int) -> tuple[float, float]:
    """Post once and commit bare once; returns the seconds of both."""
    eight.do({"act": "prepare_entries", "seed": seed})
    stop = threading.Event()
    sealer = threading.Thread(target=_seal_until, args=(stop,))
    begun = time.perf_counter()
    sealer.start()
    eight.do({"act": "post"})
    stop.set()
    sealer.join()
    posted = time.perf_counter() - begun
    eight.do({"act": "prepare_rows", "seed": seed})
    committed, _ = eight.do({"act": "commit"})
    return posted, committed


def _seal_until(stop: threading.Event) -> None:
    """Seal what waits, as the web process does, until all is written; and then the rest."""
    while not stop.wait(SEALED_EVERY):
        audit.seal()
    audit.seal()
    connection.close()


def _verified() -> tuple[Cost, Cost, int, int]:
    """Check the record: what its chain alone and all of it costs, and how many events and rows there are."""
    found: list[audit_reads.Verification] = []
    meter = Meter()
    chain = meter.cost_of(lambda: found.append(audit_reads.verification(anchors=None, loaders={})))
    whole = meter.cost_of(lambda: found.append(audit.verify()))
    if not (found[0].ok and found[1].ok):
        raise bare.AnswersDiffer(found[1].first_bad)
    return chain, whole, found[0].events, found[1].rows


# ------------------------------------------------------------------------------------ one of the writers


_waiting: list[Any] = []


def handle(command: writers.Command) -> writers.Command:
    """Do as a writer what the bench asks."""
    books_id = people.books_facts().id
    match command["act"]:
        case "prepare_entries":
            seed = command["seed"] * 100 + command["writer"]
            _waiting[:] = entries.cleared_batches(list(entries.entries(EACH, seed=seed)), at_once=1)
        case "post":
            for cleared in _waiting:
                ledger.post_entries(books_id=books_id, cleared=cleared, actor=entries.ACTOR, at=entries.AT)
        case "prepare_rows":
            _prepare_rows(command["seed"] * 100 + command["writer"])
        case "commit":
            for tables in _ready:
                _commit(tables)
    return {"done": command["act"]}


def _prepare_rows(seed: int) -> None:
    """Read what this writer posted last, each entry with its postings and its event, as rows that are ready."""
    _ready.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, event_id FROM ledger_entry WHERE source LIKE %s ORDER BY id", [f"bench:{seed}:%"])
        for entry_id, event_id in cursor.fetchall():
            tables = []
            for table, key in TABLES.items():
                wanted = event_id if table == "audit_event" else entry_id
                cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", [wanted])
                tables.append((table, cursor.fetchall()))
            _ready.append(tables)


@transaction.atomic
def _commit(tables: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    with connection.cursor() as cursor:
        for table, rows in tables:
            marks = ", ".join(["(" + ", ".join(["%s"] * len(rows[0])) + ")"] * len(rows))
            cursor.execute(f"INSERT INTO {bare.bare(table)} VALUES {marks}", [cell for row in rows for cell in row])
