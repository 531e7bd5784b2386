"""counterfoil report"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from counterfoil.cli.running import Answer
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.reports import formats, registry
from counterfoil.reports.report import Asked, Report


def run(args: argparse.Namespace) -> Answer:
    """Fill a report and print it, or write it to a file."""
    books = people.books_facts()
    asked = Asked(
        books,
        world.today(books.time_zone),
        as_of=args.as_of,
        start=args.start,
        known_at=args.known_at,
        account=args.account,
    )
    report = registry.make(args.name, asked)
    data: dict[str, object] = dict(formats.as_json(report))
    if args.out is None and args.format == "xlsx":
        args.out = Path(f"{args.name}.xlsx")
    if args.out is None:
        return Answer(data, [_written(report, args.format)])
    made = formats.as_xlsx(report) if args.format == "xlsx" else _written(report, args.format).encode("utf-8")
    args.out.write_bytes(made)
    return Answer(data, [f"{report.title}: {len(report.rows):,} rows in {args.out}"])


def _written(report: Report, form: str) -> str:
    match form:
        case "json":
            return json.dumps(formats.as_json(report), ensure_ascii=False, indent=1)
        case "csv":
            return formats.as_csv(report).rstrip("\n")
        case "html":
            return formats.as_html(report)
        case _:
            return formats.as_text(report)
