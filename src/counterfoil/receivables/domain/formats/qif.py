"""QIF: what Quicken exported and many banks still offer. It names no account and no currency, and has no balances.

Records of lines that begin with a letter: D day, T amount, P payee, M memo, N number, ^ end. Whether 3/4/13 is in March
or in April is found from the other days of the file; where they leave it open, the file is refused until a person names
`day-first` or `month-first`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.formats import marks
from counterfoil.receivables.domain.formats.reading import Given, at, decoded, lines, missing, unreadable
from counterfoil.receivables.domain.references import clean_account
from counterfoil.receivables.domain.statements import BankStatement, NotAStatement, StatementLine, bank_text

_MONEY: Final = frozenset({"bank", "cash", "ccard", "oth a", "oth l"})
_LISTS: Final = frozenset({"cat", "class", "memorized", "security", "prices", "budget", "tag"})
_OPENING: Final = "opening balance"


@dataclass(slots=True)
class _Section:
    """The records of one account."""

    name: str
    records: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def recognise(head: str) -> bool:
    """Tell whether a text begins with a header of QIF."""
    return bool(re.match(r"\s*!(?:Type|Account|Option|Clear)\b", head, re.IGNORECASE))


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read every account of a file; one that is not named belongs to the account that was chosen.

    Raises:
        NotAStatement: it holds investments or lists only.
    """
    sections = [section for section in _sections(decoded(data)) if section.records]
    if not sections:
        raise NotAStatement(found="no records of a bank account", wanted="QIF of a bank account")
    records = [record for section in sections for _, record in section.records]
    order = marks.order_of((record.get("D", "") for record in records), given.profile)
    mark = marks.decimal_mark_of(record.get("T") or record.get("U", "") for record in records)
    is_only = len(sections) == 1
    return [_statement(section, order, mark, given, is_only=is_only) for section in sections]


def _sections(text: str) -> Iterator[_Section]:
    section = _Section("")
    kind = ""
    record: dict[str, str] = {}
    began = 0
    for number, row in enumerate(lines(text), 1):
        if not row.strip():
            continue
        if row.startswith("!"):
            word, _, rest = row[1:].strip().partition(":")
            if word.lower() in {"option", "clear"}:
                continue
            kind = "account" if word.lower() == "account" else rest.strip().lower()
            if kind in _MONEY and section.records:
                yield section
                section = _Section(section.name)
            elif kind not in _MONEY | _LISTS | {"account"}:
                raise NotAStatement(found=row.strip()[:40], wanted="!Type:Bank, Cash, CCard or Oth")
            record = {}
        elif row.startswith("^"):
            if kind == "account":
                if section.records:
                    yield section
                section = _Section(record.get("N", ""))
            elif kind in _MONEY and record:
                section.records.append((began, record))
            record = {}
        elif kind in _MONEY | {"account"}:
            began = began if record else number
            record.setdefault(row[0], row[1:].strip())
    if record and kind in _MONEY:
        raise missing("end of the record (^)", began)
    yield section


def _statement(section: _Section, order: str, mark: str, given: Given, *, is_only: bool) -> BankStatement:
    own = given.own
    read_: list[StatementLine] = []
    faults: list[Refusal] = []
    opening: Money | None = None
    for position, (number, record) in enumerate(section.records, 1):
        try:
            line = _line(number, record, position, order, mark, given)
        except Refused as refused:
            refused.facts["record"] = position
            faults.append(refused.refusal)
            continue
        if position == 1 and line.counterparty.lower() == _OPENING:
            opening = line.amount
        else:
            read_.append(line)
    return BankStatement(
        account=given.account if is_only else clean_account(section.name) or given.account,
        account_name=bank_text(section.name, 140),
        currency=own,
        message_id="qif",
        statement_id="",
        lines=tuple(read_),
        opening=opening,
        faults=tuple(faults),
    )


def _line(number: int, record: dict[str, str], position: int, order: str, mark: str, given: Given) -> StatementLine:
    text = record.get("T") or record.get("U", "")
    if not text:
        raise missing("amount", number)
    if not record.get("D"):
        raise missing("booking date", number)
    with at("booking_date", number):
        booked = marks.day(record["D"], order)
    with at("amount", number):
        amount = marks.amount(text, mark, given.own)
    said = " ".join(part for part in (record.get("M", ""), record.get("N", "")) if part)
    if not said and not record.get("P"):
        said = record.get("L", "")
    if "\ufffd" in text:
        raise unreadable("amount", text, number)
    return StatementLine(
        row=position,
        booking_date=booked,
        amount=amount,
        counterparty=bank_text(record.get("P", ""), 140),
        text=bank_text(said or record.get("P", ""), 4000),
    )
