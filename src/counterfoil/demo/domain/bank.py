"""The bank's side: the company's account, what it spends, and statements in CAMT.053."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final
from xml.etree import ElementTree as ET

from counterfoil.demo.domain import company, identifiers
from counterfoil.demo.domain.calendar import working_day, working_day_before
from counterfoil.kernel.spans import Span

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CAPITAL_MINOR: Final = 250_000_00
CAPITAL_ACCOUNT: Final = "3000"
CHARGES_ACCOUNT: Final = "6000"
WAGES_MINOR: Final = 27_480_00
RENT_MINOR: Final = 3_150_00


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the bank: money in is positive. `account` is the ledger account it belongs to, if to one alone."""

    id: str
    on: date
    amount_minor: int
    name: str
    iban: str
    text: str
    reference: str = ""
    account: str = ""


def own_iban(seed: int) -> str:
    """Return the company's account."""
    return identifiers.iban(company.COUNTRY, company.BANK_CODE, Random(f"{seed}/iban"))


def spending(period: Span, seed: int, *, is_first: bool) -> Iterator[Movement]:
    """Yield what the company pays in a period, and its capital in the first one: none of it concerns a customer."""
    if is_first:
        yield Movement(
            "C-capital", working_day(period.start), CAPITAL_MINOR, "R TIDEWATER HOLDING", "", "Paid-up capital", "",
            CAPITAL_ACCOUNT,
        )  # fmt: skip
    for month in period.months():
        rng = Random(f"{seed}/spending/{month.start:%Y-%m}")
        wages = WAGES_MINOR + rng.randrange(-900_00, 900_00)
        for key, day_of_month, minor, name, text, account in (
            ("rent", 1, RENT_MINOR, "HAVENKADE VASTGOED", f"Rent {month.start:%m/%Y}", company.RENT.code),
            ("hosting", 6, 1_240_00 + rng.randrange(0, 260_00), "NIMBUS HOSTING", "Invoice", company.SOFTWARE.code),
            ("meters", 13, rng.randrange(4_100_00, 9_800_00), "DELFT FLOW BV", "Meters", company.GOODS_BOUGHT.code),
            ("gateways", 20, rng.randrange(900_00, 2_600_00), "SIGNAALTECH", "Gateways", company.GOODS_BOUGHT.code),
            ("wages", 25, wages, "SALARY BATCH", f"Salaries {month.start:%m/%Y}", company.WAGES.code),
            ("charges", 28, 28_40 + rng.randrange(0, 1900), company.BANK.upper(), "Charges", CHARGES_ACCOUNT),
        ):
            day = working_day_before(month.start.replace(day=day_of_month) + timedelta(days=1))
            day = max(day, working_day(month.start.replace(day=1)))
            if period.contains(day):
                yield Movement(f"C{month.start:%y%m}-{key}", day, -minor, name, "", text, "", account)


def camt(
    iban: str, number: int, period: Span, opening_minor: int, movements: Iterable[Movement], *, made_on: date
) -> bytes:
    """Return one statement as the bank sends it; lines are in the order of their days."""
    lines = sorted(movements, key=lambda one: (one.on, one.id))
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    body = _add(root, "BkToCstmrStmt")
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", f"WTLB-{made_on:%Y%m%d}-{number:03d}")
    _add(header, "CreDtTm", f"{made_on.isoformat()}T06:00:00")
    statement = _add(body, "Stmt")
    _add(statement, "Id", f"{period.start:%Y}-{number:03d}")
    _add(statement, "ElctrncSeqNb", str(number))
    _add(statement, "CreDtTm", f"{made_on.isoformat()}T06:00:00")
    account = _add(statement, "Acct")
    _add(account, "Id/IBAN", iban)
    _add(account, "Ccy", company.CURRENCY)
    _add(account, "Ownr/Nm", company.NAME)
    closing = opening_minor + sum(line.amount_minor for line in lines)
    _balance(statement, "OPBD", opening_minor, period.start)
    _balance(statement, "CLBD", closing, period.last)
    for line in lines:
        _entry(statement, line)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _balance(statement: ET.Element, code: str, minor: int, day: date) -> None:
    balance = _add(statement, "Bal")
    _add(balance, "Tp/CdOrPrtry/Cd", code)
    _amount(balance, minor)
    _add(balance, "Dt/Dt", day.isoformat())


def _entry(statement: ET.Element, line: Movement) -> None:
    entry = _add(statement, "Ntry")
    _amount(entry, line.amount_minor)
    _add(entry, "Sts/Cd", "BOOK")
    _add(entry, "BookgDt/Dt", line.on.isoformat())
    _add(entry, "ValDt/Dt", line.on.isoformat())
    _add(entry, "AcctSvcrRef", line.id)
    part = _add(entry, "NtryDtls/TxDtls")
    _add(part, "Refs/AcctSvcrRef", line.id)
    side = "Dbtr" if line.amount_minor > 0 else "Cdtr"
    parties = _add(part, "RltdPties")
    _add(parties, f"{side}/Pty/Nm", line.name)
    if line.iban:
        _add(parties, f"{side}Acct/Id/IBAN", line.iban)
    remittance = _add(part, "RmtInf")
    if line.reference:
        _add(remittance, "Strd/CdtrRefInf/Ref", line.reference)
    else:
        _add(remittance, "Ustrd", line.text)


def _amount(parent: ET.Element, minor: int) -> None:
    element = _add(parent, "Amt", f"{abs(minor) // 100}.{abs(minor) % 100:02d}")
    element.set("Ccy", company.CURRENCY)
    _add(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _add(parent: ET.Element, path: str, text: str = "") -> ET.Element:
    """Add an element with the ones around it, and return the innermost."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    if text:
        parent.text = text
    return parent
