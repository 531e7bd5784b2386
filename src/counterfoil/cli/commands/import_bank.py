"""counterfoil import bank"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import receive_money
from counterfoil.flows.statement_files import Seen
from counterfoil.infra import world
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as receivables

_HELD = ("opening_gap", "reused_bank_id")
"""Notes of lines that wait until a statement or a person says more."""
_SHOWN = 12
"""How many statements of a file are summed up."""


def _summed_up(one: Seen) -> str:
    """Say whose a statement is, from when to when, and what it opens and closes with."""
    parts = [one.account or "your bank account", one.currency]
    if one.first_date and one.last_date:
        parts.append(f"{one.first_date} to {one.last_date}")
    parts.append(f"{one.lines:,} lines")
    if one.opening is not None:
        parts.append(f"opens with {one.opening.decimal_text()}")
    if one.closing is not None:
        parts.append(f"closes with {one.closing.decimal_text()}")
    if one.is_advice:
        parts.append("told before it is booked")
    return ", ".join(parts)


def import_bank(args: argparse.Namespace, books: BooksFacts) -> Answer:
    """Import a bank statement and say how the bank stands against the ledger."""
    result = receive_money.import_bank(
        books_id=books.id,
        data=args.file,
        file_name=args.file.name,
        profile=args.profile,
        dry_run=args.dry_run,
        actor=actor(),
        at=world.now(),
    )
    errors = [
        {"row": row, "field": field, "code": code, "message": words.sentence(code, facts)}
        for row, field, code, facts in result.errors
    ]
    notes = [
        {"row": note.row, "code": note.code, "message": words.sentence(note.code, note.facts)} for note in result.notes
    ]
    data: dict[str, object] = {
        "batch": result.batch,
        "read": result.read,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "rejected": result.rejected,
        "pending": result.pending,
        "dry_run": result.is_dry_run,
        "format": result.format,
        "statements": [
            {
                "account": one.account,
                "currency": one.currency,
                "first_date": one.first_date and one.first_date.isoformat(),
                "last_date": one.last_date and one.last_date.isoformat(),
                "opening": None if one.opening is None else one.opening.decimal_text(),
                "closing": None if one.closing is None else one.closing.decimal_text(),
                "lines": one.lines,
                "pending": one.pending,
                "is_advice": one.is_advice,
            }
            for one in result.statements
        ],
        "errors": errors,
        "notes": notes,
    }
    counts = f"{result.accepted:,} accepted, {result.unchanged:,} unchanged, {result.rejected:,} rejected"
    lines = [f"{result.format}: {_summed_up(one)}" for one in result.statements[:_SHOWN]]
    if len(result.statements) > _SHOWN:
        lines.append(f"... and {len(result.statements) - _SHOWN:,} more statements")
    lines.append(f"{result.read:,} lines read: {counts}." + (" Nothing was stored." if result.is_dry_run else ""))
    lines += [f"  row {error['row']}, {error['field']}: {error['message']}" for error in errors]
    lines += [f"  row {note['row']}: {note['message']}" for note in notes]
    if result.accepted and not result.is_dry_run:
        waiting = sum(position.unposted_count for position in receivables.bank_positions(books.id))
        lines.append(f"{waiting:,} lines wait to be matched. Next: counterfoil match")
    is_held = any(note.code in _HELD for note in result.notes)
    return Answer(data, lines, is_refused=result.rejected > 0 or is_held)
