"""What settles what: money or a credit on one side, open items on the other, and the entry that follows.

Signs: money in is positive. A part reduces what is open of an item by a positive amount; a part that returns an
earlier allocation has a negative one. An invoice's part uses money up, a credit note's part gives it back, so that a
payment of 80.00 settles an invoice of 100.00 together with a credit note of 20.00.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from counterfoil.kernel import canonical
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.ledger.domain import JournalEntry, Posting, month_of
from counterfoil.receivables.domain.statements import LineState

CHECK: Final = "allocation"
"""The check of `decisions` that this module answers for."""


class DocumentKind(StrEnum):
    """What opened an item: an invoice is owed to us, a credit note is owed by us."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"

    @property
    def sign(self) -> int:
        """1 for what is owed to us, -1 for what we owe."""
        return 1 if self is DocumentKind.INVOICE else -1


class Origin(StrEnum):
    """Where the money of a settlement comes from."""

    LINE = "line"
    """A bank line."""
    HAND = "hand"
    """A payment entered by hand."""
    CASH = "cash"
    """Unapplied cash of an earlier payment."""
    CREDIT = "credit"
    """What is open of a credit note."""


class UnknownOrigin(Refused):
    """There is no such bank line, bank account, payment or credit note in these books."""

    code = "unknown_origin"


@dataclass(frozen=True, slots=True)
class Part:
    """What of an item is settled, in the item's currency.

    `paid` is what that took of the payment, only where the payment is in another currency. `returns` is the allocation
    that a part with a negative amount takes back.
    """

    item_id: int
    amount: Money
    paid: Money | None = None
    returns: int | None = None


