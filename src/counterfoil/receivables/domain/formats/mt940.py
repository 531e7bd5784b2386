"""MT940 and MT942: SWIFT's statement and interim report, as banks outside SWIFT write them into files too.

A file is a run of messages of `:TAG:` fields. The envelope of SWIFT's blocks is optional, and so are most line ends: a
field runs on until a line begins with a tag that these messages have, so a time of day that was wrapped to `:26:37`
stays text. Source of tags and formats: SWIFT Standards MT, category 9; of the subfields of :86:, the German banks'
"Geschäftsvorfallcodes" (`?20`) and the Dutch banks' codewords (`/REMI/`).

Known deviations that are read: no entry date, or blanks in its place; a 30th of February (interest of 30-day months:
value dates only, taken as the last of the month); references longer than 16 characters; other separators than `?`.
What has no comma in its amount, no account or no closing balance is read as far as it goes, and is a fault.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from stdnum import iban

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import BadDate, BadNumber
from counterfoil.receivables.domain.formats import narrative
from counterfoil.receivables.domain.formats.reading import (
    SHOWN,
    Given,
    at,
    day_of,
    decoded,
    exact,
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

_TAGS: Final = "20|21|25P?|28C?|NS|13D?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|940"
_FIELD: Final = re.compile(rf":({_TAGS}):(.*)")
_CUT_TAG: Final = re.compile(rf"^:(?:\r\n|\r|\n)(?=(?:{_TAGS}):)", re.MULTILINE)
_ENVELOPE: Final = re.compile(r"^(?:\{[0-9]:[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*\{4:|^\{[0-9]:.*\}$")
_END: Final = re.compile(r"-(?:\}.*|X+)?[\x00-\x20]*")
_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]*),([0-9]*)\s*")
_LINE: Final = re.compile(
    r"([0-9]{6})([0-9]{4}| {4})?(RC|RD|EC|ED|C|D)([A-Z])?([0-9]+(?:,[0-9]*)?|,[0-9]+)([A-Z][A-Z0-9 ]{3})(.*)",
    re.DOTALL,
)
_TOTAL: Final = re.compile(r"([0-9]+)([A-Z]{3})([0-9]*),([0-9]*)")
_NUMBER: Final = re.compile(r"([0-9]{1,18})(?:/([0-9]{1,9}))?")
_LEAST_BEFORE_DETAILS: Final = 11


@dataclass(slots=True)
class _Entry:
    """One :61: with the :86: and :NS: that follow it."""

    line: int
    text: str
    details: list[str] = field(default_factory=list)
    national: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    """The fields of one message, each with the line it stands in."""

    line: int
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)


def recognise(head: str) -> bool:
    """Tell whether a text begins like such a file: with a field of a message, or with SWIFT's envelope."""
    if re.match(r"\s*\{1:F[0-9A-Z]", head):
        return True
    found = [match[1] for match in map(_FIELD.match, lines(_CUT_TAG.sub("\n:", head))) if match]
    return bool(found) and (found[0] in {"20", "940", "25"} or len(found) > 1 or "61" in found or "60F" in found)


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read every message of a file, each into a statement of its account.

    Raises:
        NotAStatement: there is no message with an entry or a balance in it.
        UnknownCurrency: a balance is in a currency that is none.
    """
    messages = [one for one in _messages(decoded(data)) if one.entries or one.fields.keys() & _HOLDING]
    if not messages:
        raise NotAStatement(found="fields without a balance or an entry", wanted="MT940 or MT942")
    statements: list[BankStatement] = []
    for message in messages:
        before = statements[-1] if statements else None
        statements.append(_statement(message, given, before))
    return statements


_HOLDING: Final = {"60F", "60M", "62F", "62M", "34F", "90C", "90D"}


# ------------------------------------------------------------------------------------ fields


def _messages(text: str) -> Iterator[_Message]:
    message: _Message | None = None
    for number, tag, value in _fields(text):
        if tag == "END":
            if message is not None:
                yield message
            message = None
        elif tag == "20" and message is not None:
            yield message
            message = _Message(number, {"20": (number, value)})
        else:
            message = message or _Message(number)
            _add(message, number, tag, value)
    if message is not None:
        yield message


def _add(message: _Message, number: int, tag: str, value: str) -> None:
    """Put a field where it belongs; :86: and :NS: belong to the entry before them, or to the whole statement."""
    is_closed = message.fields.keys() & {"62F", "62M"}
    if tag == "61":
        message.entries.append(_Entry(number, value))
    elif tag in {"86", "NS"}:
        if message.entries and not is_closed:
            entry = message.entries[-1]
            (entry.details if tag == "86" else entry.national).append(value)
    elif tag in message.fields and tag in _ONCE:
        message.faults.append(unreadable("fields", f":{tag}: twice", number).refusal)
    elif tag == "34F":
        message.fields.setdefault(tag, (number, value))
    else:
        message.fields[tag] = (number, value)


_ONCE: Final = {"25", "28", "28C", "60F", "60M", "62F", "62M", "90C", "90D"}


def _fields(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each field with its line, its tag and its value; what stands between messages ends one."""
    text = _CUT_TAG.sub("\n:", text)
    tag, value, began = "", "", 0
    for number, raw in enumerate(lines(text), 1):
        row = _ENVELOPE.sub("", raw.lstrip("\x01\x02"))
        if found := _FIELD.match(row):
            if tag:
                yield began, tag, value
            tag, value, began = found[1], found[2], number
        elif _END.fullmatch(row):
            if tag:
                yield began, tag, value
            yield number, "END", ""
            tag = ""
        elif tag:
            value += f"\n{row}"
    if tag:
        yield began, tag, value


