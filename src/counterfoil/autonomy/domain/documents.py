"""Invoices of the system that was really used, as its file states them: read strictly, row by row, never posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.kernel.text import clean_text, parse_amount, parse_date

COLUMNS: Final = ("deal", "number", "date", "due_date", "terms", "currency", "net", "tax", "total", "lines")
REQUIRED: Final = ("deal", "number", "date", "currency", "net", "tax", "total")


class UnknownProfile(Refused):
    """There is no such profile for invoices."""

    code = "unknown_profile"


class Missing(Refused):
    """A value that the row must have is not there."""

    code = "missing_value"


class TotalDiffers(Refused):
    """Net and tax do not come to the total."""

    code = "document_total_differs"


class NotAnInvoice(Refused):
    """The total is not above zero: credit notes are not compared."""

    code = "document_not_an_invoice"


class DueBeforeIssued(Refused):
    """The due date lies before the invoice date."""

    code = "document_due_before_issued"


class NumberTwice(Refused):
    """Two different rows of the file have this number."""

    code = "document_number_twice"


@dataclass(frozen=True, slots=True)
class Profile:
    """What columns a system's export has, and how it writes numbers and dates."""

    name: str
    version: int
    system: str
    columns: Mapping[str, str]
    numbers: str = "en-US"
    dates: str = "iso"
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that a file must have; one of due date and terms besides."""
        return tuple(self.columns[name] for name in REQUIRED)


PROFILES: Final[Mapping[str, Profile]] = {
    one.name: one
    for one in (
        Profile("counterfoil", 1, "", {name: name for name in COLUMNS}),
        Profile(
            "invoices-de",
            1,
            "",
            {
                "deal": "Auftrag",
                "number": "Rechnungsnummer",
                "date": "Rechnungsdatum",
                "due_date": "Fällig am",
                "terms": "Zahlungsziel",
                "currency": "Währung",
                "net": "Netto",
                "tax": "Steuer",
                "total": "Brutto",
                "lines": "Positionen",
            },
            numbers="de-DE",
            dates="eu",
            delimiter=";",
        ),
    )
}
DEFAULT: Final = "counterfoil"


def profile_named(name: str) -> Profile:
    """Return a profile; no name means our own columns.

    Raises:
        UnknownProfile: there is none of this name.
    """
    found = PROFILES.get(name or DEFAULT)
    if found is None:
        raise UnknownProfile(field="profile", profile=name[:40], known=sorted(PROFILES))
    return found


@dataclass(frozen=True, slots=True)
class Document:
    """One invoice of another system."""

    row: int
    deal: str
    number: str
    issue_date: date
    due_date: date
    net: Money
    tax: Money
    lines: str = ""

    @property
    def total(self) -> Money:
        """What the customer pays."""
        return self.net + self.tax

    def content(self) -> dict[str, str | int]:
        """Everything that is compared when the same number comes again."""
        return {
            "deal": self.deal,
            "number": self.number,
            "issue_date": self.issue_date.isoformat(),
            "due_date": self.due_date.isoformat(),
            "currency": self.net.currency.code,
            "net": self.net.minor,
            "tax": self.tax.minor,
            "lines": self.lines,
        }


@dataclass(slots=True)
class Read:
    """What a file's rows came to: documents, what stands against the others, and rows that only repeat another."""

    documents: list[Document] = field(default_factory=list)
    errors: list[tuple[int, Refusal]] = field(default_factory=list)
    repeated: int = 0
    count: int = 0


def read_rows(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str] | Refusal]], profile: Profile) -> Read:
    """Read rows one by one; a refused one names its field and never stops the others."""
    read = Read()
    seen: dict[str, Document] = {}
    for number, values in rows:
        read.count += 1
        if isinstance(values, Refusal):
            read.errors.append((number, values))
            continue
        try:
            document = _document(number, dict(zip(header, values, strict=True)), profile)
        except Refused as refused:
            read.errors.append((number, refused.refusal))
            continue
        first = seen.setdefault(document.number, document)
        if first is document:
            read.documents.append(document)
        elif first.content() == document.content():
            read.repeated += 1
        else:
            twice = NumberTwice(field=profile.columns["number"], number=document.number, rows=[first.row, number])
            read.errors.append((number, twice.refusal))
    return read


def _document(row: int, values: Mapping[str, str], profile: Profile) -> Document:
    def text(name: str, longest: int = 120) -> str:
        column = profile.columns[name]
        try:
            return clean_text(values.get(column, ""), longest)
        except Refused as refused:
            raise refused.at(column) from None

    def needed(name: str, longest: int = 120) -> str:
        found = text(name, longest)
        if not found:
            raise Missing(field=profile.columns[name])
        return found

    def day(name: str) -> date:
        try:
            return parse_date(needed(name), profile.dates)
        except Refused as refused:
            raise refused.at(profile.columns[name]) from None

    def money(name: str, of: Currency) -> Money:
        try:
            return parse_amount(needed(name), of, profile.numbers)
        except Refused as refused:
            raise refused.at(profile.columns[name]) from None

    deal, number = needed("deal"), needed("number", 60)
    try:
        of = currency(needed("currency", 3))
    except Refused as refused:
        raise refused.at(profile.columns["currency"]) from None
    issued = day("date")
    due = _due(issued, text("due_date"), text("terms"), profile)
    net, tax, total = money("net", of), money("tax", of), money("total", of)
    if net + tax != total:
        raise TotalDiffers(field=profile.columns["total"], total=total.decimal_text(), sum=(net + tax).decimal_text())
    if total.minor <= 0 or net.minor <= 0 or tax.minor < 0:
        raise NotAnInvoice(field=profile.columns["total"], total=total.decimal_text())
    return Document(row, deal, number, issued, due, net, tax, text("lines", 4_000))


def _due(issued: date, due_text: str, terms: str, profile: Profile) -> date:
    column = profile.columns["due_date"]
    if due_text:
        try:
            due = parse_date(due_text, profile.dates)
        except Refused as refused:
            raise refused.at(column) from None
        if due < issued:
            raise DueBeforeIssued(field=column, due=due.isoformat(), issued=issued.isoformat())
        return due
    if not terms:
        raise Missing(field=column)
    try:
        return Term.parse(terms).due_date(issued)
    except Refused as refused:
        raise refused.at(profile.columns["terms"]) from None
