"""Norma 43: the Spanish banks' statement in records of 80 characters (AEB/CECA, "Cuaderno 43").

11 account with its opening balance, 22 movement, 23 its texts, 24 its amount in another currency, 33 totals and closing
balance, 88 count of records. 1 is debit and 2 is credit; amounts are in cents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency, UnknownCurrency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.formats.reading import (
    Given,
    at,
    decoded,
    digits_amount,
    lines,
    missing,
    six_digits,
    unreadable,
)
from counterfoil.receivables.domain.references import clean_account
from counterfoil.receivables.domain.statements import (
    BalanceMismatch,
    BankStatement,
    NotAStatement,
    StatementLine,
    bank_text,
)

_NUMERIC: Final = {
    "978": "EUR", "840": "USD", "826": "GBP", "756": "CHF", "392": "JPY", "208": "DKK", "752": "SEK", "578": "NOK",
    "985": "PLN", "203": "CZK", "348": "HUF", "946": "RON", "975": "BGN", "949": "TRY", "124": "CAD", "036": "AUD",
    "484": "MXN", "986": "BRL", "032": "ARS", "152": "CLP", "170": "COP", "604": "PEN", "858": "UYU", "504": "MAD",
    "156": "CNY", "356": "INR", "554": "NZD", "710": "ZAR", "376": "ILS", "784": "AED", "682": "SAR",
}  # fmt: skip
"""ISO 4217 numbers of the currencies that Spanish banks keep accounts in."""
_FIRST: Final = re.compile(r"11[0-9]{18}[0-9]{12}[12][0-9]{14}[0-9]{3}")
_CENTS: Final = 2


@dataclass(slots=True)
class _Account:
    """An account between its head and its totals."""

    line: int
    number: str
    name: str
    own: Currency
    opening: Money
    start: date
    end: date
    lines: list[StatementLine] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)
    closing: Money | None = None


def recognise(head: str) -> bool:
    """Tell whether a text begins with the head of an account."""
    return bool(_FIRST.match(head))


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read every account of a file.

    Raises:
        NotAStatement: there is no account in it.
        Refused: a head is unreadable, a record stands where it cannot, or there are more or fewer than the file says.
    """
    accounts: list[_Account] = []
    account: _Account | None = None
    count = 0
    for number, raw in enumerate(lines(decoded(data, "latin-1")), 1):
        row = raw.rstrip("\x1a").ljust(80)
        if not row.strip():
            continue
        kind = row[:2]
        if kind == "88":
            if row[20:26].isdecimal() and int(row[20:26]) > count:  # Banks that count too few lose nothing.
                raise unreadable("count of records (88)", f"{row[20:26]}, read {count}", number)
            continue
        count += 1
        if kind == "11":
            account = _open(number, row)
            accounts.append(account)
        elif kind == "00":
            continue
        elif account is None or kind not in {"22", "23", "24", "33"}:
            raise unreadable("record", row, number)
        else:
            _add(account, kind, row, number)
            if kind == "33":
                account = None
    if not accounts:
        raise NotAStatement(found="no account (11)", wanted="Norma 43")
    return [_statement(one) for one in accounts]


def _open(number: int, row: str) -> _Account:
    with at("currency", number):
        own = _currency(row[47:50])
    with at("opening balance", number):
        opening = _signed(row[32], row[33:47], own)
    with at("date", number):
        start, end = six_digits(row[20:26], "ymd"), six_digits(row[26:32], "ymd")
    return _Account(number, clean_account(row[2:20]), bank_text(row[51:77], 140), own, opening, start, end)


def _currency(text: str) -> Currency:
    if text not in _NUMERIC:
        raise UnknownCurrency(currency=text)
    return currency(_NUMERIC[text])


def _signed(sign: str, text: str, own: Currency) -> Money:
    if sign not in {"1", "2"}:
        raise unreadable("debit or credit", sign, 0)
    amount = digits_amount(text, _CENTS, own)
    return -amount if sign == "1" else amount


def _add(account: _Account, kind: str, row: str, number: int) -> None:
    try:
        if kind == "22":
            account.lines.append(_line(row, number, account.own, len(account.lines) + 1))
        elif kind == "23" and account.lines:
            said = f"{row[4:42].strip()} {row[42:80].strip()}".strip()
            last = account.lines[-1]
            account.lines[-1] = replace(last, text=bank_text(f"{last.text} {said}", 4000))
        elif kind == "33":
            _close(account, row, number)
    except Refused as refused:
        account.faults.append(refused.refusal)


def _line(row: str, number: int, own: Currency, position: int) -> StatementLine:
    with at("booking_date", number):
        booked = six_digits(row[10:16], "ymd")
    with at("value_date", number):
        valued = six_digits(row[16:22], "ymd") if row[16:22].strip("0 ") else None
    with at("amount", number):
        amount = _signed(row[27], row[28:42], own)
    references = [part.strip() for part in (row[42:52], row[52:64], row[64:80])]
    said = [part for part in references[1:] if part.strip("0")]
    return StatementLine(
        row=position,
        booking_date=booked,
        value_date=valued,
        amount=amount,
        end_to_end_id=bank_text(" ".join(said), 64),
    )


def _close(account: _Account, row: str, number: int) -> None:
    """Hold the totals of debits and credits against the movements, and keep the closing balance."""
    with at("closing balance", number):
        # Some banks put 0 here for credit; the movements prove the balance, so that no wrong sign comes through.
        account.closing = _signed(row[58].replace("0", "2"), row[59:73], account.own)
    for name, sign, count, total in (
        ("debits", -1, row[20:25], row[25:39]),
        ("credits", 1, row[39:44], row[44:58]),
    ):
        with at(name, number):
            said = digits_amount(total, _CENTS, account.own)
        moved = [abs(line.amount.minor) for line in account.lines if line.amount.minor * sign > 0]
        found = Money(sum(moved), account.own)
        if found != said:
            account.faults.append(
                BalanceMismatch(
                    field="balance",
                    statement=f"33 {name} {count}",
                    line=number,
                    expected=found.decimal_text(),
                    found=said.decimal_text(),
                    off_by=(said - found).decimal_text(),
                    currency=account.own.code,
                ).refusal
            )


def _statement(account: _Account) -> BankStatement:
    if account.closing is None:
        account.faults.append(missing("closing balance (33)", account.line).refusal)
    return BankStatement(
        account=account.number,
        account_name=account.name,
        currency=account.own,
        message_id="n43",
        statement_id="",
        lines=tuple(account.lines),
        opening=account.opening,
        closing=account.closing,
        opening_date=account.start,
        closing_date=account.end,
        faults=tuple(account.faults),
    )
