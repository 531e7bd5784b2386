"""counterfoil run-due"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.audit.domain import system
from counterfoil.cli.running import Answer
from counterfoil.flows import due
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Run what is due, or say when each job ran last."""
    books = people.books_facts()
    if not args.list:
        ran = due.run_due(
            books_id=books.id,
            say=words.sentence,
            only=args.only,
            is_forced=args.now,
            actor=system("run_due"),
            at=world.now(),
        )
        outcomes = {one.name: one.outcome for one in ran}
    else:
        outcomes = {}
    planned = due.schedule(books_id=books.id)
    data: dict[str, object] = {
        "jobs": [
            {
                "job": one.name,
                "ran": outcomes.get(one.name) is not None,
                "last": one.last_at.isoformat() if one.last_at else None,
                "next": one.next_at.isoformat() if one.next_at else None,
                "code": (outcomes.get(one.name) or one.outcome or due.Outcome("")).code or None,
                "facts": dict((outcomes.get(one.name) or one.outcome or due.Outcome("")).facts),
                "problem": (outcomes.get(one.name) or one.outcome or due.Outcome("")).problem or None,
            }
            for one in planned
            if not args.only or one.name in args.only
        ]
    }
    lines = [_line(one, outcomes.get(one.name)) for one in planned if not args.only or one.name in args.only]
    return Answer(data, lines, is_refused=any(one.problem for one in outcomes.values() if one))


def _line(one: due.Planned, now: due.Outcome | None) -> str:
    outcome = now or one.outcome
    text = words.sentence(outcome.problem or outcome.code, outcome.facts) if outcome else ""
    when = f"{one.last_at:%Y-%m-%d %H:%M} UTC" if one.last_at else "never"
    return f"{one.name:<9}{'ran' if now else 'last ' + when:<28}{text}".rstrip()
