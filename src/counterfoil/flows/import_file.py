"""A file in: read strictly, held against the standards where they are ours to hold, stored once, taken back whole."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import columns, profiles
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.columns import DealRow, NumberedTexts, Profile, Reader, RowRefusal
from counterfoil.crm.domain import CustomerFacts, OpportunityFacts, Stage
from counterfoil.crm.services import imports
from counterfoil.crm.services.imports import Origin, Plan, Totals
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import decided
from counterfoil.flows import watch_deals
from counterfoil.flows.verdicts import import_ as verdicts
from counterfoil.infra import bulk, csv_text, locks
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.people import selectors as people
from counterfoil.reports.formats import neutral
from counterfoil.standards import domain as standards
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards.domain import Catalogue, Standard

KINDS: Final = tuple(columns.FIELDS)
"""What this flow imports; bank statements go to `receivables`."""
_WON: Final = Stage.WON.value
MAX_ERRORS: Final = 10_000
"""Refusals in a result; all of them are kept with the import."""
Progress = Callable[[int, int], None]


class NoSuchFile(Refused):
    """There is no file of this name."""

    code = "no_such_file"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file. `batch` is None where nothing was written and it was never imported before.

    `errors` names each failing field of each refused row; `left_out` counts those beyond 10,000. `held` counts won
    deals that were stored and will be held, because their CRM's rules are not ours to enforce.
    """

    batch: int | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    held: int
    errors: tuple[RowRefusal, ...]
    left_out: int
    warnings: tuple[str, ...]
    is_dry_run: bool


def fills(kind: str, profile: str, books_id: int) -> dict[str, str]:
    """Return what a profile fills in where a file of this kind is silent, to be shown before it runs.

    Raises:
        UnknownProfile, UnknownColumns: there is no such profile, or it has no such files.
    """
    return profiles.load(profile).fills(kind, people.books_facts(books_id).base_currency.code)


def import_file(
    *,
    kind: str,
    data: bytes | Path,
    file_name: str,
    profile: str = "",
    dry_run: bool = False,
    actor: Actor,
    books_id: int,
    at: datetime,
    progress: Progress | None = None,
) -> ImportResult:
    """Read a delimited file into the CRM, 5,000 rows a transaction; the same file again changes nothing.

    Rows are refused one by one, each with every field that fails; the others are stored. In a file of our own columns
    no deal becomes Won past the standards; a mirror of another CRM is stored as it is, and what fails is held later.
    A dry run says the same and writes nothing.

    Args:
        data: the bytes, or where they lie; they are not kept.
        progress: called with rows done and rows in all.

    Raises:
        UnknownProfile, UnknownColumns: there is no such profile, or it has no such files.
        Refused: the whole file is refused (encoding, quotes, header, type, limits); one event says so, and nothing
            is stored.
    """
    chosen = profiles.load(profile)
    layout = chosen.layout(kind)
    origin = Origin(
        kind, chosen.name, chosen.version, chosen.system, Path(file_name).name, _sha256(data), books_id, actor, at
    )
    with bulk.collector_at_rest():
        try:
            table = csv_text.read_table(
                data,
                encoding=chosen.encoding,
                delimiter=chosen.delimiter,
                required=layout.required,
                key=(layout.column(columns.KEYS[kind]), columns.key_form(kind)),
            )
        except Refused as refused:
            if not dry_run:
                imports.record_refusal(origin, refused)
            raise
        currency = people.books_facts(books_id).base_currency.code
        reader = Reader(chosen, kind, table.header, currency)
        gate = _Gate(chosen, reader, books_id) if kind == "deals" else None
        run = _Run(origin, reader, gate, _Twice.found(reader, table), dry_run=dry_run)
        for rows in _chunks(table.rows):
            run.take(rows)
            if progress:
                progress(run.totals.read, table.count)
    result = run.result(() if table.count else ("no_rows",))
    if kind != "deals" or dry_run or result.batch is None or not result.accepted:
        return result
    return _watched(result, books_id, at)


def _watched(result: ImportResult, books_id: int, at: datetime) -> ImportResult:
    """Let the watch look at the deals that a file brought, and write down what it finds; a large file is left to it.

    Reading is ten times faster than looking, so that large loads are looked at when they are closed, or by command.
    """
    assert result.batch is not None, "what was accepted has its import"
    if result.accepted > watch_deals.MAX_BATCH:
        return dataclasses.replace(result, warnings=(*result.warnings, "too_many_to_watch"))
    zone = ZoneInfo(people.books_facts(books_id).time_zone)
    today = at.astimezone(zone).date()
    watch_deals.watch_deals(books_id=books_id, today=today, at=at, only=imports.made_in(result.batch))
    return result


