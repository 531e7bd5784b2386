"""`counterfoil score` and `counterfoil evaluate`: files in, files out, refusals by row and field."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from counterfoil.cli.main import main

HEADER = (
    "id,business_code,cust_number,name_customer,posting_date,baseline_create_date,due_in_date,cust_payment_terms,"
    "invoice_currency,amount_doc,amount_usd,discount_pct"
)
DAY = date(2026, 3, 2)


def a_row(number: int, *, term: str = "N30", days: int = 30, **cells: str) -> str:
    """Return a line of a file as another system writes it."""
    day = DAY + timedelta(days=number // 3)
    amount = f"{1_000 + number * 37 % 900}.{number % 90 + 10 + (number % 10 == 0)}"
    row = {
        "id": f"R{number}", "unit": "U1", "customer": "C1", "name": "Ada Ltd", "posted": str(day), "from": str(day),
        "due": str(day + timedelta(days=days)), "term": term, "currency": "EUR", "amount": amount, "base": amount,
        "discount": "2.0",
    }  # fmt: skip
    return ",".join((row | cells).values())


def score(folder: Path, history: list[str], new: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    (folder / "history.csv.gz").write_bytes(gzip.compress("\n".join(history).encode()))
    (folder / "new.csv").write_text("\n".join(new), encoding="utf-8")
    files = ("--history", folder / "history.csv.gz", "--new", folder / "new.csv", "--out", folder / "out.csv")
    code = main(["score", "anomalies", *map(str, files), "--json"])
    return code, json.loads(capsys.readouterr().out)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_files_are_scored_with_reasons_that_sum_to_the_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = [HEADER, *(a_row(number) for number in range(90))]
    new = [HEADER, a_row(90), a_row(91, term="N90", days=90), a_row(92, customer="C9")]
    code, data = score(tmp_path, history, new, capsys)
    assert (code, data["history"], data["scored"], data["refused"]) == (0, 90, 3, 0)
    usual, changed, unknown = rows_of(tmp_path / "out.csv")
    assert list(usual) == ["id", "score", "label", "reasons"]
    assert (usual["label"], changed["label"]) == ("", "terms_change")
    for row in (usual, changed, unknown):
        reasons = json.loads(row["reasons"])
        assert {key for reason in reasons for key in reason} <= {"feature", "value", "contribution", "says"}
        assert sum(round(reason["contribution"] * 1_000_000) for reason in reasons) == round(
            float(row["score"]) * 1_000_000
        )
    assert "91 of 91 earlier invoices" in json.loads(changed["reasons"])[0]["says"]
    assert json.loads(unknown["reasons"])[-1]["feature"] == "basis"
    assert "U1|EUR stand in" in json.loads(unknown["reasons"])[-1]["says"]


def test_malformed_rows_are_refused_by_row_and_field_and_the_others_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = [
        HEADER,
        a_row(1),
        a_row(2, amount="12,5x"),
        a_row(3, posted="03/04/2026"),
        a_row(4, currency="EURO"),
        a_row(5, discount="250"),
        a_row(6, customer=""),
        "too,few",
        a_row(7),
    ]
    code, data = score(tmp_path, [HEADER, a_row(0)], new, capsys)
    assert (code, data["scored"], data["refused"]) == (1, 2, 6)
    assert [(error["row"], error["field"], error["code"]) for error in data["errors"]] == [
        (3, None, "malformed"),
        (4, "posting_date", "ambiguous_date"),
        (5, "invoice_currency", "unknown_currency"),
        (6, "discount_pct", "not_a_share"),
        (7, "cust_number", "missing_value"),
        (8, None, "malformed"),
    ]
    assert [row["id"] for row in rows_of(tmp_path / "out.csv")] == ["R1", "R7"]


def test_a_file_without_optional_columns_is_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = "id,cust_number,posting_date,due_in_date,cust_payment_terms,amount_doc,invoice_currency"
    rows = [f"R{number},C,2026-03-02,2026-04-01,N30,{number}123,JPY" for number in range(1, 9)]
    code, data = score(tmp_path, [header, *rows[:4]], [header, *rows[4:]], capsys)
    assert (code, data["scored"]) == (0, 4)


@pytest.mark.parametrize(
    ("history", "code"),
    [(b"id,cust_number\n1,2\n", "schema"), (b"\x1f\x8bnot gzip", "malformed"), (None, "no_such_file")],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], history: bytes | None, code: str
) -> None:
    (tmp_path / "new.csv").write_text(f"{HEADER}\n{a_row(1)}\n", encoding="utf-8")
    if history is not None:
        (tmp_path / "history.csv").write_bytes(history)
    files = ("--history", tmp_path / "history.csv", "--new", tmp_path / "new.csv", "--out", tmp_path / "out.csv")
    assert main(["score", "anomalies", *map(str, files), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == code
    assert not (tmp_path / "out.csv").exists()


def test_evaluate_prints_every_bar_beside_the_simple_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = tmp_path / "seed-1"
    seed.mkdir()
    (seed / "history.csv").write_text("\n".join([HEADER, *(a_row(number) for number in range(60))]), encoding="utf-8")
    new = [a_row(number, due="2026-09-30") if number == 70 else a_row(number) for number in range(60, 90)]
    (seed / "new.csv").write_text("\n".join([HEADER, *new]), encoding="utf-8")
    labels = [f"R{number},{'due_mismatch' if number == 70 else ''}" for number in range(60, 90)]
    (seed / "truth.csv").write_text("\n".join(["id,label", *labels]), encoding="utf-8")
    assert main(["evaluate", "anomalies", str(tmp_path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["folders"] == ["seed-1"]
    assert data["mean"]["learned"]["average precision"] == 1
    assert {bar["name"] for bar in data["bars"]} >= {"average precision", "split sets caught in time"}
    assert main(["evaluate", "anomalies", str(seed)]) == 0
    assert "raw fields" in capsys.readouterr().out
    assert main(["evaluate", "anomalies", str(tmp_path / "none"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "no_bench_folder"
