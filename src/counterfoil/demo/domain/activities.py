"""What happened between sellers and customers: calls, mails, meetings, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from counterfoil.crm.domain import ActivityKind
from counterfoil.demo.domain.calendar import Story, working_day_before
from counterfoil.demo.domain.customers import Customer
from counterfoil.demo.domain.sales import Outcome, Sale


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened."""

    external_id: str
    kind: ActivityKind
    happened_at: datetime
    deal: str
    customer: str
    contact: str
    owner: str
    subject: str
    text: str


_BEFORE: Final = (
    (ActivityKind.CALL, "First call", "{person} asked how the meters report without a gateway on each floor."),
    (ActivityKind.MEETING, "On site", "Walked through the plant room with {person}. {count} risers, all reachable."),
    (ActivityKind.EMAIL, "Offer sent", "Sent the offer to {person}; two weeks to decide."),
    (ActivityKind.CALL, "Question about the term", "{person} would like {terms}. That is what the offer says."),
    (ActivityKind.EMAIL, "Budget", "“We have the budget this year, not next.” {person} decides with the board."),
    (ActivityKind.NOTE, "Competitor", "They also look at a cheaper reader. {person} prefers one bill for everything."),
    (ActivityKind.MEETING, "Demo of the dashboard", "{person} liked the leak alarm by night flow."),
)
_WON: Final = (
    (ActivityKind.EMAIL, "Signed", "“Signed as discussed, looking forward to it.” {person}"),
    (ActivityKind.CALL, "Yes on the phone", "{person} said yes; the paper follows today."),
)
_LOST: Final = (
    (ActivityKind.CALL, "Lost", "{person} stays with manual reading for another year."),
    (ActivityKind.EMAIL, "Lost", "“Thank you, we chose another offer.” {person}"),
)


def activities(story: Story, sales: Sequence[Sale], customers: Mapping[str, Customer], seed: int) -> Iterator[Activity]:
    """Yield what happened around each opportunity up to today, one to three things each."""
    number = 0
    for sale in sales:
        rng = Random(f"{seed}/activities/{sale.reference}")
        customer = customers[sale.customer_id]
        person = rng.choice(customer.contacts)
        span = (min(sale.closes, story.today) - sale.created).days
        steps = [(share, rng.choice(_BEFORE)) for share in sorted(rng.random() for _ in range(rng.randrange(1, 3)))]
        if sale.outcome is not Outcome.OPEN and sale.closes <= story.today:
            steps.append((1.0, rng.choice(_WON if sale.outcome is Outcome.WON else _LOST)))
        for share, (kind, subject, text) in steps:
            day = working_day_before(sale.created + timedelta(days=int(span * share)))
            number += 1
            yield Activity(
                external_id=f"E-{number:05d}",
                kind=kind,
                happened_at=story.at(max(day, sale.created), rng.randrange(9, 12), rng.randrange(0, 60)),
                deal=sale.reference,
                customer=customer.name,
                contact=person.external_id,
                owner=sale.owner,
                subject=subject,
                text=text.format(
                    person=f"{person.first_name} {person.last_name}", terms=sale.terms, count=customer.character.size
                ),
            )
