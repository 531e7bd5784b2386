"""What the watch found: what held a posting, and what was only noted."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from counterfoil import words
from counterfoil.anomalies import selectors as watch
from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import PAGE, After, Day, Line, Out, Rows
from counterfoil.api.routing import Routes
from counterfoil.flows import findings as flow
from counterfoil.people.domain import Act

routes = Routes("findings")


class FoundOut(Out):
    """One thing that a rule found. `about` is what it is of, `decision` the last decision about that, as `CF-12/3`."""

    found_at: datetime
    has_held: bool
    rule: str
    code: str
    message: str
    facts: dict[str, JsonValue]
    field: str
    customer: str
    about: str
    decision: str
    stake: str
    currency: str


class FoundPageOut(Out):
    """Findings, the latest first, and how many each rule has of what was asked for."""

    by_rule: dict[str, int]
    findings: list[FoundOut]
    next: str | None


@routes.get("/findings", act=Act.READ_BOOKS)
def list_findings(
    asked: Asked,
    rule: Line = "",
    customer: Line = "",
    since: Day | None = None,
    until: Day | None = None,
    held: bool | None = None,
    limit: Rows = PAGE,
    after: After = "",
) -> FoundPageOut:
    """List what the watch found, the latest first.

    `rule`, `customer` (an external id or a name), days and `held` narrow the list.
    """
    place = paging.position(after, int)
    begin, end = flow.days(asked.books.time_zone, since, until)
    sought = watch.Sought(rule, references.customer_id(customer) if customer else None, begin, end, held)
    found = flow.findings(asked.books.id, sought, before=place[0] if place else None, limit=limit + 1)
    names = references.shown(line.about for line in found)
    return FoundPageOut(
        by_rule=watch.noted_by_rule(asked.books.id, sought),
        findings=[
            FoundOut(
                found_at=line.row.seen_at,
                has_held=line.row.has_held,
                rule=line.row.rule,
                code=line.row.code,
                message=words.sentence(line.row.code, line.row.facts),
                facts=fields.facts(line.row.facts),
                field=line.row.field,
                customer=line.customer,
                about=names[line.about],
                decision=line.decision,
                stake=line.row.stake.decimal_text(),
                currency=line.row.stake.currency.code,
            )
            for line in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda line: [line.row.id]),
    )
