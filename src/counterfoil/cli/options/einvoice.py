"""Options of the commands for electronic invoices."""

from __future__ import annotations

import argparse
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add `check-einvoice`, which touches no books, `invoice einvoice` and `letterhead`."""
    check = command("check-einvoice", "Check electronic invoices (UBL, CII) against EN 16931, to the cent.")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.add_argument(
        "--official", action="store_true", help="run the official rules as well (needs counterfoil[einvoice])"
    )
    invoice = command("invoice", "Hand out an issued invoice or credit note.")
    acts = invoice.add_subparsers(dest="act", metavar="ACT", required=True)
    einvoice = acts.add_parser("einvoice", help="as an electronic invoice by EN 16931", parents=[common])
    einvoice.add_argument("number", help="the document's number, as 2026-0001")
    einvoice.add_argument("--format", choices=("ubl", "cii", "facturx"), default="facturx")
    einvoice.add_argument("-o", "--out", type=Path, help="the file to write; else named like the document")
    letterhead = command("letterhead", "Say or set what stands at the head of documents: address and VAT number.")
    letterhead.add_argument("--address", help="the lines after the name, as 'Hafenstr. 1; 24103 Kiel'")
    letterhead.add_argument("--vat-id", help="with the two letters of its country, as DE123456788")
