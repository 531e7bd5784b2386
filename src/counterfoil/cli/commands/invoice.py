"""counterfoil invoice"""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil import words
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain.einvoice import Format, IncompleteEInvoice
from counterfoil.billing.einvoice import BrokenRules
from counterfoil.cli.running import Answer, actor
from counterfoil.flows.einvoices import einvoice_file
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Write an electronic invoice to a file, or list what it lacks."""
    books = people.books_facts()
    document_id = billing.document_id(books.id, args.number)
    if document_id is None:
        raise billing.NoSuchDocument(field="number", number=args.number)
    try:
        made = einvoice_file(
            books_id=books.id, document_id=document_id, format_=Format(args.format), actor=actor(), at=world.now()
        )
    except IncompleteEInvoice as refused:
        return _refused(args.number, refused.refusals)
    except BrokenRules as refused:
        return _refused(args.number, [breach.refusal for breach in refused.breaches])
    out: Path = args.out or Path(made.name)
    out.write_bytes(made.data)
    return Answer(
        {"number": args.number, "format": args.format, "file": str(out), "bytes": len(made.data)},
        [f"{args.number} as {args.format} in {out}"],
    )


def _refused(number: str, refusals: tuple[Refusal, ...] | list[Refusal]) -> Answer:
    errors = [
        {"code": one.code, "field": one.field, "facts": one.facts, "message": words.sentence(one.code, one.facts)}
        for one in refusals
    ]
    lines = [f"{number} cannot be handed out as an electronic invoice yet:", *(f"  {one['message']}" for one in errors)]
    return Answer({"number": number, "errors": errors}, lines, is_refused=True)
