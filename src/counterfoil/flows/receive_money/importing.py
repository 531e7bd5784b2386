"""A statement is imported, or taken back; what an account held before its first one."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.columns import RowRefusal
from counterfoil.crm.services import imports
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.flows import queue, statement_files
from counterfoil.flows.import_file import record_verdict
from counterfoil.kernel.errors import Refused
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger.domain import AccountRole, JournalEntry, Posting, Sourced
from counterfoil.people import selectors as people
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.services import Note


@dataclass(frozen=True, slots=True)
class BankImport:
    """What became of a statement file: `read` = accepted + unchanged + rejected + pending.

    `batch` is None where nothing was written and the file was never imported before. `notes` are what nobody has to act
    on: entries that are not booked yet, lines of 0.00, account numbers with a wrong check digit. `format` is what the
    file was found to be, `statements` what is in it.
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
    format: str = ""
    statements: tuple[statement_files.Seen, ...] = ()


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
    """Import a bank statement of any format that `receivables.domain.formats` reads. Safe to repeat.

    A statement is stored whole or not at all. Of delimited text bad rows are refused one by one.

    Args:
        profile: the columns of delimited text; `day-first` or `month-first` for a format that leaves open how it
            writes days.
        bank_account_id: whose rows a file holds that does not say so (delimited text, QIF); without it the first bank
            account, which is opened if there is none.

    Raises:
        Refused: the whole file is refused (encoding, schema, balance_mismatch, currency_mix, duplicate_file, ...); one
            event says so, and nothing is stored.
    """
    content = data.read_bytes() if isinstance(data, Path) else data
    sha256 = hashlib.sha256(content).hexdigest()
    books = people.books_facts(books_id)
    today = at.astimezone(ZoneInfo(books.time_zone)).date()
    kind = statement_files.kind_of(content, file_name, profile)
    origin = imports.Origin("bank", kind.name, kind.version, "", Path(file_name).name, sha256, books_id, actor, at)
    try:
        with transaction.atomic():
            account = statement_files.Account.of(books, bank_account_id)
            file = statement_files.read(kind, content, account, profile=profile, today=today)
            origin = dataclasses.replace(origin, profile=file.kind.name, profile_version=file.kind.version)
            done = _import(file, books_id, today, origin)
            if dry_run:
                transaction.set_rollback(True)
    except Refused as refused:
        if not dry_run:
            imports.record_refusal(origin, refused)
        raise
    if dry_run:
        return _result(done, None, is_dry_run=True)
    batch_id = done.batch_id or crm_reads.latest_import("bank", file.kind.name, sha256)
    return _result(done, batch_id, is_dry_run=False)


@dataclass(frozen=True, slots=True)
class _Done:
    """A file that was stored, or looked at."""

    file: statement_files.StatementFile
    imported: receivables.Imported
    batch_id: int | None
    repeated: int
    errors: tuple[RowRefusal, ...]


def _import(file: statement_files.StatementFile, books_id: int, today: date, origin: imports.Origin) -> _Done:
    rows = file.rows
    open_batch = cache(partial(imports.open_batch, origin))
    imported = receivables.import_statements(
        books_id=books_id,
        statements=file.statements,
        today=today,
        open_batch=open_batch,
        actor=origin.actor,
        at=origin.at,
    )
    found = [*(rows.errors if rows else ()), *imported.errors]
    errors = tuple(
        RowRefusal(one.row, one.refusal.field or "", one.refusal.code, one.refusal.facts)
        for one in sorted(found, key=lambda one: one.row)
    )
    repeated = rows.repeated if rows else 0
    if not errors and not imported.statement_ids:
        return _Done(file, imported, None, repeated, ())
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
    return _Done(file, imported, batch_id, repeated, errors)


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
        done.file.kind.title,
        statement_files.seen(done.file.statements),
    )


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
