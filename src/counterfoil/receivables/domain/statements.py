"""A bank statement as read from a file, whatever the format: its lines, its balances, and how a line is known again."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from counterfoil.kernel import canonical
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money

DAYS_AHEAD: Final = 5
"""A bank may book a few days ahead (a weekend, a value date); what lies further ahead is taken for an error."""
_NO_ID: Final = frozenset({"", "NONREF", "NOTPROVIDED", "NONE", "0"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


ADVISED: Final = "advised"
"""The note of a line that the bank told of before a statement booked it."""
OPENING_GAP: Final = "opening_gap"
"""The note of a line whose statement does not begin where the one before it ended."""
UNDONE: Final = "import_undone"
NOT_THERE: Final = (UNDONE, ADVISED)
"""Notes of lines that count for nothing; a statement that brings such a line lists it."""


class LineState(StrEnum):
    """Where a bank line stands. Only a posted line is in the ledger."""

    LISTED = "listed"
    POSTED = "posted"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class NotAStatement(Refused):
    """The file is no bank statement of a kind that we read, or it lacks what every statement has."""

    code = "not_a_statement"


class MalformedStatement(Refused):
    """A statement with an amount, a date or an account that nobody could have booked."""

    code = "malformed_statement"


class BalanceMismatch(Refused):
    """Opening balance and entries do not make the closing balance: a line is missing, doubled or altered."""

    code = "balance_mismatch"


class CurrencyMix(Refused):
    """An entry in another currency than its account: it is not added to the account's balance."""

    code = "currency_mix"


class DuplicateStatement(Refused):
    """A statement with the same name was imported before, with other contents."""

    code = "duplicate_file"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booked movement; money in is positive. `row` is its row of the file, or its position in the statement."""

    row: int
    booking_date: date
    amount: Money
    value_date: date | None = None
    counterparty: str = ""
    counterparty_iban: str = ""
    text: str = ""
    reference: str = ""
    end_to_end_id: str = ""
    bank_tx_id: str = ""
    is_reversal: bool = False
    doubt: str = ""
    """Why a person has to look at the line before it is matched; empty for most."""


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One account's statement.

    Balances are None where the file states none; `pending` entries are left out of `lines`. `are_ids_unique`: a bank id
    stands for one line only, so that the same id with another amount is an error of the file, and not another line.
    `is_advice`: the bank tells of bookings before or beside the statement that books them (intraday report, credit
    advice). `faults` are what the reader could make out and nobody may store: a statement with any is refused.
    """

    account: str
    account_name: str
    currency: Currency
    message_id: str
    statement_id: str
    lines: tuple[StatementLine, ...]
    sequence: int | None = None
    opening: Money | None = None
    closing: Money | None = None
    opening_date: date | None = None
    closing_date: date | None = None
    pending: int = 0
    are_ids_unique: bool = False
    is_advice: bool = False
    faults: tuple[Refusal, ...] = ()

    @property
    def total(self) -> Money:
        """What the lines come to."""
        return sum((line.amount for line in self.lines), Money.zero(self.currency))

    @property
    def first_date(self) -> date | None:
        """The day the statement begins: its opening balance's, else its first line's."""
        return self.opening_date or min((line.booking_date for line in self.lines), default=self.closing_date)

    @property
    def last_date(self) -> date | None:
        """The day the statement ends: its closing balance's, else its last line's."""
        return self.closing_date or max((line.booking_date for line in self.lines), default=self.opening_date)

    @property
    def content_hash(self) -> str:
        """The SHA-256 of what the statement says; the file's name, its blanks and when it was made do not matter."""
        return canonical.hash_of(
            [
                self.account,
                self.currency.code,
                [None if money is None else money.minor for money in (self.opening, self.closing)],
                [None if day is None else day.isoformat() for day in (self.opening_date, self.closing_date)],
                [_content(line) for line in self.lines],
                self.pending,
            ]
        )


def insist_sound(statement: BankStatement) -> None:
    """Refuse a statement that could not be read whole, or whose figures contradict each other.

    Raises:
        Refused: the first of its faults, with how many `more` there are.
        CurrencyMix: a balance or a line is in another currency than the account.
        BalanceMismatch: opening + lines is not closing; both figures are facts.
    """
    if statement.faults:
        first, *more = statement.faults
        facts = {**first.facts, "more": len(more)} if more else first.facts
        raise Refusal(first.code, facts, first.field).error()
    for line in statement.lines:
        if line.amount.currency != statement.currency:
            raise CurrencyMix(
                field="currency",
                row=line.row,
                currency=line.amount.currency.code,
                account_currency=statement.currency.code,
            )
    if statement.opening is None or statement.closing is None:
        return
    for balance in (statement.opening, statement.closing):
        if balance.currency != statement.currency:
            raise CurrencyMix(
                field="currency",
                row=0,
                currency=balance.currency.code,
                account_currency=statement.currency.code,
            )
    computed = statement.opening + statement.total
    if computed != statement.closing:
        raise BalanceMismatch(
            field="balance",
            statement=statement.statement_id or statement.account,
            expected=computed.decimal_text(),
            found=statement.closing.decimal_text(),
            off_by=(statement.closing - computed).decimal_text(),
            currency=statement.currency.code,
        )


