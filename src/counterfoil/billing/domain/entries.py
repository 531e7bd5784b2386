"""The journal entries of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from counterfoil.billing.domain.documents import Document
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.ledger.domain import AccountRole, JournalEntry, Posting

Accounts = Mapping[AccountRole, str]


@dataclass(frozen=True, slots=True)
class InBase:
    """A document's gross amount and tax in base currency; the net is what lies between them."""

    gross: Money
    tax: Money

    @property
    def net(self) -> Money:
        """What moves the contract position."""
        return self.gross - self.tax


@dataclass(frozen=True, slots=True)
class Conditional:
    """An issued invoice whose right to payment was conditional when it was issued.

    `grossed` is how much of its gross amount already stands as a receivable.
    """

    invoice_id: int
    number: str
    customer_id: int
    contract_id: int | None
    gross: Money
    tax: Money
    base: InBase
    grossed: Money
    unconditional_from: date | None


def issue_entry(made: Document, number: str, customer: str, base: InBase, accounts: Accounts) -> JournalEntry:
    """The entry of an issued invoice: receivable against contract position and tax.

    While the right to payment is conditional, a pair of accounts that the balance sheet nets to zero stands for it
    (IFRS 15.108, Illustrative Example 38): neither a receivable nor a contract liability is shown.
    """
    draft = made.draft
    memo = f"Invoice {number}, {customer}"[:255]
    if draft.is_conditional:
        postings = _pair(made.gross, base.gross, draft.customer_id, draft.contract_id, accounts)
    else:
        postings = _receivable(made.gross, made.tax, base, draft.customer_id, draft.contract_id, accounts)
    return JournalEntry(draft.issue_date, memo, postings)


def _pair(
    gross: Money, base: Money, customer_id: int, contract_id: int | None, accounts: Accounts
) -> tuple[Posting, ...]:
    return (
        Posting(accounts[AccountRole.INVOICED_NOT_DUE], gross, base, customer_id, contract_id),
        Posting(accounts[AccountRole.INVOICED_NOT_DUE_CONTRA], -gross, -base, customer_id, contract_id),
    )


def _receivable(
    gross: Money, tax: Money, base: InBase, customer_id: int, contract_id: int | None, accounts: Accounts
) -> tuple[Posting, ...]:
    position = accounts[AccountRole.CONTRACT_POSITION]
    postings: tuple[Posting, ...] = (
        Posting(accounts[AccountRole.RECEIVABLE], gross, base.gross, customer_id, contract_id),
        Posting(position, tax - gross, -base.net, customer_id, contract_id),
    )
    if tax or base.tax:
        postings += (Posting(accounts[AccountRole.TAX_PAYABLE], -tax, -base.tax, customer_id, contract_id),)
    return postings


def gross_up_entry(held: Conditional, amount: Money, day: date, accounts: Accounts) -> JournalEntry:
    """The entry by which `amount` of a conditional invoice becomes a receivable; a negative one takes that back.

    Tax and base amounts follow the amount in proportion, cumulatively, so that the parts sum to the whole exactly.
    """
    before, after = held.grossed.minor, held.grossed.minor + amount.minor
    whole = held.gross.minor

    def part(total: Money) -> Money:
        return Money(
            round_half_up(total.minor * after, whole) - round_half_up(total.minor * before, whole), total.currency
        )

    base = InBase(part(held.base.gross), part(held.base.tax))
    taken_back = _pair(-amount, -base.gross, held.customer_id, held.contract_id, accounts)
    postings = taken_back + _receivable(amount, part(held.tax), base, held.customer_id, held.contract_id, accounts)
    return JournalEntry(day, f"Invoice {held.number}, right to payment now unconditional", postings)


def credit_entry(day: date, memo: str, posted: Iterable[Posting]) -> JournalEntry:
    """The entry that takes back everything that was posted for an invoice, in its own base amounts."""
    sums: dict[tuple[str, Currency, int | None, int | None], Posting] = {}
    for posting in posted:
        key = (posting.account, posting.amount.currency, posting.customer_id, posting.contract_id)
        known = sums.get(key)
        sums[key] = posting if known is None else _added(known, posting)
    left = [posting.reversed() for posting in sums.values() if posting.amount or posting.base]
    return JournalEntry(day, memo[:255], tuple(left))


def _added(one: Posting, other: Posting) -> Posting:
    return Posting(one.account, one.amount + other.amount, one.base + other.base, one.customer_id, one.contract_id)