# ------------------------------------------------------------------------------------ statements


def _statement(message: _Message, given: Given, before: BankStatement | None) -> BankStatement:
    fields = message.fields
    faults = list(message.faults)
    opening = _balance(fields, "60F", "60M")
    closing = _balance(fields, "62F", "62M")
    is_advice = opening is None and closing is None and bool(fields.keys() & {"13D", "13", "34F", "90C", "90D"})
    own = opening[0].currency if opening else closing[0].currency if closing else _interim_currency(fields, given)
    account = _account(fields, own)
    lines_: list[StatementLine] = []
    pending = 0
    for entry in message.entries:
        try:
            line = _line(entry, own, len(lines_) + pending + 1, faults)
        except Refused as refused:
            faults.append(refused.refusal)
            continue
        if line is None:
            pending += 1
        else:
            lines_.append(line)
    if not account:
        faults.append(missing("account", message.line).refusal)
    if not is_advice:
        if opening is None:
            faults.append(missing("opening balance (60F)", message.line).refusal)
        if closing is None:
            faults.append(missing("closing balance (62F)", message.line).refusal)
    label, sequence = _number(fields)
    statement = BankStatement(
        account=account,
        account_name="",
        currency=own,
        message_id=bank_text(fields.get("20", (0, ""))[1], 140),
        statement_id="" if sequence is None or closing is None else f"{label} {closing[1].isoformat()}",
        lines=tuple(lines_),
        sequence=sequence,
        opening=opening and opening[0],
        closing=closing and closing[0],
        opening_date=opening and opening[1],
        closing_date=closing and closing[1],
        pending=pending,
        is_advice=is_advice,
    )
    faults += _totals_off(fields, statement)
    if before is not None and "60M" in fields:
        faults += _page_off(before, statement)
    return replace(statement, faults=tuple(faults))


def _balance(fields: dict[str, tuple[int, str]], *tags: str) -> tuple[Money, date] | None:
    """Read a balance, the final one before the intermediate one; what is owed to the bank is negative."""
    tag = next((tag for tag in tags if tag in fields), None)
    if tag is None:
        return None
    number, value = fields[tag]
    found = _BALANCE.fullmatch(value.strip("\x03 \t\n"))
    if found is None:
        raise unreadable(f"balance ({tag})", value, number)
    with at("balance", number):
        money = exact("-" if found[1] == "D" else "", found[4], found[5], currency(found[3]))
        return money, _value_date(found[2])


def _interim_currency(fields: dict[str, tuple[int, str]], given: Given) -> Currency:
    """Return the currency of a report without balances: its floor limit's, its totals', or the account's."""
    for tag, place in (("34F", r"([A-Z]{3})"), ("90C", r"[0-9]+([A-Z]{3})"), ("90D", r"[0-9]+([A-Z]{3})")):
        if tag in fields and (found := re.match(place, fields[tag][1])):
            with at("currency", fields[tag][0]):
                return currency(found[1])
    return given.own


def _account(fields: dict[str, tuple[int, str]], own: Currency) -> str:
    """Return the account as the bank writes it; a currency that was put behind an IBAN is taken off."""
    value = fields.get("25", fields.get("25P", (0, "")))[1]
    account = clean_account(lines(value)[0]).lstrip("/")
    if account.endswith(own.code) and iban.is_valid(account[:-3], check_country=False):
        return account[:-3]
    return account


