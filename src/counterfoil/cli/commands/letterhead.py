"""counterfoil letterhead"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from counterfoil.cli.running import Answer, actor
from counterfoil.kernel.text import clean_text
from counterfoil.people import selectors as people
from counterfoil.people import services


def run(args: argparse.Namespace) -> Answer:
    """Say what stands at the head of documents, after setting what was given."""
    books = people.books_facts()
    address = None
    if args.address is not None:
        lines = args.address.replace(";", "\n").splitlines()
        address = "\n".join([clean_text(line.strip(), 200) for line in lines if line.strip()])
    vat_id = clean_text(args.vat_id, 32) if args.vat_id is not None else None
    services.change_letterhead(books_id=books.id, address=address, vat_id=vat_id, actor=actor())
    head = people.books_letterhead(books.id)
    shown = [head.name, *head.address.splitlines(), head.country, f"VAT {head.vat_id or 'not entered'}"]
    return Answer(asdict(head), shown)
