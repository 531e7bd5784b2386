"""An invoice as somebody asks for it, by API or by hand: from JSON to a request, and from a request to a draft.

Fields of the request (every other one is refused):

    customer        external id or number of a customer that exists
    currency        ISO 4217
    issue_date      day, or null for today in the books' zone
    due_date        day; from the term where it is left out
    terms           "NET30"; the customer's own where it is left out
    po_number       the customer's order number
    note            text under the lines
    service_start   first day of the service that all lines bill
    service_end     the first day after it; or
    service_months  its length in months
    delivered_on    day of delivery, of lines without a service
    created_at      when the sender made it, "2026-11-15T12:00:00Z"; a leap second counts as the second before
    created_local   the same as wall-clock time of `tz`; a time that a clock change skips is moved forward by the gap
    tz              IANA time zone of `created_local`
    lines           list of
        product_code, description, quantity, unit_price, discount_pct, tax_code,
        service_start, service_end, service_months, delivered_on
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from counterfoil.billing.domain.documents import DraftLine, InvoiceDraft, quantity_text
from counterfoil.billing.domain.taxes import TaxTable
from counterfoil.kernel import text
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import Money, OutOfRange
from counterfoil.kernel.spans import Span, add_months
from counterfoil.kernel.strict_json import Json
from counterfoil.kernel.terms import Term
from counterfoil.standards.domain import Recognition

T = TypeVar("T")
API = "api"
DISCOUNT_PLACES = 4
MOST_MONTHS = 1_200


class UnknownField(Refused):
    """A field that an invoice request does not have. Numbers are given by the books, never by the sender."""

    code = "unknown_field"


class MissingField(Refused):
    """A field that an invoice request needs."""

    code = "missing_field"


class WrongType(Refused):
    """A value of another type than the field takes."""

    code = "wrong_type"


class ServiceEndsBeforeStart(Refused):
    """The first day after a service is not after its first day."""

    code = "service_end_before_start"


class WrongServiceEnd(Refused):
    """The end of a service and its length in months say different things."""

    code = "service_end_conflict"


class UnknownTimeZone(Refused):
    """Not a time zone of the IANA database."""

    code = "unknown_time_zone"


class UnknownCustomer(Refused):
    """No customer is known by this reference; none is created by an invoice."""

    code = "unknown_customer"


class UnknownProduct(Refused):
    """The price list has no product with this code."""

    code = "unknown_product"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line as asked for."""

    product_code: str
    description: str
    quantity_micro: int
    unit_price: Money
    discount_percent: Decimal
    tax_code: str
    service: Span | None
    delivered_on: date | None


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """An invoice as asked for. `source` is the business key under which it is entered once; the door gives it."""

    customer: str
    currency: Currency
    issue_date: date | None
    due_date: date | None
    term: Term | None
    lines: tuple[RequestLine, ...]
    po_number: str = ""
    note: str = ""
    created_at: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a request needs to know of a customer."""

    customer_id: int
    term: Term | None


@dataclass(frozen=True, slots=True)
class Sold:
    """What a request needs to know of a product."""

    product_id: int
    name: str
    tax_class: str
    is_over_time: bool


@dataclass(slots=True)
class _Reader:
    """Reads the fields of one JSON object and gathers every refusal with the path of its field."""

    value: Mapping[str, Json]
    path: str
    refusals: list[Refusal]
    known: set[str] = field(default_factory=set)

    @property
    def stated(self) -> set[str]:
        """The fields that are there and not null."""
        return {name for name, given in self.value.items() if given is not None}

    def refuse(self, name: str, refused: Refused) -> None:
        """Note a refusal under the field's path."""
        self.refusals.append(Refusal(refused.code, refused.facts, self.path + name))

    def read(self, name: str, parse: Callable[[Json], T], *, is_required: bool = False) -> T | None:
        """The parsed value of a field; None where it is left out or null, or was refused."""
        self.known.add(name)
        given = self.value.get(name)
        if given is None:
            if is_required:
                self.refuse(name, MissingField(field=name))
            return None
        try:
            return parse(given)
        except Refused as refused:
            self.refuse(name, refused)
            return None

    def finish(self) -> None:
        """Refuse every field that was not read."""
        for name in sorted(set(self.value) - self.known):
            shown = name[:40] if name.isprintable() else "?"
            self.refusals.append(Refusal(UnknownField.code, {"field": shown}, self.path + shown))


