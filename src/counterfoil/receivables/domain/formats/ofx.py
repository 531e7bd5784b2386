"""OFX 1.x (SGML), OFX 2.x (XML) and QFX: what banks of many countries offer for download.

Read as OFX 2.2 says (sections 11.3 and 11.4 for banks and cards, 13.9 for the cash of a broker's account), and as banks
really write it: without closing tags, header on one line or none, a decimal comma, blanks in an amount, CDATA, tags of
their own, a wrong charset. A day is the day as the bank wrote it, in its own zone; no clock of ours moves it.

OFX has no opening balance, so that nothing in the file proves its lines; the closing one is kept to be shown. An id
(FITID) that stands for two bookings in one file is kept, and both lines wait for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import BadDate
from counterfoil.receivables.domain import statements as rules
from counterfoil.receivables.domain.formats.reading import SHOWN, Given, at, day_of, decoded, loose_amount, missing
from counterfoil.receivables.domain.formats.sgml import Node, tree
from counterfoil.receivables.domain.references import (
    clean_account,
    clean_reference,
    is_creditor_reference,
    is_qr_reference,
)
from counterfoil.receivables.domain.statements import BankStatement, NotAStatement, StatementLine, bank_text

REUSED_ID: Final = "reused_bank_id"
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T?[0-9:]{4,8}(?:[.,][0-9]+)?)?\s*(?:Z|\[[^\]]*\]?)?\s*")
_CHARSETS: Final = {"1252": "cp1252", "1250": "cp1250", "1251": "cp1251", "8859-1": "latin-1", "437": "cp437"}
_CHARSET: Final = re.compile(rb"CHARSET:\s*(?:ISO-)?([0-9-]{3,8})")
_LEAVES: Final = frozenset(
    {
        "ACCTID", "ACCTKEY", "ACCTTYPE", "BALAMT", "BANKID", "BRANCHID", "BROKERID", "CHECKNUM", "CHKNUM", "CODE",
        "CURDEF", "CURRATE", "CURSYM", "DTASOF", "DTAVAIL", "DTEND", "DTPOSTED", "DTSERVER", "DTSETTLE", "DTSTART",
        "DTTRADE", "DTUSER", "EXTDNAME", "FITID", "INCOMETYPE", "LANGUAGE", "MEMO", "MESSAGE", "NAME", "ORG",
        "PAYEEID", "REFNUM", "SEVERITY", "SIC", "SRVRTID", "SUBACCTFUND", "SUBACCTSEC", "TOTAL", "TRNAMT", "TRNTYPE",
        "TRNUID", "UNIQUEID", "UNITPRICE", "UNITS", "VALUEDATE",
    }
)  # fmt: skip
_WANTED: Final = "a statement with its entries"
_TRADES: Final = frozenset({"INVBUY", "INVSELL", "INCOME", "INVEXPENSE", "RETOFCAP", "MARGININTEREST", "REINVEST"})
_BANKS: Final = (
    ("STMTTRNRS", "STMTRS", "BANKACCTFROM"),
    ("CCSTMTTRNRS", "CCSTMTRS", "CCACCTFROM"),
    ("INVSTMTTRNRS", "INVSTMTRS", "INVACCTFROM"),
)


class BankSaidError(Refused):
    """The bank's server answered with an error instead of a statement."""

    code = "bank_said_error"


