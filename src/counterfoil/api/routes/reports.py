"""Reports: trial balance, balance sheet, profit and loss, and whatever else the catalogue holds."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query
from pydantic import JsonValue

from counterfoil.api.asking import Asked, file_answer, json_answer
from counterfoil.api.fields import Day, Instant, Line, Out, Reference
from counterfoil.api.problems import NotFound
from counterfoil.api.routing import Routes
from counterfoil.people.domain import Act
from counterfoil.reports import formats, registry
from counterfoil.reports.report import Asked as AskedOfReport

routes = Routes("reports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportLine(Out):
    """A report that there is."""

    name: str
    says: str


class ReportsOut(Out):
    """The catalogue."""

    reports: list[ReportLine]


class ReportOut(Out):
    """A filled report; amounts are decimal text in `currency`."""

    report: str
    title: str
    subtitle: str
    currency: str
    rows: list[dict[str, str]]
    totals: dict[str, JsonValue]


@routes.get("/reports", act=Act.READ_BOOKS)
def list_reports(asked: Asked) -> ReportsOut:
    """List the reports that there are."""
    return ReportsOut(reports=[ReportLine(name=name, says=says) for name, says in registry.titles().items()])


@routes.get(
    "/reports/{name}",
    act=Act.READ_BOOKS,
    produces={
        "application/json": ReportOut,
        "text/csv": {"type": "string"},
        XLSX: {"type": "string", "contentMediaType": XLSX},
    },
)
def read_report(
    asked: Asked,
    name: Reference,
    as_of: Day | None = None,
    start: Day | None = None,
    known_at: Instant | None = None,
    account: Line = "",
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> HttpResponse:
    """Read a report.

    `as_of` is the last accounting date that counts, `start` the first where a report has one; `known_at` counts only
    what had been posted by then. In CSV and XLSX no text can become a formula.
    """
    if name not in registry.makers():
        raise NotFound(what="report", name=name[:40])
    report = registry.make(
        name,
        AskedOfReport(asked.books, asked.today, as_of=as_of, start=start, known_at=known_at, account=account),
    )
    match form:
        case "csv":
            return file_answer(formats.as_csv(report), "text/csv; charset=utf-8", f"{name}.csv")
        case "xlsx":
            return file_answer(formats.as_xlsx(report), XLSX, f"{name}.xlsx")
        case _:
            return json_answer(ReportOut.model_validate(formats.as_json(report)))
