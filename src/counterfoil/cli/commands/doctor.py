"""counterfoil doctor"""

from __future__ import annotations

import argparse

from django.db import connection

from counterfoil.cli.running import Answer
from counterfoil.flows.doctor import examine
from counterfoil.people import selectors as people


def run(_: argparse.Namespace) -> Answer:
    """Examine the installation and say what does not hold."""
    findings = [finding for books in people.all_books() for finding in examine(books_id=books.id)]
    data: dict[str, object] = {"database": connection.vendor, "ok": not findings, "findings": findings}
    return Answer(data, findings or ["Everything holds."], is_refused=bool(findings))
