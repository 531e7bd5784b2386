"""counterfoil match"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer, actor, progress
from counterfoil.flows import receive_money
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Match where there is exactly one answer; say what the others lack."""
    done = receive_money.match(
        books_id=people.books_facts().id,
        is_confirmed=args.confirm,
        actor=actor(),
        at=world.now(),
        progress=progress("Matching"),
    )
    left = [
        {"code": code, "lines": count, "message": words.sentence(code)} for code, count in sorted(done.by_code.items())
    ]
    data: dict[str, object] = {
        "lines": done.lines,
        "matched": done.matched,
        "proposed": done.proposed,
        "unmatched": done.unmatched,
        "left": left,
    }
    counts = f"{done.matched:,} matched, {done.proposed:,} proposed, {done.unmatched:,} unmatched"
    lines = [f"{done.lines:,} lines: {counts}."]
    lines += [f"{entry['lines']:>7,} left: {entry['message']}" for entry in left]
    return Answer(data, lines)
