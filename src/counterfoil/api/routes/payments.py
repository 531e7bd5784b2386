"""Payments, what is open, and what a customer owes."""

from __future__ import annotations

from datetime import date

from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import (
    PAGE,
    After,
    BankAccountNumber,
    CurrencyCode,
    Day,
    Line,
    Number,
    Out,
    PaymentNumber,
    Reference,
    Rows,
)
from counterfoil.api.problems import NotFound
from counterfoil.api.routes.settling import (
    ApplyIn,
    MatchIn,
    SettledOut,
    UndoIn,
    account_parts,
    parts,
    settled,
    undone,
)
from counterfoil.api.routing import Routes
from counterfoil.flows import receive_money as flow
from counterfoil.infra import world
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.undoing import Undo, What

routes = Routes("payments")


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
        tuple(parts(asked, body.parts)),
        tuple(account_parts(body.account_parts, unit)),
        references.customer_id(body.customer) if body.customer else None,
        body.bank_account,
        body.text,
    )
    return settled(flow.record_payment(books_id=asked.books.id, payment=payment, actor=asked.actor, at=asked.at))


@routes.post("/payments/{payment}/apply", act=Act.RECEIVE, status=200)
def apply_payment(asked: Asked, payment: PaymentNumber, body: ApplyIn) -> SettledOut:
    """Settle documents with what of a payment is on no invoice yet."""
    return settled(
        flow.apply_cash(
            books_id=asked.books.id,
            payment_id=payment,
            seen=_payment_row(asked, payment).unapplied,
            parts=parts(asked, body.parts),
            on=body.on or asked.today,
            actor=asked.actor,
            at=asked.at,
        )
    )


@routes.post("/payments/{payment}/undo", act=Act.UNDO, status=200)
def undo_payment(asked: Asked, payment: PaymentNumber, body: UndoIn) -> SettledOut:
    """Take a payment that was entered by hand back."""
    _payment_row(asked, payment)
    return undone(asked, Undo(What.PAYMENT, payment), body)


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