@dataclass(frozen=True, slots=True)
class AccountPart:
    """What of the money belongs to a ledger account; negative for what was kept back before it came (a bank charge)."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Settlement:
    """One act of settling.

    Args:
        origin_id: the bank line, the bank account (by hand), the payment (cash) or the credit note's open item.
        amount: the money that came or went; for cash and credit what was open of it when the person looked, so that
            the same click in two windows is seen.
        on: the accounting date.
        customer_id: whom the rest belongs to; without it the first item's customer.
        is_manual: a person decided; the robot never touches it again.
        key: by hand only: what makes the same payment entered twice one payment.
        recognises: of a bank line only: the payment entered by hand that it is; nothing is posted or settled again.
    """

    origin: Origin
    origin_id: int
    amount: Money
    on: date
    parts: tuple[Part, ...] = ()
    account_parts: tuple[AccountPart, ...] = ()
    customer_id: int | None = None
    is_manual: bool = True
    key: str = ""
    recognises: int | None = None


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An open item as it stands."""

    id: int
    kind: DocumentKind
    document_id: int
    number: str
    reference: str
    customer_id: int
    contract_id: int | None
    amount: Money
    base: Money
    open: Money
    open_base: Money
    issue_date: date
    due_date: date
    is_conditional: bool

    @property
    def effect(self) -> str:
        """How decisions name it."""
        return f"invoice:{self.document_id}"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A bank line as it stands; `postings` counts how often it was posted, `settled_as` is what posted it now."""

    id: int
    state: LineState
    amount: Money
    booking_date: date
    account: str
    bank_account_id: int
    postings: int
    settled_as: str = ""


@dataclass(frozen=True, slots=True)
class CashFacts:
    """A payment as it stands: what of it is not applied yet, in its currency and in base."""

    id: int
    customer_id: int
    unapplied: Money
    unapplied_base: Money
    is_undone: bool


@dataclass(frozen=True, slots=True)
class HandFacts:
    """A payment entered by hand; `is_free`: no bank line stands for it, and it was not taken back."""

    id: int
    bank_account_id: int
    amount: Money
    entry_id: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class BankFacts:
    """A bank account: the ledger account that mirrors it."""

    id: int
    currency: Currency
    account: str


@dataclass(frozen=True, slots=True)
class AllocationFacts:
    """An allocation that may be returned; `is_live` until it is undone or returned."""

    id: int
    item_id: int
    amount: Money
    base: Money
    is_live: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Codes of the accounts that settling posts to; `kept` are those that nobody assigns money to by hand."""

    base: Currency
    receivable: str
    unapplied: str
    fx_difference: str
    clearing: str
    kept: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a batch of settlements is held against, as read (and, when it is posted, locked)."""

    chart: Chart
    items: Mapping[int, ItemFacts]
    lines: Mapping[int, LineFacts] = field(default_factory=dict)
    banks: Mapping[int, BankFacts] = field(default_factory=dict)
    cash: Mapping[int, CashFacts] = field(default_factory=dict)
    allocations: Mapping[int, AllocationFacts] = field(default_factory=dict)
    by_hand: Mapping[int, HandFacts] = field(default_factory=dict)
    closed: Mapping[date, date] = field(default_factory=dict)
    """Closed months, each with the first open day after it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One allocation to be.

    `amount_minor` is in the item's currency, `base_minor` what the item was carried at, `paid_minor` what it takes of
    the money, and `paid_base_minor` what that money is worth in base.
    """

    item_id: int
    amount_minor: int
    base_minor: int
    paid_minor: int
    paid_base_minor: int
    returns: int | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """What a settlement comes to: its allocations, what is left of it, and its entry (None where nothing is posted)."""

    entry: JournalEntry | None
    applied: tuple[Applied, ...]
    rest: Money
    rest_base: Money
    base: Money
    customer_id: int | None


def content_hash(settlement: Settlement) -> str:
    """Return the SHA-256 of what is to be settled, to tell the same request sent again from another one."""
    origin = f"{settlement.origin}:{settlement.origin_id} {settlement.amount} {settlement.on.isoformat()}"
    parts = [f"{part.item_id} {part.amount} {part.paid} {part.returns}" for part in settlement.parts]
    accounts = [f"{part.account} {part.amount}" for part in settlement.account_parts]
    rest_ = f"{settlement.customer_id} {settlement.recognises}"
    return canonical.hash_of([origin, parts, accounts, rest_])


def hand_source(key: str) -> str:
    """The business key of a payment entered by hand."""
    return f"hand:{key}"


def effect(part: Part, item: ItemFacts) -> Money:
    """Return the money that a part uses up; negative where it gives money back."""
    paid = part.paid if part.paid is not None else part.amount
    return paid if item.kind is DocumentKind.INVOICE else -paid


def rest(settlement: Settlement, items: Mapping[int, ItemFacts]) -> Money:
    """Return what of the money no part and no account takes."""
    left = settlement.amount
    for part in settlement.parts:
        left -= effect(part, items[part.item_id])
    for account_part in settlement.account_parts:
        left -= account_part.amount
    return left


def findings(settlement: Settlement, facts: Facts) -> tuple[Finding, ...]:
    """Say everything that stands against a settlement, as facts are; nothing found means it may be posted."""
    found = _against_origin(settlement, facts)
    if settlement.recognises is not None:
        return (*found, *_against_recognition(settlement, facts))
    found.extend(_against_date(settlement, facts))
    unknown = [part.item_id for part in settlement.parts if part.item_id not in facts.items]
    if unknown:
        return (*found, _finding("unknown_item", item=unknown[0]))
    for part in settlement.parts:
        found.extend(_against_part(settlement, part, facts))
    if len({part.item_id for part in settlement.parts}) < len(settlement.parts):
        found.append(_finding("item_named_twice"))
    for account_part in settlement.account_parts:
        found.extend(_against_account(settlement, account_part, facts.chart))
    if not found:
        found.extend(_against_sum(settlement, facts))
    return tuple(found)


def _finding(code: str, field_: str | None = None, **facts: Fact) -> Finding:
    return Finding(CHECK, code, facts, field_)


def _against_origin(settlement: Settlement, facts: Facts) -> list[Finding]:
    """The money is there, is what the person saw, and was not settled meanwhile."""
    match settlement.origin:
        case Origin.LINE:
            return _against_line(settlement, facts.lines.get(settlement.origin_id))
        case Origin.HAND:
            return _against_hand(settlement, facts.banks.get(settlement.origin_id))
        case Origin.CASH:
            cash = facts.cash.get(settlement.origin_id)
            there = None if cash is None or cash.is_undone else cash.unapplied
            return _against_seen(settlement, "payment", there)
        case Origin.CREDIT:
            credit = facts.items.get(settlement.origin_id)
            is_credit = credit is not None and credit.kind is DocumentKind.CREDIT_NOTE
            return _against_seen(settlement, "credit note", credit.open if credit and is_credit else None)


def _against_line(settlement: Settlement, line: LineFacts | None) -> list[Finding]:
    if line is not None and line.state is LineState.POSTED:
        return [_finding("line_was_posted", line=line.id)]
    there = None if line is None or line.state is LineState.IGNORED else line.amount
    return _against_seen(settlement, "bank line", there)


def _against_hand(settlement: Settlement, bank: BankFacts | None) -> list[Finding]:
    if bank is None:
        return _against_seen(settlement, "bank account", None)
    if bank.currency != settlement.amount.currency:
        return [_finding("currency_mix", "currency", **_currencies(settlement.amount.currency, bank.currency))]
    return [] if settlement.amount.minor > 0 else [_finding("amount_needed", "amount")]


def _against_seen(settlement: Settlement, what: str, there: Money | None) -> list[Finding]:
    if there is None:
        return [_finding("unknown_origin", what=what, id=settlement.origin_id)]
    if there != settlement.amount:
        return [_finding("changed_since_seen", what=what, now=there.decimal_text())]
    return []


def _against_recognition(settlement: Settlement, facts: Facts) -> list[Finding]:
    """A line is a payment entered by hand when account and amount are the same and no other line is it."""
    line = facts.lines.get(settlement.origin_id)
    payment = facts.by_hand.get(settlement.recognises or 0)
    if line is None or payment is None or settlement.parts or settlement.account_parts:
        return [_finding("unknown_origin", what="payment by hand", id=settlement.recognises)]
    if not payment.is_free or (payment.bank_account_id, payment.amount) != (line.bank_account_id, line.amount):
        return [_finding("payment_differs", amount=payment.amount.decimal_text(), line=line.amount.decimal_text())]
    return []


def _currencies(found: Currency, wanted: Currency) -> dict[str, Fact]:
    return {"row": 0, "currency": found.code, "account_currency": wanted.code}


def _against_date(settlement: Settlement, facts: Facts) -> list[Finding]:
    month = month_of(settlement.on)
    if month not in facts.closed:
        return []
    return [_finding("period_is_closed", "date", period=f"{month:%Y-%m}", first_open=facts.closed[month].isoformat())]


def _against_part(settlement: Settlement, part: Part, facts: Facts) -> list[Finding]:
    """A part is in the item's currency, above zero, within what is open, and of the customer whose money it is."""
    item = facts.items[part.item_id]
    if part.returns is not None:
        return _against_return(part, item, facts)
    if part.amount.currency != item.open.currency:
        return [_finding("currency_mix", "amount", **_currencies(part.amount.currency, item.open.currency))]
    if part.amount.minor <= 0 or (part.paid is not None and part.paid.minor <= 0):
        return [_finding("amount_needed", "amount", number=item.number)]
    if part.amount > item.open:
        return [
            _finding(
                "exceeds_open",
                "amount",
                number=item.number,
                amount=part.amount.decimal_text(),
                open=item.open.decimal_text(),
                currency=item.open.currency.code,
            )
        ]
    is_foreign = item.open.currency != settlement.amount.currency
    if is_foreign != (part.paid is not None) or (
        part.paid is not None and part.paid.currency != settlement.amount.currency
    ):
        return [_finding("currency_mix", "amount", **_currencies(settlement.amount.currency, item.open.currency))]
    owner = _owner(settlement, facts)
    if owner is not None and item.customer_id != owner:
        return [_finding("other_customer", number=item.number)]
    if settlement.origin is Origin.CREDIT and (is_foreign or item.kind is not DocumentKind.INVOICE):
        return [_finding("currency_mix", "amount", **_currencies(settlement.amount.currency, item.open.currency))]
    return []


