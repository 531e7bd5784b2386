"""The binder of a month: what an outsider needs to check it, in one file with its verifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit import registry
from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.binder import verify, writing
from counterfoil.audit.domain import Actor, Head
from counterfoil.audit.registry import BinderPart, Slice
from counterfoil.infra import world
from counterfoil.infra.home import home
from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.errors import Fact
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import month_after, month_of
from counterfoil.people import selectors as people

Progress = Callable[[str, int], None]
"""Told which member is written, and how many rows it has."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A binder that was written: where, what is in it, and the hash by which its manifest is known."""

    path: Path
    period: str
    is_closed: bool
    rows: dict[str, int]
    events: int
    files: int
    size: int
    head: Head
    manifest_sha256: str


def _silent(_member: str, _rows: int) -> None:
    """Say nothing."""


def write_binder(*, books_id: int, month: date, out: Path, actor: Actor, progress: Progress = _silent) -> Bound:
    """Write everything of a month that an outsider needs into one file, and note on the record that it was done.

    The binder of a closed month is the same file, byte for byte, whenever it is made: it ends with the first head that
    left the house after the month was closed. That of an open month ends with the record as it is now.

    Raises:
        NoSuchPeriod: nothing happened in this month.
    """
    month = month_of(month)
    books = people.books_facts(books_id)
    audit.seal()
    if closing_event(books_id, month) is not None:
        audit.export_head(home() / "anchors", everywhere=True)
    opening, head, part, closing = _slice(books_id, month, books.time_zone)
    events: set[int] = set()
    rows: dict[str, int] = {}
    with writing.Writer(out) as writer:
        writer.add_bytes("README.md", _readme().encode("utf-8"))
        writer.add_bytes("verify.py", Path(verify.__file__).read_bytes())
        chained = writer.add_lines("events.jsonl", _events(opening.sequence + 1, head.sequence, books_id, events))
        progress("events", chained)
        writer.add_lines("anchors.jsonl", _anchors(opening.sequence + 1, head.sequence))
        for one in registry.binder_parts():
            if isinstance(one, BinderPart):
                lines = (writing.row_line(row) for row in one.rows(part) if row.event_id in events)
                about: dict[str, Fact] = {"kind": one.kind, "attached": one.attached, "columns": one.columns}
                if one.joined:
                    about["joined"] = True
                rows[one.member] = writer.add_lines(f"{one.member}.jsonl", lines, **about)
            else:
                lines = (writing.context_line(row) for row in one.rows(part))
                rows[one.member] = writer.add_lines(f"{one.member}.jsonl", lines)
            progress(one.member, rows[one.member])
        files = 0
        for folder in registry.binder_folders():
            for file in folder(part):
                writer.add_bytes(file.name, file.data, prints=file.prints)
                files += 1
        progress("files", files)
        sha256 = writer.finish(
            {
                "books": {
                    "code": books.code,
                    "country": books.country,
                    "currency": books.base_currency.code,
                    "id": books.id,
                    "name": books.name,
                    "time_zone": books.time_zone,
                },
                "closing_event": closing,
                "end": part.end.isoformat(),
                "form": verify.FORM,
                "head": {"hash": head.hash, "sequence": head.sequence},
                "opening": {"hash": opening.hash, "sequence": opening.sequence},
                "period": f"{month:%Y-%m}",
                "start": part.start.isoformat(),
                "state": "closed" if closing else "open",
            }
        )
    bound = Bound(out, f"{month:%Y-%m}", closing is not None, rows, chained, files, out.stat().st_size, head, sha256)
    _note(books_id, bound, actor)
    return bound


def _slice(books_id: int, month: date, time_zone: str) -> tuple[Head, Head, Slice, int | None]:
    """Return where the binder's part of the chain begins and ends, what it takes in, and the event that closed it."""
    end = month_after(month)
    zone = ZoneInfo(time_zone)
    begins, ends = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (month, end))
    reached = [
        event
        for one in registry.binder_parts()
        if isinstance(one, BinderPart) and one.reach is not None
        if (event := one.reach(books_id, month, end)) is not None
    ]
    closing = closing_event(books_id, month)
    last = audit_reads.head().sequence
    if closing is not None:
        closed_at = audit_reads.sequence_of(closing) or last
        last = audit_reads.first_anchor_from(closed_at) or last
    first = audit_reads.first_sequence(books_id, begins, ends, min(reached, default=None))
    if first is None or first > last:
        raise ledger.NoSuchPeriod(field="period", period=f"{month:%Y-%m}")
    lowest, highest = audit_reads.event_range(first, last)
    part = Slice(books_id, month, end, lowest, highest)
    return audit_reads.link_at(first - 1), audit_reads.link_at(last), part, closing


def closing_event(books_id: int, month: date) -> int | None:
    """Return the event that closed a month, None for one that is open."""
    subject = f"period:{month:%Y-%m}"
    closed = audit_reads.last_event("ledger.period_closed", subject, books_id)
    reopened = audit_reads.last_event("ledger.period_reopened", subject, books_id)
    if closed is None or (reopened is not None and reopened > closed):
        return None
    return closed


def _events(first: int, last: int, books_id: int, seen: set[int]) -> Iterator[str]:
    for one in audit_reads.chained_events(first, last, books_id):
        content = ""
        if one.text is not None:
            seen.add(one.event_id)
            content = f',"content":{one.text}'
        name = quoted(f"event {one.event_id}")
        yield (
            f'{{"sequence":{one.sequence},"event":{one.event_id},"name":{name},"hash":"{one.hash}",'
            f'"link":"{one.link}"{content}}}'
        )


def _anchors(first: int, last: int) -> Iterator[str]:
    for one in audit_reads.anchor_lines(first, last):
        yield writing.context_line(
            {
                "hash": one.head.hash,
                "left_at": one.left_at.astimezone(UTC).isoformat(),
                "sequence": one.head.sequence,
                "store": one.store,
            }
        )


@transaction.atomic
def _note(books_id: int, bound: Bound, actor: Actor) -> None:
    audit.record(
        kind="audit.binder_written",
        actor=actor,
        subject=f"binder:{bound.period}",
        body={"manifest_sha256": bound.manifest_sha256, "head": bound.head.sequence, "size": bound.size},
        at=world.now(),
        books_id=books_id,
    )


def _readme() -> str:
    """Return what the auditor reads first."""
    listed = "\n".join(f"| {one.member}.jsonl | {one.sentence} |" for one in registry.binder_parts())
    return Path(writing.__file__).with_name("README-binder.md").read_text("utf-8").replace("{parts}", listed)