def recognise(head: str) -> bool:
    """Tell whether a text begins like OFX, whatever stands before its first tag."""
    upper = head.upper()
    return "OFXHEADER" in upper or "<OFX>" in upper


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read the statement of every account in a file: current accounts, cards, and the cash of a broker's account.

    Raises:
        NotAStatement: a sign-on or a list of accounts only.
        BankSaidError: the bank's server reports an error.
        ForbiddenMarkup, MarkupTooDeep, MarkupLimit: no statement is written so.
        UnknownCurrency: the account is in a currency that is none.
    """
    found = _CHARSET.search(data[:2000])
    root = tree(decoded(data, _CHARSETS.get(found[1].decode(), "") if found else ""), _LEAVES)
    statements: list[BankStatement] = []
    for answer, body, account in _BANKS:
        for node in root.all(answer):
            whole = node.find(body)
            if whole is None:
                _insist_no_error(node)
            else:
                statements.append(_statement(whole, account, given))
        if next(root.all(answer), None) is None:
            statements += [_statement(whole, account, given) for whole in root.all(body)]
    if statements and not any(one.lines or one.faults or one.closing is not None for one in statements):
        raise NotAStatement(found="an account without a movement of cash or a balance", wanted=_WANTED)
    if not statements:
        for node in root.all("SONRS"):
            _insist_no_error(node)
        raise NotAStatement(found="an OFX answer without a statement", wanted=_WANTED)
    return statements


def _insist_no_error(node: Node) -> None:
    status = node.find("STATUS")
    if status is not None and (status.value("SEVERITY").upper() == "ERROR" or status.value("CODE") not in {"", "0"}):
        raise BankSaidError(error=status.value("CODE")[:SHOWN], text=bank_text(status.value("MESSAGE"), 200))


def _statement(node: Node, account_name: str, given: Given) -> BankStatement:
    code = node.value("CURDEF")
    with at("currency", node.line):
        own = currency(code.upper()) if code else given.own
    listed = [*node.all("BANKTRANLIST"), *node.all("INVTRANLIST")]
    read_ = _Lines(own)
    for one in listed:
        read_.take(one)
    account = _account(node.find(account_name)) or given.account
    closing = None
    balance = node.find("LEDGERBAL")
    if balance is not None and (text := balance.value("BALAMT")):
        with at("closing balance", balance.line):
            closing = loose_amount(text, own)
    days = [_day_or_none(one.value("DTSTART")) for one in listed]
    ends = [_day_or_none(one.value("DTEND")) for one in listed]
    as_of = _day_or_none(balance.value("DTASOF")) if balance is not None else None
    faults = read_.faults if account else [missing("account", node.line).refusal, *read_.faults]
    return BankStatement(
        account=account,
        account_name="",
        currency=own,
        message_id="ofx",
        statement_id="",
        lines=_doubted(read_.lines),
        closing=closing,
        opening_date=min((day for day in days if day), default=None),
        closing_date=as_of or max((day for day in ends if day), default=None),
        faults=tuple(faults),
    )


def _account(node: Node | None) -> str:
    """Return the bank's code and the account's number, or the number alone where it is an IBAN or there is no code."""
    if node is None:
        return ""
    number = clean_account(node.value("ACCTID"))
    bank = clean_account(node.value("BANKID"))
    is_iban = bool(re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", number))
    return number if is_iban or not bank or not number else f"{bank}/{number}"[:64]


@dataclass(slots=True)
class _Lines:
    """The lines of a statement as they are read, and what could not be."""

    own: Currency
    lines: list[StatementLine] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)
    record: int = 0

    def take(self, listed: Node) -> None:
        """Read a list of transactions; those of a broker that move no cash of the account are left out."""
        for node in listed.children:
            for part in (node, *node.children):
                if part.name == "STMTTRN":
                    self._add(part, part.value("TRNAMT"), part.value("DTPOSTED"))
                elif part.name in _TRADES and _moves_cash(part):
                    trade = part.find("INVTRAN") or part
                    day = trade.value("DTSETTLE", "DTTRADE")
                    self._add(part, part.value("TOTAL"), day, trade.value("FITID"), trade.value("MEMO"))

    def _add(self, node: Node, amount: str, day: str, id_: str = "", memo: str = "") -> None:
        self.record += 1
        try:
            self.lines.append(self._line(node, amount, day, id_, memo))
        except Refused as refused:
            refused.facts.setdefault("line", node.line)
            refused.facts["record"] = self.record
            self.faults.append(refused.refusal)

    def _line(self, node: Node, amount: str, day: str, id_: str, memo: str) -> StatementLine:
        if not amount:
            raise missing("amount", node.line)
        if not day:
            raise missing("booking date", node.line)
        with at("currency", node.line):
            other = node.find("CURRENCY")
            code = other.value("CURSYM").upper() if other is not None else ""
            own = currency(code) if code else self.own
        with at("amount", node.line):
            money: Money = loose_amount(amount, own)
        with at("booking_date", node.line):
            booked = _day(day)
        payee = node.find("PAYEE")
        name = node.value("NAME", "EXTDNAME") or (payee.value("NAME") if payee is not None else "")
        said = memo or node.value("MEMO")
        check = node.value("CHECKNUM", "CHKNUM")
        text = " ".join(part for part in (said or name, check if check.strip("0") else "") if part)
        reference = clean_reference(said)
        to = node.find("BANKACCTTO", "CCACCTTO")
        return StatementLine(
            row=self.record,
            booking_date=booked,
            value_date=_day_or_none(node.value("DTAVAIL", "VALUEDATE")),
            amount=money,
            counterparty=bank_text(name, 140),
            counterparty_iban=_account(to),
            text=bank_text(text, 4000),
            reference=reference if is_creditor_reference(reference) or is_qr_reference(reference) else "",
            end_to_end_id=bank_text(node.value("REFNUM"), 64),
            bank_tx_id=bank_text(id_ or node.value("FITID"), 140),
        )


def _moves_cash(trade: Node) -> bool:
    """Tell whether a trade was paid from the account's cash; a dividend that bought shares moved none."""
    return trade.name != "REINVEST" and trade.value("SUBACCTFUND").upper() in {"", "CASH", "MARGIN"}


def _doubted(lines: list[StatementLine]) -> tuple[StatementLine, ...]:
    """Mark the lines whose id stands for another booking too: a person has to say which of them are real."""
    bookings: dict[str, set[tuple[date, int]]] = {}
    for line in lines:
        if rules.has_bank_id(line):
            bookings.setdefault(line.bank_tx_id, set()).add((line.booking_date, line.amount.minor))
    return tuple(
        replace(line, doubt=REUSED_ID) if len(bookings.get(line.bank_tx_id, ())) > 1 else line for line in lines
    )


def _day(text: str) -> date:
    """Read YYYYMMDD with whatever time and zone follows: the bank's own day.

    Raises:
        BadDate: it is none.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise BadDate(text=text[:SHOWN])
    return day_of(int(found[1]), found[2], found[3], text)


def _day_or_none(text: str) -> date | None:
    """Read a day that nothing depends on: banks write 00000000 and 010126 here."""
    try:
        return _day(text)
    except BadDate:
        return None
