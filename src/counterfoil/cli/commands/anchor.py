"""counterfoil anchor"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.domain import StoreKind
from counterfoil.audit.selectors import Standing
from counterfoil.cli.running import Answer, actor
from counterfoil.infra import world
from counterfoil.infra.home import home


def run(args: argparse.Namespace) -> Answer:
    """Add or remove a store of heads, send the head to all of them, and say how each stands."""
    if args.act == "add":
        audit.add_store(
            name=args.name,
            kind=StoreKind(args.kind),
            target=args.target,
            every_minutes=args.every,
            actor=actor(),
            at=world.now(),
        )
    elif args.act == "remove":
        audit.remove_store(name=args.name, actor=actor(), at=world.now())
    if args.act in ("add", "send"):
        audit.seal()
        audit.export_head(home() / "anchors", everywhere=True)
    found = audit_reads.standings(home() / "anchors")
    data: dict[str, object] = {"stores": [_data(one) for one in found]}
    return Answer(data, [_line(one) for one in found], is_refused=any(one.problem for one in found))


def _data(one: Standing) -> dict[str, object]:
    return {
        "name": one.store.name,
        "kind": one.store.kind.value,
        "target": one.store.target,
        "sequence": one.last.head.sequence if one.last else None,
        "hash": one.last.head.hash if one.last else None,
        "left_at": one.last.at.isoformat() if one.last else None,
        "problem": one.problem or None,
    }


def _line(one: Standing) -> str:
    last = f"{one.last.head.short}, left {one.last.at:%Y-%m-%d %H:%M} UTC" if one.last else "nothing yet"
    problem = f"  {words.sentence(one.problem)}" if one.problem else ""
    return f"{one.store.name} ({one.store.kind.value} {one.store.target}): {last}{problem}"
