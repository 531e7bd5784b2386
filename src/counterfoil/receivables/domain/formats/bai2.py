"""BAI2: the cash management file of banks in the United States and Britain ("Cash Management Balance Reporting", v2).

Comma-separated records: 01 file, 02 group (one day of one bank), 03 account with its balances, 16 a movement, 88 goes
on, 49, 98 and 99 close with control totals, which are held against what was read. Amounts are digits without a mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterfoil.kernel.currency import USD, Currency, currency
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

_OPENING: Final = "010"
_CLOSING: Final = "015"
_FUNDS_PARTS: Final = {"S": 3, "V": 2}


@dataclass(frozen=True, slots=True)
class _Record:
    """One record and, as `texts`, what goes on below it: more summaries of an account, more text of a movement."""

    line: int
    fields: tuple[str, ...]
    texts: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.fields[0]

    def get(self, place: int) -> str:
        """Return a field, empty where the record ends before it."""
        return self.fields[place].strip() if place < len(self.fields) else ""


@dataclass(slots=True)
class _Account:
    """An account as its records are read."""

    record: _Record
    own: Currency
    on: date
    message: str
    balances: dict[str, Money] = field(default_factory=dict)
    lines: list[StatementLine] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)
    total_minor: int = 0


def recognise(head: str) -> bool:
    """Tell whether a text begins with a file header and a group header."""
    rows = lines(head.lstrip())
    return rows[0].startswith("01,") and any(row.startswith("02,") for row in rows[1:3])


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read every account of a file.

    Raises:
        NotAStatement: it holds no account.
        MalformedStatement: a record stands where it cannot, or the file ends without its trailer.
        UnknownCurrency, BadDate: the head of a group or an account names none.
    """
    done: list[_Account] = []
    account: _Account | None = None
    group = file = None
    own_of_group = USD
    for record in _records(decoded(data)):
        match record.kind:
            case "01":
                file = record
            case "02":
                group = record
                with at("currency", record.line):
                    own_of_group = currency(record.get(6)) if record.get(6) else USD
            case "03":
                if group is None or file is None:
                    raise unreadable("record (03 before 02)", ",".join(record.fields), record.line)
                account = _open(record, own_of_group, group, file)
                done.append(account)
            case "16" if account is not None:
                _add_line(account, record)
            case "49" if account is not None:
                _close(account, record)
                account = None
            case "98" | "99":
                pass
            case _:
                raise unreadable("record", ",".join(record.fields), record.line)
    if account is not None:
        account.faults.append(missing("account trailer (49)", account.record.line).refusal)
    if not done:
        raise NotAStatement(found="no account record (03)", wanted="BAI2")
    return [_statement(one) for one in done]


def _records(text: str) -> Iterator[_Record]:
    """Yield the records, each with the 88 that follow it."""
    record: _Record | None = None
    for number, raw in enumerate(lines(text), 1):
        row = raw.strip()
        if not row:
            continue
        kind, _, rest = row.partition(",")
        if kind != "88":
            if record is not None:
                yield record
            record = _Record(number, (kind, *rest.removesuffix("/").split(",")))
        elif record is None:
            raise unreadable("record", row, number)
        else:
            record = _Record(record.line, record.fields, (*record.texts, rest.removesuffix("/")))
    if record is not None:
        yield record


def _open(record: _Record, own_of_group: Currency, group: _Record, file: _Record) -> _Account:
    with at("currency", record.line):
        own = currency(record.get(2)) if record.get(2) else own_of_group
    with at("date", group.line):
        on = six_digits(group.get(4), "ymd")
    account = _Account(record, own, on, f"{file.get(1)} {file.get(3)} {file.get(5)}".strip())
    for summaries in (record.fields[3:], *(tuple(text.split(",")) for text in record.texts)):
        _add_summaries(account, summaries, record.line)
    return account


def _add_summaries(account: _Account, fields: tuple[str, ...], line: int) -> None:
    """Read code, amount, count and funds type, over and over; an amount may be left out."""
    place = 0
    while place + 1 < len(fields):
        code, text = fields[place].strip(), fields[place + 1].strip()
        place += 4 + _funds_width(fields, place + 3)
        if not code or not text:
            continue
        try:
            with at("balance", line):
                money = _money(text, account.own)
        except Refused as refused:
            account.faults.append(refused.refusal)
            continue
        account.total_minor += money.minor
        account.balances.setdefault(code, money)


def _funds_width(fields: Sequence[str], place: int) -> int:
    """Return how many fields the funds type at `place` brings with it: immediate and later parts, or a value date."""
    funds = fields[place].strip().upper() if place < len(fields) else ""
    if funds == "D":
        count = fields[place + 1] if place + 1 < len(fields) else ""
        return 1 + 2 * int(count) if count.isdecimal() else 1
    return _FUNDS_PARTS.get(funds, 0)


def _money(text: str, own: Currency) -> Money:
    """Read an amount in the currency's smallest unit, with or without a sign."""
    amount = digits_amount(text.lstrip("+-"), own.exponent, own)
    return -amount if text.startswith("-") else amount


def _add_line(account: _Account, record: _Record) -> None:
    """Read a movement: codes 100 to 399 are money in, 400 to 699 money out; 890 tells of no money."""
    code = record.get(1)
    if code == "890" and not record.get(2).strip("0"):
        return
    try:
        with at("amount", record.line):
            amount = _money(record.get(2), account.own)
        if not (code.isdecimal() and "100" <= code <= "699"):
            raise unreadable("type code", code, record.line)
        place = 3 + _funds_width(record.fields, 3) + 1
        value_date = None
        if record.get(3).upper() == "V" and record.get(4):
            with at("value_date", record.line):
                value_date = six_digits(record.get(4), "ymd")
    except Refused as refused:
        account.faults.append(refused.refusal)
        return
    account.total_minor += amount.minor
    bank, customer = record.get(place), record.get(place + 1)
    text = " ".join((",".join(record.fields[place + 2 :]), *record.texts))
    account.lines.append(
        StatementLine(
            row=len(account.lines) + 1,
            booking_date=account.on,
            value_date=value_date,
            amount=amount if code < "400" else -amount,
            text=bank_text(text, 4000),
            end_to_end_id=bank_text(customer, 64),
            bank_tx_id=bank_text(bank, 140),
        )
    )


def _close(account: _Account, record: _Record) -> None:
    """Hold the control total: the sum of every amount of the account, balances included."""
    if not record.get(1):
        return
    try:
        with at("control total", record.line):
            said = _money(record.get(1), account.own)
    except Refused as refused:
        account.faults.append(refused.refusal)
        return
    found = Money(account.total_minor, account.own)
    if said != found and not account.faults:
        account.faults.append(
            BalanceMismatch(
                field="balance",
                statement="49",
                line=record.line,
                expected=found.decimal_text(),
                found=said.decimal_text(),
                off_by=(said - found).decimal_text(),
                currency=account.own.code,
            ).refusal
        )


def _statement(account: _Account) -> BankStatement:
    number = clean_account(account.record.get(1))
    faults = account.faults if number else [missing("account", account.record.line).refusal, *account.faults]
    return BankStatement(
        account=number,
        account_name="",
        currency=account.own,
        message_id=bank_text(account.message, 140),
        statement_id="",
        lines=tuple(account.lines),
        opening=account.balances.get(_OPENING),
        closing=account.balances.get(_CLOSING),
        opening_date=account.on,
        closing_date=account.on,
        faults=tuple(faults),
    )
