"""Bank statements as delimited text: named, versioned column profiles, and what each row must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import BadDate, clean_text, parse_amount, parse_date
from counterfoil.receivables.domain import statements
from counterfoil.receivables.domain.references import (
    clean_account,
    clean_reference,
    is_creditor_reference,
    is_qr_reference,
)
from counterfoil.receivables.domain.statements import BankStatement, StatementLine


class UnknownProfile(Refused):
    """No column profile has this name."""

    code = "unknown_profile"


class DuplicateId(Refused):
    """The bank's id stands for another line already, with another day or amount."""

    code = "duplicate_bank_id"


class NoAmount(Refused):
    """Neither an amount nor a debit or a credit."""

    code = "no_amount"


@dataclass(frozen=True, slots=True)
class BankProfile:
    """How some bank or program writes its rows. `columns` maps our field to the name in the header.

    An amount is either in one column, money in positive, or in two, `money_in` and `money_out`, whose signs do not
    matter: whether a bank's debit is money in depends on whose books it means, and a profile says so.
    """

    name: str
    version: int
    columns: Mapping[str, str]
    required: tuple[str, ...]
    numbers: str = "en-US"
    dates: str = "iso"
    encoding: str | None = None
    delimiter: str | None = None


_SHEET = {
    "booking_date": "Date",
    "text": "Label",
    "currency": "Currency",
    "counterparty": "Partner Name",
    "iban": "Bank Account",
    "balance": "Balance",
}
DEFAULT: Final = "counterfoil"
PROFILES: Final = {
    profile.name: profile
    for profile in (
        BankProfile(
            DEFAULT,
            1,
            {
                "booking_date": "booking_date",
                "value_date": "value_date",
                "amount": "amount",
                "currency": "currency",
                "counterparty": "counterparty",
                "iban": "iban",
                "text": "reference",
                "bank_tx_id": "bank_tx_id",
                "balance": "balance",
            },
            required=("booking_date", "amount"),
        ),
        BankProfile("bank-sheet-us", 1, {**_SHEET, "amount": "Amount"}, required=("Date", "Amount"), dates="us"),
        BankProfile(
            "bank-sheet-us-debit-credit",
            1,
            {**_SHEET, "money_in": "Credit", "money_out": "Debit"},
            required=("Date", "Debit", "Credit"),
            dates="us",
        ),
        BankProfile(
            "bank-sheet-us-debit-is-in",
            1,
            {**_SHEET, "money_in": "Debit", "money_out": "Credit"},
            required=("Date", "Debit", "Credit"),
            dates="us",
        ),
    )
}
"""Profiles by name. A profile never changes once released; a change is a new version."""


