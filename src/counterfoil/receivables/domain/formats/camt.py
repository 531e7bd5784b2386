"""CAMT.053, CAMT.052 and CAMT.054: statement, intraday report and advice in ISO 20022, versions .001.02 to .001.13.

The three say what was booked in the same words; only a statement books it, so that a report and an advice are marked
and their balances prove nothing: a report may leave out what the one before it told. The tree comes from the one XML
reader. Versions differ in where a name or a status stands; each element is looked for where any version has it. Amounts
carry no sign: the sign is taken once, from `CdtDbtInd`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import parse_date
from counterfoil.receivables.domain.formats.reading import Given, exact
from counterfoil.receivables.domain.references import (
    clean_account,
    clean_reference,
    is_creditor_reference,
    is_qr_reference,
)
from counterfoil.receivables.domain.statements import (
    BankStatement,
    MalformedStatement,
    NotAStatement,
    StatementLine,
    bank_text,
)

_NAMESPACE: Final = re.compile(r"(?:.*[:/])?camt\.(05[234])\.001\.(?:0[2-9]|1[0-3])(?:\.xsd)?")
_BODIES: Final = {
    "053": ("BkToCstmrStmt", "Stmt"),
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_TAG: Final = re.compile(r"(?:\{([^}]*)\})?(.*)")
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_BOOKED: Final = "BOOK"
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = "CLBD"
_INTERIM: Final = "ITBD"
_MOST_SHOWN: Final = 80


def recognise(head: str) -> bool:
    """Tell whether a text begins like XML; what XML it is, the reader says."""
    return head.lstrip().startswith("<")


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read a file as `statements` does; the XML reader is given.

    Raises:
        Refused: as `statements`, or the XML is not well formed, too deep, too large, or has a document type.
    """
    return statements(given.parse_xml(data))


def statements(root: Element) -> list[BankStatement]:
    """Read every statement of a file, each for its own account.

    A batch entry whose parts carry amounts that make up the entry becomes one line a part. Entries that are not booked
    (pending, for information) are counted and left out; the bank sends them again when they are.

    Raises:
        NotAStatement: another root or another namespace, or no statement in it.
        MalformedStatement: an amount, a date, an indicator or the account is missing or unreadable.
        UnknownCurrency: an amount names no ISO 4217 currency.
    """
    namespace, name = _split(root.tag)
    kind = _NAMESPACE.fullmatch(namespace)
    if name != "Document" or kind is None:
        raise NotAStatement(
            found=namespace[:_MOST_SHOWN] or name[:_MOST_SHOWN], wanted="camt.053, camt.052 or camt.054 .001.02 to .13"
        )
    holder, part = _BODIES[kind[1]]
    for element in root.iter():
        element.tag = _split(element.tag)[1]
    body = root.find(holder)
    found = [] if body is None else body.findall(part)
    if body is None or not found:
        raise NotAStatement(found="no statement", wanted=f"{holder}/{part}")
    message_id = _text(body, "GrpHdr/MsgId", 140)
    read_ = [_statement(element, message_id) for element in found]
    if kind[1] == "053":
        return read_
    told = f"camt.{kind[1]}"  # A report and a statement may have one name; they are two things.
    return [
        replace(one, statement_id=f"{told} {one.statement_id}"[:140], opening=None, is_advice=True) for one in read_
    ]


def _malformed(what: str, text: str) -> MalformedStatement:
    return MalformedStatement(field=what.replace(" ", "_"), what=what, text=text[:_MOST_SHOWN])


def _split(tag: str) -> tuple[str, str]:
    found = _TAG.fullmatch(tag)
    return (found[1] or "", found[2]) if found else ("", tag)


def _text(element: Element, path: str, limit: int = 255) -> str:
    return bank_text(element.findtext(path), limit)


def _statement(element: Element, message_id: str) -> BankStatement:
    account = clean_account(element.findtext("Acct/Id/IBAN") or element.findtext("Acct/Id/Othr/Id") or "")
    if not account:
        raise _malformed("account", "")
    balances = [(code, money, day) for code, money, day in _balances(element)]
    code = _text(element, "Acct/Ccy", 3)
    if not code and not balances and (amount := element.find("Ntry/Amt")) is not None:
        code = amount.get("Ccy", "")
    own = currency(code) if code or not balances else balances[0][1].currency
    opening, closing = _opening_and_closing(balances)
    sequence = element.findtext("ElctrncSeqNb") or element.findtext("LglSeqNb") or ""
    lines: list[StatementLine] = []
    pending = 0
    for position, entry in enumerate(element.findall("Ntry"), 1):
        if (entry.findtext("Sts/Cd") or entry.findtext("Sts") or "").strip() == _BOOKED:
            lines.extend(_lines(entry, position, own))
        else:
            pending += 1
    return BankStatement(
        account=account,
        account_name=_text(element, "Acct/Nm", 140) or _text(element, "Acct/Ownr/Nm", 140),
        currency=own,
        message_id=message_id,
        statement_id=_text(element, "Id", 140),
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 19 else None,
        opening=opening and opening[1],
        closing=closing and closing[1],
        opening_date=opening and opening[2],
        closing_date=closing and closing[2],
        lines=tuple(lines),
        pending=pending,
    )


Balance = tuple[str, Money, date]


def _balances(element: Element) -> Iterator[Balance]:
    """Yield each balance of the statement with its type and day; what is owed to the bank is negative."""
    for balance in element.findall("Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd", 4)
        if code in (*_OPENING, _CLOSING, _INTERIM):
            yield code, _signed(balance, _amount(balance)), _day(balance, "Dt")


