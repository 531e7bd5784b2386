"""Delimited text from outside: the whole file is sound before its first row is handed out."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.infra import csv_text
from counterfoil.kernel.errors import Refusal, Refused

UMLAUT = "\N{LATIN SMALL LETTER U WITH DIAERESIS}"
VALUE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def rows(data: bytes, encoding: str | None = None) -> list[csv_text.Row]:
    table = csv_text.read_table(data, encoding=encoding)
    read = list(table.rows)
    assert len(read) == table.count
    return read


def refusal(data: bytes) -> Refusal:
    with pytest.raises(Refused) as refused:
        csv_text.read_table(data)
    return refused.value.refusal


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encoding_and_delimiter_are_found(encoding: str, delimiter: str, newline: str) -> None:
    text = newline.join([delimiter.join(["id", "name", "note"]), delimiter.join(["1", f"S{UMLAUT}d", ""])]) + newline
    table = csv_text.read_table(text.encode(encoding))
    assert (table.header, table.delimiter, table.count) == (("id", "name", "note"), delimiter, 1)
    assert list(table.rows) == [(2, ["1", f"S{UMLAUT}d", ""])]


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert list(csv_text.read_table(path).rows) == [(2, ["1", "2"])]


def test_mixed_encodings_are_refused_with_offset_and_row() -> None:
    data = f"a,b\n1,{UMLAUT}\n".encode() + f"2,{UMLAUT}\n".encode("latin-1")
    assert refusal(data) == Refusal("encoding", {"encoding": "utf-8", "offset": 11, "row": 3})


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("rows_before", [0, 262_143, 262_144, 600_000])
def test_a_bad_byte_is_found_at_its_place_wherever_it_is(mark: bytes, rows_before: int) -> None:
    head = mark + b"a,b\n" + b"1,2\n" * rows_before
    facts = refusal(head + b"3,\xc3\n").facts
    assert (facts["offset"], facts["row"]) == (len(head) + 2, rows_before + 2)


def test_latin_1_is_read_only_where_the_profile_names_it() -> None:
    data = f"a,b\n1,{UMLAUT}\n".encode("latin-1")
    assert refusal(data).code == "encoding"
    assert rows(data, encoding="latin-1") == rows(data, encoding="cp1252") == [(2, ["1", UMLAUT])]
    with pytest.raises(csv_text.BadTextEncoding):
        csv_text.read_table(b"a,b\n1,\x81\n", encoding="cp1252")
    with pytest.raises(ValueError, match="encoding"):
        csv_text.read_table(data, encoding="utf-7")
    with pytest.raises(ValueError, match="encoding"):
        csv_text.read_table(data, encoding="no such thing")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b" \r\n\n", "malformed"),
        (b"\xef\xbb\xbf", "malformed"),
        (b"a,b\n1,\x002\n", "malformed"),
        (b"a,b\n1,2\n".decode().encode("utf-16-le"), "malformed"),
        (b"a,b\n1,2\n".decode().encode("utf-32"), "encoding"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "unsupported_type"),
        (b"PK\x03\x04rest", "unsupported_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported_type"),
        (b"%PDF-1.7", "unsupported_type"),
        (b"amount,name,amount\n1,2,3\n", "schema"),
        (b"Amount, amount \n1,2\n", "schema"),
        (b"a,,b\n1,2,3\n", "schema"),
        (b"a,b;c,d;e\n", "schema"),
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n", "limit"),
        (b'"a,b\n1,2\n', "malformed"),
        (b'a,b\n1,"2" x\n', "malformed"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(data: bytes, code: str) -> None:
    began = perf_counter()
    assert refusal(data).code == code
    assert perf_counter() - began < 2


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'a,b\n1,"open,2\n' + b"2,x\n" * 400, 2),
        (b'a,b\n1,x\n2,"fine\nstill fine"\n3,"open\n' + b"4,x\n" * 400, 5),
        (b'a,b\n1,"two\nlines","open\n' + b"4,x\n" * 400, 3),
        (b'a,b\n1,"open\n' + b"2,x\n" * 2_000_000, 2),
        (b'a,b\n1,"open\n2,x\n3,"again\n4,x\n', 2),
    ],
)
def test_a_quote_that_never_closes_is_named_by_its_line(data: bytes, line: int) -> None:
    assert refusal(data) == Refusal("malformed", {"reason": "quote", "line": line})


def test_ragged_rows_are_refused_one_by_one_and_columns_never_shift() -> None:
    first, short, long, last = rows(b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n5,6,7\n")
    assert first == (2, ["1", "2", "3"])
    assert short == (3, Refusal("malformed", {"reason": "columns", "row": 3, "found": 2, "columns": 3}))
    assert long == (4, Refusal("malformed", {"reason": "columns", "row": 4, "found": 4, "columns": 3}))
    assert last == (6, ["5", "6", "7"])


def test_an_unquoted_amount_with_a_comma_is_named_as_what_it_is() -> None:
    data = "id,amount,currency,n\n1,\N{EURO SIGN}12.000,00,EUR,1\n2,1.234,56,EUR,1\n3,1234,56,EUR,1\n".encode()
    euro, grouped, plain = (row for _, row in rows(data))
    for row, text in ((euro, "\N{EURO SIGN}12.000,00"), (grouped, "1.234,56")):
        assert isinstance(row, Refusal)
        assert (row.code, row.field, row.facts["text"]) == ("ambiguous_number", "amount", text)
    assert isinstance(plain, Refusal)
    assert plain.code == "malformed"


def test_a_value_of_more_than_64_kib_is_refused_with_its_row_and_the_others_are_read() -> None:
    long, fine = rows(b"id,name\n1," + b"x" * 200_000 + b"\n2,y\n")
    assert long[1] == Refusal(
        "limit", {"what": "field", "row": 2, "column": "name", "length": 200_000, "limit": 65_536}, "name"
    )
    assert fine == (3, ["2", "y"])
    assert rows(b"id,name\n1," + b"x" * 65_536 + b"\n")[0][1] == ["1", "x" * 65_536]


def test_one_value_that_fills_the_file_is_refused() -> None:
    assert refusal(b"a,b\n1," + b"x" * (5 << 20) + b"\n").code == "limit"


def test_a_file_larger_than_the_caller_takes_is_refused() -> None:
    with pytest.raises(csv_text.TableTooLarge):
        csv_text.read_table(b"a,b\n1,2\n", max_bytes=7)


def test_quoted_line_breaks_and_quotes_stay_in_the_value() -> None:
    data = f'id,name\n1,"Acme\nHolding, ""S{UMLAUT}d"""\n2,y\n'.encode()
    assert rows(data) == [(2, ["1", f'Acme\nHolding, "S{UMLAUT}d"']), (3, ["2", "y"])]


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert rows(b"a,b,c\n") == rows(b"a,b,c") == []


def test_a_single_column_is_a_table() -> None:
    assert rows(b"name\nx\n\ny\n") == [(2, ["x"]), (4, ["y"])]


def test_missing_columns_are_named() -> None:
    with pytest.raises(csv_text.BadHeader) as refused:
        csv_text.read_table(b"id;amount\n1;2\n", required=("id", "stage", "close_date"))
    assert refused.value.facts == {"reason": "missing_columns", "columns": ["close_date", "stage"]}


def test_the_required_columns_settle_which_delimiter_it_is() -> None:
    table = csv_text.read_table(b"id;name, first;amount, EUR, net\n1;x;2\n", required=("id",))
    assert (table.delimiter, table.header) == (";", ("id", "name, first", "amount, EUR, net"))


@given(
    table=st.integers(2, 6).flatmap(lambda width: st.lists(st.lists(VALUE, min_size=width, max_size=width), max_size=8))
)
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]]) -> None:
    width = len(table[0]) if table else 2
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"column {number}" for number in range(width)], *table])
    assert [row for _, row in rows(written.getvalue().encode())] == table


@given(data=st.binary(max_size=60) | st.text(alphabet='ab,;|"\t\r\n1', max_size=60).map(str.encode))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):
        rows(data)
