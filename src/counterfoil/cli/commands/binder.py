"""counterfoil binder"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from counterfoil.cli.running import Answer, actor
from counterfoil.flows import binder
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Write the binder of a month."""
    begun = time.perf_counter()
    out = args.out or Path(f"counterfoil-{args.period:%Y-%m}.zip")
    bound = binder.write_binder(books_id=people.books_facts().id, month=args.period, out=out, actor=actor())
    seconds = time.perf_counter() - begun
    data: dict[str, object] = {
        "file": str(bound.path),
        "period": bound.period,
        "closed": bound.is_closed,
        "events": bound.events,
        "rows": bound.rows,
        "files": bound.files,
        "size": bound.size,
        "head": {"sequence": bound.head.sequence, "hash": bound.head.hash},
        "manifest_sha256": bound.manifest_sha256,
        "seconds": round(seconds, 3),
    }
    counted = ", ".join(f"{count:,} {member}" for member, count in bound.rows.items())
    state = "closed: this file can be made again byte for byte" if bound.is_closed else "still open"
    lines = [
        f"{bound.path}: {bound.period} ({state}), {bound.size:,} bytes, in {seconds:.1f} s",
        f"{bound.events:,} events, {counted}, {bound.files:,} printed documents.",
        f"Head {bound.head.short}. SHA-256 of the manifest: {bound.manifest_sha256}",
        f"Check it anywhere: python3 verify.py {bound.path.name}",
    ]
    return Answer(data, lines)
