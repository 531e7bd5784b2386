"""Importing statements: each once, whole or not at all, and every line known again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk, locks
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import AccountKind, AccountRole, OutcomeKind, Sourced
from counterfoil.receivables import selectors
from counterfoil.receivables.domain import statements as rules
from counterfoil.receivables.domain.formats.bank_csv import DuplicateId, RowError
from counterfoil.receivables.domain.references import clean_account, is_bad_iban
from counterfoil.receivables.domain.statements import BankStatement, DuplicateStatement, StatementLine
from counterfoil.receivables.models import BankAccount, BankLine, Statement
from counterfoil.receivables.services import recording

_STATEMENT_COLUMNS = (
    "bank_account_id", "message_id", "statement_id", "sequence", "first_date", "last_date", "opening_minor",
    "closing_minor", "lines_count", "pending_count", "content_hash", "batch_id", "imported_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "bank_account_id", "statement_id", "identity", "row", "booking_date", "value_date", "amount_minor", "currency",
    "counterparty", "counterparty_iban", "text", "reference", "end_to_end_id", "bank_tx_id", "is_reversal",
    "has_bad_iban", "state", "note", "left_code", "is_hands_off", "is_manual", "postings", "settlement_hash",
)  # fmt: skip


class NoFreeAccount(Refused):
    """The chart has no free code beside the bank account's; name one."""

    code = "no_free_account"


class LinesArePosted(Refused):
    """Lines of the import are matched or assigned; take these matches back first."""

    code = "lines_are_posted"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a line, or about a statement (row 0), that a person should be able to read."""

    row: int
    code: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's lines: `read` = accepted + unchanged + rejected + pending."""

    read: int
    accepted: int
    unchanged: int
    rejected: int
    pending: int
    errors: tuple[RowError, ...] = ()
    notes: tuple[Note, ...] = ()
    statement_ids: tuple[int, ...] = ()
    bank_account_ids: tuple[int, ...] = ()


@transaction.atomic
def open_bank_account(
    *, books_id: int, iban: str, name: str, currency_code: str, account_code: str = "", actor: Actor, at: datetime
) -> int:
    """Open a bank account by hand and return its id; one with this number and currency already is that one.

    Args:
        account_code: the ledger account that mirrors it, used by no other bank account; without it the chart's bank
            account, or a new account beside it.

    Raises:
        UnknownCurrency: no ISO 4217 code.
        NoFreeAccount: the account is another bank account's, or no code beside the bank account's is free.
    """
    number = clean_account(iban)
    locks.hold("open_bank_account", books_id)  # Two first payments at once must not both open it.
    known = BankAccount.objects.filter(books_id=books_id, iban=number, currency=currency_code).first()
    if known is not None:
        return known.pk
    own = currency(currency_code)
    code = account_code or _free_account(books_id, number, name, own, actor, at)
    taken = BankAccount.objects.filter(books_id=books_id, account_code=code).exists()
    if taken or code not in ledger_reads.account_ids(books_id):
        raise NoFreeAccount(field="account", account=code)
    row = BankAccount.objects.create(
        books_id=books_id,
        iban=number,
        name=name or number or "Bank",
        currency=own.code,
        account_code=code,
        ledger_before_minor=selectors.ledger_amounts(books_id).get((code, own.code), 0),
        opened_at=at,
    )
    audit.record(
        kind="receivables.bank_account_opened",
        actor=actor,
        subject=f"bank_account:{row.pk}",
        body={"number": number, "currency": own.code, "account": code},
        at=at,
        books_id=books_id,
    )
    return row.pk


def _free_account(books_id: int, number: str, name: str, own: Currency, actor: Actor, at: datetime) -> str:
    """Return the chart's bank account for the first bank account, and open an account beside it for each after it."""
    first = ledger_reads.account_codes(books_id)[AccountRole.BANK]
    taken = set(BankAccount.objects.filter(books_id=books_id).values_list("account_code", flat=True))
    if first not in taken:
        return first
    known = ledger_reads.account_ids(books_id)
    candidates = (str(int(first) + step) for step in range(1, 100)) if first.isdigit() else ()
    code = next((candidate for candidate in candidates if candidate not in known), None)
    if code is None:
        raise NoFreeAccount(field="account", account=first)
    ledger.add_account(
        books_id=books_id,
        code=code,
        name=f"Bank {name or number} {own.code}"[:120],
        kind=AccountKind.ASSET,
        actor=actor,
        at=at,
    )
    return code


