"""Money: bank statements and lines, matching, payments by hand, and taking a match back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from counterfoil import words
from counterfoil.api import fields, paging, references, uploads
from counterfoil.api.fields import (
    PAGE,
    After,
    BankAccountNumber,
    CurrencyCode,
    Day,
    In,
    Line,
    LineNumber,
    Named,
    Number,
    Out,
    PaymentNumber,
    Reference,
    Rows,
)
from counterfoil.api.foundation import Answer, Asked, Routes
from counterfoil.api.problems import NotFound
from counterfoil.api.routes.imports import RowErrorOut, row_error
from counterfoil.api.routes.record import WhysOut, whys
from counterfoil.billing import selectors as billing
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import receive_money as flow
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import AccountPart, Part
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.receivables.services import Settled

routes = Routes("bank")
MOST_PARTS = 500
STATES = Literal["listed", "posted", "ignored", "quarantined"]


class UnknownDocument(Refused):
    """No invoice or credit note with this number has an open item."""

    code = "unknown_document"


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


class MatchedOut(Out):
    """What a matching did. `by_code` counts the lines that are left to people by what they have to decide."""

    lines: int
    matched: int
    proposed: int
    unmatched: int
    by_code: dict[str, int]
    decisions: list[str]


class PartIn(In):
    """What is settled of an invoice or credit note."""

    document: Reference
    """Its number."""
    amount: Number | None = None
    """In its currency; all that is open of it where it is left out."""


class AccountPartIn(In):
    """What of the money belongs to a ledger account; negative for what a bank kept back before it came."""

    account: Reference
    amount: Number


class MatchIn(In):
    """What a bank line settles. What the parts leave over is money of the customer on no invoice yet."""

    parts: Annotated[list[PartIn], Field(max_length=MOST_PARTS)] = []
    account_parts: Annotated[list[AccountPartIn], Field(max_length=50)] = []
    customer: Line = ""
    """Whose the rest is: external id or number; that of the first document where it is left out."""


class AssignIn(In):
    """The ledger account that a bank line belongs to: bank charges, interest, tax paid."""

    account: Reference


class RecogniseIn(In):
    """The payment entered by hand that a bank line is."""

    payment: PaymentNumber


class PaymentIn(MatchIn):
    """A payment entered by hand, before its bank line is there."""

    amount: Number
    currency: CurrencyCode | None = None
    """That of the books where it is left out."""
    paid_date: Day | None = None
    """Today in the books' zone where it is left out."""
    bank_account: BankAccountNumber | None = None
    """Where it came in; the first bank account where it is left out."""
    text: Line = ""


class ApplyIn(In):
    """What money or credit that is on no invoice yet settles."""

    parts: Annotated[list[PartIn], Field(min_length=1, max_length=MOST_PARTS)]
    on: Day | None = None
    """Accounting date; today where it is left out."""


class UndoIn(In):
    """Why a match is taken back, and as of which day."""

    reason: Named
    on: Day | None = None
    """Accounting date of the reversal; today where it is left out."""


class OpeningIn(In):
    """Against which account and on which day what a bank account held before its first statement is entered."""

    on: Day
    account: Line = ""
    """Capital where it is left out."""


class OpeningOut(Out):
    """The entry, null where there was nothing to enter."""

    entry: str | None


class SettledOut(Out):
    """What was done: `done`, or `unchanged` where it stood already."""

    outcome: str
    payment: str | None
    entry: str | None


class SettledPart(Out):
    """What a payment settles of one document."""

    document: str
    amount: str
    currency: str


class PaymentOut(Out):
    """A payment. Negative: money that went back. `unapplied` is on no invoice yet."""

    number: str
    paid_date: date
    customer: str
    customer_number: str
    amount: str
    unapplied: str
    currency: str
    bank_line: str | None
    entry: str
    text: str
    is_by_hand: bool
    undone_on: date | None
    settled: list[SettledPart]


