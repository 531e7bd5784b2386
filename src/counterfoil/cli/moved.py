"""What the commands that move a whole installation answer."""

from __future__ import annotations

from counterfoil.cli.running import Answer
from counterfoil.flows.moving import Moved


def answer(verb: str, moved: Moved) -> Answer:
    """Return counts, and that they were read back."""
    data: dict[str, object] = {
        "place": moved.place,
        "tables": moved.tables,
        "rows": moved.rows,
        "files": moved.files,
        "events": moved.events,
        "head": moved.head,
        "verified": True,
    }
    lines = [
        f"{moved.rows:,} rows of {moved.tables} tables and {moved.files:,} files {verb} {moved.place}.",
        f"Read back: the same contents, the same trial balance. {moved.events:,} events verify, head {moved.head}.",
    ]
    return Answer(data, lines)