def _owner(settlement: Settlement, facts: Facts) -> int | None:
    """Whose cash or credit it is; a payment that just came may be for anybody."""
    if settlement.origin is Origin.CASH:
        return facts.cash[settlement.origin_id].customer_id if settlement.origin_id in facts.cash else None
    if settlement.origin is Origin.CREDIT and settlement.origin_id in facts.items:
        return facts.items[settlement.origin_id].customer_id
    return None


def _against_return(part: Part, item: ItemFacts, facts: Facts) -> list[Finding]:
    """A return takes back one whole allocation that is still in force."""
    allocation = facts.allocations.get(part.returns or 0)
    if allocation is None or not allocation.is_live or allocation.item_id != item.id:
        return [_finding("already_returned", number=item.number)]
    if part.amount != -allocation.amount:
        return [_finding("amount_differs", number=item.number, open=allocation.amount.decimal_text())]
    return []


def _against_account(settlement: Settlement, part: AccountPart, chart: Chart) -> list[Finding]:
    if part.account not in chart.known:
        return [_finding("unknown_account", "account", account=part.account)]
    if part.account in chart.kept:
        return [_finding("account_is_kept", "account", account=part.account)]
    if part.amount.currency != settlement.amount.currency or not part.amount:
        return [_finding("amount_needed", "amount", number=part.account)]
    return []


