"""counterfoil digest"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.audit.domain import person as person_actor
from counterfoil.cli.commands.review import person_of
from counterfoil.cli.running import Answer
from counterfoil.flows import digest
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.review import services as review


def run(args: argparse.Namespace) -> Answer:
    """Send digests, or keep somebody's choice."""
    at = world.now()
    if args.email:
        who = person_of(args.email)
        review.choose_digest(user_id=who.user_id, every=args.every, actor=person_actor(who.email), at=at)
        return Answer({"person": who.email, "every": args.every}, [f"{who.email}: {args.every}"])
    sent = digest.send_digests(books_id=people.books_facts().id, say=words.sentence, is_forced=args.now, at=at)
    data: dict[str, object] = {"sent": [one.to for one in sent], "head": sent[0].head if sent else ""}
    return Answer(data, [f"{one.to}: {one.waiting:,} waiting" for one in sent] or ["Nobody is due a digest."])
