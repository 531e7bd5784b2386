"""The writers, and who kills them. Runs in a process of its own, which forks and therefore holds no connection."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, connections, transaction

from counterfoil.audit import services as audit
from counterfoil.crm import selectors as crm
from counterfoil.flows.enter_invoice import EnteredKind, enter_invoices
from counterfoil.flows.import_file import import_file
from counterfoil.infra import world
from tests.builders import TESTER
from tests.company import Company, a_company
from tests.documents import a_request
from tests.torture import invariants
from tests.torture.kills import LONGEST, Toll

HEADER = (
    "external_id", "name", "account", "amount", "currency", "amount_state", "stage", "close_date", "product_code",
    "quantity", "discount_pct", "payment_terms", "billing_type", "owner_email", "po_number", "delivered_on",
)  # fmt: skip
DELIVERED_TO = 2
"""How many writers get each deal and each invoice."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that a writer is asked to do: close an opportunity, or enter the invoice of a source."""

    opportunity_id: int | None
    source: str


def torture(kills: int, writers: int, seed: int) -> Toll:
    """Let writers work on deals and invoices while `kills` of them are killed, then look at the books."""
    chance = random.Random(seed)
    company = a_company()
    wanted = max(kills, 10)
    deliveries = [Delivery(id_, "") for id_ in _won_deals(company, wanted)]
    deliveries += [Delivery(None, f"hand:{number}") for number in range(wanted)]
    lists: list[list[Delivery]] = [[] for _ in range(writers)]
    for delivery in deliveries:
        for writer in chance.sample(range(writers), DELIVERED_TO):
            lists[writer].append(delivery)
    for mine in lists:
        chance.shuffle(mine)
    connections.close_all()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="counterfoil-writers-") as folder:
        killer = _Killer(company, lists, kills, chance, Path(folder))
        wrong = killer.run()
        held = killer.held_ms()
    seconds = time.monotonic() - began
    wrong += invariants.wrong(company.books.id)
    for table, expected in (("contracts_contract", wanted), ("billing_invoice", 2 * wanted)):
        if (made := invariants.count(table)) != expected:
            wrong.append(f"{table}: {made} rows for {expected} deliveries that differ")
    return Toll(
        connection.vendor,
        writers,
        kills,
        invariants.count("billing_invoice"),
        invariants.count("ledger_entry"),
        invariants.count("audit_link"),
        seconds,
        held[len(held) // 2],
        held[len(held) * 99 // 100],
        wrong,
    )


def _won_deals(company: Company, count: int) -> list[int]:
    """Import won deals and return their ids."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEADER)
    for number in range(count):
        amount = f"{100 + number}.{number % 100:02}"
        rows.writerow(
            (f"D-{number}", f"Deal {number}", "Kestrel Water AG", amount, "EUR", "signed", "Closed Won", "2026-10-15",
             "SVC", "1", "0", "Net 30", "up_front", "rep@example.test", "PO-1", "2026-10-15")
        )  # fmt: skip
    result = import_file(
        kind="deals",
        data=out.getvalue().encode(),
        file_name="deals.csv",
        actor=TESTER,
        books_id=company.books.id,
        at=world.now(),
    )
    assert result.accepted == count, result.errors
    return [id_ for id_, _ in crm.won(company.books.id)]


class _Killer:
    """Forks writers, kills them when as much of the work is done as their kill's turn asks, and forks them again."""

    def __init__(
        self, company: Company, lists: Sequence[Sequence[Delivery]], kills: int, chance: random.Random, folder: Path
    ) -> None:
        self._company = company
        self._lists = lists
        self._kills = kills
        self._chance = chance
        self._done = [folder / f"done.{writer}" for writer in range(len(lists))]
        self._held = [folder / f"held.{writer}" for writer in range(len(lists))]
        self._writers: dict[int, int] = {}
        self._wrong: list[str] = []

    def run(self) -> list[str]:
        """Run until all is done and as many were killed as wanted; return what writers complained of."""
        deadline = time.monotonic() + LONGEST
        total = sum(map(len, self._lists))
        for writer, path in enumerate(self._done):
            path.touch()
            self._fork(writer)
        killed = 0
        while self._writers:
            if time.monotonic() > deadline:
                self._wrong.append(f"stuck after {LONGEST:.0f} s with {len(self._writers)} writers")
                self._end()
                break
            self._reap()
            # The last tenth of the work is left in peace, so that no kill finds nobody at work.
            due = self._kills * min(1.0, self._progress() / (0.9 * total))
            if killed < due and self._writers:
                time.sleep(self._chance.uniform(0, 0.05))
                self._kill(self._chance.choice(sorted(self._writers)))
                killed += 1
            else:
                time.sleep(0.002)
        if killed != self._kills and not self._wrong:
            self._wrong.append(f"only {killed} writers were killed")
        return self._wrong

    def held_ms(self) -> list[float]:
        """Return how long number series were held, in milliseconds, the shortest first."""
        return sorted(float(line) for path in self._held if path.exists() for line in path.read_text().splitlines())

    def _progress(self) -> int:
        return sum(path.stat().st_size for path in self._done)

    def _fork(self, writer: int) -> None:
        process = os.fork()
        if process == 0:
            _write(self._company, self._lists[writer], self._done[writer], self._held[writer])
        self._writers[process] = writer

    def _kill(self, process: int) -> None:
        writer = self._writers.pop(process)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        self._fork(writer)

    def _reap(self) -> None:
        for process in list(self._writers):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                writer = self._writers.pop(process)
                if status:
                    self._wrong.append(f"writer {writer} saw an error (status {status}), printed above")

    def _end(self) -> None:
        for process in self._writers:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _write(company: Company, deliveries: Sequence[Delivery], done: Path, held: Path) -> None:
    """Do what was delivered, from where the last life of this writer ended; never returns."""
    code = 1
    try:
        with (
            done.open("ab", buffering=0) as progress,
            held.open("a", buffering=1) as times,
            connection.execute_wrapper(_Hold(times)),
        ):
            for position in range(done.stat().st_size, len(deliveries)):
                _do(company, deliveries[position])
                progress.write(b".")
                if position % 7 == 0:
                    audit.seal()
        code = 0
    finally:
        if code:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)


class _Hold:
    """Notes for how long a writer held a number series: from the UPDATE that takes the number to the COMMIT."""

    def __init__(self, times: TextIO) -> None:
        self._times = times

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith("UPDATE billing_series"):
            began = time.perf_counter()
            transaction.on_commit(lambda: print(1_000 * (time.perf_counter() - began), file=self._times))
        return answer


def _do(company: Company, delivery: Delivery) -> None:
    if delivery.opportunity_id is not None:
        closed = company.closes(only=[delivery.opportunity_id])
        assert closed.invoiced + closed.unchanged == 1, closed
        return
    request = a_request(source=delivery.source, issue_date=world.today("Europe/Berlin").isoformat())
    (answer,) = enter_invoices(books_id=company.books.id, requests=[request], actor=TESTER, at=world.now())
    assert answer.kind in (EnteredKind.DONE, EnteredKind.UNCHANGED), answer
