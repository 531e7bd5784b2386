"""Options of `counterfoil review`, `counterfoil delegate` and `counterfoil digest`."""

from __future__ import annotations

import argparse
from datetime import date

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what works the queue from the command line."""
    review = command("review", "List, answer, assign and discuss what waits for a person.")
    acts = review.add_subparsers(dest="act", metavar="ACT", required=True)

    def act(name: str, help_: str) -> argparse.ArgumentParser:
        return acts.add_parser(name, help=help_, description=help_, parents=[common])

    listed = act("list", "what waits, the most money at risk first")
    listed.add_argument("--kind", default="", help="only one kind, as close_deal")
    listed.add_argument("--overdue", action="store_true", help="only what is over its time")
    listed.add_argument("--snoozed", action="store_true")
    listed.add_argument("--for", dest="email", default="", help="only what this person can answer: an e-mail address")
    listed.add_argument("--limit", type=int, default=50)
    answer = act("answer", "answer one case, or several")
    answer.add_argument("cases", nargs="+", metavar="CASE", help="its number, as R-12")
    answer.add_argument("answer", choices=("approve", "fix", "reject", "snooze", "always", "ask"))
    answer.add_argument("--reason", default="")
    answer.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="what a fix puts in")
    assign = act("assign", "make somebody the owner of a case")
    assign.add_argument("case")
    assign.add_argument("owner", help="e-mail address; nothing for nobody")
    comment = act("comment", "say something about a case; @name shows it to somebody")
    comment.add_argument("case")
    comment.add_argument("text")
    sample = act("sample", "draw a control sample of what was done without a person since the last draw")
    labels = act("labels", "what people said against the machine; accept or drop one")
    labels.add_argument("--accept", type=int, metavar="LABEL")
    labels.add_argument("--drop", type=int, metavar="LABEL")
    act("relaxed", "each time somebody approved their own request by leave of the policy")
    for one in (answer, assign, comment, sample, labels):
        one.add_argument("--as", dest="email", default="", help="e-mail address of the person who acts")
    delegate = command("delegate", "Let somebody approve with your role for some days.")
    delegate.add_argument("giver", help="e-mail address of whose role it is")
    delegate.add_argument("taker", help="e-mail address of who may use it")
    delegate.add_argument("--from", dest="start", type=date.fromisoformat, required=True)
    delegate.add_argument("--to", dest="end", type=date.fromisoformat, required=True)
    delegate.add_argument("--reason", default="")
    digest = command("digest", "Mail everybody who chose so what waits for them, with the head of the record.")
    digest.add_argument("--for", dest="email", default="", help="choose for this person, instead of sending")
    digest.add_argument("--every", choices=("never", "day", "week"), default="day")
    digest.add_argument("--now", action="store_true", help="send even where the last one is not old enough")
