"""What settles what: parts of documents and accounts in, what was done out. Routes of bank and payments share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from counterfoil.api import fields, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import (
    Day,
    In,
    Line,
    Named,
    Number,
    Out,
    Reference,
)
from counterfoil.billing import selectors as billing
from counterfoil.flows import receive_money as flow
from counterfoil.kernel.errors import Refused
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import AccountPart, Part
from counterfoil.receivables.domain.undoing import Undo
from counterfoil.receivables.services import Settled

MOST_PARTS = 500


class UnknownDocument(Refused):
    """No invoice or credit note with this number has an open item."""

    code = "unknown_document"


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


class SettledOut(Out):
    """What was done: `done`, or `unchanged` where it stood already."""

    outcome: str
    payment: str | None
    entry: str | None


def undone(asked: Asked, undo: Undo, body: UndoIn) -> SettledOut:
    return settled(
        flow.undo_match(
            books_id=asked.books.id,
            undo=undo,
            on=body.on or asked.today,
            reason=body.reason,
            actor=asked.actor,
            at=asked.at,
        )
    )


def parts(asked: Asked, wanted: Sequence[PartIn]) -> list[Part]:
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


def account_parts(wanted: Sequence[AccountPartIn], unit: str) -> list[AccountPart]:
    return [
        AccountPart(part.account, fields.amount(part.amount, unit, f"account_parts[{index}].amount"))
        for index, part in enumerate(wanted)
    ]


def settled(done: Settled) -> SettledOut:
    return SettledOut(
        outcome=done.kind.value,
        payment=references.number(references.PAYMENT, done.payment_id) if done.payment_id else None,
        entry=f"J-{done.entry_id}" if done.entry_id else None,
    )


def credit_applied(asked: Asked, document_id: int, body: ApplyIn) -> SettledOut:
    """Settle documents with what is open of a credit note."""
    item = receivables.items_of_documents(asked.books.id, [document_id])[document_id]
    return settled(
        flow.apply_credit(
            books_id=asked.books.id,
            credit_item_id=item.id,
            seen=item.open,
            parts=parts(asked, body.parts),
            on=body.on or asked.today,
            actor=asked.actor,
            at=asked.at,
        )
    )