def _opening_and_closing(balances: list[Balance]) -> tuple[Balance | None, Balance | None]:
    """Pick the balances a statement begins and ends with; pages of a long statement meet at interim balances."""
    interim = [balance for balance in balances if balance[0] == _INTERIM]
    opening = next((balance for code in _OPENING for balance in balances if balance[0] == code), None)
    closing = next((balance for balance in balances if balance[0] == _CLOSING), None)
    if opening is None and interim:
        opening = interim[0]
        interim = interim[1:]
    if closing is None and interim:
        closing = interim[-1]
    return opening, closing


def _lines(entry: Element, position: int, own: Currency) -> Iterator[StatementLine]:
    """Turn one booked entry into its line, or into one a part of a batch."""
    whole = _signed(entry, _amount(entry))
    parts = entry.findall("NtryDtls/TxDtls")
    amounts = [_part_amount(part, entry, own) for part in parts]
    known = [amount for amount in amounts if amount is not None]
    if len(parts) > 1 and len(known) == len(parts) and sum(known, Money.zero(own)) == whole:
        for part, amount in zip(parts, known, strict=True):
            yield _line(entry, position, amount, [part])
    else:
        yield _line(entry, position, whole, parts)


def _line(entry: Element, position: int, amount: Money, parts: list[Element]) -> StatementLine:
    """One line with what its parts say; of several parts without amounts the texts are joined."""
    other = "Dbtr" if amount.minor >= 0 else "Cdtr"
    names = (f"RltdPties/{other}/Pty/Nm", f"RltdPties/{other}/Nm", f"RltdPties/Ultmt{other}/Pty/Nm")
    accounts = (f"RltdPties/{other}Acct/Id/IBAN", f"RltdPties/{other}Acct/Id/Othr/Id")
    references = [
        clean_reference(found.text or "")
        for part in parts
        for found in part.findall("RmtInf/Strd/CdtrRefInf/Ref")
        if found.text
    ]
    structured = [text for text in references if is_creditor_reference(text) or is_qr_reference(text)]
    texts = [found.text for part in parts for found in part.findall("RmtInf/Ustrd") if found.text]
    texts += [found.text for part in parts for found in part.findall("RmtInf/Strd/RfrdDocInf/Nb") if found.text]
    texts += [text for text in references if text not in structured]
    if not texts:
        texts = [text for part in parts if (text := part.findtext("AddtlTxInf"))]
    if not texts and (text := entry.findtext("AddtlNtryInf")):
        texts = [text]
    own_id = _first(parts, ("Refs/AcctSvcrRef",), 140) if len(parts) == 1 else ""
    end_to_end = _first(parts, ("Refs/EndToEndId",), 64) if len(parts) == 1 else ""
    return StatementLine(
        row=position,
        booking_date=_day(entry, "BookgDt"),
        value_date=_day(entry, "ValDt") if entry.find("ValDt") is not None else None,
        amount=amount,
        counterparty=_first(parts, names, 140) if len(parts) == 1 else "",
        counterparty_iban=clean_account(_first(parts, accounts, 64)) if len(parts) == 1 else "",
        text=bank_text(" ".join(texts), 4000),
        reference=structured[0] if len(structured) == 1 else "",
        end_to_end_id="" if end_to_end in ("NOTPROVIDED", "NOT PROVIDED") else end_to_end,
        bank_tx_id=own_id or _text(entry, "AcctSvcrRef", 140),
        is_reversal=(entry.findtext("RvslInd") or "").strip() in ("true", "1"),
    )


def _first(parts: list[Element], paths: tuple[str, ...], limit: int) -> str:
    return next((text for part in parts for path in paths if (text := _text(part, path, limit))), "")


def _amount(element: Element) -> Money:
    """Read an `Amt`: unsigned, with its own currency; zeros beyond the currency's decimals are not decimals."""
    amount = element.find("Amt")
    if amount is None or not amount.text:
        raise _malformed("amount", "")
    own = currency(amount.get("Ccy", ""))
    text = amount.text.strip()
    whole, point, decimals = text.partition(".")
    if not whole or text.startswith("-") or (point and not decimals):
        raise _malformed("amount", text)
    try:
        return exact("", whole, decimals, own)
    except Refused:
        raise _malformed("amount", text) from None


def _signed(element: Element, amount: Money) -> Money:
    """Give an amount its sign: CRDT is money in (for a balance: the bank owes us), DBIT money out."""
    match (element.findtext("CdtDbtInd") or "").strip():
        case "CRDT":
            return amount
        case "DBIT":
            return -amount
        case other:
            raise _malformed("credit or debit", other)


def _part_amount(part: Element, entry: Element, own: Currency) -> Money | None:
    """Return what one part of a batch comes to, or None where it does not say so in the account's currency."""
    for holder in (part, part.find("AmtDtls/TxAmt")):
        if holder is not None and (found := holder.find("Amt")) is not None and found.get("Ccy") == own.code:
            return _signed(part if part.find("CdtDbtInd") is not None else entry, _amount(holder))
    return None


def _day(element: Element, path: str) -> date:
    """Read a day, given as a date or as an instant: the day as the bank wrote it, in its own zone."""
    text = (element.findtext(f"{path}/Dt") or element.findtext(f"{path}/DtTm") or "").strip()
    found = _DAY.fullmatch(text)
    if found is None:
        raise _malformed("date", text)
    return parse_date(found[1])
