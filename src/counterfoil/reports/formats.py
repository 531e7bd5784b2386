"""Writing a report as JSON, CSV, XLSX, HTML or plain text. Text cells can never become formulas."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping, Sequence
from datetime import date

import xlsxwriter

from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.reports.report import Cell, Kind, Report

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def plain(cell: Cell) -> str:
    """Write a cell as machines read it: decimal text for money, ISO dates, nothing for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return cell.decimal_text()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def neutral(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula (OWASP ASVS 1.2.10)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _csv_cell(cell: Cell) -> str:
    return neutral(cell) if isinstance(cell, str) else plain(cell)


def as_json(report: Report) -> dict[str, Fact]:
    """Return the report as a JSON object with `rows` and `totals`; money is decimal text."""
    keys = [column.key for column in report.columns]
    rows: list[Fact] = [{key: plain(row.cells.get(key)) for key in keys} for row in report.rows]
    return {
        "report": report.name,
        "title": report.title,
        "subtitle": report.subtitle,
        "currency": report.currency.code,
        "rows": rows,
        "totals": {key: plain(cell) for key, cell in report.totals.items()},
    }


def rows_as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Return plain rows as CSV with a header; text can never become a formula."""
    if not rows:
        return ""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([neutral(cell) for cell in row.values()])
    return out.getvalue()


def as_csv(report: Report) -> str:
    """Return the report as CSV with a header and, if there are totals, a last row of them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in report.columns])
    lines = [row.cells for row in report.rows] + ([report.totals] if report.totals else [])
    for cells in lines:
        writer.writerow([_csv_cell(cells.get(column.key)) for column in report.columns])
    return out.getvalue()


def as_xlsx(report: Report) -> bytes:
    """Return the report as a workbook: money as numbers with its decimals, everything else as strings."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(report.title[:31])
        bold = book.add_format({"bold": True})
        decimals = "." + "0" * report.currency.exponent if report.currency.exponent else ""
        money = book.add_format({"num_format": f"#,##0{decimals}"})
        for place, column in enumerate(report.columns):
            sheet.write_string(0, place, column.title, bold)
        lines = [row.cells for row in report.rows] + ([report.totals] if report.totals else [])
        for number, cells in enumerate(lines, 1):
            for place, column in enumerate(report.columns):
                cell = cells.get(column.key)
                if isinstance(cell, Money):
                    sheet.write_number(number, place, cell.minor / 10**cell.currency.exponent, money)
                elif isinstance(cell, int) and column.kind is Kind.COUNT:
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, plain(cell))
    return out.getvalue()


def as_html(report: Report) -> str:
    """Return the report as one page that needs nothing else."""
    heads = "".join(f"<th>{html.escape(column.title)}</th>" for column in report.columns)
    lines = [row.cells for row in report.rows] + ([report.totals] if report.totals else [])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(plain(cells.get(column.key)))}</td>" for column in report.columns) + "</tr>"
        for cells in lines
    )
    title = html.escape(report.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        f"<p>{html.escape(report.subtitle)}</p><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></html>"
    )


def as_text(report: Report) -> str:
    """Return the report for a terminal, numbers right-aligned."""
    lines = [row.cells for row in report.rows] + ([report.totals] if report.totals else [])
    table = [[column.title for column in report.columns]]
    table += [[plain(cells.get(column.key)) for column in report.columns] for cells in lines]
    widths = [max(len(row[place]) for row in table) for place in range(len(report.columns))]
    numeric = [column.kind in (Kind.MONEY, Kind.COUNT) for column in report.columns]

    def line(row: list[str]) -> str:
        cells = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(cells).rstrip()

    body = [line(row) for row in table]
    body.insert(1, "-" * len(body[0]))
    return "\n".join([report.title, report.subtitle, "", *body])
