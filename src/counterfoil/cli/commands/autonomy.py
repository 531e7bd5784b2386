"""counterfoil autonomy"""

from __future__ import annotations

import argparse

from counterfoil.autonomy import services
from counterfoil.cli.running import Answer, actor
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Say what may be done alone, or set, stop or revive it."""
    books_id = people.books_facts().id
    at = world.now()
    if args.act == "set":
        version = autonomy.version_of(args.kind)
        services.set_level(
            books_id=books_id,
            kind=args.kind,
            version=version,
            mode=Mode(args.mode),
            reason=args.reason,
            actor=actor(),
            at=at,
        )
    elif args.act in ("kill", "revive"):
        autonomy.version_of(args.kind)
        act = services.kill if args.act == "kill" else services.revive
        act(books_id=books_id, kind=args.kind, reason=args.reason, actor=actor(), at=at)
    elif args.act == "replay":
        count = autonomy.replay_log(books_id=books_id, kind=args.kind, earlier=args.earlier, actor=actor(), at=at)
        return Answer({"replayed": count}, [f"{count:,} verdicts of {args.earlier} were decided again."])
    kinds = autonomy.kinds(books_id)
    rows: list[dict[str, object]] = [
        {
            "kind": one.name,
            "version": one.version,
            "mode": one.standing.mode.value,
            "level": one.standing.level.value,
            "stopped_by": one.standing.stopped_by,
            "set_by": one.standing.set_by,
        }
        for one in kinds
    ]
    lines = [
        f"{one.name:<20} {one.standing.mode.value:<16}"
        + (f" stopped by {one.standing.stopped_by}" if one.standing.is_stopped else "")
        for one in kinds
    ]
    return Answer({"kinds": rows}, lines)
