"""counterfoil audit-data"""

from __future__ import annotations

import argparse

from counterfoil.cli.commands.policy import person_of
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import quality as flow
from counterfoil.flows.quality import percent
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.standards.quality import Scope

MOST_WEEKS = 260


def run(args: argparse.Namespace) -> Answer:
    """Score the data of one week or several, the oldest first."""
    books = people.books_facts()
    today = world.today(books.time_zone)
    last = args.week or today
    done = None
    weeks = []
    for back in reversed(range(min(MOST_WEEKS, max(1, args.weeks)))):
        done = flow.audit_data(
            books_id=books.id, week=last - back * flow.WEEK, today=today, actor=actor(), at=world.now()
        )
        weeks.append(
            {
                "week": done.week.isoformat(),
                "audit": done.audit_id,
                "is_new": done.is_new,
                "scores": [score.to_json() | {"score_micro": score.micro} for score in done.scores],
                "drops": [
                    {**drop.score.to_json(), "before_micro": drop.before_micro, "now_micro": drop.score.micro}
                    for drop in done.drops
                ],
            }
        )
    assert done
    lines = [f"Week of {done.week}:"]
    for score in done.scores:
        name = f"{score.thing} {score.scope} {score.name}".strip()
        if score.scope is Scope.ALL or score.sound < score.rows:
            lines.append(f"  {name:<48} {percent(score.micro):>6} %  {score.sound:,} of {score.rows:,}")
    for drop in done.drops:
        name = f"{drop.score.thing} {drop.score.name}".strip()
        lines.append(f"  fell: {name} from {percent(drop.before_micro)} to {percent(drop.score.micro)} %")
    data: dict[str, object] = {"weeks": weeks}
    if args.sign:
        who = person_of(args.email)
        flow.sign_off(person=who, audit_id=done.audit_id, note=args.sign, actor=actor(), at=world.now())
        data["signed_by"] = who.email
        lines.append(f"Signed off by {who.email}.")
    if args.score:
        micro = flow.quality_score(books.id, args.score)
        data["score_micro"] = micro
        lines.append(f"{args.score} feeds on data of {percent(micro)} %.")
    return Answer(data, lines)
