"""The one reader of delimited text from outside: encoding and delimiter are found or refused, never guessed wrong.

The file is read three times, each time as a stream: for its bytes, for its quotes, for its rows. So a file that is
broken near its end is refused before its first row is handed out, and no size of file fills the memory.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import functools
import io
import itertools
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from counterfoil.kernel.errors import Fact, Refusal, Refused


class BadTextEncoding(Refused):
    """Bytes that are not in the encoding; `offset` counts bytes from 0, `row` rows from 1."""

    code = "encoding"


class MalformedTable(Refused):
    """Empty, with a NUL, or with a quote that never closes; `line` says where it opened."""

    code = "malformed"


class TableLimit(Refused):
    """Too many columns, or one value that fills the file."""

    code = "limit"


class TableTooLarge(Refused):
    """More bytes than the caller takes."""

    code = "too_large"


class BadHeader(Refused):
    """A column without a name or named twice, a missing column, or columns that two delimiters could part."""

    code = "schema"


class UnsupportedTable(Refused):
    """Not text but a known binary format, whatever the file is called."""

    code = "unsupported_type"


MAX_COLUMNS: Final = 512
MAX_FIELD: Final = 64 << 10
"""Characters of one value."""
MAX_BYTES: Final = 1 << 30

Row: TypeAlias = tuple[int, list[str] | Refusal]
KeyForm: TypeAlias = Callable[[list[str]], Iterable[str]]
"""Brings the keys of rows into the form in which they are compared."""

_LONGEST_VALUE: Final = 4 << 20
"""Beyond this an open quote is taken to have been forgotten, and the reading stops."""
csv.field_size_limit(_LONGEST_VALUE)  # The standard limit, 128 KiB, ends the whole reading instead of refusing a row.

_CHUNK: Final = 1 << 20
_ROWS_AT_ONCE: Final = 5_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_ENCODINGS: Final = frozenset(
    {"utf-8", "ascii", "cp1250", "cp1252", "windows-1252", "latin-1", "iso-8859-1", "iso-8859-15"}
)
"""What a profile may name."""
_GROUPED: Final = re.compile(r"-?(?:[€$£¥] ?-?[0-9]{1,3}(?:\.[0-9]{3}){0,4}|[0-9]{1,3}(?:\.[0-9]{3}){1,4})")
"""The first half of an amount such as €1.234,56 whose comma was not quoted."""
_DECIMALS: Final = re.compile(r"[0-9]{1,4}")
_BINARY: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xd0\xcf\x11\xe0": "xls",
    b"%PDF": "pdf",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"SQLite format 3": "sqlite",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A file whose bytes, quotes and header are sound; its rows are still to be read, once."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    """Row number and either the values, as many as the header has, or why this one row cannot be read:

    `malformed` when it has more or fewer values, `ambiguous_number` when an unquoted amount like 1.234,56 made them
    more, `limit` when a value is longer than 64 KiB. The header is row 1; blank lines count as rows and are left out;
    a row that runs over several lines is one row, as in a spreadsheet.
    """
    count: int
    """How many rows there are to come."""
    delimiter: str
    encoding: str
    keys: array[int]
    """The hash of each row's key in the caller's form, eight bytes a row, where the caller named a key."""
    again: Callable[[], Iterator[Row]]
    """Starts reading the rows anew, for who must know the whole file before the first row counts."""


def read_table(
    source: bytes | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    required: Collection[str] = (),
    key: tuple[str, KeyForm] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Table:
    """Open a delimited file with a header.

    Args:
        encoding: what the caller's profile names; without it UTF-8, or UTF-16 with a byte-order mark. A byte-order
            mark is believed before the profile.
        delimiter: what the profile names; without it the one of , ; tab | that parts the header.
        required: columns that must be there.
        key: a required column by which rows are told apart, and the form in which its values are compared.

    Raises:
        UnsupportedTable, TableTooLarge, BadTextEncoding, MalformedTable, TableLimit, BadHeader: the whole file is
            refused, and no row of it was handed out.
        ValueError: no such encoding.
    """
    with _opened(source) as file:
        encoding = _sound_encoding(file, encoding, max_bytes)
    with _lines(source, encoding) as text:
        head = text.read(_LONGEST_VALUE)
    delimiter, header = _header(head, delimiter, required)
    place = (header.index(key[0]), key[1]) if key else None
    count, keys = _count(source, encoding, delimiter, place)
    again = functools.partial(_rows, source, encoding, delimiter, header)
    return Table(header, again(), count, delimiter, encoding, keys, again)


def _opened(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _lines(source: bytes | Path, encoding: str) -> io.TextIOWrapper:
    """The text without its byte-order mark, with line breaks left as they are, as the csv module wants it."""
    return io.TextIOWrapper(_opened(source), encoding=encoding, newline="")


def _sound_encoding(file: BinaryIO, named: str | None, max_bytes: int) -> str:
    """Read every byte once; return the encoding in which all of them are text without a NUL."""
    first = file.read(16)
    for mark, kind in _BINARY.items():
        if first.startswith(mark):
            raise UnsupportedTable(type=kind)
    encoding = _encoding(first, named)
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, line = 0, 1
    while True:
        chunk = file.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, errors="ignore").count("\n")
            offset += len(chunk) - len(error.object) + error.start
            raise BadTextEncoding(encoding=encoding, offset=offset, row=line) from None
        if "\0" in text:
            raise MalformedTable(reason="nul", line=line + text[: text.index("\0")].count("\n"))
        offset += len(chunk)
        line += text.count("\n")
        if offset > max_bytes:
            raise TableTooLarge(limit=max_bytes)
        if not chunk:
            return encoding


def _encoding(first: bytes, named: str | None) -> str:
    """The encoding that the first bytes mark, else the one that the profile names, else UTF-8."""
    if first.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise BadTextEncoding(encoding="utf-32", offset=0, row=1)
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if named is None:
        return "utf-8"
    if named.lower() not in _ENCODINGS:
        raise ValueError(f"no profile may name the encoding {named}")
    return named.lower()


def _header(head: str, named: str | None, required: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Find the delimiter, and the names of the columns.

    The delimiter is the one that shows most of the required columns, then the one that makes most columns.
    """
    if not head.strip():
        raise MalformedTable(reason="empty")
    candidates: dict[str, tuple[str, ...]] = {}
    for delimiter in (named,) if named else _DELIMITERS:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True)
        try:
            row = next(row for row in reader if row)
        except (csv.Error, StopIteration):
            continue
        candidates[delimiter] = tuple(name.strip() for name in row)
    if not candidates:
        raise MalformedTable(reason="quote", line=1)
    wanted = frozenset(required)
    ranks = {delimiter: (len(wanted.intersection(names)), len(names)) for delimiter, names in candidates.items()}
    best = max(ranks.values())
    winners = [delimiter for delimiter, rank in ranks.items() if rank == best]
    if len(winners) > 1 and best[1] > 1:
        raise BadHeader(reason="delimiter", delimiters=list(winners))
    header = candidates[winners[0]]
    _insist_header(header, wanted)
    return winners[0], header


