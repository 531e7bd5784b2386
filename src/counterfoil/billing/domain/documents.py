"""Invoices and credit notes: from a draft to a document with its totals, and what must hold before it may be issued."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from counterfoil.billing.domain.numbering import Kind, payment_reference
from counterfoil.billing.domain.taxes import TaxRate, TaxSum, TaxTable, tax_sums
from counterfoil.contracts.domain import Contract, Instalment
from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.kernel.text import FIRST_DATE, LAST_DATE
from counterfoil.standards.domain import Recognition

DOCUMENT = "document"
FORM = 1
MICRO = 1_000_000
MOST_LINES = 10_000
DAYS_AHEAD = 30


class NoLines(Refused):
    """An invoice needs at least one line."""

    code = "no_lines"


class TooManyLines(Refused):
    """More lines than one document takes."""

    code = "too_many_lines"


class ZeroTotal(Refused):
    """The document comes to nothing: there is nothing to pay."""

    code = "zero_total"


class NegativeTotal(Refused):
    """The document comes to less than nothing: that is a credit note, and names its invoice."""

    code = "negative_total"


class DueBeforeIssue(Refused):
    """Due before it is issued."""

    code = "due_before_issue"


class DateOutOfRange(Refused):
    """A date outside the years that the books take."""

    code = "bad_date"


class IssueDateTooFar(Refused):
    """Dated so far ahead that it is more likely a slip than a wish; every number until then would be held up."""

    code = "issue_date_too_far"


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line to be invoiced. `net` is computed where it is None.

    `delivered_on` is None where delivery is not known apart: the issue date then stands for it.
    """

    description: str
    product_id: int | None
    product_code: str
    quantity_micro: int
    unit_price: Money
    discount_percent: Decimal
    net: Money | None
    tax_code: str
    service: Span | None
    delivered_on: date | None
    recognition: Recognition
    contract_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice before it has a number. `source` is the business key of what it bills: it is issued once.

    `is_conditional`: the right to payment is still conditional, so that the balance sheet shows neither a receivable
    nor a contract liability until `unconditional_from`, or until it is paid.
    """

    source: str
    customer_id: int
    contract_id: int | None
    currency: Currency
    issue_date: date
    term: Term
    due_date: date
    lines: tuple[DraftLine, ...]
    po_number: str
    is_conditional: bool = False
    note: str = ""
    contract_number: str = ""
    unconditional_from: date | None = None
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line of a document with its net amount and tax rate."""

    no: int
    draft: DraftLine
    net: Money
    rate: TaxRate


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or credit note with its totals. A credit note has positive amounts: its kind says what they mean."""

    kind: Kind
    draft: InvoiceDraft
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxSum, ...]
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends or receives a document: the name and address as printed, and the VAT number."""

    name: str
    lines: tuple[str, ...]
    vat_id: str
    country: str


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """A full credit note for an invoice (by id), dated, with its reason."""

    invoice_id: int
    issue_date: date
    reason: str


def line_net(quantity_micro: int, unit_price: Money, discount_percent: Decimal) -> Money:
    """Quantity times price less discount, rounded once, a half away from zero: 2.5 x 1.01 is 2.53."""
    minor = quantity_micro * unit_price.minor
    if not discount_percent:
        return Money(round_half_up(minor, MICRO), unit_price.currency)
    numerator, denominator = (100 - discount_percent).as_integer_ratio()
    return Money(round_half_up(minor * numerator, MICRO * 100 * denominator), unit_price.currency)