def parsed_request(value: Json) -> InvoiceRequest | list[Refusal]:
    """Read an invoice request from strict JSON, or name every field that stands against it."""
    if not isinstance(value, dict):
        return [Refusal(WrongType.code, {"wanted": "object"})]
    refusals: list[Refusal] = []
    reader = _Reader(value, "", refusals)
    customer = reader.read("customer", _line_of_text, is_required=True)
    money = reader.read("currency", lambda given: currency(_text(given)), is_required=True)
    issue_date = reader.read("issue_date", _day)
    due_date = reader.read("due_date", _day)
    term = reader.read("terms", lambda given: Term.parse(_text(given)))
    po_number = reader.read("po_number", lambda given: _line_of_text(given, 60)) or ""
    note = reader.read("note", lambda given: text.clean_text(_text(given), 2_000)) or ""
    created_at = _created_at(reader)
    service = _service(reader)
    delivered_on = reader.read("delivered_on", _day)
    given_lines = reader.read("lines", _list, is_required=True) or []
    if value.get("lines") == []:
        refusals.append(Refusal(MissingField.code, {"field": "lines"}, "lines"))
    reader.finish()
    lines = []
    for index, given in enumerate(given_lines):
        line = _parsed_line(given, f"lines[{index}].", money, service, delivered_on, refusals)
        if line is not None:
            lines.append(line)
    if refusals or customer is None or money is None:
        return refusals
    return InvoiceRequest(customer, money, issue_date, due_date, term, tuple(lines), po_number, note, created_at or "")


def _parsed_line(
    value: Json,
    path: str,
    money: Currency | None,
    service: Span | None,
    delivered_on: date | None,
    refusals: list[Refusal],
) -> RequestLine | None:
    if not isinstance(value, dict):
        refusals.append(Refusal(WrongType.code, {"wanted": "object"}, path.rstrip(".")))
        return None
    reader = _Reader(value, path, refusals)
    product_code = reader.read("product_code", lambda given: _line_of_text(given, 60)) or ""
    description = reader.read("description", lambda given: text.clean_text(_text(given), 2_000)) or ""
    if not product_code and not description and not {"product_code", "description"} & set(value):
        refusals.append(Refusal(MissingField.code, {"field": "description"}, f"{path}description"))
    quantity = reader.read("quantity", lambda given: text.parse_quantity(text.number_text(given), API))
    price = reader.read("unit_price", lambda given: _amount(given, money), is_required=True)
    discount = reader.read("discount_pct", _discount)
    tax_code = reader.read("tax_code", lambda given: _line_of_text(given, 20)) or ""
    own = _service(reader)
    delivered = reader.read("delivered_on", _day)
    reader.finish()
    if price is None:
        return None
    return RequestLine(
        product_code,
        description,
        1_000_000 if quantity is None else quantity,
        price,
        discount or Decimal(0),
        tax_code,
        own or service,
        delivered or delivered_on,
    )


def _text(given: Json) -> str:
    if not isinstance(given, str):
        raise WrongType(wanted="string")
    return given


def _line_of_text(given: Json, longest: int = 255) -> str:
    clean = text.clean_text(_text(given), longest)
    if not clean:
        raise MissingField
    return clean


def _list(given: Json) -> list[Json]:
    if not isinstance(given, list):
        raise WrongType(wanted="array")
    return given


def _day(given: Json) -> date:
    return text.parse_date(_text(given))


def _amount(given: Json, money: Currency | None) -> Money | None:
    """Read an amount; without a currency nothing can be said of it, and the currency is refused already."""
    return None if money is None else text.parse_amount(text.number_text(given), money, API)


def _discount(given: Json) -> Decimal:
    percent = text.parse_decimal(text.number_text(given), DISCOUNT_PLACES, API)
    if not 0 <= percent <= 100:
        raise OutOfRange(text=f"{percent:f}"[:40], above="0", below="100")
    return percent


def _months(given: Json) -> int:
    if type(given) is not int or not 0 < given <= MOST_MONTHS:
        raise OutOfRange(text=str(given)[:40], above="0", below=str(MOST_MONTHS + 1))
    return given


def _service(reader: _Reader) -> Span | None:
    """Read a service span: its first day, and the first day after it or its length in months."""
    start = reader.read("service_start", _day)
    end = reader.read("service_end", _day)
    months = reader.read("service_months", _months)
    if start is None:
        if end is not None or months is not None:
            reader.refusals.append(
                Refusal(MissingField.code, {"field": "service_start"}, f"{reader.path}service_start")
            )
        return None
    if end is None and months is None and ({"service_end", "service_months"} & reader.stated):
        return None
    try:
        return _span(start, end, months)
    except Refused as refused:
        reader.refuse("service_end", refused)
        return None


def _span(start: date, end: date | None, months: int | None) -> Span:
    """The span of a service by its end, its length, or both if they agree."""
    counted = end if months is None else add_months(start, months)
    if counted is None:
        raise MissingField(field="service_end")
    if end is not None and end != counted:
        raise WrongServiceEnd(service_end=end.isoformat(), counted=counted.isoformat())
    if counted <= start:
        raise ServiceEndsBeforeStart(service_start=start.isoformat(), service_end=counted.isoformat())
    if counted > text.LAST_DATE:
        raise text.BadDate(text=counted.isoformat(), last=text.LAST_DATE.isoformat())
    return Span(start, counted)