def _against_sum(settlement: Settlement, facts: Facts) -> list[Finding]:
    """The parts take no more than there is, and what is left belongs to somebody."""
    left = rest(settlement, facts.items)
    if left.minor < 0 or (left and settlement.amount.minor < 0):
        return [
            _finding(
                "exceeds_payment",
                "amount",
                amount=settlement.amount.decimal_text(),
                over=abs(left).decimal_text(),
                currency=left.currency.code,
            )
        ]
    if settlement.origin in (Origin.CASH, Origin.CREDIT):
        return [] if settlement.parts and not settlement.account_parts else [_finding("amount_needed", "amount")]
    if left and _payer(settlement, facts) is None:
        return [_finding("customer_needed", "customer", amount=left.decimal_text())]
    return []


def _payer(settlement: Settlement, facts: Facts) -> int | None:
    """Whose payment it is: the customer who was named, else the first item's."""
    if settlement.customer_id is not None:
        return settlement.customer_id
    return facts.items[settlement.parts[0].item_id].customer_id if settlement.parts else None


def base_share(item: ItemFacts, part: Money) -> Money:
    """Return the base amount that a part of an item leaves with: the exact proportion of the whole, in sum.

    IAS 21.28: what is settled leaves at the rate it was carried at, and the difference to the day's rate is realised.
    The proportion is taken of everything settled so far, so that parts sum exactly and the last takes the rest.
    """
    settled = item.amount.minor - item.open.minor + part.minor
    left = item.base.minor - round_half_up(item.base.minor * settled, item.amount.minor)
    share = item.open_base.minor - left
    return Money(min(max(share, 0), item.open_base.minor), item.open_base.currency)


def shared_out(base: Money, amount: Money, parts: Sequence[Money]) -> list[Money]:
    """Share a base amount over parts that sum to `amount`; each takes its proportion, exactly in all."""
    shares: list[Money] = []
    done = before = 0
    for part in parts:
        done += part.minor
        after = round_half_up(base.minor * done, amount.minor)
        shares.append(Money(after - before, base.currency))
        before = after
    return shares