class PaymentsOut(Out):
    """Payments, the newest first."""

    payments: list[PaymentOut]
    next: str | None


class OpenItemOut(Out):
    """A document with something open. `is_conditional`: the right to payment is not unconditional yet."""

    document: str
    kind: str
    customer_number: str
    issue_date: date
    due_date: date
    amount: str
    open: str
    currency: str
    is_conditional: bool


class OpenItemsOut(Out):
    """What is open, by due date."""

    items: list[OpenItemOut]
    next: str | None


class BalanceOut(Out):
    """What a customer owes now: invoices less credit, what of it is overdue, and money on no invoice yet."""

    open: str
    overdue: str
    unapplied: str
    items: int
    currency: str


class AccountLineOut(Out):
    """One line of a statement of account, with the balance after it."""

    day: date
    what: str
    number: str
    amount: str
    balance: str


class AccountInCurrency(Out):
    """What happened in one currency; `before` is the balance before the first day."""

    currency: str
    before: str
    lines: list[AccountLineOut]


class AccountOfCustomer(Out):
    """A statement of account."""

    currencies: list[AccountInCurrency]


# ------------------------------------------------------------------------------------ statements and lines


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
    """Import a bank statement: CAMT.053, a ZIP of them, or delimited text by a column profile.

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


# ------------------------------------------------------------------------------------ matching


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
    return _settled(
        flow.match_by_hand(
            books_id=asked.books.id,
            line_id=line,
            parts=_parts(asked, body.parts),
            account_parts=_account_parts(body.account_parts, unit),
            customer_id=references.customer_id(body.customer) if body.customer else None,
            actor=asked.actor,
            at=asked.at,
        )
    )


@routes.post("/bank/lines/{line}/assign", act=Act.RECEIVE, status=200)
def assign_line(asked: Asked, line: LineNumber, body: AssignIn) -> SettledOut:
    """Post a bank line to a ledger account: bank charges, interest, tax paid."""
    done = flow.assign(books_id=asked.books.id, line_id=line, account=body.account, actor=asked.actor, at=asked.at)
    return _settled(done)


@routes.post("/bank/lines/{line}/recognise", act=Act.RECEIVE, status=200)
def recognise_line(asked: Asked, line: LineNumber, body: RecogniseIn) -> SettledOut:
    """Say that a bank line is a payment that was entered by hand; nothing is posted twice."""
    done = flow.recognise(
        books_id=asked.books.id, line_id=line, payment_id=body.payment, actor=asked.actor, at=asked.at
    )
    return _settled(done)


@routes.get("/bank/lines/{line}/why", act=Act.READ_BOOKS)
def why_line(asked: Asked, line: LineNumber) -> WhysOut:
    """Say why a bank line was matched, or why it was left to people."""
    receivables.bank_line(asked.books.id, line)
    return whys(decisions.why(f"bank_line:{line}"))


@routes.post("/bank/lines/{line}/undo", act=Act.UNDO, status=200)
def undo_line(asked: Asked, line: LineNumber, body: UndoIn) -> SettledOut:
    """Take the match of a bank line back; nothing else is touched, and the line is listed again."""
    receivables.bank_line(asked.books.id, line)
    return _undone(asked, Undo(What.LINE, line), body)


# ------------------------------------------------------------------------------------ payments and open items


@routes.get("/payments", act=Act.READ_BOOKS)
def list_payments(
    asked: Asked, customer: Line = "", is_unapplied: bool = False, limit: Rows = PAGE, after: After = ""
) -> PaymentsOut:
    """List payments, the newest first.

    With `is_unapplied` only those with money that is on no invoice yet.
    """
    found = receivables.payments(
        asked.books.id,
        customer_id=references.customer_id(customer) if customer else None,
        is_unapplied=is_unapplied,
        after=paging.position(after, date, int),
        limit=limit + 1,
    )
    return PaymentsOut(
        payments=[_payment(row) for row in found[:limit]],
        next=paging.next_of(found, limit, lambda row: (row.paid_date.isoformat(), row.id)),
    )


@routes.get("/payments/{payment}", act=Act.READ_BOOKS)
def read_payment(asked: Asked, payment: PaymentNumber) -> PaymentOut:
    """Read a payment and what it settles."""
    return _payment(_payment_row(asked, payment))


@routes.post("/payments", act=Act.RECEIVE)
def record_payment(asked: Asked, body: PaymentIn) -> SettledOut:
    """Enter a payment by hand, and settle documents with it.

    When its bank line arrives, the line is recognised as this payment.
    """
    unit = body.currency or asked.books.base_currency.code
    key = asked.request.headers.get("Idempotency-Key") or world.token(12)
    payment = flow.HandPayment(
        fields.amount(body.amount, unit, "amount"),
        body.paid_date or asked.today,
        f"api:{asked.person.user_id}:{key}"[:120],
        tuple(_parts(asked, body.parts)),
        tuple(_account_parts(body.account_parts, unit)),
        references.customer_id(body.customer) if body.customer else None,
        body.bank_account,
        body.text,
    )
    return _settled(flow.record_payment(books_id=asked.books.id, payment=payment, actor=asked.actor, at=asked.at))


@routes.post("/payments/{payment}/apply", act=Act.RECEIVE, status=200)
def apply_payment(asked: Asked, payment: PaymentNumber, body: ApplyIn) -> SettledOut:
    """Settle documents with what of a payment is on no invoice yet."""
    return _settled(
        flow.apply_cash(
            books_id=asked.books.id,
            payment_id=payment,
            seen=_payment_row(asked, payment).unapplied,
            parts=_parts(asked, body.parts),
            on=body.on or asked.today,
            actor=asked.actor,
            at=asked.at,
        )
    )


@routes.post("/payments/{payment}/undo", act=Act.UNDO, status=200)
def undo_payment(asked: Asked, payment: PaymentNumber, body: UndoIn) -> SettledOut:
    """Take a payment that was entered by hand back."""
    _payment_row(asked, payment)
    return _undone(asked, Undo(What.PAYMENT, payment), body)


@routes.get("/open-items", act=Act.READ_BOOKS)
def list_open_items(asked: Asked, customer: Line = "", limit: Rows = PAGE, after: After = "") -> OpenItemsOut:
    """List what is open, by due date."""
    found = receivables.open_items(
        asked.books.id,
        customer_id=references.customer_id(customer) if customer else None,
        after=paging.position(after, date, int),
        limit=limit + 1,
    )
    return OpenItemsOut(
        items=[
            OpenItemOut(
                document=item.number,
                kind=item.kind.value,
                customer_number=references.number(references.CUSTOMER, item.customer_id),
                issue_date=item.issue_date,
                due_date=item.due_date,
                amount=item.amount.decimal_text(),
                open=item.open.decimal_text(),
                currency=item.open.currency.code,
                is_conditional=item.is_conditional,
            )
            for item in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda item: (item.due_date.isoformat(), item.id)),
    )


@routes.get("/customers/{customer}/balance", act=Act.READ_BOOKS)
def read_balance(asked: Asked, customer: Reference) -> BalanceOut:
    """Read what a customer owes now, in the currency of the books."""
    found = receivables.customer_balance(asked.books.id, references.customer_id(customer), asked.today)
    return BalanceOut(
        open=found.open.decimal_text(),
        overdue=found.overdue.decimal_text(),
        unapplied=found.unapplied.decimal_text(),
        items=found.items,
        currency=found.open.currency.code,
    )


@routes.get("/customers/{customer}/account", act=Act.READ_BOOKS)
def read_account(
    asked: Asked, customer: Reference, start: Day | None = None, end: Day | None = None
) -> AccountOfCustomer:
    """Read a customer's statement of account.

    From `start` (the first of January where it is left out) to `end` (today), both inclusive, by currency.
    """
    until = end or asked.today
    found = receivables.statement_of_account(
        asked.books.id, references.customer_id(customer), start=start or until.replace(month=1, day=1), end=until
    )
    return AccountOfCustomer(
        currencies=[
            AccountInCurrency(
                currency=unit.code,
                before=Money(before, unit).decimal_text(),
                lines=[
                    AccountLineOut(
                        day=line.day,
                        what=line.what,
                        number=line.number
                        or (references.number(references.PAYMENT, line.payment_id) if line.payment_id else ""),
                        amount=line.amount.decimal_text(),
                        balance=Money(line.balance_minor, unit).decimal_text(),
                    )
                    for line in lines
                ],
            )
            for unit, (before, lines) in found.items()
        ]
    )


def credit_applied(asked: Asked, document_id: int, body: ApplyIn) -> SettledOut:
    """Settle documents with what is open of a credit note."""
    item = receivables.items_of_documents(asked.books.id, [document_id])[document_id]
    return _settled(
        flow.apply_credit(
            books_id=asked.books.id,
            credit_item_id=item.id,
            seen=item.open,
            parts=_parts(asked, body.parts),
            on=body.on or asked.today,
            actor=asked.actor,
            at=asked.at,
        )
    )


def _undone(asked: Asked, undo: Undo, body: UndoIn) -> SettledOut:
    return _settled(
        flow.undo_match(
            books_id=asked.books.id,
            undo=undo,
            on=body.on or asked.today,
            reason=body.reason,
            actor=asked.actor,
            at=asked.at,
        )
    )


def _parts(asked: Asked, wanted: Sequence[PartIn]) -> list[Part]:
    """Find the open items of documents by number.

    Raises:
        UnknownDocument: there is no such document with an open item.
    """
    ids = {part.document: billing.document_id(asked.books.id, part.document) for part in wanted}
    items = receivables.items_of_documents(asked.books.id, [id_ for id_ in ids.values() if id_ is not None])
    parts = []
    for index, part in enumerate(wanted):
        item = items.get(ids[part.document] or 0)
        if item is None:
            raise UnknownDocument(field=f"parts[{index}].document", document=part.document[:40])
        settled = item.open
        if part.amount is not None:
            settled = fields.amount(part.amount, item.open.currency.code, f"parts[{index}].amount")
        parts.append(Part(item.id, settled))
    return parts


def _account_parts(wanted: Sequence[AccountPartIn], unit: str) -> list[AccountPart]:
    return [
        AccountPart(part.account, fields.amount(part.amount, unit, f"account_parts[{index}].amount"))
        for index, part in enumerate(wanted)
    ]


def _settled(done: Settled) -> SettledOut:
    return SettledOut(
        outcome=done.kind.value,
        payment=references.number(references.PAYMENT, done.payment_id) if done.payment_id else None,
        entry=f"J-{done.entry_id}" if done.entry_id else None,
    )


def _payment_row(asked: Asked, payment_id: int) -> receivables.PaymentRow:
    found = receivables.payments(asked.books.id, payment_id=payment_id)
    if not found:
        raise NotFound(what="payment", name=references.number(references.PAYMENT, payment_id))
    return found[0]


def _payment(row: receivables.PaymentRow) -> PaymentOut:
    return PaymentOut(
        number=references.number(references.PAYMENT, row.id),
        paid_date=row.paid_date,
        customer=row.customer,
        customer_number=references.number(references.CUSTOMER, row.customer_id),
        amount=row.amount.decimal_text(),
        unapplied=row.unapplied.decimal_text(),
        currency=row.amount.currency.code,
        bank_line=references.number(references.LINE, row.bank_line_id) if row.bank_line_id else None,
        entry=f"J-{row.entry_id}",
        text=row.text,
        is_by_hand=row.is_by_hand,
        undone_on=row.undone_on,
        settled=[
            SettledPart(document=number, amount=amount.decimal_text(), currency=amount.currency.code)
            for number, amount in row.settled
        ],
    )


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
