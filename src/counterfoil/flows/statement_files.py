"""Bank statement files of every format: which one it is, and the statements in it. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.infra import archive, csv_text, xml
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import AmbiguousDate
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain import references
from counterfoil.receivables.domain.formats import ARCHIVE, DELIMITED, FORMATS, PROFILES, bank_csv, format_of
from counterfoil.receivables.domain.formats.reading import Given
from counterfoil.receivables.domain.statements import BalanceMismatch, BankStatement

_MOST_BYTES: Final = 200 << 20
_LARGE: Final = 20 << 20
_MOST_ELEMENTS: Final = 1_000_000
_MOST_ELEMENTS_OF_LARGE: Final = 10_000_000
_DATES_THAT_MIX: Final = ("us", "eu")


class UnreadWorkbook(Refused):
    """A workbook: its sheet has to be saved as CSV, because a statement is stored only as the bank wrote it."""

    code = "workbook_statement"


class AmbiguousColumns(Refused):
    """More than one column profile fits, and no balance says which; a person has to name one."""

    code = "ambiguous_profile"


class FileTooLarge(Refused):
    """More bytes than a statement has."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class Kind:
    """What reads a file: a format or a column profile, its version, and what people call it."""

    name: str
    version: int
    title: str
    profiles: tuple[str, ...] = ()
    """The column profiles that fit delimited text; empty for other formats."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose rows a file holds that does not say so, and which accounts are known."""

    number: str
    currency: Currency | None
    base: Currency
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    """Our account numbers by currency."""

    @classmethod
    def of(cls, books: BooksFacts, bank_account_id: int | None) -> Account:
        """Return the chosen bank account, or the first one.

        Raises:
            NoSuchBankAccount: none has this id in these books.
        """
        _, number, code = reads.bank_account(books.id, bank_account_id) or (0, "", "")
        numbers: dict[str, set[str]] = {}
        for iban, own in reads.bank_account_ids(books.id):
            numbers.setdefault(own, set()).add(iban)
        known = {own: frozenset(ibans) for own, ibans in numbers.items()}
        return cls(number, currency(code) if code else None, books.base_currency, known)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file that was read. `rows` answers row by row, for delimited text only."""

    kind: Kind
    statements: tuple[BankStatement, ...]
    rows: bank_csv.ReadRows | None = None


def kind_of(data: bytes, name: str, profile: str) -> Kind:
    """Return what reads a file, by its content; a profile that a person named is believed for delimited text."""
    found = FORMATS.get(format_of(name, data))
    if found is not None and (found.name != "paypal" or profile not in bank_csv.PROFILES):
        return Kind(found.name, found.version, found.title)
    if found is None and (other := format_of(name, data)) != DELIMITED:
        return Kind(other, 1, "ZIP" if other == ARCHIVE else "XLSX")
    names = (profile,) if profile and profile not in PROFILES else _fitting(data)
    chosen = bank_csv.PROFILES.get(names[0])
    if chosen is None:
        return Kind(profile[:40], 0, "CSV", (profile,))
    return Kind(chosen.name, chosen.version, f"CSV ({chosen.name})", names)


def _fitting(data: bytes) -> tuple[str, ...]:
    """Return the column profiles whose required columns the header has; our own columns where none fits."""
    end = data.find(b"\n")
    try:
        header = csv_text.read_table(data if end < 0 else data[: end + 1]).header
    except Refused:
        return (bank_csv.DEFAULT,)
    names = [one.name for one in bank_csv.PROFILES.values() if set(one.required) <= set(header)]
    return (bank_csv.DEFAULT,) if bank_csv.DEFAULT in names or not names else tuple(names)


def read(kind: Kind, data: bytes, account: Account, *, profile: str, today: date) -> StatementFile:
    """Read the statements of a file.

    Raises:
        Refused: the file is refused whole (encoding, schema, malformed_statement, not_a_statement, ...).
    """
    if len(data) > _MOST_BYTES:
        raise FileTooLarge(limit=_MOST_BYTES)
    if kind.profiles:
        return _delimited(kind, data, account, is_named=kind.profiles == (profile,), today=today)
    given = Given(_xml, account.number, account.currency, account.base, profile if profile in PROFILES else "")
    if kind.name == ARCHIVE:
        found = [one for entry in archive.entries(data) for one in _member(entry, given)]
    elif kind.name in FORMATS:
        found = list(FORMATS[kind.name].read(data, given))
    else:
        raise UnreadWorkbook(type=kind.name)
    return StatementFile(kind, tuple(_known(one, account) for one in found))


def _member(entry: archive.Entry, given: Given) -> Sequence[BankStatement]:
    """Read one file of an archive; delimited text is not taken from one, because it does not say whose it is."""
    found = FORMATS.get(format_of(entry.name, entry.data), FORMATS["camt"])
    try:
        return found.read(entry.data, given)
    except Refused as refused:
        refused.facts["member"] = entry.name[:255]
        raise


def _known(statement: BankStatement, account: Account) -> BankStatement:
    """Give a statement the number that we know its account by."""
    ibans = account.known.get(statement.currency.code, frozenset())
    number = references.known_as(statement.account, ibans)
    return replace(statement, account=number) if number != statement.account else statement


def _xml(data: bytes) -> Element:
    elements = _MOST_ELEMENTS if len(data) <= _LARGE else _MOST_ELEMENTS_OF_LARGE
    return xml.parse(data, max_bytes=_MOST_BYTES, max_elements=elements)


# ------------------------------------------------------------------------------------ delimited text


def _delimited(kind: Kind, data: bytes, account: Account, *, is_named: bool, today: date) -> StatementFile:
    """Read delimited text by the one profile that fits; of several, by the one that the balances prove."""
    if len(kind.profiles) == 1:
        rows = _rows(kind.profiles[0], data, account, today)
    else:
        kind, rows = _proven(kind, data, account, today)
    chosen = bank_csv.profile_named(kind.name)
    if not is_named and chosen.dates in _DATES_THAT_MIX:
        _insist_on_one_order(rows)
    return StatementFile(kind, (rows.statement,) if rows.statement.lines else (), rows)


def _rows(name: str, data: bytes, account: Account, today: date) -> bank_csv.ReadRows:
    chosen = bank_csv.profile_named(name)
    table = csv_text.read_table(
        data, encoding=chosen.encoding, delimiter=chosen.delimiter, required=chosen.required, max_bytes=_MOST_BYTES
    )
    return bank_csv.read_rows(
        table.header,
        table.rows,
        profile=chosen,
        account=account.number,
        account_currency=account.currency,
        base=account.base,
        today=today,
    )


def _proven(kind: Kind, data: bytes, account: Account, today: date) -> tuple[Kind, bank_csv.ReadRows]:
    """Return the one profile under which every balance follows from the one before.

    Raises:
        AmbiguousColumns: none, or more than one, or the file has no balances.
    """
    proven: list[tuple[str, bank_csv.ReadRows]] = []
    for name in kind.profiles:
        try:
            rows = _rows(name, data, account, today)
        except BalanceMismatch:
            continue
        if rows.statement.closing is not None and len(rows.statement.lines) > 1:
            proven.append((name, rows))
    if len(proven) != 1:
        raise AmbiguousColumns(field="profile", known=list(kind.profiles))
    name, rows = proven[0]
    return replace(kind, name=name, version=bank_csv.PROFILES[name].version, title=f"CSV ({name})"), rows


def _insist_on_one_order(rows: bank_csv.ReadRows) -> None:
    """Refuse days that could as well be read the other way round, where nobody named the profile.

    Raises:
        AmbiguousDate: no day of the file is above the 12th.
    """
    days = [line.booking_date for line in rows.statement.lines]
    if days and all(day.day <= 12 for day in days) and any(day.day != day.month for day in days):
        raise AmbiguousDate(field="booking_date", text=f"{days[0].month}/{days[0].day}/{days[0].year}")


# ------------------------------------------------------------------------------------ for the preview


@dataclass(frozen=True, slots=True)
class Seen:
    """One statement of a file, as a person looks at it before it is stored."""

    account: str
    currency: str
    first_date: date | None
    last_date: date | None
    opening: Money | None
    closing: Money | None
    lines: int
    pending: int
    is_advice: bool


def seen(statements: Sequence[BankStatement]) -> tuple[Seen, ...]:
    """Sum statements up for the preview."""
    return tuple(
        Seen(
            one.account,
            one.currency.code,
            one.first_date,
            one.last_date,
            one.opening,
            one.closing,
            len(one.lines),
            one.pending,
            one.is_advice,
        )
        for one in statements
    )
