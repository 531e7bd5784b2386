"""A report is one table, whatever it is written as; text never becomes a formula."""

from __future__ import annotations

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts
from counterfoil.reports import formats, registry
from counterfoil.reports.report import Asked, Column, Kind, Report, Row, UnknownReport
from tests.builders import EUR

BOOKS = BooksFacts(1, "main", "Tidewater Metering", "own", EUR, "DE", "Europe/Berlin")
REPORT = Report(
    "sample",
    "Sample",
    "of things",
    EUR,
    (
        Column("name", "Name"),
        Column("day", "Day", Kind.DATE),
        Column("count", "Count", Kind.COUNT),
        Column("amount", "Amount", Kind.MONEY),
    ),
    (
        Row({"name": "=HYPERLINK(1)", "day": date(2026, 1, 2), "count": 3, "amount": Money(-500, EUR)}),
        Row({"name": "@SUM <b>", "amount": Money(123_456, EUR)}),
    ),
    {"name": "Total", "amount": Money(122_956, EUR)},
)


def test_csv_neutralises_formulas_and_keeps_amounts_numeric() -> None:
    assert formats.as_csv(REPORT).splitlines() == [
        "name,day,count,amount",
        "'=HYPERLINK(1),2026-01-02,3,-5.00",
        "'@SUM <b>,,,1234.56",
        "Total,,,1229.56",
    ]


def test_a_workbook_holds_text_as_text_and_money_as_numbers() -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(formats.as_xlsx(REPORT))).get_sheet_by_index(0).to_python()
    assert rows[1] == ["=HYPERLINK(1)", "2026-01-02", 3.0, -5.0]
    assert rows[3] == ["Total", "", "", 1229.56]


def test_html_is_escaped() -> None:
    assert "@SUM &lt;b&gt;" in formats.as_html(REPORT)


def test_json_carries_decimal_text() -> None:
    data = formats.as_json(REPORT)
    assert data["totals"] == {"name": "Total", "amount": "1229.56"}


def test_a_terminal_sees_numbers_aligned_right() -> None:
    assert formats.as_text(REPORT).splitlines()[-1].endswith(" 1229.56")


def test_an_unknown_report_names_those_there_are() -> None:
    assert {"trial-balance", "balance-sheet", "profit-and-loss", "general-ledger", "aged-receivables"} <= set(
        registry.titles()
    )
    with pytest.raises(UnknownReport) as refused:
        registry.make("nonsense", Asked(BOOKS, date(2026, 11, 15)))
    assert "trial-balance" in str(refused.value.facts["known"])
