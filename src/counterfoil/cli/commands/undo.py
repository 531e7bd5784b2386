"""counterfoil undo"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import undo as flow
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Take something back, or show what that comes to."""
    books = people.books_facts()
    if args.dry_run:
        today = world.today(books.time_zone)
        done = flow.Undone(flow.plan(books.id, args.target, on=args.on, today=today, only=args.only), is_dry_run=True)
    else:
        done = flow.undo(
            books_id=books.id,
            target=args.target,
            on=args.on,
            reason=args.reason,
            only=args.only,
            with_dependents=args.with_dependents,
            actor=actor(),
            at=world.now(),
        )
    before = flow.history(books.id, done.plan.target)
    return Answer(_data(done, before), _lines(done, before), is_refused=bool(done.plan.refusals))


def _data(done: flow.Undone, before: Sequence[flow.Undoing]) -> dict[str, object]:
    plan = done.plan
    kind, _, number = plan.target.partition(":")
    return {
        "target": plan.target,
        **({"batch": int(number)} if kind == "import" else {}),
        "on": plan.on.isoformat(),
        "undone": bool(done.decisions),
        "unchanged": done.is_unchanged,
        "decisions": [f"CF-{id_}" for id_ in done.decisions],
        "entries": done.entries,
        "documents": list(done.documents),
        **done.counts,
        "sums": [str(amount) for amount in plan.sums],
        "steps": [step.facts for step in plan.steps],
        "dependents": len(plan.dependents),
        "stays": [words.sentence(one.code, one.facts) for one in plan.stays],
        "refusals": [{"code": one.code, "message": words.sentence(one.code, one.facts)} for one in plan.refusals],
        "hash": plan.hash,
        "undone_before": [
            {"decision": one.number, "by": one.actor, "at": one.at.isoformat(), "reason": one.reason} for one in before
        ],
    }


def _lines(done: flow.Undone, before: Sequence[flow.Undoing]) -> list[str]:
    plan = done.plan
    if done.is_unchanged:
        told = [f"  {one.number}, {one.actor}, {one.at:%Y-%m-%d %H:%M}: {one.reason}" for one in before]
        return [f"Nothing of {plan.target} is left to undo.", *told]
    said = ", ".join(str(amount) for amount in plan.sums)
    head = f"{plan.target} {'would be' if done.is_dry_run else 'is'} undone on {plan.on}" + (
        f": {said}." if said else "."
    )
    lines = [head]
    for step in plan.steps:
        amount = f"  {step.amount}" if step.amount is not None else ""
        because = f"  (stands on {step.because})" if step.because else ""
        lines.append(f"  {words.sentence(f'plan_{step.verb.value}', step.facts)}{amount}{because}")
    lines += [f"  Stays: {words.sentence(one.code, one.facts)}" for one in plan.stays]
    lines += [f"  Not possible: {words.sentence(one.code, one.facts)}" for one in plan.refusals]
    if done.counts:
        lines.append("  " + ", ".join(f"{count:,} {what}" for what, count in done.counts.items()))
    return lines