def document(draft: InvoiceDraft, table: TaxTable) -> Document:
    """Compute an invoice's nets, tax by rate and totals.

    Raises:
        NoLines, TooManyLines, ZeroTotal, NegativeTotal, DueBeforeIssue, DateOutOfRange: it may not be issued.
        UnknownTaxCode: a line's code is not in force on the issue date.
        OutOfRange: an amount reaches 10^13.
        ValueError: a line in another currency than the document.
    """
    if not draft.lines:
        raise NoLines(field="lines")
    if len(draft.lines) > MOST_LINES:
        raise TooManyLines(field="lines", lines=len(draft.lines), limit=MOST_LINES)
    for name, day in (("issue_date", draft.issue_date), ("due_date", draft.due_date)):
        if not FIRST_DATE <= day <= LAST_DATE:
            raise DateOutOfRange(field=name, text=day.isoformat())
    if draft.due_date < draft.issue_date:
        raise DueBeforeIssue(
            field="due_date", due_date=draft.due_date.isoformat(), issue_date=draft.issue_date.isoformat()
        )
    lines = []
    for no, line in enumerate(draft.lines, 1):
        net = line.net
        if net is None:
            net = line_net(line.quantity_micro, line.unit_price, line.discount_percent)
        lines.append(DocumentLine(no, line, net, table.rate(line.tax_code, draft.issue_date)))
    return _totalled(Kind.INVOICE, draft, tuple(lines))


def _totalled(kind: Kind, draft: InvoiceDraft, lines: tuple[DocumentLine, ...]) -> Document:
    taxes = tax_sums([(line.rate, line.net) for line in lines])
    zero = Money.zero(draft.currency)
    net = sum([part.base for part in taxes], zero)
    tax = sum([part.tax for part in taxes], zero)
    gross = net + tax
    if gross.minor <= 0:
        refusal = NegativeTotal if gross.minor else ZeroTotal
        raise refusal(field="lines", total=gross.decimal_text(), currency=draft.currency.code)
    return Document(kind, draft, lines, taxes, net, tax, gross)


def credit_of(invoice: Document, source: str, day: date, reason: str) -> Document:
    """The full credit note of an invoice: the same lines at the same rates, on another day."""
    draft = replace(invoice.draft, source=source, issue_date=day, due_date=day, note=reason, created_at="")
    return replace(invoice, kind=Kind.CREDIT_NOTE, draft=draft)


def issued_again(
    invoice: Document, source: str, day: date, reason: str, *, is_conditional: bool, unconditional_from: date | None
) -> Document:
    """The invoice that takes a credit note back: the same lines at the same rates, on another day, due as it was."""
    draft = replace(
        invoice.draft,
        source=source,
        issue_date=day,
        note=reason,
        created_at="",
        is_conditional=is_conditional,
        unconditional_from=unconditional_from,
    )
    return replace(invoice, draft=draft)


def check_draft(draft: InvoiceDraft, table: TaxTable, today: date) -> list[Finding]:
    """Hold an invoice entered by hand or API against what must be true before it may be issued."""
    if _is_too_far(draft, today):
        last = date.fromordinal(today.toordinal() + DAYS_AHEAD)
        facts: dict[str, Fact] = {"issue_date": draft.issue_date.isoformat(), "last": last.isoformat()}
        return [Finding(DOCUMENT, IssueDateTooFar.code, facts, "issue_date")]
    try:
        document(draft, table)
    except Refused as refused:
        return [Finding(DOCUMENT, refused.code, refused.facts, refused.field)]
    return []


def _is_too_far(draft: InvoiceDraft, today: date) -> bool:
    """Tell whether a date is likely a slip: it would hold up its series' numbers for more than 30 days.

    A series has one year, so that a date in a later year holds up nothing before its January. A document dated on
    the very day on which the service it bills begins is no slip: two dates agree.
    """
    day = draft.issue_date
    free_until = today if day.year <= today.year else date(day.year, 1, 1)
    if (day - max(today, free_until)).days <= DAYS_AHEAD:
        return False
    return all(line.service is None or line.service.start != day for line in draft.lines)


def instalment_source(contract_id: int, no: int, undone: int = 0) -> str:
    """The business key of a contract's instalment: it is invoiced once, and once more after each undoing."""
    return f"contract:{contract_id}:{no}" + (f":{undone + 1}" if undone else "")


def instalment_of(source: str) -> tuple[int, int] | None:
    """Return the contract's id and the number of the instalment that a business key names; None for any other key."""
    parts = source.split(":")
    return (int(parts[1]), int(parts[2])) if parts[0] == "contract" and len(parts) in (3, 4, 5) else None


