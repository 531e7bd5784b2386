"""counterfoil verify"""

from __future__ import annotations

import argparse

from counterfoil.audit import services as audit
from counterfoil.cli.running import Answer
from counterfoil.infra.home import home


def run(_: argparse.Namespace) -> Answer:
    """Check the whole record, row by row, and against the heads that left the house."""
    found = audit.verify(anchors=home() / "anchors")
    data: dict[str, object] = {
        "events": found.events,
        "rows": found.rows,
        "ok": found.ok,
        "first_bad": found.first_bad or None,
        "head": {"sequence": found.head.sequence, "hash": found.head.hash},
    }
    verdict = "The record verifies" if found.ok else f"THE RECORD DOES NOT VERIFY: {found.first_bad}"
    lines = [verdict, f"{found.events:,} events and {found.rows:,} rows checked. Head {found.head.short}."]
    return Answer(data, lines, is_refused=not found.ok)
