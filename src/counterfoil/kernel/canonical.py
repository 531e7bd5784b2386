"""One byte form for each value, so that equal values hash alike on every machine and in every year.

JSON with sorted keys, no spaces, UTF-8; strings, whole numbers, booleans, null, lists and objects only. Decimals,
dates and probabilities travel as strings that the caller has formed.
"""

from __future__ import annotations

import hashlib
import json


def canonical_bytes(value: object) -> bytes:
    """Write `value` as canonical JSON.

    Keys are sorted by code point. Text is written as it is (no Unicode normalisation), escaped only where JSON
    demands it. Tuples are written as lists.

    Raises:
        ValueError: the value holds a float, a Decimal, a date, a lone surrogate, a key that is not text, or
            anything else that has no canonical form.
    """
    _insist(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def hash_of(value: object) -> str:
    """The SHA-256 of the canonical form of `value`, as 64 lower-case hex digits."""
    return sha256_hex(canonical_bytes(value))


def _insist(value: object) -> None:
    """Raise ValueError unless every part of `value` has a canonical form."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key must be text")
        for part in value.values():
            if type(part) not in _LEAVES:
                _insist(part)
    elif isinstance(value, list | tuple):
        for part in value:
            if type(part) not in _LEAVES:
                _insist(part)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"no canonical form for {type(value).__name__}")


_LEAVES = frozenset({str, int, bool, type(None)})
"""What needs no second look; a closed enum of text or numbers is written as its value."""