def times_undone(source: str) -> int:
    """Return how often an instalment had been undone when the invoice with a business key was issued for it."""
    parts = source.split(":")
    return int(parts[3]) - 1 if parts[0] == "contract" and len(parts) > 3 else 0


def again_source(invoice_id: int, source: str, note_id: int, undone: int = 0) -> str:
    """The business key of an invoice that is issued again because its credit note is taken back: there is one.

    Args:
        invoice_id, source: of the invoice that was credited. undone: of its instalment, if it is one's.
    """
    if (key := instalment_of(source)) is not None:
        return f"{instalment_source(*key, undone + 1)}:{note_id}"
    return f"again:{origin_of(invoice_id, source)}:{note_id}"


def note_of(source: str) -> int | None:
    """Return the credit note that an invoice takes back, by the invoice's business key."""
    parts = source.split(":")
    if (parts[0] == "contract" and len(parts) == 5) or (parts[0] == "again" and len(parts) == 3):
        return int(parts[-1])
    return None


def origin_of(invoice_id: int, source: str) -> int:
    """Return the invoice that was issued first for what an invoice bills: its lines have the schedules."""
    parts = source.split(":")
    return int(parts[1]) if parts[0] == "again" and len(parts) == 3 else invoice_id


def unconditional_from(contract: Contract) -> date | None:
    """The day from which the right to payment is unconditional, None where it always was (IFRS 15.105-108).

    It is the day that the contract names, or the delivery of all that was promised, whichever comes first.
    """
    if contract.unconditional_from is None:
        return None
    deliveries = [
        line.delivered_on if line.recognition is Recognition.POINT_IN_TIME else None for line in contract.lines
    ]
    known = [day for day in deliveries if day is not None]
    if len(known) < len(deliveries):
        return contract.unconditional_from
    return min(contract.unconditional_from, max(known))


def contract_draft(
    contract: Contract, instalment: Instalment, table: TaxTable, issue_date: date, undone: int = 0
) -> InvoiceDraft:
    """The invoice for one instalment of a contract. Lines of which nothing is billed in it are left out.

    A line that is billed in parts shows the part as quantity one at the part's amount. The right to payment is
    conditional before the contract says that it no longer is, unless everything is delivered earlier.

    Raises:
        NoTaxRate: the books' country has no rate for a line's tax class.
    """
    whole = len(contract.instalments) == 1
    lines = []
    for line, net, service in zip(contract.lines, instalment.nets, instalment.services, strict=True):
        if whole or net == line.net:
            quantity, price, discount = line.quantity_micro, line.unit_price, line.discount_percent
        elif net:
            quantity, price, discount = MICRO, net, Decimal(0)
        else:
            continue
        lines.append(
            DraftLine(
                line.description,
                line.product_id,
                line.product_code,
                quantity,
                price,
                discount,
                net,
                table.code_for(line.tax_class, issue_date),
                service,
                line.delivered_on,
                line.recognition,
                line.id,
            )
        )
    since = unconditional_from(contract)
    return InvoiceDraft(
        instalment_source(contract.id, instalment.no, undone),
        contract.customer_id,
        contract.id,
        contract.currency,
        issue_date,
        contract.term,
        contract.term.due_date(issue_date),
        tuple(lines),
        contract.po_number,
        is_conditional=since is not None and issue_date < since,
        contract_number=contract.number,
        unconditional_from=since,
    )


def quantity_text(quantity_micro: int) -> str:
    """A quantity as documents write it: "1", "2.5", "0.333333"."""
    whole, part = divmod(abs(quantity_micro), MICRO)
    sign = "-" if quantity_micro < 0 else ""
    return f"{sign}{whole}.{part:06d}".rstrip("0") if part else f"{sign}{whole}"


def party_text(party: Party) -> str:
    """How a document states who sends or receives it, as canonical JSON; one party stands on many documents."""
    lines = ",".join(map(quoted, party.lines))
    return (
        f'{{"country":{quoted(party.country)},"lines":[{lines}],"name":{quoted(party.name)},'
        f'"vat_id":{quoted(party.vat_id)}}}'
    )


