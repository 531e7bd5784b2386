"""The one JSON reader for bytes from outside: RFC 8259 to the letter, and nothing that a ledger cannot hold.

The standard reader takes NaN, byte-order marks, half characters, duplicate keys (the last wins) and any depth until
Python's stack ends; measured, 13 of 87 parser cases end in an exception that is no refusal.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final, TypeAlias

from counterfoil.kernel.errors import Refused

Json: TypeAlias = "str | int | Decimal | bool | list[Json] | dict[str, Json] | None"


class MalformedJson(Refused):
    """Not JSON; `reason` says what is wrong, `line` and `column` where the reader knows it."""

    code = "malformed"


class BadJsonNumber(Refused):
    """A number with an exponent. Amounts are written out."""

    code = "bad_number"


class JsonTooLarge(Refused):
    """More bytes than the caller takes."""

    code = "too_large"


class JsonTooDeep(Refused):
    """Arrays and objects nested deeper than the caller takes."""

    code = "too_deep"


class JsonLimit(Refused):
    """More keys in all, or a number of more digits, than the caller takes."""

    code = "limit"


MOST_DIGITS: Final = 40
"""Digits of a number, its decimals included. Amounts have at most 17; longer text is refused, not converted."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string, which need not end: so each character is looked at once. Or a bracket."""
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


def loads(data: bytes, *, max_bytes: int = 1 << 20, max_depth: int = 32, max_keys: int = 1000) -> Json:
    """Read one JSON value.

    Args:
        data: UTF-8 without a byte-order mark.
        max_keys: keys of all objects together.

    Returns:
        The value: whole numbers as int, others as Decimal with the digits they were written with.

    Raises:
        JsonTooLarge, JsonTooDeep, JsonLimit: a limit is passed.
        BadJsonNumber: a number has an exponent.
        MalformedJson: anything else that is not JSON, a duplicate key, half a surrogate pair.
    """
    if len(data) > max_bytes:
        raise JsonTooLarge(limit=max_bytes)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(reason="not_utf8", offset=error.start) from None
    if text.startswith("\ufeff"):
        raise MalformedJson(reason="byte_order_mark")
    _insist_depth(text, max_depth)
    keys = 0

    def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        nonlocal keys
        keys += len(pairs)
        if keys > max_keys:
            raise JsonLimit(what="keys", limit=max_keys)
        read = dict(pairs)
        if len(read) < len(pairs):
            raise MalformedJson(reason="duplicate_key")
        return read

    try:
        value: Json = json.loads(
            text, object_pairs_hook=unique, parse_int=_whole, parse_float=_decimal, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise MalformedJson(reason="syntax", line=error.lineno, column=error.colno) from None
    if "\\u" in text:
        _insist_whole_characters(value)
    return value


def _insist_depth(text: str, max_depth: int) -> None:
    """Count brackets outside strings, so that the recursive reader never meets more than `max_depth` of them."""
    depth = 0
    for found in _TOKEN.finditer(text):
        mark = text[found.start()]
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise JsonTooDeep(limit=max_depth)
        elif mark in "]}":
            depth -= 1


def _insist_whole_characters(value: Json) -> None:
    """Refuse half a surrogate pair, which an escape can write and UTF-8 cannot. The depth is known to be small."""
    if isinstance(value, str):
        if _HALF_CHARACTER.search(value):
            raise MalformedJson(reason="half_character")
    elif isinstance(value, list):
        for part in value:
            _insist_whole_characters(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            _insist_whole_characters(key)
            _insist_whole_characters(part)


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise JsonLimit(what="digits", limit=MOST_DIGITS)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if "e" in digits or "E" in digits:
        raise BadJsonNumber(reason="exponent")
    if len(digits) > MOST_DIGITS:
        raise JsonLimit(what="digits", limit=MOST_DIGITS)
    return Decimal(digits)


def _no_constant(name: str) -> Json:
    raise MalformedJson(reason="not_a_number", constant=name)