def _insist_header(header: tuple[str, ...], required: frozenset[str]) -> None:
    """Refuse columns that are too many, nameless, named twice or missing."""
    if len(header) > MAX_COLUMNS:
        raise TableLimit(what="columns", found=len(header), limit=MAX_COLUMNS)
    seen: set[str] = set()
    for position, name in enumerate(header, start=1):
        if not name:
            raise BadHeader(reason="blank_column", position=position)
        if name.casefold() in seen:
            raise BadHeader(reason="duplicate_column", column=name[:255], position=position)
        seen.add(name.casefold())
    if missing := sorted(required.difference(header)):
        raise BadHeader(reason="missing_columns", columns=list(missing))


def _count(
    source: bytes | Path, encoding: str, delimiter: str, key: tuple[int, KeyForm] | None
) -> tuple[int, array[int]]:
    """Read every quote once; return how many rows follow the header, and the hashes of their keys."""
    keys = array("q")
    with _lines(source, encoding) as text:
        rows = filter(None, csv.reader(text, delimiter=delimiter, strict=True))
        try:
            if key is None:
                return sum(1 for _ in rows) - 1, keys
            place, form = key
            next(rows)  # The header.
            count = 0
            while chunk := list(itertools.islice(rows, _ROWS_AT_ONCE)):
                count += len(chunk)
                keys.extend(map(hash, form([row[place] for row in chunk if len(row) > place])))
            return count, keys
        except csv.Error as error:
            is_too_long = "larger than field limit" in str(error)
    first, last = _broken_lines(source, encoding, delimiter)
    opened = _open_quote(source, encoding, first, last)
    if opened is None and is_too_long:
        raise TableLimit(what="field", line=first, limit=_LONGEST_VALUE)
    raise MalformedTable(reason="quote", line=opened or first)


def _broken_lines(source: bytes | Path, encoding: str, delimiter: str) -> tuple[int, int]:
    """The first and the last line of the row that cannot be read."""
    first = 1
    with _lines(source, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for _ in reader:
                first = reader.line_num + 1
        except csv.Error:
            return first, reader.line_num
    raise AssertionError("a row was broken a moment ago")


def _open_quote(source: bytes | Path, encoding: str, first: int, last: int) -> int | None:
    """The line on which the quote opened that was still open at the end, or None where all were closed.

    A doubled quote stands for itself and a value has two, so an odd number on a line opens or closes one, and an even
    number while one is open closes it and opens the last.
    """
    opened: int | None = None
    with _lines(source, encoding) as text:
        for number, line in enumerate(itertools.islice(text, first - 1, last), start=first):
            marks = line.replace('""', "").count('"')
            if marks % 2:
                opened = number if opened is None else None
            elif marks and opened is not None:
                opened = number
    return opened


def _rows(source: bytes | Path, encoding: str, delimiter: str, header: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows after the header."""
    width = len(header)
    with _lines(source, encoding) as text:
        numbered = enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1)
        rows = ((number, row) for number, row in numbered if row)
        for number, row in itertools.islice(rows, 1, None):
            if len(row) != width:
                yield number, _ragged(number, row, header, delimiter)
            elif len("".join(row)) > MAX_FIELD and max(map(len, row)) > MAX_FIELD:
                longest = max(row, key=len)
                name = header[row.index(longest)]
                facts: dict[str, Fact] = {"what": "field", "row": number, "column": name, "length": len(longest)}
                yield number, Refusal("limit", {**facts, "limit": MAX_FIELD}, name)
            else:
                yield number, row


def _ragged(number: int, row: list[str], header: tuple[str, ...], delimiter: str) -> Refusal:
    """Say why a row has another number of values than the header: where it can be seen, which amount was cut in two."""
    facts: dict[str, Fact] = {"reason": "columns", "row": number, "found": len(row), "columns": len(header)}
    if delimiter == "," and len(row) > len(header):
        for position, name in enumerate(header):
            if _GROUPED.fullmatch(row[position]) and _DECIMALS.fullmatch(row[position + 1]):
                text = f"{row[position]},{row[position + 1]}"
                return Refusal("ambiguous_number", {**facts, "reason": "cut_in_two", "text": text[:40]}, name)
    return Refusal("malformed", facts)