def profile_named(name: str) -> BankProfile:
    """Return a profile; an empty name is the default one.

    Raises:
        UnknownProfile: none has this name; the facts list those there are.
    """
    found = PROFILES.get(name or DEFAULT)
    if found is None:
        raise UnknownProfile(field="profile", profile=name[:40], known=sorted(PROFILES))
    return found


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that was not taken: its physical row (the header is row 1) and why."""

    row: int
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ReadRows:
    """A file read row by row: what can be stored, what repeats a row above, and what cannot be taken."""

    statement: BankStatement
    read: int
    repeated: int
    errors: tuple[RowError, ...] = field(default=())


Row = tuple[int, Sequence[str] | Refusal]


def read_rows(
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    profile: BankProfile,
    account: str,
    account_currency: Currency | None,
    base: Currency,
    today: date,
) -> ReadRows:
    """Read the rows of one account's file.

    A bad row is refused by its number and the others are taken. Where the balance column is filled, every balance must
    follow from the one before, in the order of the file or, newest first, against it.

    Args:
        account: the account number the lines belong to.
        account_currency: the account's currency; None takes the first row's, or the base currency where no row has one.

    Raises:
        BalanceMismatch: a running balance is off; the facts name row and both figures, and no row is taken.
    """
    places = {name: header.index(column) for name, column in profile.columns.items() if column in header}
    taken: dict[str, StatementLine] = {}
    lines: list[StatementLine] = []
    errors: list[RowError] = []
    running: list[tuple[int, Money, Money]] = []
    own = account_currency
    read = repeated = 0
    for number, cells in rows:
        if not isinstance(cells, Refusal) and not any(cell.strip() for cell in cells):
            continue
        read += 1
        if isinstance(cells, Refusal):
            errors.append(RowError(number, cells))
            continue
        values = {name: cells[place].strip() for name, place in places.items()}
        try:
            money = currency(values["currency"]) if values.get("currency") else own or base
            own = own or money
            amount = _amount(values, money, profile)
            if values.get("balance") and money == own:
                running.append((number, amount, parse_amount(values["balance"], money, profile.numbers)))
            line = _line(number, values, amount, profile, own, today)
            known = taken.setdefault(line.bank_tx_id, line) if statements.has_bank_id(line) else line
            if not statements.is_same_booking(known, line):
                raise DuplicateId(field="bank_tx_id", id=line.bank_tx_id, first_row=known.row)
        except Refused as refused:
            errors.append(RowError(number, refused.refusal))
            continue
        if known is line:
            lines.append(line)
        else:
            repeated += 1
    opening, closing = running_balance(running)
    days = [line.booking_date for line in lines]
    statement = BankStatement(
        account=account,
        account_name="",
        currency=own or base,
        message_id="csv",
        statement_id="",
        lines=tuple(lines),
        opening=opening,
        closing=closing,
        opening_date=min(days, default=None),
        closing_date=max(days, default=None),
        are_ids_unique=True,
    )
    return ReadRows(statement, read, repeated, tuple(errors))


def _amount(values: Mapping[str, str], money: Currency, profile: BankProfile) -> Money:
    """Read what the row moved; money in is positive."""
    if "amount" in profile.columns:
        if not values.get("amount"):
            raise NoAmount(field="amount", name="amount")
        try:
            return parse_amount(values["amount"], money, profile.numbers)
        except Refused as refused:
            raise refused.at("amount") from None
    if not values.get("money_in") and not values.get("money_out"):
        raise NoAmount(field="amount", name=f"{profile.columns['money_in']} or {profile.columns['money_out']}")
    money_in, money_out = (
        abs(parse_amount(values[name], money, profile.numbers)) if values.get(name) else Money.zero(money)
        for name in ("money_in", "money_out")
    )
    return money_in - money_out


def _line(
    number: int, values: Mapping[str, str], amount: Money, profile: BankProfile, own: Currency, today: date
) -> StatementLine:
    """Read one row.

    Raises:
        CurrencyMix, BadDate, AmbiguousDate, TooLong, MalformedText: the row is refused, its field named.
    """
    if amount.currency != own:
        raise statements.CurrencyMix(
            field="currency", row=number, currency=amount.currency.code, account_currency=own.code
        )
    booking_date = _date(values, "booking_date", profile)
    if statements.is_too_far_ahead(booking_date, today):
        raise BadDate(field="booking_date", text=values["booking_date"], latest=str(statements.DAYS_AHEAD))
    text = _clean(values, "text", 4000)
    reference = clean_reference(text)
    return StatementLine(
        row=number,
        booking_date=booking_date,
        value_date=_date(values, "value_date", profile) if values.get("value_date") else None,
        amount=amount,
        counterparty=_clean(values, "counterparty", 255),
        counterparty_iban=clean_account(_clean(values, "iban", 64)),
        text=text,
        reference=reference if is_creditor_reference(reference) or is_qr_reference(reference) else "",
        bank_tx_id=_clean(values, "bank_tx_id", 140),
    )


def _date(values: Mapping[str, str], name: str, profile: BankProfile) -> date:
    try:
        return parse_date(values.get(name, ""), profile.dates)
    except Refused as refused:
        raise refused.at(name) from None


def _clean(values: Mapping[str, str], name: str, limit: int) -> str:
    try:
        return clean_text(values.get(name, ""), limit)
    except Refused as refused:
        raise refused.at(name) from None


def running_balance(rows: Sequence[tuple[int, Money, Money]]) -> tuple[Money | None, Money | None]:
    """Hold each balance against the one before; return the balances before the first and after the last row.

    A file may run forwards or, newest first, backwards; one of the two must hold throughout.
    """
    if not rows:
        return None, None
    forwards = _first_break(rows)
    backwards = _first_break(rows[::-1]) if forwards and len(rows) > 1 else forwards
    if forwards and backwards:
        number, expected, found = forwards
        raise statements.BalanceMismatch(
            field="balance",
            statement=f"row {number}",
            row=number,
            expected=expected.decimal_text(),
            found=found.decimal_text(),
            off_by=(found - expected).decimal_text(),
            currency=found.currency.code,
        )
    ordered = rows if not forwards else rows[::-1]
    _, amount, balance = ordered[0]
    return balance - amount, ordered[-1][2]


def _first_break(rows: Sequence[tuple[int, Money, Money]]) -> tuple[int, Money, Money] | None:
    """The first row whose balance does not follow: its number, the balance expected, the balance found."""
    before: Money | None = None
    for number, amount, balance in rows:
        if before is not None and (before.currency != balance.currency or before + amount != balance):
            return number, before + amount, balance
        before = balance
    return None
