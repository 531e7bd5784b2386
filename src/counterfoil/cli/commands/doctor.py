"""counterfoil doctor"""

from __future__ import annotations

import argparse

from django.db import connection

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import doctor
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Examine the installation and say what does not hold; repair counters where asked."""
    repaired = 0
    if args.repair:
        repaired = sum(doctor.repair(books_id=books.id, actor=actor()) for books in people.all_books())
    symptoms = [symptom for books in people.all_books() for symptom in doctor.examine(books_id=books.id)]
    found = [words.sentence(symptom.code, symptom.facts) for symptom in symptoms]
    data: dict[str, object] = {
        "database": connection.vendor,
        "ok": not found,
        "repaired": repaired,
        "symptoms": [{"code": symptom.code, "facts": symptom.facts} for symptom in symptoms],
    }
    return Answer(data, found or ["Everything holds."], is_refused=bool(found))
