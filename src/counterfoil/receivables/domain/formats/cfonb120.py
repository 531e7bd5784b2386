"""CFONB 120: the French banks' statement in records of 120 characters ("Relevé de compte sur support informatique").

01 old balance, 04 movement, 05 more about it, 07 new balance. The last digit of an amount carries its sign: `{A..I` for
plus 0 to 9, `}J..R` for minus. Files come with and without line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency, currency
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
from counterfoil.receivables.domain.statements import BankStatement, NotAStatement, StatementLine, bank_text

_WIDTH: Final = 120
_SIGNED: Final = {sign: ("", str(digit)) for digit, sign in enumerate("{ABCDEFGHI")} | {
    sign: ("-", str(digit)) for digit, sign in enumerate("}JKLMNOPQR")
}
_FIRST: Final = re.compile(r"01[0-9A-Z]{5} {4}[0-9]{5}[A-Z]{3}[0-9]")


@dataclass(slots=True)
class _Account:
    """An account between its old and its new balance."""

    line: int
    number: str
    own: Currency
    opening: Money
    opening_date: date
    movements: list[tuple[int, str, list[str]]] = field(default_factory=list)
    closing: Money | None = None
    closing_date: date | None = None


def recognise(head: str) -> bool:
    """Tell whether a text begins with an old balance of 120 characters."""
    return bool(_FIRST.match(head)) and len(lines(head)[0]) >= _WIDTH - 30


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read every account of a file.

    Raises:
        NotAStatement: there is no old balance in it.
        Refused: a record of balances is unreadable, or stands where it cannot.
    """
    accounts: list[_Account] = []
    account: _Account | None = None
    for number, row in _records(decoded(data)):
        kind = row[:2]
        if kind == "01":
            account = _open(number, row)
            accounts.append(account)
        elif account is None or kind not in {"04", "05", "07"}:
            raise unreadable("record", row, number)
        elif kind == "04":
            account.movements.append((number, row, []))
        elif kind == "05":
            if not account.movements:
                raise unreadable("record (05 before 04)", row, number)
            account.movements[-1][2].append(row)
        else:
            with at("closing balance", number):
                account.closing = _amount(row, account.own)
                account.closing_date = six_digits(row[34:40], "dmy")
            account = None
    if not accounts:
        raise NotAStatement(found="no old balance (01)", wanted="CFONB 120")
    return [_statement(one) for one in accounts]


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Yield each record with its number; a file without line ends is cut every 120 characters."""
    rows = [row for row in lines(text) if row.strip("\x1a \t")]
    if len(rows) == 1 and len(rows[0]) > _WIDTH:
        rows = [rows[0][start : start + _WIDTH] for start in range(0, len(rows[0]), _WIDTH)]
        rows = [row for row in rows if row.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) > _WIDTH and row[_WIDTH:].strip():
            raise unreadable("record", row, number)
        yield number, row.ljust(_WIDTH)


def _open(number: int, row: str) -> _Account:
    with at("currency", number):
        own = currency(row[16:19])
    with at("opening balance", number):
        opening = _amount(row, own)
        opening_date = six_digits(row[34:40], "dmy")
    return _Account(number, clean_account(f"{row[2:7]}{row[11:16]}{row[21:32]}"), own, opening, opening_date)


def _amount(row: str, own: Currency) -> Money:
    """Read the signed amount of a record, with as many decimals as the record says."""
    text, last = row[90:103], row[103]
    if last not in _SIGNED or not row[19].isdecimal():
        raise unreadable("amount", row[90:104], 0)
    sign, digit = _SIGNED[last]
    amount = digits_amount(f"{text.strip() or '0'}{digit}", int(row[19]), own)
    return -amount if sign else amount


def _statement(account: _Account) -> BankStatement:
    read_: list[StatementLine] = []
    faults: list[Refusal] = []
    for number, row, more in account.movements:
        try:
            read_.append(_line(number, row, more, account.own, len(read_) + 1))
        except Refused as refused:
            faults.append(refused.refusal)
    if account.closing is None:
        faults.append(missing("new balance (07)", account.line).refusal)
    return BankStatement(
        account=account.number,
        account_name="",
        currency=account.own,
        message_id="cfonb120",
        statement_id="",
        lines=tuple(read_),
        opening=account.opening,
        closing=account.closing,
        opening_date=account.opening_date,
        closing_date=account.closing_date,
        faults=tuple(faults),
    )


def _line(number: int, row: str, more: list[str], own: Currency, position: int) -> StatementLine:
    with at("currency", number):
        money = currency(row[16:19])
    with at("amount", number):
        amount = _amount(row, money)
    with at("booking_date", number):
        booked = six_digits(row[34:40], "dmy")
    with at("value_date", number):
        valued = six_digits(row[42:48], "dmy") if row[42:48].strip("0 ") else None
    said: dict[str, str] = {}
    for extra in more:
        key = extra[45:48]
        said[key] = f"{said[key]} {extra[48:118].strip()}" if key in said else extra[48:118].strip()
    texts = [row[48:79].strip(), *(said.get(key, "") for key in ("LIB", "LC2", "LCC", "LCS"))]
    reference = row[104:120].strip()
    return StatementLine(
        row=position,
        booking_date=booked,
        value_date=valued,
        amount=amount,
        counterparty=bank_text(said.get("NPY" if amount.minor >= 0 else "NBE", ""), 140),
        counterparty_iban=clean_account(said.get("IPY" if amount.minor >= 0 else "IBE", "")[:34]),
        text=bank_text(" ".join(dict.fromkeys(text for text in texts if text)), 4000),
        end_to_end_id=bank_text(said.get("RCN", "")[:35] or reference, 64),
    )
