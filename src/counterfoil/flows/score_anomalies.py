"""Score invoices of a file against a history from a file: anyone can try the model before trusting it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.invoice_rows import REQUIRED, RowReader
from counterfoil.anomalies.domain.profiles import view
from counterfoil.anomalies.domain.score import Scored, Scorer
from counterfoil.infra.csv_text import MAX_BYTES, MalformedTable, TableTooLarge, read_table
from counterfoil.kernel.errors import Fact, Refusal, Refused

Say = Callable[[str, dict[str, Fact]], str]
"""Turns a code and its facts into a sentence."""
MOST_ERRORS: Final = 1_000
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row of one file was refused; the header is row 1."""

    file: str
    row: int
    refusal: Refusal


@dataclass(slots=True)
class Read:
    """The sound rows of a file, and what was refused."""

    invoices: list[InvoiceFacts] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    refused: int = 0


def read_invoices(path: Path) -> Read:
    """Read a CSV file of invoices, plain or gzip; refused rows are left out and told.

    Raises:
        Refused: the file as a whole cannot be read, or lacks a column.
    """
    table = read_table(content_of(path), required=REQUIRED)
    reader = RowReader(table.header)
    read = Read()
    for number, cells in table.rows:
        if isinstance(cells, Refusal):
            _refuse(read, path, number, cells)
            continue
        try:
            read.invoices.append(reader.facts(cells))
        except Refused as refused:
            _refuse(read, path, number, refused.refusal)
    return read


def _refuse(read: Read, path: Path, number: int, refusal: Refusal) -> None:
    read.refused += 1
    if len(read.errors) < MOST_ERRORS:
        read.errors.append(RowError(path.name, number, refusal))


def content_of(path: Path) -> bytes | Path:
    """Return a plain file's path, or what a gzip file holds."""
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return path
    try:
        with gzip.open(path) as packed:
            content = packed.read(MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise MalformedTable(found=str(error)) from None
    if len(content) > MAX_BYTES:
        raise TableTooLarge(limit=MAX_BYTES)
    return content


def scored(scorer: Scorer, new: Sequence[InvoiceFacts]) -> Iterator[Scored]:
    """Score invoices in their order, and learn each after it was scored."""
    for facts in new:
        row = view(facts)
        found = scorer.score_view(row)
        yield found
        scorer.learn_view(row, found)


def learnt(history: Sequence[InvoiceFacts]) -> Scorer:
    """Return a scorer that knows a history."""
    scorer = Scorer()
    for facts in history:
        scorer.learn(facts)
    return scorer


def written(results: Sequence[Scored], say: Say) -> str:
    """Write results as CSV: id, score, label, and the reasons, which sum to the score."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "score", "label", "reasons"))
    for result in results:
        reasons = [
            {"feature": one.feature, "value": one.value, "contribution": one.amount_micro / 1_000_000}
            | {"says": say(f"anomaly_{one.feature}", dict(one.facts))}
            for one in result.contributions
        ]
        if result.basis != "customer":
            says = say(f"anomaly_basis_{result.basis}", {"earlier": result.earlier, "segment": result.segment})
            reasons.append({"feature": "basis", "value": result.basis, "contribution": 0, "says": says})
        score = f"{result.score_micro / 1_000_000:.6f}"
        writer.writerow((result.id, score, result.label, json.dumps(reasons, ensure_ascii=False)))
    return text.getvalue()