@transaction.atomic
def import_statements(
    *,
    books_id: int,
    statements: Sequence[BankStatement],
    today: date,
    open_batch: Callable[[], int],
    actor: Actor,
    at: datetime,
) -> Imported:
    """Store the statements of one file, all of them or none, each line once.

    A statement with the name and contents of one that is there is unchanged; so is a line that another statement
    brought before. A bank account that is not known yet is opened. The number of statements to the database does not
    grow with the lines.

    Args:
        open_batch: begins the import and returns its number; called only where there is something to store, so that a
            file that brings nothing uses up no number.

    Raises:
        BalanceMismatch, CurrencyMix: a statement contradicts itself.
        DuplicateStatement: a statement has the name of one that is there, and other contents.
    """
    for statement in statements:
        rules.insist_sound(statement)
    accounts = _accounts(books_id, statements, actor, at)
    fresh = _not_yet_imported(books_id, statements, accounts)
    batch_id = open_batch() if fresh else None
    arrivals, errors = _arrivals(books_id, fresh)
    of: dict[int, list[_Arrival]] = defaultdict(list)
    for arrival in arrivals:
        of[arrival.statement].append(arrival)
    rows = [
        _statement_row(account_id, statement, len(of[position]), today, batch_id, at)
        for position, (account_id, statement) in enumerate(fresh)
    ]
    statement_ids = recording.add(
        Statement, _STATEMENT_COLUMNS, rows, books_id=books_id, body={"batch": batch_id}, actor=actor, at=at
    )
    new = [arrival for arrival in arrivals if arrival.is_new]
    gaps, gap_notes = _gaps(books_id, fresh)
    line_rows, notes = _line_rows(fresh, new, statement_ids, gaps, today)
    notes = (*gap_notes, *notes)
    recording.add(BankLine, _LINE_COLUMNS, line_rows, books_id=books_id, body={}, actor=actor, at=at)
    _revive(arrivals, statement_ids)
    _list_after_gaps(books_id, {account_id for account_id, _ in fresh})
    accepted = len(new) + sum(arrival.revives is not None for arrival in arrivals)
    pending = sum(statement.pending for statement in statements)
    lines = sum(len(statement.lines) for statement in statements)
    if pending:
        notes = (Note(0, "pending_left_out", {"count": pending}), *notes)
    return Imported(
        read=lines + pending,
        accepted=accepted,
        unchanged=lines - accepted - len(errors),
        rejected=len(errors),
        pending=pending,
        errors=tuple(errors),
        notes=notes,
        statement_ids=tuple(statement_ids),
        bank_account_ids=tuple(sorted({account_id for account_id, _ in fresh})),
    )


def _accounts(
    books_id: int, statements: Sequence[BankStatement], actor: Actor, at: datetime
) -> dict[tuple[str, str], int]:
    """Find or open the bank account of each statement, and hold them so that one file at a time is imported."""
    wanted = {(statement.account, statement.currency.code): statement for statement in statements}
    known = selectors.bank_account_ids(books_id)
    for key, statement in wanted.items():
        if key in known:
            continue
        number, code = key
        nameless = known.pop(("", code), None)
        if nameless is not None:  # Opened before its number was known: this is the number.
            BankAccount.objects.filter(id=nameless).update(iban=number)
            known[key] = nameless
        else:
            known[key] = open_bank_account(
                books_id=books_id,
                iban=number,
                name=statement.account_name,
                currency_code=code,
                actor=actor,
                at=at,
            )
    selectors.hold_bank_accounts(books_id, {known[key] for key in wanted})
    return {key: known[key] for key in wanted}


Fresh = tuple[int, BankStatement]


