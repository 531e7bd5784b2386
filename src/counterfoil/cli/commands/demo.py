"""counterfoil demo"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date

from counterfoil.audit import services as audit
from counterfoil.cli.commands import serve
from counterfoil.cli.running import Answer
from counterfoil.demo import place
from counterfoil.demo.domain import company
from counterfoil.demo.filling.telling import MONTHS, Told, tell
from counterfoil.infra import haste, world
from counterfoil.infra.home import home

WITHOUT_DATABASE = True
HOST = "127.0.0.1"


def run(args: argparse.Namespace) -> Answer:
    """Make the demo company where it is not there yet, then serve it on this machine only."""
    started = time.perf_counter()
    with place.claimed():
        is_there = place.prepare(args.seed)
        told = None if is_there else _fill(args.seed)
    seconds = time.perf_counter() - started
    answer = _answer(args.seed, told, seconds)
    if args.no_serve:
        return answer
    sys.stderr.write("\n".join([*answer.lines, f"Open http://{HOST}:{args.port} and sign in with one click.", ""]))
    return serve.run(argparse.Namespace(host=HOST, port=args.port, workers=1))


def _fill(seed: int) -> Told:
    place.write_mark(seed, is_complete=False)
    sys.stderr.write(f"Making {company.NAME}: {MONTHS} months, invented from seed {seed}\n")
    with haste.unsynced():  # Cut short, it is begun anew: the mark says that it is not complete.
        told = tell(seed=seed, now=world.now(), progress=_progress)
    audit.export_head(home() / "anchors")
    place.write_mark(seed, is_complete=True)
    return told


def _progress(month: date, done: int, total: int) -> None:
    """Say which month begins: one line that is written over on a terminal, one line each elsewhere."""
    is_terminal = sys.stderr.isatty()
    start, end = ("\r", "\n" if done + 1 >= total else "") if is_terminal else ("", "\n")
    sys.stderr.write(f"{start}{month:%B %Y} ({done + 1} of {total}){' ' * 8 if is_terminal else ''}{end}")
    sys.stderr.flush()


def _answer(seed: int, told: Told | None, seconds: float) -> Answer:
    data: dict[str, object] = {
        "home": str(home()),
        "seed": seed,
        "made": told is not None,
        "seconds": round(seconds, 1),
    }
    if told is None:
        return Answer(data, [f"{company.NAME} is there already, in {home()}."])
    data |= {
        "months": told.months,
        "customers": told.customers,
        "opportunities": told.opportunities,
        "invoices": told.invoices,
        "bank_lines": told.bank_lines,
    }
    line = (
        f"{company.NAME}: {told.months} months, {told.customers} customers, {told.opportunities} opportunities,"
        f" {told.invoices} invoices, {told.bank_lines} bank lines, in {seconds:.0f} s."
    )
    return Answer(data, [line, f"Home: {home()}"])
