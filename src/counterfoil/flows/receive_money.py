"""Money comes in: a statement is imported, its lines are matched, and what is settled can be taken back."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.billing import services as billing
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.columns import RowRefusal
from counterfoil.crm.services import imports
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared, Item, Mode, decided
from counterfoil.decisions.domain import Verdict as Decided
from counterfoil.flows import gating, queue
from counterfoil.flows.import_file import record_verdict
from counterfoil.flows.verdicts import match as verdicts_of
from counterfoil.infra import archive, csv_text, xml
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import AccountRole, JournalEntry, OutcomeKind, Posting, Sourced
from counterfoil.people import selectors as people
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain import bank_csv, camt, matching, undoing
from counterfoil.receivables.domain import settlement as rules
from counterfoil.receivables.domain.matching import Outcome, Verdict
from counterfoil.receivables.domain.settlement import AccountPart, Origin, Part, Settlement
from counterfoil.receivables.domain.statements import BankStatement
from counterfoil.receivables.domain.undoing import Undo
from counterfoil.receivables.services import Note, Settled

MAX_BATCH: Final = 5_000
_MOST_BYTES: Final = 200 << 20
_LARGE: Final = 20 << 20
_MOST_ELEMENTS: Final = 1_000_000
_MOST_ELEMENTS_OF_LARGE: Final = 10_000_000
Progress = Callable[[int, int], None]


class NothingToConfirm(Refused):
    """As things stand now, the rule suggests nothing for a line."""

    code = "nothing_to_confirm"


@dataclass(frozen=True, slots=True)
class BankImport:
    """What became of a statement file: `read` = accepted + unchanged + rejected + pending.

    `batch` is None where nothing was written and the file was never imported before. `notes` are what nobody has to act
    on: entries that are not booked yet, lines of 0.00, account numbers with a wrong check digit.
    """

    batch: int | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    pending: int
    errors: tuple[RowRefusal, ...]
    notes: tuple[Note, ...]
    bank_account_ids: tuple[int, ...]
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """What a matching did. `proposed` lines name something, but not exactly one thing of their amount.

    `by_code` counts the lines that stay listed by what a person has to decide about them. `observed` lines were only
    judged, `suggested` ones wait for a person to confirm; `stopped_by` stopped the run.
    """

    lines: int
    matched: int
    proposed: int
    unmatched: int
    by_code: Mapping[str, int]
    decisions: tuple[int, ...]
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""


@dataclass(slots=True)
class _Said:
    """What was said of each line so far, by line id: outcome and code; and the decisions that say it."""

    of: dict[int, tuple[Outcome, str]] = field(default_factory=dict)
    decisions: list[int] = field(default_factory=list)
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""

    def result(self) -> Matched:
        """Count what was said last of each line."""
        outcomes = Counter(outcome for outcome, _ in self.of.values())
        return Matched(
            len(self.of),
            outcomes[Outcome.MATCHED],
            outcomes[Outcome.PROPOSED],
            outcomes[Outcome.UNMATCHED],
            Counter(code for outcome, code in self.of.values() if outcome is not Outcome.MATCHED),
            tuple(self.decisions),
            self.observed,
            self.suggested,
            self.stopped_by,
        )


# ------------------------------------------------------------------------------------ import


def import_bank(
    *,
    books_id: int,
    data: bytes | Path,
    file_name: str = "",
    profile: str = "",
    bank_account_id: int | None = None,
    dry_run: bool = False,
    actor: Actor,
    at: datetime,
) -> BankImport:
    """Import a bank statement: CAMT.053, a ZIP of them, or delimited text by a column profile. Safe to repeat.

    A statement is stored whole or not at all. Of delimited text bad rows are refused one by one.

    Args:
        bank_account_id: whose rows a delimited file holds (CAMT says so itself); without it the first bank account,
            which is opened if there is none.

    Raises:
        Refused: the whole file is refused (encoding, schema, balance_mismatch, currency_mix, duplicate_file, ...); one
            event says so, and nothing is stored.
    """
    content = data.read_bytes() if isinstance(data, Path) else data
    sha256 = hashlib.sha256(content).hexdigest()
    books = people.books_facts(books_id)
    today = at.astimezone(ZoneInfo(books.time_zone)).date()
    name, version = _format(content, profile)
    origin = imports.Origin("bank", name, version, "", Path(file_name).name, sha256, books_id, actor, at)
    try:
        with transaction.atomic():
            done = _import(content, profile, books, bank_account_id, today, origin)
            if dry_run:
                transaction.set_rollback(True)
    except Refused as refused:
        if not dry_run:
            imports.record_refusal(origin, refused)
        raise
    if dry_run:
        return _result(done, None, is_dry_run=True)
    batch_id = done.batch_id or crm_reads.latest_import("bank", name, sha256)
    return _result(done, batch_id, is_dry_run=False)


@dataclass(frozen=True, slots=True)
class _Done:
    """A file that was stored, or looked at."""

    imported: receivables.Imported
    batch_id: int | None
    repeated: int
    errors: tuple[RowRefusal, ...]


def _format(content: bytes, profile: str) -> tuple[str, int]:
    """Return the name and version of what reads the file."""
    if _is_xml(content) or content.startswith(b"PK\x03\x04"):
        return "camt.053", 1
    chosen = bank_csv.PROFILES.get(profile or bank_csv.DEFAULT)
    return (chosen.name, chosen.version) if chosen else (profile[:40], 0)


def _is_xml(content: bytes) -> bool:
    """Tell whether the first sign that is no blank opens an element; UTF-16 as well."""
    return content[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _import(
    content: bytes, profile: str, books: BooksFacts, bank_account_id: int | None, today: date, origin: imports.Origin
) -> _Done:
    statements, rows = _read(content, profile, books, bank_account_id, today, origin)
    open_batch = cache(partial(imports.open_batch, origin))
    imported = receivables.import_statements(
        books_id=books.id, statements=statements, today=today, open_batch=open_batch, actor=origin.actor, at=origin.at
    )
    found = [*(rows.errors if rows else ()), *imported.errors]
    errors = tuple(
        RowRefusal(one.row, one.refusal.field or "", one.refusal.code, one.refusal.facts)
        for one in sorted(found, key=lambda one: one.row)
    )
    repeated = rows.repeated if rows else 0
    if not errors and not imported.statement_ids:
        return _Done(imported, None, repeated, ())
    totals = imports.Totals(
        imported.read + repeated + len(rows.errors if rows else ()),
        imported.accepted,
        imported.unchanged + repeated,
        len(errors),
    )
    batch_id = open_batch()
    imports.record_chunk(batch_id, origin, totals, errors, [])
    imports.finish_batch(batch_id, totals, at=origin.at)
    record_verdict(batch_id, origin, totals, errors)
    return _Done(imported, batch_id, repeated, errors)


def _result(done: _Done, batch_id: int | None, *, is_dry_run: bool) -> BankImport:
    imported = done.imported
    own_errors = len(done.errors) - len(imported.errors)
    return BankImport(
        batch_id,
        imported.read + done.repeated + own_errors,
        imported.accepted,
        imported.unchanged + done.repeated,
        len(done.errors),
        imported.pending,
        done.errors,
        imported.notes,
        imported.bank_account_ids,
        is_dry_run,
    )


def _read(
    content: bytes, profile: str, books: BooksFacts, bank_account_id: int | None, today: date, origin: imports.Origin
) -> tuple[list[BankStatement], bank_csv.ReadRows | None]:
    """Read a file of either kind; delimited text also answers row by row."""
    if content.startswith(b"PK\x03\x04"):
        entries = archive.entries(content)
        return [statement for entry in entries for statement in _camt(entry.data)], None
    if _is_xml(content):
        return _camt(content), None
    chosen = bank_csv.profile_named(profile)
    table = csv_text.read_table(
        content, encoding=chosen.encoding, delimiter=chosen.delimiter, required=chosen.required, max_bytes=_MOST_BYTES
    )
    found = reads.bank_account(books.id, bank_account_id)
    _, number, code = found or (0, "", "")
    rows = bank_csv.read_rows(
        table.header,
        table.rows,
        profile=chosen,
        account=number,
        account_currency=currency(code) if code else None,
        base=books.base_currency,
        today=today,
    )
    return [rows.statement] if rows.statement.lines else [], rows


def _camt(content: bytes) -> list[BankStatement]:
    elements = _MOST_ELEMENTS if len(content) <= _LARGE else _MOST_ELEMENTS_OF_LARGE
    return camt.statements(xml.parse(content, max_bytes=_MOST_BYTES, max_elements=elements))


@transaction.atomic
def undo_bank_import(*, books_id: int, batch_id: int, actor: Actor, at: datetime) -> int:
    """Take the statements of one import back and return how many lines that ended.

    Raises:
        NoSuchImport, ImportUndone: there is none, or it was taken back before.
        LinesArePosted: some of its lines are matched or assigned; take these back first.
    """
    if crm_reads.import_of(batch_id).undone_at is not None:
        raise imports.ImportUndone(field="batch", batch=batch_id)
    lines = reads.lines_of_import(books_id, batch_id)
    queue.let_lines_go(books_id=books_id, line_ids=lines, outcome="import_undone", actor=actor, at=at)
    ended = receivables.undo_import(books_id=books_id, batch_id=batch_id, actor=actor, at=at)
    imports.mark_undone(batch_id=batch_id, at=at)
    return ended


def enter_opening_balance(
    *, books_id: int, bank_account_id: int, on: date, account: str = "", actor: Actor, at: datetime
) -> int | None:
    """Enter what a bank account held before its first statement, against capital or another account.

    Returns the entry, or None where there is nothing to enter.

    Raises:
        NoSuchBankAccount: none has this id in these books.
        PeriodIsClosed, UnknownAccount, NoExchangeRate: the journal refuses it.
    """
    with transaction.atomic():
        position = reads.bank_position(books_id, bank_account_id)
        amount = position.brought_forward
        if not amount:
            return None
        base = ledger_reads.base_amount(books_id, people.books_facts(books_id).base_currency, amount, on)
        against = account or ledger_reads.account_codes(books_id)[AccountRole.CAPITAL]
        sides = (Posting(position.account_code, amount, base), Posting(against, -amount, -base))
        entry = JournalEntry(on, f"Opening balance of {position.account_code}", sides)
        source = f"bank_opening:{bank_account_id}:{on.isoformat()}:{amount.minor}"
        cleared, _ = decisions.clear(Act.POST, [Sourced(source, entry)], {"journal": [()]})
        return receivables.enter_opening_balance(
            books_id=books_id, bank_account_id=bank_account_id, cleared=cleared, actor=actor, at=at
        )


# ------------------------------------------------------------------------------------ automatic matching


def match(*, books_id: int, actor: Actor, at: datetime, progress: Progress | None = None) -> Matched:
    """Settle every listed line that names exactly one open item of its amount; leave the rest with what it lacks.

    Each batch is one transaction and one decision, and running it again changes nothing. Lines that a person took a
    match of back are left alone, and a person's match is never altered.
    """
    said = _Said()
    try:
        settled = _match_all(books_id, (), actor, at, said, progress)
        while settled:  # A payment may be settled only now that another came back, and the other way round.
            settled = _match_all(books_id, matching.MAY_CHANGE, actor, at, said, None)
    except gating.Stopped as stopped:
        said.stopped_by = str(stopped.facts["by"])
    return said.result()


def _match_all(
    books_id: int, codes: Sequence[str], actor: Actor, at: datetime, said: _Said, progress: Progress | None
) -> int:
    """Go once through the listed lines, or those that were left with some codes; returns how many were settled."""
    after: tuple[date, int] | None = None
    settled = seen = 0
    total = reads.listed_count(books_id) if progress else 0
    while batch := _match_batch(books_id, after, codes, actor, at, said):
        settled += batch.settled
        seen += batch.lines
        after = batch.last
        if progress:
            progress(seen, max(seen, total))
    return settled


@dataclass(frozen=True, slots=True)
class _Batch:
    """One batch of lines that was gone through: where it ended, how many there were, how many were settled."""

    last: tuple[date, int]
    lines: int
    settled: int


@transaction.atomic
def _match_batch(
    books_id: int, after: tuple[date, int] | None, codes: Sequence[str], actor: Actor, at: datetime, said: _Said
) -> _Batch | None:
    lines = reads.lines_to_match(books_id, after=after, codes=codes, limit=MAX_BATCH)
    if not lines:
        return None
    gate = gating.gate(books_id, matching.KIND, matching.RULE_VERSION)
    named = reads.named_candidates(books_id, lines)
    verdicts = matching.verdicts([(one.line, named[one.line.id]) for one in lines])
    if not gate.acts:
        _look(gate, verdicts, actor, at, said)
        gate.insist_running()
        return _Batch(lines[-1].key, len(lines), 0)
    answers = _settle(books_id, verdicts, actor, at)
    before = {one.line.id: one.left_code for one in lines}
    settled = _write_down(gate, verdicts, answers, before, actor, at, said)
    gate.insist_running()
    return _Batch(lines[-1].key, len(lines), settled)


def _settle(books_id: int, verdicts: Sequence[Verdict], actor: Actor, at: datetime) -> dict[int, Settled | Refusal]:
    """Settle what the rule matched and every check lets pass; what became of it, or what stands against it, by line."""
    settlements = [verdict.settlement for verdict in verdicts if verdict.settlement is not None]
    facts = reads.settlement_facts(books_id, settlements)
    found = [rules.findings(settlement, facts) for settlement in settlements]
    cleared, held = decisions.clear(Act.RECEIVE, settlements, {rules.CHECK: found})
    outcomes = receivables.settle(books_id=books_id, cleared=cleared, actor=actor, at=at)
    _follow_conditions(books_id, cleared, outcomes, actor, at)
    answers: dict[int, Settled | Refusal] = {
        settlement.origin_id: outcome.refusal or outcome
        for settlement, outcome in zip(cleared.value, outcomes, strict=True)
    }
    for item in held:
        first = item.findings[0]
        answers[item.item.origin_id] = Refusal(first.code, first.facts, first.field)
    return answers


def _look(gate: gating.Gate, verdicts: Sequence[Verdict], actor: Actor, at: datetime, said: _Said) -> None:
    """Decide about lines that were not judged in this version before, keep what was decided, and write nothing else."""
    hashes = {verdict.line.id: queue.line_hash(verdict) for verdict in verdicts}
    subjects = [f"bank_line:{verdict.line.id}" for verdict in verdicts]
    known = autonomy_reads.judged(gate.books_id, gate.kind, gate.version, subjects)
    said.of |= {verdict.line.id: (Outcome.UNMATCHED, "left_to_people") for verdict in verdicts}
    new = [one for one in verdicts if (f"bank_line:{one.line.id}", 1, hashes[one.line.id]) not in known]
    if not new:
        return
    with gating.taken_back():
        answers = _settle(gate.books_id, new, actor, at)
    judged = [_answered(verdict, answers.get(verdict.line.id)) for verdict in new]
    outcomes = [Outcome(said_of.outcome) for _, said_of in judged]
    items = [
        decided(
            f"bank_line:{verdict.line.id}", verdicts_of.inputs(verdict, objection), said_of, money=verdict.line.amount
        )
        for verdict, (objection, said_of) in zip(new, judged, strict=True)
    ]
    decision_id = decisions.record(
        books_id=gate.books_id,
        kind=gate.kind,
        rule_version=gate.version,
        actor=actor,
        items=items,
        at=at,
        mode=gate.mode,
    )
    said.decisions.append(decision_id)
    gating.keep_verdicts(gate, _verdicts_on(gate.books_id, new, outcomes), decision_id, actor, at)
    if gate.mode is Mode.SUGGEST:
        matched = [
            gating.Case(f"bank_line:{verdict.line.id}", hashes[verdict.line.id], abs(verdict.line.amount))
            for verdict, outcome in zip(new, outcomes, strict=True)
            if outcome is Outcome.MATCHED
        ]
        gating.suggest(gate, matched, decision_id, actor, at)
        proposed = [
            (verdict, said_of.code, said_of.facts)
            for verdict, (_, said_of) in zip(new, judged, strict=True)
            if said_of.outcome == Outcome.PROPOSED
        ]
        queue.hold_lines(books_id=gate.books_id, proposed=proposed, decision_id=decision_id, actor=actor, at=at)
        said.suggested += len(matched)
    else:
        said.observed += len(new)


def _answered(verdict: Verdict, answer: Settled | Refusal | None) -> tuple[dict[str, Fact] | None, Decided]:
    """Return what stood against settling a line, and what is said of it: the rule's word, unless something did."""
    objection: dict[str, Fact] | None = None
    if isinstance(answer, Refusal):
        objection = {"code": answer.code, "facts": dict(answer.facts)}
    return objection, verdicts_of.said(verdict, objection)


