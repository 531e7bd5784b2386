"""Writing and checking the binder of a month with many entries, each with its decision (bar: 60 s for 100,000)."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.binder import verify
from counterfoil.bench import bare, entries, progress
from counterfoil.bench.measure import Meter
from counterfoil.bench.report import Line, Report, Standing
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Item
from counterfoil.flows import binder
from counterfoil.infra.home import home
from counterfoil.ledger import services as ledger

SIZE = 100_000
MONTH = date(2026, 6, 1)
AT_ONCE = 20
"""Entries of one act, as a month of deals, instalments and payments has them."""
SECONDS_FOR_ALL = 60.0


def measured(*, size: int, rounds: int) -> Report:
    """Post `size` entries in one month, then write its binder and let its own verifier check it."""
    size, rounds = size or SIZE, rounds or 1
    books = entries.open_books()
    _fill(books.id, size)
    out = home() / "bench.zip"
    meter = Meter()
    written, checked = [], []
    for _ in range(rounds):
        written.append(
            meter.cost_of(partial(binder.write_binder, books_id=books.id, month=MONTH, out=out, actor=entries.ACTOR))
        )
        before = _children_s()
        seen = meter.cost_of(partial(_check, out))
        checked.append(replace(seen, client_s=_children_s() - before))
    seconds = min(one.wall_s + two.wall_s for one, two in zip(written, checked, strict=True))
    return Report(
        "binder",
        f"{size:,} entries with their decisions in one month, {out.stat().st_size / 1e6:,.0f} MB",
        rounds,
        [
            Line("written", written[-1], size, "entries"),
            Line("checked by verify.py", checked[-1], size, "entries"),
        ],
        [Standing("seconds to write and check", seconds, SECONDS_FOR_ALL * size / SIZE, is_least=False)],
    )


def _children_s() -> float:
    """Return the processor seconds of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _check(out: Path) -> None:
    """Run the verifier as an auditor does: by itself, with nothing but the standard library."""
    done = subprocess.run([sys.executable, "-I", "-S", verify.__file__, str(out)], capture_output=True, check=False)
    if done.returncode:
        raise bare.AnswersDiffer(done.stdout.decode("utf-8")[:2_000])


def _fill(books_id: int, size: int) -> None:
    wanted = [
        replace(one, entry=replace(one.entry, entry_date=MONTH.replace(day=1 + number % 30)))
        for number, one in enumerate(entries.entries(size, seed=1))
    ]
    for done, cleared in enumerate(entries.cleared_batches(wanted, at_once=AT_ONCE)):
        with transaction.atomic():
            outcomes = ledger.post_entries(books_id=books_id, cleared=cleared, actor=entries.ACTOR, at=entries.AT)
            items = [
                Item(
                    f"entry:{outcome.entry_id}",
                    {"source": sourced.source, "date": sourced.entry.entry_date.isoformat()},
                    outcome.kind.value,
                    "journal_passed",
                    effects=(f"entry:{outcome.entry_id}",),
                )
                for sourced, outcome in zip(cleared.value, outcomes, strict=True)
            ]
            decisions.record(
                books_id=books_id, kind="post", rule_version="bench/1", actor=entries.ACTOR, items=items, at=entries.AT
            )
        if done % 100 == 0:
            progress.show("entries", done * AT_ONCE, size)
    audit.seal()
