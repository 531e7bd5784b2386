"""counterfoil import"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.commands.import_bank import import_bank
from counterfoil.cli.running import Answer, actor, progress
from counterfoil.flows import autonomy as compared
from counterfoil.flows import import_file as importing
from counterfoil.flows import import_invoices
from counterfoil.infra import world
from counterfoil.people import selectors as people

SHOWN = 20


def run(args: argparse.Namespace) -> Answer:
    """Import a file, or say what importing it would do."""
    if not args.file.is_file():
        raise importing.NoSuchFile(file=str(args.file))
    books = people.books_facts()
    if args.kind == "bank":
        return import_bank(args, books)
    fills: dict[str, str] = {}
    if args.kind == import_invoices.KIND:
        result = import_invoices.import_invoices(
            books_id=books.id,
            data=args.file,
            file_name=args.file.name,
            profile=args.profile,
            dry_run=args.dry_run,
            actor=actor(),
            at=world.now(),
        )
        if not args.dry_run:
            compared.check_all(books_id=books.id, at=world.now())
    else:
        fills = importing.fills(args.kind, args.profile, books.id)
        result = importing.import_file(
            kind=args.kind,
            data=args.file,
            file_name=args.file.name,
            profile=args.profile,
            dry_run=args.dry_run,
            actor=actor(),
            books_id=books.id,
            at=world.now(),
            progress=progress(f"Importing {args.kind}"),
        )
    if args.errors is not None:
        with args.errors.open("w", encoding="utf-8", newline="") as file:
            file.writelines(importing.error_file(result.errors, words.sentence))
    errors = [
        {"row": row, "field": field, "code": code, "message": words.sentence(code, facts)}
        for row, field, code, facts in result.errors
    ]
    data: dict[str, object] = {
        "batch": result.batch,
        "read": result.read,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "rejected": result.rejected,
        "held": result.held,
        "dry_run": result.is_dry_run,
        "fills": fills,
        "warnings": [words.sentence(code) for code in result.warnings],
        "errors": errors,
    }
    lines = [f"The profile fills in: {name} = {value}" for name, value in fills.items()]
    counts = f"{result.accepted:,} accepted, {result.unchanged:,} unchanged, {result.rejected:,} rejected"
    held = f", {result.held:,} of the accepted will be held" if result.held else ""
    lines.append(f"{result.read:,} rows read: {counts}{held}." + (" Nothing was stored." if result.is_dry_run else ""))
    lines += [words.sentence(code) for code in result.warnings]
    lines += [f"  row {error['row']}, {error['field']}: {error['message']}" for error in errors[:SHOWN]]
    more = len(errors) - SHOWN + result.left_out
    if more > 0:
        lines.append(f"  and {more:,} more; --errors FILE writes them all")
    if result.batch is not None and result.accepted:
        lines.append(f"Batch {result.batch}; take it back with: counterfoil undo {result.batch}")
    return Answer(data, lines, is_refused=result.rejected > 0)
