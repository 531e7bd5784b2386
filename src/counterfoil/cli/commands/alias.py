"""counterfoil alias"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.flows.aliases import confirm_alias
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Confirm what a text means."""
    done = confirm_alias(
        kind=args.kind,
        text=args.text,
        target=args.target,
        books_id=people.books_facts().id,
        actor=actor(),
        at=world.now(),
    )
    data: dict[str, object] = {
        "kind": done.kind,
        "from": done.text,
        "to": done.target,
        "opportunities": done.opportunities,
        "held": done.held,
    }
    line = (
        f"{done.text} means {done.target}: {done.opportunities:,} opportunities name it, {done.held:,} are held for it."
    )
    return Answer(data, [line, "Next: counterfoil close-deals"] if done.held else [line])