def undo_import(*, batch_id: int, actor: Actor, at: datetime) -> dict[str, int]:
    """Take a whole import back; returns how many rows were removed and restored.

    Raises:
        NoSuchImport, ImportUndone: there is none, or it was taken back before.
        ImportInUse: something was built on it: a deal was invoiced, a row was changed since. The facts say what.
    """
    batch = crm_reads.import_of(batch_id)
    if batch.kind == "deals":
        made = standard_reads.deal_versions(batch.books_id, imports.made_in(batch_id))
        if made and batch.undone_at is None:
            raise imports.ImportInUse(field="batch", batch=batch_id, used_by=[{"kind": "deal", "count": len(made)}])
    return imports.undo_import(batch_id=batch_id, actor=actor, at=at)


def record_verdict(batch_id: int, origin: Origin, totals: Totals, errors: Sequence[RowRefusal]) -> None:
    """Write down what of a file was let in, and what was refused for what; the rows themselves are kept with it."""
    assert origin.books_id is not None, "a file is imported into books"
    file: dict[str, Fact] = {
        "kind": origin.kind,
        "name": origin.file_name,
        "sha256": origin.sha256,
        "profile": origin.profile,
        "profile_version": origin.profile_version,
    }
    stored = verdicts.inputs(file, dataclasses.asdict(totals), [(row, name, code) for row, name, code, _ in errors])
    decisions.record(
        books_id=origin.books_id,
        kind=verdicts.KIND,
        rule_version=verdicts.VERSION,
        actor=origin.actor,
        items=[decided(f"import:{batch_id}", stored, verdicts.decide(stored, {}))],
        at=origin.at,
    )


def error_file(errors: Iterable[RowRefusal], sentence: Callable[[str, Mapping[str, Fact]], str]) -> Iterator[str]:
    """Yield the lines of a CSV file of refused rows: row, field, code, message. No cell can become a formula.

    Args:
        sentence: says a code with its facts; doors have the words.
    """
    yield _csv_line(["row", "field", "code", "message"])
    for row, name, code, facts in errors:
        yield _csv_line([str(row), neutral(name), code, neutral(sentence(code, facts))])


# ------------------------------------------------------------------------------------ one run


@dataclass(slots=True)
class _Run:
    """One file on its way in: what was counted and refused so far."""

    origin: Origin
    reader: Reader
    gate: _Gate | None
    twice: _Twice
    dry_run: bool
    totals: Totals = field(default_factory=Totals)
    batch_id: int | None = None
    errors: list[RowRefusal] = field(default_factory=list)
    left_out: int = 0

    def take(self, chunk: Sequence[csv_text.Row]) -> None:
        """Read one chunk and store what may be stored, in one transaction."""
        rows, refused, repeated = self._parted(chunk)
        deals: list[DealRow] = []
        plain: list[columns.PlainRow] = []
        held = 0
        if self.gate:
            deals, unreadable = columns.deals(self.reader, rows)
            deals, stopped, held = self.gate.passed(deals)
            refused += unreadable + stopped
        else:
            plain, unreadable = columns.plain(self.reader, rows)
            refused += unreadable
        with transaction.atomic():
            if not self.dry_run:
                locks.hold(imports.WORK, 0)
            plan = self._plan(deals, plain)
            refused += plan.refused
            refused.sort(key=lambda refusal: refusal.row)
            rejected = len({refusal.row for refusal in refused})
            self.totals = self.totals.plus(Totals(len(chunk), plan.accepted, plan.unchanged + repeated, rejected, held))
            if not self.dry_run and (plan.accepted or refused):
                self.batch_id = self.batch_id or imports.open_batch(self.origin)
                hashes = plan.write(self.batch_id)
                imports.record_chunk(self.batch_id, self.origin, self.totals, refused, hashes)
        room = MAX_ERRORS - len(self.errors)
        self.errors += refused[:room]
        self.left_out += max(0, len(refused) - room)

    def result(self, warnings: tuple[str, ...]) -> ImportResult:
        """End the run."""
        if self.batch_id is not None:
            with transaction.atomic():
                imports.finish_batch(self.batch_id, self.totals, at=self.origin.at)
                record_verdict(self.batch_id, self.origin, self.totals, self.errors)
        elif not self.dry_run:
            self.batch_id = crm_reads.latest_import(self.origin.kind, self.origin.profile, self.origin.sha256)
        return ImportResult(
            self.batch_id,
            **dataclasses.asdict(self.totals),
            errors=tuple(self.errors),
            left_out=self.left_out,
            warnings=warnings,
            is_dry_run=self.dry_run,
        )

    def _parted(self, chunk: Sequence[csv_text.Row]) -> tuple[list[NumberedTexts], list[RowRefusal], int]:
        """Set apart rows that could not be read at all, that conflict, and that only repeat another."""
        if not self.twice.repeats and not self.twice.conflicts:
            sound = [(number, values) for number, values in chunk if not isinstance(values, Refusal)]
            if len(sound) == len(chunk):
                return sound, [], 0
        rows: list[NumberedTexts] = []
        refused: list[RowRefusal] = []
        repeated = 0
        for number, values in chunk:
            if isinstance(values, Refusal):
                refused.append(self.reader.unreadable(number, values))
            elif number in self.twice.repeats:
                repeated += 1
            elif number in self.twice.conflicts:
                refused.append(self.twice.conflicts[number])
            else:
                rows.append((number, values))
        return rows, refused, repeated

    def _plan(self, deals: Sequence[DealRow], plain: Sequence[columns.PlainRow]) -> Plan:
        if self.gate:
            return imports.plan_deals(deals, self.origin, self.gate.customer_ids)
        return imports.plan_plain(self.origin.kind, plain, self.reader.given, self.reader.layout, self.origin)