def _not_yet_imported(
    books_id: int, statements: Sequence[BankStatement], accounts: dict[tuple[str, str], int]
) -> list[Fresh]:
    """Return the statements that are not there yet, named, each with its account.

    Raises:
        DuplicateStatement: the name is there, with other contents.
    """
    named = selectors.statement_hashes(books_id, sorted(set(accounts.values())))
    fresh: list[Fresh] = []
    for given in statements:
        content = given.content_hash
        statement = given if given.statement_id else replace(given, statement_id=content[:40])
        account_id = accounts[statement.account, statement.currency.code]
        key = (account_id, statement.message_id, statement.statement_id)
        kept = named.get(key)
        if kept is None:
            named[key] = content
            fresh.append((account_id, statement))
        elif kept != content:
            raise DuplicateStatement(
                statement=statement.statement_id, message=statement.message_id, account=statement.account
            )
    return fresh


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One line of a fresh statement: new, or one of an undone import that comes back."""

    statement: int
    line: StatementLine
    identity: str
    revives: int | None

    @property
    def is_new(self) -> bool:
        return self.revives is None


def _arrivals(books_id: int, fresh: Sequence[Fresh]) -> tuple[list[_Arrival], list[RowError]]:
    """Pick the lines that are not there yet; of the rest, refuse those whose bank id stands for another line."""
    identified = [
        (position, account_id, statement, line, identity)
        for position, (account_id, statement) in enumerate(fresh)
        for line, identity in zip(statement.lines, rules.identities(statement.lines), strict=True)
    ]
    known = selectors.lines_by_identity(books_id, [identity for *_, identity in identified])
    bank_ids = [
        line.bank_tx_id
        for _, account_id, statement, line, identity in identified
        if statement.are_ids_unique and rules.has_bank_id(line) and (account_id, identity) not in known
    ]
    taken = selectors.known_bank_ids(books_id, bank_ids)
    seen: set[tuple[int, str]] = set()
    arrivals: list[_Arrival] = []
    errors: list[RowError] = []
    for position, account_id, statement, line, identity in identified:
        key = (account_id, identity)
        if key in seen:
            continue
        seen.add(key)
        if key in known:
            line_id, note = known[key]
            if note == rules.UNDONE or (note == rules.ADVISED and not statement.is_advice):
                arrivals.append(_Arrival(position, line, identity, line_id))
        elif statement.are_ids_unique and rules.has_bank_id(line) and (account_id, line.bank_tx_id) in taken:
            facts: dict[str, Fact] = {"id": line.bank_tx_id, "first_row": 0}
            errors.append(RowError(line.row, Refusal(DuplicateId.code, facts, "bank_tx_id")))
        else:
            arrivals.append(_Arrival(position, line, identity, None))
    return arrivals, errors


def _statement_row(
    account_id: int, statement: BankStatement, lines: int, today: date, batch_id: int | None, at: datetime
) -> tuple[bulk.Cell, ...]:
    """The row of a statement. One balance alone proves nothing, so that both are kept or none."""
    is_stated = statement.opening is not None and statement.closing is not None
    return (
        account_id,
        statement.message_id,
        statement.statement_id,
        statement.sequence,
        statement.first_date or today,
        statement.last_date or today,
        statement.opening.minor if statement.opening is not None and is_stated else None,
        statement.closing.minor if statement.closing is not None and is_stated else None,
        lines,
        statement.pending,
        statement.content_hash,
        batch_id,
        at,
    )


def _gaps(books_id: int, fresh: Sequence[Fresh]) -> tuple[frozenset[int], tuple[Note, ...]]:
    """Return which of the new statements do not begin where the one before them ended, and what to say of each."""
    numbered = [(account_id, statement, rules.numbered(statement)) for account_id, statement in fresh]
    if not any(one for _, _, one in numbered):
        return frozenset(), ()
    known: dict[int, list[rules.Numbered]] = defaultdict(list)
    for account_id, one in selectors.numbered_statements(books_id, sorted({account_id for account_id, _ in fresh})):
        known[account_id].append(one)
    for account_id, _, own in numbered:
        if own is not None:
            known[account_id].append(own)
    found: list[int] = []
    notes: list[Note] = []
    for position, (account_id, statement, own) in enumerate(numbered):
        before = rules.gap_before(own, known[account_id]) if own is not None else None
        if before is None or statement.opening is None:
            continue
        found.append(position)
        facts: dict[str, Fact] = {
            "statement": statement.statement_id,
            "expected": Money(before.closing_minor, statement.currency).decimal_text(),
            "found": statement.opening.decimal_text(),
            "currency": statement.currency.code,
        }
        notes.append(Note(0, rules.OPENING_GAP, facts))
    return frozenset(found), tuple(notes)


def _list_after_gaps(books_id: int, bank_account_ids: set[int]) -> None:
    """List the lines that waited for a statement that is there now."""
    accounts = sorted(bank_account_ids)
    waiting = selectors.statements_after_a_gap(books_id, accounts)
    if not waiting:
        return
    known: dict[int, list[rules.Numbered]] = defaultdict(list)
    for account_id, one in selectors.numbered_statements(books_id, accounts):
        known[account_id].append(one)
    closed = [id_ for id_, account_id, one in waiting if rules.gap_before(one, known[account_id]) is None]
    BankLine.objects.filter(books_id=books_id, statement_id__in=closed, note=rules.OPENING_GAP).update(
        state="listed", note=""
    )


def _line_rows(
    fresh: Sequence[Fresh],
    new: Sequence[_Arrival],
    statement_ids: Sequence[int],
    gaps: frozenset[int],
    today: date,
) -> tuple[list[tuple[bulk.Cell, ...]], tuple[Note, ...]]:
    """The rows of new lines, and what there is to note about them."""
    rows: list[tuple[bulk.Cell, ...]] = []
    notes: list[Note] = []
    judged: dict[str, bool] = {}
    for arrival in new:
        line = arrival.line
        account = line.counterparty_iban
        if account not in judged:
            judged[account] = is_bad_iban(account)
        is_bad = judged[account]
        state, note = rules.state_on_arrival(
            line,
            today,
            is_advice=fresh[arrival.statement][1].is_advice,
            is_after_gap=arrival.statement in gaps,
        )
        if note and note != rules.OPENING_GAP:
            notes.append(Note(line.row, note, {"date": line.booking_date.isoformat(), "id": line.bank_tx_id}))
        if is_bad:
            notes.append(Note(line.row, "iban_checksum", {"account": account}))
        rows.append(
            (
                fresh[arrival.statement][0],
                statement_ids[arrival.statement],
                arrival.identity,
                line.row,
                line.booking_date,
                line.value_date,
                line.amount.minor,
                line.amount.currency.code,
                line.counterparty,
                account,
                line.text,
                line.reference,
                line.end_to_end_id,
                line.bank_tx_id,
                line.is_reversal,
                is_bad,
                state.value,
                note,
                "",
                False,
                False,
                0,
                "",
            )
        )
    return rows, tuple(notes)


def _revive(arrivals: Sequence[_Arrival], statement_ids: Sequence[int]) -> None:
    """List the lines of an undone import again."""
    rows = [
        (arrival.revives, statement_ids[arrival.statement], "listed" if arrival.line.amount else "ignored", "")
        for arrival in arrivals
        if arrival.revives is not None
    ]
    bulk.change(BankLine, ["statement_id", "state", "note"], [], rows)


@transaction.atomic
def undo_import(*, books_id: int, batch_id: int, actor: Actor, at: datetime) -> int:
    """Take the statements of one import back and return how many lines that ended; doing it again changes nothing.

    The rows stay, because the record knows them; they count for nothing, and importing the file again lists its lines
    again.

    Raises:
        LinesArePosted: some of its lines are matched or assigned.
    """
    statements = Statement.objects.select_for_update().filter(books_id=books_id, batch_id=batch_id, undone_at=None)
    ids = list(statements.order_by("id").values_list("id", flat=True))
    lines = BankLine.objects.filter(books_id=books_id, statement_id__in=ids)
    posted = lines.filter(state="posted").count()
    if posted:
        raise LinesArePosted(batch=batch_id, lines=posted)
    ended = lines.update(state="ignored", note="import_undone")
    Statement.objects.filter(id__in=ids).update(undone_at=at)
    if ids:
        audit.record(
            kind="receivables.import_undone",
            actor=actor,
            subject=f"batch:{batch_id}",
            body={"statements": list(ids), "lines": ended},
            at=at,
            books_id=books_id,
        )
    return ended


@transaction.atomic
def enter_opening_balance(
    *, books_id: int, bank_account_id: int, cleared: Cleared[tuple[Sourced, ...]], actor: Actor, at: datetime
) -> int:
    """Post what the bank account held before its first statement, as cleared, and return the entry's id.

    Raises:
        Refused: the journal refuses it (`period_is_closed`, `unknown_account`).
    """
    account = BankAccount.objects.select_for_update().get(books_id=books_id, id=bank_account_id)
    outcomes = ledger.post_entries(books_id=books_id, cleared=cleared, actor=actor, at=at)
    for sourced, outcome in zip(cleared.value, outcomes, strict=True):
        if outcome.kind is OutcomeKind.REFUSED:
            raise Refusal(outcome.code, outcome.facts or {}).error()
        if outcome.kind is OutcomeKind.DONE:
            account.entered_before_minor += sum(
                posting.amount.minor for posting in sourced.entry.postings if posting.account == account.account_code
            )
    account.save(update_fields=["entered_before_minor"])
    (outcome,) = outcomes
    assert outcome.entry_id is not None
    return outcome.entry_id
