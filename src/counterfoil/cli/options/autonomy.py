"""Options of `counterfoil autonomy`."""

from __future__ import annotations

import argparse

from counterfoil.cli.options import Command


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add what says, lowers, stops and revives what may be done alone, and what lets it rise."""
    autonomy = command("autonomy", "Say what each kind of decision may do alone; raise, lower, stop or revive it.")
    acts = autonomy.add_subparsers(dest="act", metavar="ACT", required=True)

    def act(name: str, help_: str, *, reason: bool = True) -> argparse.ArgumentParser:
        found = acts.add_parser(name, help=help_, parents=[common])
        found.add_argument("kind", help="as close_deal, bill, match")
        if reason:
            found.add_argument("--reason", default="")
        return found

    acts.add_parser("list", help="levels, stops, open promotions and who said so", parents=[common])
    act("history", "what happened to the level of a kind of decision", reason=False)
    replay = act("replay", "decide an earlier version's log again", reason=False)
    replay.add_argument("earlier", help="the earlier version, as scorecards name it")
    for name, help_ in (
        ("set", "give a kind of decision a mode that is not above its present one"),
        ("demote", "the same, by its plain name"),
    ):
        act(name, help_).add_argument("mode", choices=("observe", "suggest", "act_with_sample", "act"))
    for name, help_ in (
        ("stop", "stop a kind of decision at once"),
        ("kill", "the same"),
        ("start", "let a stopped kind do again what its level allows"),
        ("revive", "the same"),
    ):
        act(name, help_)
    act("check", "step down where the evidence broke the bar, as every pairing does", reason=False)
    promote = act("promote", "propose that a kind rises one step, on its evidence as it stands", reason=False)
    promote.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="who proposes it")
    sign = act(
        "sign", "sign the open promotion of a kind; the second person's signature puts it in force", reason=False
    )
    sign.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="who signs")
    sign.add_argument("--hash", default="", help="of the evidence that was read; else what the promotion holds")
    act("withdraw", "close the open promotion of a kind without effect")