@dataclass(slots=True)
class _Twice:
    """Rows of one file that name the same thing: identical ones only repeat it, others conflict."""

    repeats: set[int] = field(default_factory=set)
    conflicts: dict[int, RowRefusal] = field(default_factory=dict)

    @classmethod
    def found(cls, reader: Reader, table: csv_text.Table) -> _Twice:
        """Read the file once more, but only when a key seems to stand there twice.

        Eight bytes are kept for each row, whatever the size of the file.
        """
        suspects = _seen_twice(table.keys)
        if not suspects:
            return cls()
        first: dict[str, tuple[int, list[str]]] = {}
        numbers: dict[str, list[int]] = {}
        differing: set[str] = set()
        for number, key, values in _keyed(reader, table):
            if hash(key) in suspects:
                before = first.setdefault(key, (number, values))
                numbers.setdefault(key, []).append(number)
                if before[1] != values:
                    differing.add(key)
        twice = cls()
        column = reader.layout.column(columns.KEYS[reader.kind])
        for key, rows in numbers.items():
            if key in differing:
                shown: list[Fact] = list(rows[:10])
                twice.conflicts.update((row, RowRefusal(row, column, "duplicate_id", {"rows": shown})) for row in rows)
            else:
                twice.repeats.update(rows[1:])
        return twice


def _keyed(reader: Reader, table: csv_text.Table) -> Iterator[tuple[int, str, list[str]]]:
    for number, values in table.again():
        if not isinstance(values, Refusal) and (key := reader.key_of(values)):
            yield number, key, values


def _seen_twice(keys: array[int]) -> frozenset[int]:
    """Return the hashes that occur more than once; two keys that share one are told apart later."""
    import numpy as np

    if len(keys) < 2:
        return frozenset()
    in_order = np.sort(np.frombuffer(keys, dtype=np.int64))
    return frozenset(in_order[1:][in_order[1:] == in_order[:-1]].tolist())


class _Gate:
    """Holds deals of a file against the standards of the stage they are in."""

    def __init__(self, profile: Profile, reader: Reader, books_id: int) -> None:
        self.customer_ids: dict[str, int] = {}
        self._is_ours = not profile.is_external_crm
        self._system = profile.system
        self._column = reader.layout.column
        self._books_id = books_id
        self._standard: Standard = standard_reads.standard()
        self._asked: set[str] = set()
        self._customers: dict[int, CustomerFacts] = {}
        self._ambiguous: set[str] = set()
        self._names: list[str] = []
        self._catalogue = Catalogue(standard_reads.products_meant(), self._customers, self._names, self._ambiguous)

    def passed(self, deals: Sequence[DealRow]) -> tuple[list[DealRow], list[RowRefusal], int]:
        """Return the deals that may be stored, the refusals of the others, and how many will be held later."""
        self._get_to_know({deal.said.customer_text for deal in deals})
        passed: list[DealRow] = []
        refused: list[RowRefusal] = []
        held = 0
        for deal in deals:
            said = deal.said
            if not self._is_ours and said.stage != _WON:
                passed.append(deal)
                continue
            customer_id = self.customer_ids.get(said.customer_text)
            facts = OpportunityFacts(0, self._books_id, customer_id, deal.owner, said, "")
            found = standards.findings_of(facts, self._catalogue, self._standard)
            if found and self._is_ours:
                refused += [self._refusal(deal.row, finding) for finding in found]
                continue
            held += bool(found)
            passed.append(deal)
        return passed, refused, held

    def _get_to_know(self, texts: set[str]) -> None:
        """Look up the customers that were not asked for yet; three statements at most, for all of them."""
        new = sorted(texts - self._asked - {""})
        if not new:
            return
        self._asked.update(new)
        meant, ambiguous = standard_reads.customers_meant(self._system, new)
        self.customer_ids.update(meant)
        self._ambiguous.update(ambiguous)
        self._customers.update(crm_reads.customer_facts(sorted(set(meant.values()) - self._customers.keys())))
        if len(meant) < len(new) and not self._names:
            self._names += crm_reads.names_to_suggest()

    def _refusal(self, row: int, finding: Finding) -> RowRefusal:
        return RowRefusal(row, self._column(finding.field or ""), finding.code, finding.facts)


# ------------------------------------------------------------------------------------ bytes and rows


def _chunks(rows: Iterator[csv_text.Row]) -> Iterator[list[csv_text.Row]]:
    while chunk := list(itertools.islice(rows, imports.MAX_BATCH)):
        yield chunk


def _sha256(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
