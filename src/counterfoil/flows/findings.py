"""What the watch found, with the names of what it was found of and the decision that it went into."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.selectors import NotedRow, Sought
from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.kernel.errors import Fact
from counterfoil.reports.formats import neutral

CHUNK: Final = 1_000
HEADER: Final = (
    "found_at", "what", "rule", "customer", "about", "decision", "stake", "currency", "code", "sentence",
)  # fmt: skip
Say = Callable[[str, Mapping[str, Fact]], str]
"""Turns a code and its facts into a sentence."""


class Writable(Protocol):
    """What text can be written to: a file, or an answer."""

    def write(self, text: str, /) -> object: ...


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding. `about` is what it is of (`opportunity:12`, `invoice:7`), `decision` the last one about that.

    `decision` is a number with a place, as `CF-12/3`; empty where nothing was decided about it.
    """

    row: NotedRow
    customer: str
    about: str
    decision: str = ""


def findings(books_id: int, sought: Sought, *, before: int | None = None, limit: int) -> list[FindingLine]:
    """Return findings, the latest first; four statements, whatever their number."""
    rows = watch.noted(books_id, sought=sought, before=before, limit=limit)
    if not rows:
        return []
    names = crm.customer_names(sorted({row.customer_id for row in rows}))
    about = _about(books_id, [row.subject for row in rows])
    decided = decisions.places_of(sorted(set(about.values())))
    return [
        FindingLine(row, names.get(row.customer_id, ""), about[row.subject], decided.get(about[row.subject], ""))
        for row in rows
    ]


def all_findings(books_id: int, sought: Sought) -> Iterator[FindingLine]:
    """Yield every finding, the latest first; memory does not grow with them."""
    before: int | None = None
    while page := findings(books_id, sought, before=before, limit=CHUNK):
        yield from page
        before = page[-1].row.id


def _about(books_id: int, subjects: Sequence[str]) -> dict[str, str]:
    """Name what was asked for by what became of it: a request by its invoice, where that was issued; one statement."""
    sources = {one: one.removeprefix("request:") for one in subjects if one.startswith("request:")}
    standing = billing.standing_documents(books_id, sorted(sources.values())) if sources else {}
    return {one: f"invoice:{standing[sources[one]].id}" if sources.get(one) in standing else one for one in subjects}


def days(time_zone: str, since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """Return the instants at which days begin and end where the books are; `until` is inclusive, its end exclusive."""
    zone = ZoneInfo(time_zone)
    return (
        datetime.combine(since, time(), zone) if since else None,
        datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )


def cells(line: FindingLine, say: Say) -> tuple[str, ...]:
    """Return a finding as the cells of a table, in the order of `HEADER`."""
    row = line.row
    return (
        row.seen_at.isoformat(),
        "held" if row.has_held else "noted",
        row.rule,
        neutral(line.customer),
        neutral(line.about),
        line.decision,
        row.stake.decimal_text(),
        row.stake.currency.code,
        row.code,
        neutral(say(row.code, row.facts)),
    )


def write(file: Writable, lines: Iterable[FindingLine], say: Say) -> None:
    """Write findings as CSV."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(HEADER)
    out.writerows(cells(line, say) for line in lines)
