"""PayPal's activity download (CSV), in the languages whose headers are known here: one statement a currency.

A sale and what PayPal kept of it are two lines, the gross amount and the fee, so that an invoice is settled in full and
the fee is an expense. The balance column proves both together, row by row. Rows that moved no balance (pending, denied,
memo) are counted and left out.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.formats import bank_csv, marks
from counterfoil.receivables.domain.formats.reading import Given, at, decoded, missing, unreadable
from counterfoil.receivables.domain.statements import (
    BalanceMismatch,
    BankStatement,
    NotAStatement,
    StatementLine,
    bank_text,
)

ACCOUNT: Final = "PAYPAL"
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("Date", "Fecha", "Datum", "Data"),
    "currency": ("Currency", "Divisa", "Währung", "Devise", "Valuta"),
    "gross": ("Gross", "Bruto", "Brutto", "Avant commission", "Lordo"),
    "fee": ("Fee", "Comisión", "Gebühr", "Entgelt", "Commission", "Tariffa"),
    "net": ("Net", "Neto", "Netto"),
    "balance": ("Balance", "Saldo", "Guthaben", "Solde"),
    "id": ("Transaction ID", "Id. de transacción", "Transaktionscode", "Numéro de transaction", "Codice transazione"),
    "what": ("Description", "Descripción", "Beschreibung", "Type", "Tipo", "Typ"),
    "name": ("Name", "Nombre", "Nom", "Nome"),
    "from": ("From Email Address", "Correo electrónico del remitente", "Absender E-Mail-Adresse"),
    "invoice": ("Invoice Number", "Invoice ID", "Id. de factura", "Rechnungsnummer", "Numéro de facture"),
    "subject": ("Subject", "Asunto", "Betreff", "Objet"),
    "status": ("Status", "Estado", "État", "Stato"),
    "impact": ("Balance Impact", "Impacto en el saldo", "Auswirkung auf Guthaben"),
}
_NEEDED: Final = ("date", "currency", "gross", "net", "id")
_MOVED_NOTHING: Final = frozenset(
    {
        "pending", "denied", "canceled", "cancelled", "expired", "failed", "memo", "pendiente", "denegado", "cancelado",
        "ausstehend", "abgelehnt", "storniert",
    }
)  # fmt: skip
_DAY_FIRST_HEADERS: Final = frozenset({"Fecha", "Datum", "Data"})
"""A header that is not English: none of these languages writes the month first."""


@dataclass(slots=True)
class _Balance:
    """The rows of one currency."""

    own: Currency
    lines: list[StatementLine] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)
    running: list[tuple[int, Money, Money]] = field(default_factory=list)
    pending: int = 0
    has_every_balance: bool = True


def recognise(head: str) -> bool:
    """Tell whether the first line names the columns of an activity download."""
    rows = head.lstrip("\ufeff").splitlines()
    places = _places(next(csv.reader(rows[:1]), [])) if rows else {}
    return all(name in places for name in _NEEDED)


def read(data: bytes, given: Given) -> list[BankStatement]:
    """Read the rows of each currency into a statement.

    Raises:
        NotAStatement: there are columns and no rows, or not the columns.
        MalformedStatement: a quote does not close.
    """
    try:
        table = list(csv.reader(decoded(data).splitlines(), strict=True))
    except csv.Error:
        raise unreadable("row", "quotes", 1) from None
    header = [name.strip() for name in table[0]] if table else []
    places = _places(header)
    rows = [(number, row) for number, row in enumerate(table[1:], 2) if any(cell.strip() for cell in row)]
    if any(name not in places for name in _NEEDED) or not rows:
        raise NotAStatement(found="columns without rows" if places else "other columns", wanted="PayPal activity")
    order = marks.order_of((_cell(row, places, "date") for _, row in rows), given.profile)
    if not order and header[places["date"]] in _DAY_FIRST_HEADERS:
        order = marks.DAY_FIRST
    amounts = (_cell(row, places, name) for _, row in rows for name in ("gross", "fee", "net", "balance"))
    mark = marks.decimal_mark_of(amounts)
    balances: dict[str, _Balance] = {}
    for number, row in rows:
        values = {name: _cell(row, places, name) for name in places}
        with at("currency", number):
            own = currency(values["currency"])
        balance = balances.setdefault(own.code, _Balance(own))
        if {values.get("status", "").lower(), values.get("impact", "").lower()} & _MOVED_NOTHING:
            balance.pending += 1
            continue
        try:
            _add(balance, number, values, order, mark)
        except Refused as refused:
            balance.faults.append(refused.refusal)
    return [_statement(one) for one in balances.values()]


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands."""
    names = [name.strip() for name in header]
    return {ours: names.index(theirs) for ours, known in _NAMES.items() for theirs in known[::-1] if theirs in names}


def _cell(row: Sequence[str], places: Mapping[str, int], name: str) -> str:
    place = places.get(name, len(row))
    return row[place].strip() if place < len(row) else ""


def _add(balance: _Balance, number: int, values: Mapping[str, str], order: str, mark: str) -> None:
    """Add a row's gross amount and its fee; the two must be its net."""
    if not values["id"]:
        raise missing("transaction id", number)
    with at("booking_date", number):
        booked = marks.day(values["date"], order)
    money: dict[str, Money] = {}
    for name in ("gross", "fee", "net", "balance"):
        if values.get(name):
            with at(name, number):
                money[name] = marks.amount(values[name], mark, balance.own)
    for name in ("gross", "net"):
        if name not in money:
            raise missing(name, number)
    fee = money.get("fee", Money.zero(balance.own))
    if money["gross"] + fee != money["net"]:
        made = money["gross"] + fee
        raise BalanceMismatch(
            field="net",
            statement=values["id"][:40],
            line=number,
            expected=made.decimal_text(),
            found=money["net"].decimal_text(),
            off_by=(money["net"] - made).decimal_text(),
            currency=balance.own.code,
        )
    said = [values.get(name, "") for name in ("invoice", "subject", "what")]
    line = StatementLine(
        row=number,
        booking_date=booked,
        amount=money["gross"],
        counterparty=bank_text(values.get("name") or values.get("from"), 140),
        text=bank_text(" ".join(part for part in said if part), 4000),
        bank_tx_id=bank_text(values["id"], 130),
    )
    balance.lines.append(line)
    if fee:
        text = bank_text(f"{values['id']} {values.get('what', '')}", 4000)
        id_ = f"{line.bank_tx_id}:fee"
        balance.lines.append(StatementLine(number, booked, fee, None, "PayPal", text=text, bank_tx_id=id_))
    if "balance" not in money:
        balance.has_every_balance = False
    else:
        balance.running.append((number, money["net"], money["balance"]))


def _statement(balance: _Balance) -> BankStatement:
    faults = list(balance.faults)
    opening = closing = None
    if not faults:
        try:
            if balance.has_every_balance:
                opening, closing = bank_csv.running_balance(balance.running)
        except BalanceMismatch as refused:
            faults.append(refused.refusal)
    days = [line.booking_date for line in balance.lines]
    return BankStatement(
        account=ACCOUNT,
        account_name="PayPal",
        currency=balance.own,
        message_id="paypal",
        statement_id="",
        lines=tuple(balance.lines),
        opening=opening,
        closing=closing,
        opening_date=min(days, default=None),
        closing_date=max(days, default=None),
        pending=balance.pending,
        faults=tuple(faults),
    )
