"""counterfoil replay"""

from __future__ import annotations

import argparse
import json
import time

from counterfoil.cli.running import Answer
from counterfoil.flows import replay as flow
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Make the last decisions again from their stored inputs."""
    began = time.perf_counter()
    done = flow.replay(books_id=people.books_facts().id, last=args.last, kinds=[args.kind] if args.kind else [])
    seconds = time.perf_counter() - began
    first = done.first_difference
    data: dict[str, object] = {
        "decisions": done.n,
        "identical": done.identical,
        "incomplete": done.incomplete,
        "by_kind": dict(sorted(done.by_kind.items())),
        "seconds": f"{seconds:.3f}",
        "first_difference": first
        and {"number": first.number, "kind": first.kind, "kept": first.kept, "again": first.again},
    }
    share = 100 * done.identical / done.n if done.n else 100
    lines = [f"{done.n:,} decisions made again in {seconds:.2f} s: {done.identical:,} identical ({share:.2f} %)."]
    lines += [f"  {kind}: {count:,}" for kind, count in sorted(done.by_kind.items())]
    if done.incomplete:
        lines.append(f"{done.incomplete:,} older ones were kept without all of their inputs and are left out.")
    if first is not None:
        lines += [
            f"The first that differs: {first.number} ({first.kind})",
            f"  kept:  {json.dumps(first.kept, ensure_ascii=False)}",
            f"  again: {json.dumps(first.again, ensure_ascii=False)}",
        ]
    return Answer(data, lines, is_refused=done.identical != done.n)
