"""counterfoil delegate"""

from __future__ import annotations

import argparse

from counterfoil.audit.domain import person as person_actor
from counterfoil.cli.commands.review import person_of
from counterfoil.cli.running import Answer
from counterfoil.flows import review as flow
from counterfoil.infra import world


def run(args: argparse.Namespace) -> Answer:
    """Lend a role for approvals."""
    giver = person_of(args.giver)
    made = flow.delegate(
        person=giver,
        to=args.taker,
        start=args.start,
        end=args.end,
        reason=args.reason,
        actor=person_actor(giver.email),
        at=world.now(),
    )
    data: dict[str, object] = {
        "delegation": made,
        "giver": giver.email,
        "role": giver.role.value,
        "taker": args.taker,
        "from": args.start.isoformat(),
        "to": args.end.isoformat(),
    }
    return Answer(data, [f"{args.taker} approves as {giver.role.value} from {args.start} to {args.end}."])
