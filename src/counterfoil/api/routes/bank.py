"""Bank accounts, statements and lines: importing, matching, assigning, and taking a match back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from counterfoil import words
from counterfoil.api import paging, references, uploads
from counterfoil.api.asking import Answer, Asked
from counterfoil.api.fields import (
    PAGE,
    After,
    BankAccountNumber,
    Day,
    In,
    Line,
    LineNumber,
    Out,
    PaymentNumber,
    Reference,
    Rows,
)
from counterfoil.api.routes.imports import RowErrorOut, row_error
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.api.routes.settling import (
    MatchIn,
    SettledOut,
    UndoIn,
    account_parts,
    parts,
    settled,
    undone,
)
from counterfoil.api.routing import Routes
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import receive_money as flow
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.undoing import Undo, What

routes = Routes("bank")
STATES = Literal["listed", "posted", "ignored", "quarantined"]


class BankAccountOut(Out):
    """How a bank account's statement and the ledger meet.

    statement = brought_forward + ledger - outstanding + unposted + unexplained.
    """

    number: str
    iban: str
    name: str
    account: str
    currency: str
    statement: str
    statement_date: date | None
    ledger: str
    brought_forward: str
    """What it held before its first statement and nobody has entered in the ledger yet."""
    outstanding: str
    """Payments entered by hand that no bank line stands for yet."""
    unposted: str
    unposted_count: int
    unexplained: str


class BankAccountsOut(Out):
    """The bank accounts in the order they were opened."""

    accounts: list[BankAccountOut]


class BankLineOut(Out):
    """A line of a statement. `left_code` is what a person has to decide about it."""

    number: str
    bank_account: str
    booking_date: date
    value_date: date | None
    amount: str
    currency: str
    counterparty: str
    counterparty_iban: str
    text: str
    reference: str
    bank_tx_id: str
    state: str
    note: str
    left_code: str
    is_reversal: bool
    is_manual: bool
    entry: str | None
    decision: str | None
    posted_at: datetime | None


class BankLinesOut(Out):
    """Bank lines, the newest first."""

    lines: list[BankLineOut]
    next: str | None


class CandidateOut(Out):
    """An open item that a line could settle: it is `named`, of `equal_amount`, or of the `payer`."""

    document: str
    kind: str
    customer: str
    due_date: date
    open: str
    settle: str
    currency: str
    why: str


class BankLineDetail(Out):
    """A bank line and what it could settle, the likeliest first."""

    line: BankLineOut
    candidates: list[CandidateOut]


class NoteOut(Out):
    """Something about a line that nobody has to act on."""

    row: int
    code: str
    message: str


class StatementSeen(Out):
    """A statement of a file: balances are null where the file states none; `is_advice` is told before it is booked."""

    account: str
    currency: str
    first_date: date | None
    last_date: date | None
    opening: str | None
    closing: str | None
    lines: int
    pending: int
    is_advice: bool


class StatementOut(Out):
    """What became of a statement file: `read` = accepted + unchanged + rejected + pending."""

    batch: str | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    pending: int
    errors: list[RowErrorOut]
    notes: list[NoteOut]
    bank_accounts: list[str]
    is_dry_run: bool
    format: str
    """What the file was found to be."""
    statements: list[StatementSeen]


class MatchedOut(Out):
    """What a matching did. `by_code` counts the lines that are left to people by what they have to decide."""

    lines: int
    matched: int
    proposed: int
    unmatched: int
    by_code: dict[str, int]
    decisions: list[str]


class AssignIn(In):
    """The ledger account that a bank line belongs to: bank charges, interest, tax paid."""

    account: Reference


class RecogniseIn(In):
    """The payment entered by hand that a bank line is."""

    payment: PaymentNumber


class OpeningIn(In):
    """Against which account and on which day what a bank account held before its first statement is entered."""

    on: Day
    account: Line = ""
    """Capital where it is left out."""


class OpeningOut(Out):
    """The entry, null where there was nothing to enter."""

    entry: str | None


@routes.get("/bank/accounts", act=Act.READ_BOOKS)
def list_bank_accounts(asked: Asked) -> BankAccountsOut:
    """List the bank accounts and how statement and ledger meet."""
    return BankAccountsOut(accounts=[_account(position) for position in receivables.bank_positions(asked.books.id)])


@routes.post("/bank/accounts/{bank_account}/opening-balance", act=Act.RECEIVE)
def enter_opening_balance(asked: Asked, bank_account: BankAccountNumber, body: OpeningIn) -> OpeningOut:
    """Enter what a bank account held before its first statement."""
    entry_id = flow.enter_opening_balance(
        books_id=asked.books.id,
        bank_account_id=bank_account,
        on=body.on,
        account=body.account,
        actor=asked.actor,
        at=asked.at,
    )
    return OpeningOut(entry=None if entry_id is None else f"J-{entry_id}")


@routes.post(
    "/bank/statements", act=Act.RECEIVE, takes=uploads.BODY, is_one_transaction=False, also={200: StatementOut}
)
def import_statement(
    asked: Asked,
    profile: Line = "",
    bank_account: BankAccountNumber | None = None,
    dry_run: bool = False,
    file_name: Line = "",
) -> StatementOut | Answer:
    """Import a bank statement. The format is found: CAMT.053, .052 or .054, MT940 or MT942, OFX, QIF, BAI2, CFONB 120,
    Norma 43, PayPal, a ZIP of them, or delimited text by a column profile.

    A statement whose balances and entries do not agree is refused whole. The same file again changes nothing.
    """
    sent = asked.upload()
    with asked.on_record(is_written=not dry_run):
        found = flow.import_bank(
            books_id=asked.books.id,
            data=sent.data,
            file_name=sent.name,
            profile=profile,
            bank_account_id=bank_account,
            dry_run=dry_run,
            actor=asked.actor,
            at=asked.at,
        )
    result = StatementOut(
        batch=references.number(references.IMPORT, found.batch) if found.batch else None,
        read=found.read,
        accepted=found.accepted,
        unchanged=found.unchanged,
        rejected=found.rejected,
        pending=found.pending,
        errors=[row_error(refusal) for refusal in found.errors],
        notes=[
            NoteOut(row=note.row, code=note.code, message=words.sentence(note.code, note.facts)) for note in found.notes
        ],
        bank_accounts=[references.number(references.BANK_ACCOUNT, id_) for id_ in found.bank_account_ids],
        is_dry_run=found.is_dry_run,
        format=found.format,
        statements=[
            StatementSeen(
                account=one.account,
                currency=one.currency,
                first_date=one.first_date,
                last_date=one.last_date,
                opening=None if one.opening is None else one.opening.decimal_text(),
                closing=None if one.closing is None else one.closing.decimal_text(),
                lines=one.lines,
                pending=one.pending,
                is_advice=one.is_advice,
            )
            for one in found.statements
        ],
    )
    return result if found.accepted and not dry_run else Answer(200, result)


@routes.get("/bank/lines", act=Act.READ_BOOKS)
def list_bank_lines(
    asked: Asked,
    state: STATES | None = None,
    search: Line = "",
    bank_account: BankAccountNumber | None = None,
    limit: Rows = PAGE,
    after: After = "",
) -> BankLinesOut:
    """List bank lines, the newest first.

    `listed` ones wait to be matched or assigned; `search` looks in payer, text and the bank's id.
    """
    found = receivables.bank_lines(
        asked.books.id,
        bank_account_id=bank_account,
        states=[state] if state else (),
        search=search,
        after=paging.position(after, date, int),
        limit=limit + 1,
    )
    return BankLinesOut(
        lines=[_line(line) for line in found[:limit]],
        next=paging.next_of(found, limit, lambda line: (line.booking_date.isoformat(), line.id)),
    )


@routes.get("/bank/lines/{line}", act=Act.READ_BOOKS)
def read_bank_line(asked: Asked, line: LineNumber) -> BankLineDetail:
    """Read a bank line and what it could settle."""
    row = receivables.bank_line(asked.books.id, line)
    return BankLineDetail(
        line=_line(row),
        candidates=[
            CandidateOut(
                document=found.number,
                kind=found.kind.value,
                customer=found.customer,
                due_date=found.due_date,
                open=found.open.decimal_text(),
                settle=found.settle.decimal_text(),
                currency=found.open.currency.code,
                why=found.why,
            )
            for found in receivables.line_candidates(asked.books.id, line)
        ],
    )


@routes.post("/bank/match", act=Act.RECEIVE, status=200, is_one_transaction=False)
def match_lines(asked: Asked) -> MatchedOut:
    """Match every listed line that names exactly one open item of its amount.

    The others stay listed with what a person has to decide. Repeating it changes nothing.
    """
    done = flow.match(books_id=asked.books.id, actor=asked.actor, at=asked.at)
    return MatchedOut(
        lines=done.lines,
        matched=done.matched,
        proposed=done.proposed,
        unmatched=done.unmatched,
        by_code=dict(done.by_code),
        decisions=[f"CF-{id_}" for id_ in done.decisions],
    )


@routes.post("/bank/lines/{line}/match", act=Act.RECEIVE, status=200)
def match_line(asked: Asked, line: LineNumber, body: MatchIn) -> SettledOut:
    """Settle documents with a bank line, in full or in part."""
    row = receivables.bank_line(asked.books.id, line)
    unit = row.amount.currency.code
    return settled(
        flow.match_by_hand(
            books_id=asked.books.id,
            line_id=line,
            parts=parts(asked, body.parts),
            account_parts=account_parts(body.account_parts, unit),
            customer_id=references.customer_id(body.customer) if body.customer else None,
            actor=asked.actor,
            at=asked.at,
        )
    )


@routes.post("/bank/lines/{line}/assign", act=Act.RECEIVE, status=200)
def assign_line(asked: Asked, line: LineNumber, body: AssignIn) -> SettledOut:
    """Post a bank line to a ledger account: bank charges, interest, tax paid."""
    done = flow.assign(books_id=asked.books.id, line_id=line, account=body.account, actor=asked.actor, at=asked.at)
    return settled(done)


@routes.post("/bank/lines/{line}/recognise", act=Act.RECEIVE, status=200)
def recognise_line(asked: Asked, line: LineNumber, body: RecogniseIn) -> SettledOut:
    """Say that a bank line is a payment that was entered by hand; nothing is posted twice."""
    done = flow.recognise(
        books_id=asked.books.id, line_id=line, payment_id=body.payment, actor=asked.actor, at=asked.at
    )
    return settled(done)


@routes.get("/bank/lines/{line}/why", act=Act.READ_BOOKS)
def why_line(asked: Asked, line: LineNumber) -> WhysOut:
    """Say why a bank line was matched, or why it was left to people."""
    receivables.bank_line(asked.books.id, line)
    return whys(decisions.why(f"bank_line:{line}"))


@routes.post("/bank/lines/{line}/undo", act=Act.UNDO, status=200)
def undo_line(asked: Asked, line: LineNumber, body: UndoIn) -> SettledOut:
    """Take the match of a bank line back; nothing else is touched, and the line is listed again."""
    receivables.bank_line(asked.books.id, line)
    return undone(asked, Undo(What.LINE, line), body)


def _account(position: receivables.BankPosition) -> BankAccountOut:
    def text(amount: Money) -> str:
        return amount.decimal_text()

    return BankAccountOut(
        number=references.number(references.BANK_ACCOUNT, position.id),
        iban=position.iban,
        name=position.name,
        account=position.account_code,
        currency=position.statement.currency.code,
        statement=text(position.statement),
        statement_date=position.statement_date,
        ledger=text(position.ledger),
        brought_forward=text(position.brought_forward),
        outstanding=text(position.outstanding),
        unposted=text(position.unposted),
        unposted_count=position.unposted_count,
        unexplained=text(position.unexplained),
    )


def _line(line: receivables.BankLineRow) -> BankLineOut:
    return BankLineOut(
        number=references.number(references.LINE, line.id),
        bank_account=references.number(references.BANK_ACCOUNT, line.bank_account_id),
        booking_date=line.booking_date,
        value_date=line.value_date,
        amount=line.amount.decimal_text(),
        currency=line.amount.currency.code,
        counterparty=line.counterparty,
        counterparty_iban=line.counterparty_iban,
        text=line.text,
        reference=line.reference,
        bank_tx_id=line.bank_tx_id,
        state=line.state,
        note=line.note,
        left_code=line.left_code,
        is_reversal=line.is_reversal,
        is_manual=line.is_manual,
        entry=f"J-{line.entry_id}" if line.entry_id else None,
        decision=f"CF-{line.decision_id}" if line.decision_id else None,
        posted_at=line.posted_at,
    )
