"""Options of the commands that serve those who check the books, and those who ask what is held about them."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from counterfoil.cli.options import Command


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add binder, anchors, samples, retention and access."""
    binder = command("binder", "Write the binder of a month: one file for an auditor, with its verifier.")
    binder.add_argument("--period", type=_month, required=True, metavar="YYYY-MM")
    binder.add_argument("--out", type=Path, help="the file to write; else counterfoil-YYYY-MM.zip")

    anchor = command("anchor", "Let the head of the record leave the house, and say where heads are kept.")
    acts = anchor.add_subparsers(dest="act", metavar="ACT", required=True)
    acts.add_parser("list", help="every store, the head it got last, and when", parents=[common])
    acts.add_parser("send", help="to every store, now", parents=[common])
    store = acts.add_parser("add", help="a folder, a mail address or an address of the web", parents=[common])
    store.add_argument("name")
    store.add_argument("kind", choices=("folder", "mail", "url"))
    store.add_argument("target", help="an absolute path, an address with @, or https://...")
    store.add_argument("--every", type=int, default=60, metavar="MINUTES", help="at most 60")
    acts.add_parser("remove", help="let no more heads go there", parents=[common]).add_argument("name")

    sample = command("sample", "Draw a random sample for an auditor that anybody can draw again.")
    sample.add_argument("of", choices=("invoices", "entries", "decisions"))
    sample.add_argument("--size", type=int, default=25)
    sample.add_argument("--seed", required=True, help="any text; the same seed draws the same items")
    sample.add_argument("--period", type=_month, metavar="YYYY-MM", help="else all through today")
    sample.add_argument("--out", type=Path, help="write the items to this CSV file")

    rate = command("sampling-rate", "Say or set which share of what was decided alone goes to a person.")
    rate.add_argument("percent", nargs="?", help="set it, as the auditor")
    rate.add_argument("--kind", default="", help="of this kind of decision alone")
    rate.add_argument("--as", dest="email", default="", metavar="EMAIL", help="the auditor who signs it")
    rate.add_argument("--reason", default="")

    command("retention", "List how long each kind of record is kept, why, and what is due.")
    access = command("access", "Write down all that is held about a person, to be handed to them.")
    access.add_argument("contact", help="the contact's external id or number")
    access.add_argument("--out", type=Path, help="write it to this JSON file")