def worked(settlement: Settlement, facts: Facts, base: Money) -> Worked:
    """Work out the allocations and the balanced entry of a settlement that passed every check.

    Args:
        base: `settlement.amount` in base currency at the rate of the day (for cash and credit: what it is carried at).
    """
    chart = facts.chart
    nothing = Money.zero(settlement.amount.currency)
    if settlement.recognises is not None:
        return Worked(None, (), nothing, Money.zero(chart.base), base, None)
    effects = [effect(part, facts.items[part.item_id]) for part in settlement.parts]
    left = rest(settlement, facts.items)
    is_transfer = settlement.origin in (Origin.CASH, Origin.CREDIT)
    used = [*effects, *(part.amount for part in settlement.account_parts)]
    shares = shared_out(base, settlement.amount, [*used, left])
    rest_base = shares.pop()
    payer = _payer(settlement, facts)
    postings = [_origin_posting(settlement, facts, left, base - rest_base if is_transfer else base)]
    applied: list[Applied] = []
    fx = Money.zero(chart.base)
    for part, use, share in zip(settlement.parts, effects, shares, strict=False):
        item = facts.items[part.item_id]
        carried = -facts.allocations[part.returns].base if part.returns is not None else base_share(item, part.amount)
        applied.append(
            Applied(
                item.id,
                part.amount.minor,
                carried.minor,
                item.kind.sign * use.minor,
                item.kind.sign * share.minor,
                part.returns,
            )
        )
        if part.paid is not None:
            settled = part.amount if item.kind is DocumentKind.INVOICE else -part.amount
            postings.append(Posting(chart.clearing, -use, -share))
            postings.append(Posting(chart.clearing, settled, share))
        signed = Money(item.kind.sign * part.amount.minor, part.amount.currency)
        in_base = Money(item.kind.sign * carried.minor, chart.base)
        postings.append(Posting(chart.receivable, -signed, -in_base, item.customer_id))
        fx += share - in_base
    for account_part, share in zip(settlement.account_parts, shares[len(effects) :], strict=True):
        postings.append(Posting(account_part.account, -account_part.amount, -share))
    if left and not is_transfer:
        postings.append(Posting(chart.unapplied, -left, -rest_base, payer))
    if fx:
        postings.append(Posting(chart.fx_difference, nothing, -fx))
    is_silent = settlement.origin is Origin.CREDIT and not fx
    memo = _memo(settlement, facts)
    return Worked(
        None if is_silent else JournalEntry(settlement.on, memo, tuple(postings)),
        tuple(applied),
        left,
        rest_base,
        base,
        payer,
    )


def _origin_posting(settlement: Settlement, facts: Facts, left: Money, base: Money) -> Posting:
    """The side the money comes from: the bank, the customer's unapplied cash, or the credit note's receivable."""
    chart = facts.chart
    id_ = settlement.origin_id
    match settlement.origin:
        case Origin.LINE:
            return Posting(facts.lines[id_].account, settlement.amount, base)
        case Origin.HAND:
            return Posting(facts.banks[id_].account, settlement.amount, base)
        case Origin.CASH:
            return Posting(chart.unapplied, settlement.amount - left, base, facts.cash[id_].customer_id)
        case Origin.CREDIT:
            return Posting(chart.receivable, settlement.amount - left, base, facts.items[id_].customer_id)


def _memo(settlement: Settlement, facts: Facts) -> str:
    """What the journal says; numbers only, because names of persons must stay erasable."""
    numbers = ", ".join(facts.items[part.item_id].number for part in settlement.parts)
    accounts = ", ".join(part.account for part in settlement.account_parts)
    match settlement.origin:
        case Origin.CASH:
            what = "Unapplied cash to"
        case Origin.CREDIT:
            what = f"Credit note {facts.items[settlement.origin_id].number} to"
        case _ if settlement.amount.minor < 0:
            what = "Payment returned or refunded:"
        case _:
            what = "Payment:"
    return f"{what} {numbers or accounts or 'on account'}"[:255]
