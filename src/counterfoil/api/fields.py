"""The types of fields in requests and answers: what text they take, how it is read, and how OpenAPI says so.

Everything is read by the kernel's strict readers. What they refuse keeps its code and facts, and all fields of a
request that fail are answered together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, cast
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from counterfoil.kernel import text
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money, OutOfRange
from counterfoil.kernel.terms import Term

API = "api"
REFUSED = "refused"
MOST_PLACES = 40
PAGE = 50
MOST_ROWS = 500
_NUMBER = {
    "anyOf": [{"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "maxLength": 40}, {"type": "number"}],
}


class NotAString(Refused):
    """A field that takes text was given something else."""

    code = "wrong_type"


class BadInstant(Refused):
    """No instant with its offset, or one outside the years that we take."""

    code = "bad_instant"


class BadReference(Refused):
    """Not written as references of this kind are: CF-12, J-9, 2026-07."""

    code = "bad_reference"


class In(BaseModel):
    """A request: every field is declared, and the types are those of JSON."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True, frozen=True)


class Out(BaseModel):
    """An answer. Amounts are decimal text in the currency that stands beside them."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


class Missing(Refused):
    """A field that may not be empty."""

    code = "missing_field"


class UnknownZone(Refused):
    """Not a time zone of the IANA database."""

    code = "unknown_time_zone"


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """How a field is read and what OpenAPI says of it. What the reader refuses stands beside the refusals of others."""

    read: Callable[[Any], object]
    schema: Mapping[str, object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._checked)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def _checked(self, value: Any) -> object:
        try:
            return self.read(value)
        except Refused as refused:
            raise PydanticCustomError(REFUSED, "refused", {"refusal": refused.refusal}) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotAString(wanted="string")
    return value


def line(max_length: int = 255) -> Read:
    """Text of at most so many characters; may be empty."""
    schema = {"type": "string", "maxLength": max_length}
    return Read(lambda value: text.clean_text(_text(value), max_length), schema)


def named(max_length: int = 255) -> Read:
    """Text that says something."""

    def read(value: Any) -> str:
        found = text.clean_text(_text(value), max_length)
        if not found:
            raise Missing
        return found

    return Read(read, {"type": "string", "minLength": 1, "maxLength": max_length, "pattern": r"\S"})


def coded(pattern: str, example: str) -> Read:
    """Text of one form, such as an account code."""
    known = re.compile(pattern)

    def read(value: Any) -> str:
        if not known.fullmatch(_text(value)):
            raise BadReference(text=_text(value)[:40], example=example)
        return _text(value)

    return Read(read, {"type": "string", "pattern": f"^{pattern}$", "examples": [example]})


def prefixed(prefix: str) -> Read:
    """A number with the letters of its kind before it, read as the number."""
    form = coded(f"{prefix}-[1-9][0-9]{{0,17}}", f"{prefix}-12")
    return Read(lambda value: int(str(form.read(value)).removeprefix(f"{prefix}-")), form.schema)


def _number(value: Any) -> str:
    written = text.number_text(value)
    text.parse_decimal(written, MOST_PLACES, API)
    return written


def _percent(value: Any) -> Decimal:
    found = text.parse_decimal(text.number_text(value), 4, API)
    if not 0 <= found <= 100:
        raise OutOfRange(text=f"{found:f}")
    return found


def _rate(value: Any) -> Decimal:
    found = text.parse_decimal(text.number_text(value), 12, API)
    if not 0 < found < 10**12:
        raise OutOfRange(text=f"{found:f}")
    return found


def _month(value: Any) -> date:
    written = _text(value)
    if not re.fullmatch("[0-9]{4}-[0-9]{2}", written):
        raise BadReference(text=written[:40], example="2026-07")
    return text.parse_date(f"{written}-01")


_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _instant(value: Any) -> datetime:
    # A plus sign in a query string means a blank; what was meant is the offset.
    written = re.sub(" (?=[0-9]{2}:[0-9]{2}$)", "+", _text(value))
    found = _INSTANT.fullmatch(written)
    if found is None:
        raise BadInstant(text=written[:40])
    text.parse_date(found[1])
    try:
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInstant(text=written[:40]) from None


def _time_zone(value: Any) -> str:
    name = _text(value)
    if name not in available_timezones():
        raise UnknownZone(time_zone=name[:40])
    return name


_QUANTITY = Read(lambda value: text.parse_quantity(text.number_text(value), API), _NUMBER)
_DAY = Read(lambda value: text.parse_date(_text(value)), {"type": "string", "format": "date"})
_MONTH = Read(_month, {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2026-07"]})
_CURRENCY = Read(
    lambda value: currency(_text(value)).code, {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]}
)
_TERMS = Read(
    lambda value: Term.parse(_text(value)).text,
    {"type": "string", "maxLength": 80, "examples": ["Net 30", "2/10 Net 30", "Due on receipt"]},
)

Line = Annotated[str, line()]
"""Text of one field, at most 255 characters; may be empty."""
Named = Annotated[str, named()]
"""Text of one field that says something."""
Notes = Annotated[str, line(2_000)]
"""Longer text."""
Reference = Annotated[str, named()]
"""A number, code or external id by which something is known."""
Number = Annotated[str, Read(_number, _NUMBER)]
"""An amount, kept as text until its currency says how many decimals it may have."""
Quantity = Annotated[int, _QUANTITY]
"""A quantity of at most six decimals, in millionths."""
Percent = Annotated[Decimal, Read(_percent, _NUMBER)]
"""0 to 100, at most four decimals."""
Rate = Annotated[Decimal, Read(_rate, _NUMBER)]
"""A rate above zero, at most twelve decimals."""
Day = Annotated[date, _DAY]
"""A calendar day, 1990-01-01 to 2199-12-31."""
Month = Annotated[date, _MONTH]
"""A month, held as its first day."""
Instant = Annotated[datetime, Read(_instant, {"type": "string", "format": "date-time"})]
"""A moment with its offset, 2026-11-15T12:00:00Z."""
CurrencyCode = Annotated[str, _CURRENCY]
"""An ISO 4217 code."""
Terms = Annotated[str, _TERMS]
"""A credit term, written as we write it."""
TimeZone = Annotated[str, Read(_time_zone, {"type": "string", "examples": ["Europe/Berlin"]})]
"""A name of the IANA database."""
EntryNumber = Annotated[int, prefixed("J")]
"""The number of a journal entry, J-9."""
DecisionNumber = Annotated[int, prefixed("CF")]
"""The number of a decision, CF-12."""
DisputeNumber = Annotated[int, prefixed("DP")]
"""The number of a dispute, DP-3."""
ImportNumber = Annotated[int, prefixed("B")]
"""The number of an import, B-3."""
LineNumber = Annotated[int, prefixed("L")]
"""The number of a bank line, L-7."""
PaymentNumber = Annotated[int, prefixed("PAY")]
"""The number of a payment, PAY-4."""
BankAccountNumber = Annotated[int, prefixed("BA")]
"""The number of a bank account, BA-1."""
DraftNumber = Annotated[int, prefixed("DR")]
"""The number of a draft, DR-5."""
HeldNumber = Annotated[int, prefixed("H")]
"""The number of a held invoice, H-2."""
TokenNumber = Annotated[int, prefixed("T")]
"""The number of an API token, T-3."""
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows to answer at most.")]
After = Annotated[str, line(400), Field(description="The `next` of the page before.")]


def amount(written: str, code: str, field: str) -> Money:
    """Read an amount in its currency.

    Raises:
        BadNumber, TooManyDecimals, OutOfRange: under the field.
    """
    try:
        return text.parse_amount(written, currency(code), API)
    except Refused as refused:
        raise refused.at(field) from None


def facts(found: Mapping[str, Fact]) -> dict[str, JsonValue]:
    """Return facts as JSON: they hold text, whole numbers, truth values, lists and objects only."""
    return cast("dict[str, JsonValue]", dict(found))


def quantity_text(micro: int) -> str:
    """Write a quantity held in millionths: 40, 2.5."""
    sign, micro = ("-" if micro < 0 else ""), abs(micro)
    whole, part = divmod(micro, 1_000_000)
    decimals = f"{part:06d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
