"""counterfoil dispute"""

from __future__ import annotations

import argparse

from counterfoil.cli.commands.why import decided_about
from counterfoil.cli.running import Answer, actor
from counterfoil.flows.disputes import raise_dispute
from counterfoil.flows.replay import NoSuchDecision
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Dispute one decided thing."""
    found = decided_about(people.books_facts().id, args.decision)
    if len(found) != 1 or not args.decision.startswith("CF-"):
        raise NoSuchDecision(field="decision", number=f"{args.decision} with one item; name one as CF-12/3")
    dispute_id = raise_dispute(item=found[0], reason=args.reason, actor=actor(), at=world.now())
    data: dict[str, object] = {"dispute": f"DP-{dispute_id}", "decision": args.decision}
    return Answer(data, [f"DP-{dispute_id}: {args.decision} is disputed and waits in the queue."])