_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def _clock(given: Json, *, is_local: bool) -> datetime:
    """Read an instant with its offset, or a wall-clock time without one. A leap second counts as the second before."""
    found = _INSTANT.fullmatch(_text(given))
    if found is None or bool(found[4]) == is_local:
        raise text.BadDate(text=str(given)[:40])
    text.parse_date(found[1])
    second = min(int(found[3]), 59) if found[3] == "60" else int(found[3])
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}:{second:02d}{found[4] or ''}")
    except ValueError:
        raise text.BadDate(text=str(given)[:40]) from None


def _created_at(reader: _Reader) -> str | None:
    """Read when the sender made the request, as UTC. It is printed nowhere and dates nothing."""
    instant = reader.read("created_at", lambda given: _clock(given, is_local=False))
    local = reader.read("created_local", lambda given: _clock(given, is_local=True))
    zone = reader.read("tz", _zone)
    if local is not None and zone is not None:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
    elif local is not None and "tz" not in reader.value:
        reader.refusals.append(Refusal(MissingField.code, {"field": "tz"}, "tz"))
    return instant.astimezone(UTC).isoformat() if instant else None


def _zone(given: Json) -> ZoneInfo:
    name = _text(given)
    if name not in _zones():
        raise UnknownTimeZone(time_zone=name[:40])
    return ZoneInfo(name)


def request_content(request: InvoiceRequest) -> dict[str, Fact]:
    """Return a request as JSON data that `parsed_request` reads back to the same request, but for its source."""
    stated: dict[str, Fact] = {
        "created_at": request.created_at or None,
        "currency": request.currency.code,
        "customer": request.customer,
        "due_date": _iso(request.due_date),
        "issue_date": _iso(request.issue_date),
        "lines": [
            {
                "delivered_on": _iso(line.delivered_on),
                "description": line.description,
                "discount_pct": f"{line.discount_percent:f}",
                "product_code": line.product_code or None,
                "quantity": quantity_text(line.quantity_micro),
                "service_end": _iso(line.service.end) if line.service else None,
                "service_start": _iso(line.service.start) if line.service else None,
                "tax_code": line.tax_code or None,
                "unit_price": line.unit_price.decimal_text(),
            }
            for line in request.lines
        ],
        "note": request.note,
        "po_number": request.po_number or None,
        "terms": request.term.text if request.term else None,
    }
    return stated


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def drafted(
    request: InvoiceRequest,
    *,
    buyer: Buyer | None,
    products: Mapping[str, Sold],
    table: TaxTable,
    today: date,
) -> InvoiceDraft | list[Refusal]:
    """Make a draft of a request, or name what stands against it: an unknown customer, product or tax code, no term.

    A line with a service is recognised over it; one without is delivered on its own day, or on the issue date.
    """
    if buyer is None:
        return [Refusal(UnknownCustomer.code, {"customer": request.customer[:80]}, "customer")]
    issue_date = request.issue_date or today
    term = request.term or buyer.term
    if term is None and request.due_date is None:
        return [Refusal(MissingField.code, {"field": "terms"}, "terms")]
    refusals: list[Refusal] = []
    lines = []
    for index, line in enumerate(request.lines):
        try:
            lines.append(_drafted_line(line, products, table, issue_date))
        except Refused as refused:
            refusals.append(Refusal(refused.code, refused.facts, f"lines[{index}].{refused.field}"))
    if refusals:
        return refusals
    due_date = request.due_date or (term.due_date(issue_date) if term else issue_date)
    return InvoiceDraft(
        request.source,
        buyer.customer_id,
        None,
        request.currency,
        issue_date,
        term or _term_until(issue_date, due_date),
        due_date,
        tuple(lines),
        request.po_number,
        note=request.note,
        created_at=request.created_at,
    )


def _term_until(issue_date: date, due_date: date) -> Term:
    """The term that a due date means; a due date before the issue date is refused when the document is made."""
    return Term.parse(f"Net {min(max((due_date - issue_date).days, 0), 999)}")


def _drafted_line(line: RequestLine, products: Mapping[str, Sold], table: TaxTable, issue_date: date) -> DraftLine:
    product = products.get(line.product_code) if line.product_code else None
    if line.product_code and product is None:
        raise UnknownProduct(field="product_code", product=line.product_code)
    if product is not None and product.is_over_time and line.service is None:
        raise MissingField(field="service_start")
    if not line.tax_code and product is None:
        raise MissingField(field="tax_code")
    tax_code = line.tax_code or (table.code_for(product.tax_class, issue_date) if product else "")
    table.rate(tax_code, issue_date)
    return DraftLine(
        line.description or (product.name if product else ""),
        product.product_id if product else None,
        line.product_code,
        line.quantity_micro,
        line.unit_price,
        line.discount_percent,
        None,
        tax_code,
        line.service,
        None if line.service else (line.delivered_on or issue_date),
        Recognition.OVER_TIME if line.service else Recognition.POINT_IN_TIME,
    )