def state_on_arrival(
    line: StatementLine, today: date, *, is_advice: bool = False, is_after_gap: bool = False
) -> tuple[LineState, str]:
    """Return where a new line stands and why: nothing to settle in 0.00, nothing to trust in a day far ahead.

    What the bank only advises is ignored until a statement books it: an intraday report, an advice of the parts of a
    batch and the statement tell of the same money.
    """
    if not line.amount:
        return LineState.IGNORED, "zero_amount"
    if is_advice:
        return LineState.IGNORED, ADVISED
    if is_after_gap:
        return LineState.QUARANTINED, OPENING_GAP
    if line.doubt:
        return LineState.QUARANTINED, line.doubt
    if is_too_far_ahead(line.booking_date, today):
        return LineState.QUARANTINED, "booked_ahead"
    return LineState.LISTED, ""


def is_too_far_ahead(day: date, today: date) -> bool:
    """Tell whether a booking date lies more than five days after today."""
    return day > today + timedelta(days=DAYS_AHEAD)


@dataclass(frozen=True, slots=True)
class Numbered:
    """What tells whether a statement goes on where another ended: its number, its days and its balances."""

    number: int
    first_date: date
    last_date: date
    opening_minor: int
    closing_minor: int


def numbered(statement: BankStatement) -> Numbered | None:
    """Return what tells where a statement stands in its row; None where it has no number or not both balances."""
    if statement.sequence is None or statement.opening is None or statement.closing is None:
        return None
    first, last = statement.first_date, statement.last_date
    if first is None or last is None:
        return None
    return Numbered(statement.sequence, first, last, statement.opening.minor, statement.closing.minor)


def gap_before(statement: Numbered, others: Sequence[Numbered]) -> Numbered | None:
    """Return the statement after which one is missing: the last before this one, when it ended with another balance.

    Several statements may close on one day, a long one has pages of one number, and numbers begin anew each year: so
    any of that last day, or page of this one, that ended where this one begins is enough, and only a statement with a
    lower number is held against it.
    """
    others = [one for one in others if one != statement and one.last_date <= statement.last_date]
    pages = [one for one in others if one.number == statement.number]
    before = [one for one in others if one.last_date <= statement.first_date]
    last = max((one.last_date for one in before), default=None)
    latest = [one for one in before if one.last_date == last]
    if any(one.closing_minor == statement.opening_minor for one in (*pages, *latest)):
        return None
    lower = [one for one in latest if one.number < statement.number]
    return max(lower, key=lambda one: one.number, default=None)


def has_bank_id(line: StatementLine) -> bool:
    """Tell whether the bank gave the line an id of its own."""
    return line.bank_tx_id.upper() not in _NO_ID


def is_same_booking(one: StatementLine, other: StatementLine) -> bool:
    """Tell whether two lines with one bank id are one line: the same day and the same amount."""
    return (one.booking_date, one.amount) == (other.booking_date, other.amount)


def identities(lines: Sequence[StatementLine]) -> list[str]:
    """Return what each line is known by again in another file of the same account: at most 48 characters.

    With the bank's id: that id, the day and the amount; without: everything the line says. Lines that are equal in all
    this are counted, so two genuine coffees on one day stay two, and a file read again adds none.
    """
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        minor = f"{line.amount.minor}"
        known_by = (
            ["id", line.bank_tx_id, line.booking_date.isoformat(), minor] if has_bank_id(line) else _content(line)
        )
        key = canonical.hash_of(known_by)[:40]
        seen[key] += 1
        found.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return found


def _content(line: StatementLine) -> list[str | bool]:
    """Everything a line says but its row and its value date, which banks correct."""
    return [
        line.booking_date.isoformat(),
        f"{line.amount.minor}",
        line.amount.currency.code,
        line.counterparty,
        line.counterparty_iban,
        line.text,
        line.reference,
        line.end_to_end_id,
        line.bank_tx_id,
        line.is_reversal,
    ]


def bank_text(text: str | None, limit: int) -> str:
    """Return a bank's text on one line: composed, control characters as blanks, cut to `limit` characters.

    Nobody but the bank can correct a statement, so that its text is tidied where a person's would be refused.
    """
    if not text:
        return ""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).strip()[:limit]