def _number(fields: dict[str, tuple[int, str]]) -> tuple[str, int | None]:
    """Return the statement's number as it is written, and as a number; a bank that always says 0 numbers nothing."""
    value = fields.get("28C", fields.get("28", (0, "")))[1].strip()
    found = _NUMBER.match(value)
    number = int(found[1]) if found else 0
    return bank_text(value, 40), number or None


def _totals_off(fields: dict[str, tuple[int, str]], statement: BankStatement) -> Iterator[Refusal]:
    """Hold the totals of an interim report against its entries."""
    for tag, sign in (("90C", 1), ("90D", -1)):
        if tag not in fields:
            continue
        number, value = fields[tag]
        found = _TOTAL.match(value)
        if found is None:
            yield unreadable(f"total ({tag})", value, number).refusal
            continue
        said = exact("", found[3], found[4], statement.currency)
        summed = [line.amount for line in statement.lines if line.amount.minor * sign > 0]
        total = abs(sum(summed, Money.zero(statement.currency)))
        if total != said and not statement.pending:
            yield BalanceMismatch(
                field="balance",
                statement=f":{tag}:",
                line=number,
                expected=total.decimal_text(),
                found=said.decimal_text(),
                off_by=(said - total).decimal_text(),
                currency=statement.currency.code,
            ).refusal


def _page_off(before: BankStatement, page: BankStatement) -> Iterator[Refusal]:
    """Hold the page of a long statement against the page before it."""
    if before.account != page.account or before.closing is None or page.opening is None:
        return
    if before.closing != page.opening and before.currency == page.currency:
        yield BalanceMismatch(
            field="balance",
            statement=page.statement_id or page.message_id,
            expected=before.closing.decimal_text(),
            found=page.opening.decimal_text(),
            off_by=(page.opening - before.closing).decimal_text(),
            currency=page.currency.code,
        ).refusal


# ------------------------------------------------------------------------------------ entries


def _line(entry: _Entry, own: Currency, position: int, faults: list[Refusal]) -> StatementLine | None:
    """Read one entry; None for one that the bank only expects.

    Raises:
        Refused: it is unreadable.
    """
    first, *rest = lines(entry.text)
    if len(first.strip()) < _LEAST_BEFORE_DETAILS or not _LINE.match(first):
        first, rest = first.rstrip() + (rest[0].strip() if rest else ""), rest[1:]
    found = _LINE.fullmatch(first)
    if found is None:
        raise unreadable("entry (61)", first, entry.line)
    valued, entered, mark, _funds, amount, _kind, tail = found.groups()
    if mark in {"EC", "ED"}:
        return None
    whole, comma, decimals = amount.partition(",")
    if not comma:
        faults.append(
            Refusal(BadNumber.code, {"text": amount[:SHOWN], "profile": "SWIFT", "line": entry.line}, "amount")
        )
    with at("amount", entry.line):
        money = exact("-" if mark in {"D", "RC"} else "", whole, decimals, own)
    with at("date", entry.line):
        value_date = _value_date(valued)
        booked = _booking_date(entered, value_date) if entered and entered.strip() else value_date
    reference, _, of_bank = (part.strip() for part in tail.partition("//"))
    told = narrative.of(entry.details, entry.national, [reference, *rest])
    return StatementLine(
        row=position,
        booking_date=booked,
        value_date=value_date,
        amount=money,
        counterparty=bank_text(told.name, 140),
        counterparty_iban=clean_account(told.account),
        text=bank_text(told.text, 4000),
        reference=told.reference,
        end_to_end_id=bank_text(told.end_to_end, 64),
        bank_tx_id="" if of_bank.upper() in _NOTHING else bank_text(of_bank, 140),
        is_reversal=mark in {"RC", "RD"},
    )


_NOTHING: Final = {"", "NONREF", "NOREF", "."}


def _value_date(text: str) -> date:
    """Read YYMMDD. The 29th and 30th of February exist in 30-day months of interest: the last day is meant."""
    try:
        return six_digits(text, "ymd")
    except BadDate:
        if text[2:4] != "02" or text[4:] not in {"29", "30"}:
            raise
        last = six_digits(f"{text[:4]}01", "ymd")
        return last.replace(day=calendar.monthrange(last.year, 2)[1])


def _booking_date(text: str, value_date: date) -> date:
    """Read MMDD of the year that brings it nearest to the value date: 0101 of 2 January 2027 is in 2027.

    A 29th of February that only one of these years has is in that year.
    """
    found: list[date] = []
    for year in (value_date.year, value_date.year - 1, value_date.year + 1):
        try:
            found.append(day_of(year, text[:2], text[2:], text))
        except BadDate:
            continue
    if not found:
        raise BadDate(text=text)
    return min(found, key=lambda day: abs(day - value_date))