def document_text(
    made: Document, number: str, seller: str, customer: str, credited: tuple[str, date] | None = None
) -> str:
    """Return a document as issued: canonical JSON (form 1), written directly because it is hot.

    The hash covers it, and whatever is shown or printed comes from it. A test holds it equal to its own canonical form.

    Args:
        seller, customer: from `party_text`.
        credited: for a credit note, the number and issue date of its invoice.
    """
    draft = made.draft
    corrects = "null"
    if credited is not None:
        corrects = f'{{"issue_date":"{credited[1]}","number":{quoted(credited[0])}}}'
    taxes = ",".join(
        [
            f'{{"base":"{part.base.decimal_text()}","code":{quoted(part.rate.code)},"label":{quoted(part.rate.label)},'
            f'"percent":"{part.rate.percent:f}","tax":"{part.tax.decimal_text()}"}}'
            for part in made.taxes
        ]
    )
    return (
        f'{{"contract":{quoted(draft.contract_number)},"created_at":{quoted(draft.created_at)},"credits":{corrects},'
        f'"currency":"{draft.currency.code}","customer":{customer},"due_date":"{draft.due_date}","form":{FORM},'
        f'"gross":"{made.gross.decimal_text()}","issue_date":"{draft.issue_date}","kind":"{made.kind.value}",'
        f'"lines":[{",".join([_line_text(line) for line in made.lines])}],"net":"{made.net.decimal_text()}",'
        f'"note":{quoted(draft.note)},"number":{quoted(number)},"payment_reference":"{payment_reference(number)}",'
        f'"po_number":{quoted(draft.po_number)},"seller":{seller},"tax":"{made.tax.decimal_text()}","taxes":[{taxes}],'
        f'"term":"{draft.term.text}"}}'
    )


def _line_text(line: DocumentLine) -> str:
    draft = line.draft
    service = draft.service
    return (
        f'{{"delivered_on":{_day(draft.delivered_on)},"description":{quoted(draft.description)},'
        f'"discount_percent":"{draft.discount_percent:f}","net":"{line.net.decimal_text()}","no":{line.no},'
        f'"product":{quoted(draft.product_code)},"quantity":"{quantity_text(draft.quantity_micro)}",'
        f'"service_end":{_day(service.end if service else None)},'
        f'"service_start":{_day(service.start if service else None)},"tax_code":{quoted(draft.tax_code)},'
        f'"tax_percent":"{line.rate.percent:f}","unit_price":"{draft.unit_price.decimal_text()}"}}'
    )


def _day(day: date | None) -> str:
    return f'"{day}"' if day else "null"


def document_hash(
    content: str, source: str, customer_id: int, contract_id: int | None, credits_id: int | None, entry_id: int | None
) -> str:
    """The hash of an issued document (form 1): its content as it is printed, and what the document hangs on."""
    inner = hashlib.sha256(content.encode("utf-8")).hexdigest()
    seal = document_seal(inner, source, customer_id, contract_id, credits_id, entry_id)
    return hashlib.sha256(seal.encode("utf-8")).hexdigest()


def document_seal(
    inner: str, source: str, customer_id: int, contract_id: int | None, credits_id: int | None, entry_id: int | None
) -> str:
    """Return the text that an issued document's hash covers (form 1), given the SHA-256 of its content."""
    hung = f"{source}\n{customer_id}\n{contract_id or ''}\n{credits_id or ''}\n{entry_id or ''}"
    return f"counterfoil/document/{FORM}\n{inner}\n{hung}"


def rebuilt(kind: Kind, draft: InvoiceDraft, lines: Sequence[DocumentLine], net: Money, tax: Money) -> Document:
    """The document of stored rows: lines with the rates they were issued at, and the totals that were issued."""
    taxes = tax_sums([(line.rate, line.net) for line in lines])
    return Document(kind, draft, tuple(lines), taxes, net, tax, net + tax)
