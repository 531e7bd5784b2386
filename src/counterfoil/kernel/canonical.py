"""One byte form for each value, so that equal values hash alike on every machine and in every year.

JSON with sorted keys, no spaces, UTF-8; strings, whole numbers, booleans, null, lists and objects only. Decimals,
dates and probabilities travel as strings that the caller has formed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import cast

quoted = encode_basestring
"""Write one text as JSON does; for the few hot places that write their canonical bytes directly."""


def canonical_bytes(value: object) -> bytes:
    """Write `value` as canonical JSON.

    Keys are sorted by code point. Text is written as it is (no Unicode normalisation), escaped only where JSON
    demands it. Tuples are written as lists.

    Raises:
        ValueError: the value holds a float, a Decimal, a date, a lone surrogate, a key that is not text, or
            anything else that has no canonical form.
    """
    return _text(value).encode("utf-8")


def _text(value: object) -> str:
    kind = type(value)
    if kind is str:
        return quoted(cast("str", value))
    if kind is int:
        return str(value)
    if kind is dict:
        return _object(cast("dict[object, object]", value))
    if kind is list or kind is tuple:
        return "[" + ",".join([_text(part) for part in cast("Sequence[object]", value)]) + "]"
    return _rarer(value)


def _object(pairs: Mapping[object, object]) -> str:
    for key in pairs:
        if not isinstance(key, str):
            raise ValueError("a key must be text")
    named = cast("Mapping[str, object]", pairs)
    parts = [
        f"{quoted(key)}:{quoted(part) if type(part) is str else _text(part)}" for key, part in sorted(named.items())
    ]
    return "{" + ",".join(parts) + "}"


def _rarer(value: object) -> str:
    """Write what is of no plain type: nothing, yes or no, and kinds of text, number, list and object."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(part) for part in value]) + "]"
    raise ValueError(f"no canonical form for {type(value).__name__}")


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def hash_of(value: object) -> str:
    """The SHA-256 of the canonical form of `value`, as 64 lower-case hex digits."""
    return sha256_hex(canonical_bytes(value))
