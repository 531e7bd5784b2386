"""Options of `counterfoil policy`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what lists, shows, proposes, signs and simulates business settings."""
    policy = command("policy", "List, show, propose, sign and simulate business settings.")
    acts = policy.add_subparsers(dest="act", metavar="ACT", required=True)

    def act(name: str, help_: str) -> argparse.ArgumentParser:
        return acts.add_parser(name, help=help_, description=help_, parents=[common])

    listed = act("list", "what is in force, who looks after it, what waits for a signature, what is overdue")
    listed.add_argument("--overdue", action="store_true", help="only what was to be looked at again before today")
    show = act("show", "what a kind says, with its history; or one version with what it changes")
    show.add_argument("name", help="a kind, as approval_matrix, or a version, as approval_matrix-3")
    propose = act("propose", "propose a content from a JSON file; it takes effect when both sides have signed")
    propose.add_argument("kind")
    propose.add_argument("file", type=Path)
    propose.add_argument("--reason", required=True)
    propose.add_argument("--owner", default="", help="who looks after it; else who proposes it")
    propose.add_argument("--review-date", type=date.fromisoformat, help="when it is looked at again; else in a year")
    sign = act("sign", "sign a version for one side")
    sign.add_argument("name")
    sign.add_argument("--side", choices=("sales", "finance"), required=True)
    sign.add_argument("--hash", default="", help="hash of the content that was read; else of the present one")
    withdraw = act("withdraw", "take a proposal back")
    withdraw.add_argument("name")
    withdraw.add_argument("--reason", default="")
    review = act("review", "note that a version was looked at and stays as it is")
    review.add_argument("name")
    review.add_argument("--until", type=date.fromisoformat, required=True, help="day of the next review")
    review.add_argument("--note", default="")
    simulate = act("simulate", "hold the deals won since a day against a content, before anybody signs it")
    simulate.add_argument("name", metavar="KIND or VERSION")
    simulate.add_argument("file", type=Path, nargs="?", help="a JSON file with the content, for a kind")
    simulate.add_argument("--since", type=date.fromisoformat, help="first close date; else a year ago")
    for one in (propose, sign):
        one.add_argument("--as", dest="email", required=True, help="e-mail address of the person who acts")
