"""What somebody asks to be invoiced: read field by field, never guessed at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.billing.domain import InvoiceRequest, parsed_request, request_content
from counterfoil.kernel import canonical, strict_json
from counterfoil.kernel.spans import Span
from counterfoil.kernel.strict_json import Json
from tests.documents import a_line, a_request, a_request_with


def refused(**changed: Json) -> list[tuple[str, str | None]]:
    """Return the codes and fields that stand against the standard request with some fields changed."""
    value: dict[str, Json] = {"customer": "ACC-1", "currency": "EUR", "terms": "NET30", "lines": [a_line()], **changed}
    read = parsed_request(value)
    return [(one.code, one.field) for one in read] if isinstance(read, list) else []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"number": "INV-1"}, ("unknown_field", "number")),
        ({"customer": None}, ("missing_field", "customer")),
        ({"customer": 7}, ("wrong_type", "customer")),
        ({"currency": "eur"}, ("unknown_currency", "currency")),
        ({"terms": "soon"}, ("unknown_term", "terms")),
        ({"lines": []}, ("missing_field", "lines")),
        ({"lines": {}}, ("wrong_type", "lines")),
        ({"lines": [7]}, ("wrong_type", "lines[0]")),
        ({"issue_date": "2027-02-30"}, ("bad_date", "issue_date")),
        ({"issue_date": "0001-01-01"}, ("bad_date", "issue_date")),
        ({"issue_date": "9999-12-31"}, ("bad_date", "issue_date")),
        ({"issue_date": "2026-11-15T23:30:00-11:00"}, ("bad_date", "issue_date")),
        ({"issue_date": "2026-W46-7"}, ("bad_date", "issue_date")),
        ({"issue_date": "2026-319"}, ("bad_date", "issue_date")),
        ({"service_start": "2026-12-01", "service_end": "2026-11-01"}, ("service_end_before_start", "service_end")),
        ({"service_start": "2026-12-01"}, ("missing_field", "service_end")),
        ({"service_end": "2026-12-01"}, ("missing_field", "service_start")),
        ({"service_start": "2026-12-01", "service_months": 0}, ("out_of_range", "service_months")),
        (
            {"service_start": "2026-12-01", "service_months": 1, "service_end": "2026-12-31"},
            ("service_end_conflict", "service_end"),
        ),
        ({"created_at": "2026-11-15T12:00:00"}, ("bad_date", "created_at")),
        ({"created_local": "2026-11-15T12:00:00"}, ("missing_field", "tz")),
        ({"created_local": "2026-11-15T12:00:00", "tz": "../etc/passwd"}, ("unknown_time_zone", "tz")),
        ({"lines": [a_line(unit_price="1.234,56")]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="1,234.56")]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="NaN")]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="-Infinity")]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="1E+2")]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="0.001")]}, ("scale", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price="123456789012345678901234567890.00")]}, ("out_of_range", "lines[0].unit_price")),
        ({"lines": [a_line(unit_price=True)]}, ("bad_number", "lines[0].unit_price")),
        ({"lines": [a_line(quantity="0.3333333")]}, ("scale", "lines[0].quantity")),
        ({"lines": [a_line(discount_pct="101")]}, ("out_of_range", "lines[0].discount_pct")),
        ({"lines": [a_line(price="1")]}, ("unknown_field", "lines[0].price")),
        ({"lines": [a_line(description="a\x00b")]}, ("malformed_text", "lines[0].description")),
    ],
)
def test_each_field_is_refused_by_name(changed: dict[str, Json], expected: tuple[str, str]) -> None:
    assert refused(**changed) == [expected]


def test_every_failing_field_is_named_at_once() -> None:
    assert refused(currency="XXX", issue_date="soon", lines=[a_line(quantity="x"), a_line(extra=1)]) == [
        ("unknown_currency", "currency"),
        ("bad_date", "issue_date"),
        ("bad_number", "lines[0].quantity"),
        ("unknown_field", "lines[1].extra"),
    ]


def test_a_service_stands_for_all_lines_and_ends_before_its_end() -> None:
    request = a_request(service_start="2028-02-29", service_months=12)
    assert [line.service for line in request.lines] == [Span(date(2028, 2, 29), date(2029, 2, 28))]
    own = a_line(service_start="2026-01-01", service_end="2026-02-01")
    assert a_request(lines=[own], service_start="2028-02-29", service_months=12).lines[0].service == Span(
        date(2026, 1, 1), date(2026, 2, 1)
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"created_at": "2016-12-31T23:59:60Z"}, "2016-12-31T23:59:59+00:00"),
        ({"created_at": "2026-11-15T12:00:00+02:00"}, "2026-11-15T10:00:00+00:00"),
        ({"created_local": "2026-03-29T02:30:00", "tz": "Europe/Berlin"}, "2026-03-29T01:30:00+00:00"),
        ({"created_local": "2026-11-15T12:00:00", "tz": "Asia/Tokyo"}, "2026-11-15T03:00:00+00:00"),
        ({}, ""),
    ],
)
def test_instants_are_kept_in_utc(given: dict[str, Json], kept: str) -> None:
    """02:30 on 29 March 2026 does not exist in Berlin: it counts as 03:30 summer time. A leap second counts as 59."""
    assert a_request_with(given).created_at == kept


def test_numbers_are_read_with_the_digits_they_were_written_with() -> None:
    line = a_request(lines=[a_line(quantity=3, unit_price=Decimal("0.1"), discount_pct="2.5")]).lines[0]
    assert (line.quantity_micro, line.unit_price.minor, line.discount_percent) == (3_000_000, 10, Decimal("2.5"))


def test_a_request_is_read_back_as_it_was_kept() -> None:
    request = a_request(
        source="s", po_number="PO-1", note="Thank you", due_date="2026-12-01", service_start="2026-11-01",
        service_months=3, lines=[a_line(quantity="0.333333", discount_pct="12.5"), a_line(tax_code=None)],
    )  # fmt: skip
    kept = request_content(request)
    read = parsed_request(strict_json.loads(canonical.canonical_bytes(kept)))
    assert isinstance(read, InvoiceRequest)
    assert (read.lines, read.note, read.po_number, read.due_date) == (
        request.lines, request.note, request.po_number, request.due_date,
    )  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=12),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(
        ["customer", "currency", "lines", "issue_date", "terms", "quantity", "unit_price", "service_start", "tz", "x",
         "service_months", "created_at", "created_local", "discount_pct", "description", "note"]), parts, max_size=8),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_whatever_is_sent_is_read_or_refused(value: Json) -> None:
    read = parsed_request(value)
    if isinstance(read, list):
        assert read
        assert all(one.code for one in read)
        canonical.canonical_bytes([[one.code, one.facts, one.field] for one in read])