def _verdicts_on(books_id: int, verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> list[autonomy.NewVerdict]:
    """Return what is compared of lines; what the rule left to people is compared with nothing."""
    base = people.books_facts(books_id).base_currency
    stakes = ledger_reads.base_amounts(
        books_id, base, [(abs(verdict.line.amount), verdict.line.booking_date) for verdict in verdicts]
    )
    return [
        autonomy.NewVerdict(
            f"bank_line:{verdict.line.id}",
            _match_said(verdict.settlement) if outcome is Outcome.MATCHED else Said(gating.LEFT),
            queue.line_hash(verdict),
            stake.minor if stake else 0,
            verdict.code,
            segments={"currency": verdict.line.amount.currency.code},
        )
        for verdict, outcome, stake in zip(verdicts, outcomes, stakes, strict=True)
    ]


def _match_said(settlement: Settlement | None) -> Said:
    """Return what a settlement says that is compared: which items, with how much of each."""
    assert settlement is not None, "a matched line has its settlement"
    refs: list[str] = sorted(
        [f"item:{part.item_id}={part.amount.minor} {part.amount.currency.code}" for part in settlement.parts]
        + [f"account:{part.account}={part.amount.minor}" for part in settlement.account_parts]
        + ([f"payment:{settlement.recognises}"] if settlement.recognises else [])
    )
    money = abs(settlement.amount)
    return Said(gating.MATCHED, money.minor, money.currency.code, {"refs": refs})


def _write_down(
    gate: gating.Gate,
    verdicts: Sequence[Verdict],
    answers: Mapping[int, Settled | Refusal],
    said_before: Mapping[int, str],
    actor: Actor,
    at: datetime,
    said: _Said,
) -> int:
    """Record one decision about the lines that were settled, and those of which something new is to be said."""
    books_id = gate.books_id
    items: list[Item] = []
    settled: list[int] = []
    left: dict[int, str] = {}
    proposed: list[tuple[Verdict, str, Mapping[str, Fact]]] = []
    for verdict in verdicts:
        line_id = verdict.line.id
        answer = answers.get(line_id)
        objection, decided_ = _answered(verdict, answer)
        outcome, code = Outcome(decided_.outcome), decided_.code
        said.of[line_id] = (outcome, code)
        if outcome is Outcome.PROPOSED:
            proposed.append((verdict, code, decided_.facts))
        if outcome is Outcome.MATCHED:
            settled.append(line_id)
        elif said_before[line_id] == code:
            continue
        else:
            left[line_id] = code
        effects = answer.effects if isinstance(answer, Settled) else ()
        stored = verdicts_of.inputs(verdict, objection)
        items.append(decided(f"bank_line:{line_id}", stored, decided_, effects=effects, money=verdict.line.amount))
    decision_id = None
    if items:
        decision_id = decisions.record(
            books_id=books_id,
            kind=matching.KIND,
            rule_version=matching.RULE_VERSION,
            actor=actor,
            items=items,
            at=at,
            mode=gate.mode,
        )
        said.decisions.append(decision_id)
        _sample(gate, [one for one in verdicts if one.line.id in set(settled)], decision_id, actor, at)
        receivables.mark_decided(books_id=books_id, line_ids=settled, decision_id=decision_id)
        receivables.leave_lines(books_id=books_id, codes=left, decision_id=decision_id)
    queue.hold_lines(books_id=books_id, proposed=proposed, decision_id=decision_id, actor=actor, at=at)
    queue.let_lines_go(books_id=books_id, line_ids=settled, outcome="matched", actor=actor, at=at)
    return len(settled)


def _sample(gate: gating.Gate, settled: Sequence[Verdict], decision_id: int, actor: Actor, at: datetime) -> None:
    """Let people look at a random few of what was matched, where the mode says so."""
    cases = [gating.Case(f"bank_line:{one.line.id}", queue.line_hash(one), abs(one.line.amount)) for one in settled]
    drawn = [settled[position] for position in gating.draw_sample(gate, cases, decision_id, actor, at)]
    if drawn:
        verdicts = _verdicts_on(gate.books_id, drawn, [Outcome.MATCHED] * len(drawn))
        gating.keep_verdicts(gate, verdicts, decision_id, actor, at)


def _follow_conditions(
    books_id: int, cleared: Cleared[Any], outcomes: Sequence[Settled], actor: Actor, at: datetime
) -> None:
    """Show what was paid of conditional invoices as receivable and contract liability, or take that back.

    IFRS 15.106 and Illustrative Example 38A: money received under a contract that may still be cancelled is a contract
    liability.
    """
    conditional = [one for outcome in outcomes for one in outcome.conditional]
    rights = [
        billing.Right(one.document_id, one.on, f"allocation:{one.allocation_id}", one.amount)
        for one in conditional
        if one.amount.minor > 0
    ]
    if rights:
        billing.make_unconditional(books_id=books_id, cleared=cleared, rights=rights, actor=actor, at=at)
    for one in conditional:
        if one.amount.minor < 0:
            billing.take_back_unconditional(
                books_id=books_id,
                cleared=cleared,
                sources=[f"allocation:{one.takes_back}"],
                on=one.on,
                reason=f"allocation:{one.allocation_id}",
                actor=actor,
                at=at,
            )


# ------------------------------------------------------------------------------------ by hand


def _may_stand(books_id: int, settlement: Settlement, code: str) -> bool:
    """Tell whether what stands against a settlement may be itself, made before: the service answers for that."""
    if settlement.origin is Origin.HAND:
        return bool(reads.payments_by_source(books_id, [rules.hand_source(settlement.key)]))
    return settlement.origin is Origin.LINE and code == "line_was_posted"


@transaction.atomic
def _settle_one(
    books_id: int, settlement: Settlement, actor: Actor, at: datetime, texts: Mapping[str, str] | None = None
) -> Settled:
    facts = reads.settlement_facts(books_id, [settlement])
    found = rules.findings(settlement, facts)
    is_repeated = bool(found) and _may_stand(books_id, settlement, found[0].code)
    cleared, held = decisions.clear(Act.RECEIVE, [settlement], {rules.CHECK: [() if is_repeated else found]})
    for item in held:
        first = item.findings[0]
        raise Refusal(first.code, first.facts, first.field).error()
    (outcome,) = receivables.settle(books_id=books_id, cleared=cleared, actor=actor, at=at, texts=texts)
    if outcome.refusal is not None:
        raise outcome.refusal.error()
    _follow_conditions(books_id, cleared, [outcome], actor, at)
    if settlement.origin is Origin.LINE:
        if outcome.kind is OutcomeKind.DONE:
            gate = gating.gate(books_id, matching.KIND, matching.RULE_VERSION, is_confirmed=True)
            said = {(f"bank_line:{settlement.origin_id}", 1): _match_said(settlement)}
            gating.keep_answers(gate, said, "hand", actor, at)
        queue.let_lines_go(
            books_id=books_id, line_ids=[settlement.origin_id], outcome="matched_by_hand", actor=actor, at=at
        )
    return outcome


def confirm_match(*, books_id: int, line_id: int, actor: Actor, at: datetime) -> Settled:
    """Settle a bank line as the rule suggests, because a person confirms it.

    Raises:
        NothingToConfirm: as things stand now, the rule suggests nothing for this line.
        Refused: as `match_by_hand`.
    """
    lines = reads.lines_to_match(books_id, only=line_id)
    named = reads.named_candidates(books_id, lines)
    found = matching.verdicts([(one.line, named[one.line.id]) for one in lines])
    settlement = found[0].settlement if found else None
    if settlement is None:
        raise NothingToConfirm(line=line_id)
    return _settle_one(books_id, dataclasses.replace(settlement, is_manual=True), actor, at)


def match_by_hand(
    *,
    books_id: int,
    line_id: int,
    parts: Sequence[Part] = (),
    account_parts: Sequence[AccountPart] = (),
    customer_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> Settled:
    """Settle items with a bank line as a person says: one or several, in full or in part.

    What the parts leave over is unapplied cash of the customer; what a bank kept back is an account part with a
    negative amount. A negative line returns an allocation (a part that names it) or refunds a credit note. The same
    request again is unchanged.

    Raises:
        Refused: the first thing that stands against it (line_was_posted, exceeds_open, exceeds_payment, ...).
    """
    line = reads.bank_line(books_id, line_id)
    settlement = Settlement(
        Origin.LINE, line_id, line.amount, line.booking_date, tuple(parts), tuple(account_parts), customer_id
    )
    return _settle_one(books_id, settlement, actor, at)


def assign(*, books_id: int, line_id: int, account: str, actor: Actor, at: datetime) -> Settled:
    """Post a bank line to a ledger account: bank charges, interest, tax paid.

    Raises:
        Refused: as `match_by_hand`; `account_is_kept` for accounts that have a sub-ledger or are a bank's own.
    """
    line = reads.bank_line(books_id, line_id)
    return match_by_hand(
        books_id=books_id, line_id=line_id, account_parts=[AccountPart(account, line.amount)], actor=actor, at=at
    )


def recognise(*, books_id: int, line_id: int, payment_id: int, actor: Actor, at: datetime) -> Settled:
    """Say that a bank line is a payment that was entered by hand: nothing is posted or settled twice.

    Raises:
        Refused: the line is posted, or account or amount differ (`payment_differs`).
    """
    line = reads.bank_line(books_id, line_id)
    settlement = Settlement(Origin.LINE, line_id, line.amount, line.booking_date, recognises=payment_id)
    return _settle_one(books_id, settlement, actor, at)


@dataclass(frozen=True, slots=True)
class HandPayment:
    """A payment as a person enters it.

    `key` is what makes it this payment, such as the request's idempotency key: entered again, it is unchanged. Without
    `bank_account_id` it came in on the first bank account, which is opened if there is none. What parts and accounts
    leave over is unapplied cash of the customer.
    """

    amount: Money
    on: date
    key: str
    parts: tuple[Part, ...] = ()
    account_parts: tuple[AccountPart, ...] = ()
    customer_id: int | None = None
    bank_account_id: int | None = None
    text: str = ""


@transaction.atomic
def record_payment(*, books_id: int, payment: HandPayment, actor: Actor, at: datetime) -> Settled:
    """Enter a payment by hand, before its bank line is there, and settle items with it.

    Raises:
        Refused: the first thing that stands against it (exceeds_open, key_was_used, period_is_closed, ...).
    """
    found = reads.bank_account(books_id, payment.bank_account_id)
    if found is None:
        code = payment.amount.currency.code
        bank_account_id = receivables.open_bank_account(
            books_id=books_id, iban="", name="Bank", currency_code=code, actor=actor, at=at
        )
    else:
        bank_account_id, _, _ = found
    settlement = Settlement(
        Origin.HAND,
        bank_account_id,
        payment.amount,
        payment.on,
        payment.parts,
        payment.account_parts,
        payment.customer_id,
        key=payment.key,
    )
    return _settle_one(books_id, settlement, actor, at, {payment.key: payment.text})


def apply_cash(
    *, books_id: int, payment_id: int, seen: Money, parts: Sequence[Part], on: date, actor: Actor, at: datetime
) -> Settled:
    """Settle items with money that is on no invoice yet.

    Args:
        seen: what was not applied of the payment when the person looked; if it changed since, the act is refused.

    Raises:
        Refused: the first thing that stands against it (changed_since_seen, other_customer, exceeds_open, ...).
    """
    return _settle_one(books_id, Settlement(Origin.CASH, payment_id, seen, on, tuple(parts)), actor, at)


def apply_credit(
    *, books_id: int, credit_item_id: int, seen: Money, parts: Sequence[Part], on: date, actor: Actor, at: datetime
) -> Settled:
    """Settle invoices with what is open of a credit note. As `apply_cash`."""
    return _settle_one(books_id, Settlement(Origin.CREDIT, credit_item_id, seen, on, tuple(parts)), actor, at)


# ------------------------------------------------------------------------------------ taking back


def undo_match(*, books_id: int, undo: Undo, on: date, reason: str, actor: Actor, at: datetime) -> Settled:
    """Take one match back as of a day: a bank line's, a payment's by hand, or one later use of cash or credit.

    Exactly its own entry is reversed and its own items open again; the line is listed again and left to people. Taking
    it back again is unchanged.

    Raises:
        Refused: something was built on it (cash_was_applied, payment_was_returned), or the day is in a closed period.
    """
    (outcome,) = undo_matches(books_id=books_id, undos=[undo], on=on, reason=reason, actor=actor, at=at)
    if outcome.refusal is not None:
        raise outcome.refusal.error()
    return outcome


@transaction.atomic
def undo_matches(
    *, books_id: int, undos: Sequence[Undo], on: date, reason: str, actor: Actor, at: datetime
) -> list[Settled]:
    """Take several matches back; a refused one does not stop the others."""
    facts = reads.undo_facts(books_id, undos)
    closed = reads.closed_months(books_id)
    found = [undoing.findings(one, on, closed) for one in facts]
    cleared, held = decisions.clear(Act.REVERSE, undos, {undoing.CHECK: found})
    outcomes = iter(
        receivables.undo_matches(books_id=books_id, cleared=cleared, on=on, reason=reason, actor=actor, at=at)
    )
    refused = {item.position: item.findings[0] for item in held}
    answers = [
        Settled(
            OutcomeKind.REFUSED,
            refusal=Refusal(refused[position].code, refused[position].facts, refused[position].field),
        )
        if position in refused
        else next(outcomes)
        for position in range(len(undos))
    ]
    _follow_conditions(books_id, cleared, answers, actor, at)
    return answers
