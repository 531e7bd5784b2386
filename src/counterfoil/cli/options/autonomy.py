"""Options of `counterfoil autonomy`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what says, lowers, stops and revives what may be done alone."""
    autonomy = command("autonomy", "Say what each kind of decision may do alone; lower, stop or revive it.")
    acts = autonomy.add_subparsers(dest="act", metavar="ACT", required=True)
    acts.add_parser("list", help="levels, stops and who said so", parents=[common])
    replay = acts.add_parser("replay", help="decide an earlier version's log again", parents=[common])
    replay.add_argument("kind")
    replay.add_argument("earlier", help="the earlier version, as scorecards name it")
    for name, help_ in (
        ("set", "give a kind of decision a mode that is not above its present one"),
        ("kill", "stop a kind of decision at once"),
        ("revive", "let a stopped kind do again what its level allows"),
    ):
        act = acts.add_parser(name, help=help_, parents=[common])
        act.add_argument("kind", help="as close_deal, bill, match")
        if name == "set":
            act.add_argument("mode", choices=("observe", "suggest", "act_with_sample", "act"))
        act.add_argument("--reason", default="")
