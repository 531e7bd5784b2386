"""JSON to the letter: what a ledger cannot hold is refused, and nothing else is ever raised."""

from __future__ import annotations

import json
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"[null, null]", [None, None]),
        (b"false", False),
        (b'"\\uD834\\uDD1E"', "\N{MUSICAL SYMBOL G CLEF}"),
        (b'{"a/*b*/c": -42}', {"a/*b*/c": -42}),
        (b"0.10", Decimal("0.10")),
        (b"-0", 0),
        (b' {"a": {"b": ["[[[[", "\\"]"]}}\n', {"a": {"b": ["[[[[", '"]']}}),
    ],
)
def test_json_is_read_with_exact_numbers(data: bytes, value: object) -> None:
    read = strict_json.loads(data)
    assert read == value
    assert type(read) is type(value)


def test_a_decimal_keeps_the_digits_it_was_written_with() -> None:
    assert str(strict_json.loads(b"12.50")) == "12.50"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b'"\xff"', "malformed"),
        ("{}".encode("utf-16"), "malformed"),
        (b"NaN", "malformed"),
        (b"[-Infinity]", "malformed"),
        (b"[1,,2]", "malformed"),
        (b"[1,]", "malformed"),
        (b"+1", "malformed"),
        (b"0x42", "malformed"),
        (b"01", "malformed"),
        (b'"\x00"', "malformed"),
        (b'{"a":1,"a":2}', "malformed"),
        (b'{"a":1,"\\u0061":2}', "malformed"),
        (b'["\\uD800"]', "malformed"),
        (b'{"\\uDC00": 1}', "malformed"),
        (b"{} {}", "malformed"),
        (b"1e2", "bad_number"),
        (b"[1.5E+999999999]", "bad_number"),
        (b"1" * 41, "limit"),
        (b"0." + b"1" * 5000, "limit"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b" " * ((1 << 20) + 1), "too_large"),
    ],
)
def test_what_a_ledger_cannot_hold_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        strict_json.loads(data)
    assert refused.value.code == code


def test_the_limits_themselves_are_still_read() -> None:
    assert strict_json.loads(b"[" * 32 + b"]" * 32)
    assert strict_json.loads(b"1" * 40) == int("1" * 40)
    assert len(json.dumps(strict_json.loads(json.dumps({str(key): 0 for key in range(1000)}).encode()))) > 1000
    with pytest.raises(strict_json.JsonLimit):
        strict_json.loads(json.dumps([{str(key): 0 for key in range(600)}] * 2).encode())


@given(value=JSON)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(data=st.binary(max_size=40) | st.text(alphabet='[]{}",:\\ue1.-tf ', max_size=40).map(str.encode))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    try:
        strict_json.loads(data)
    except Refused:
        return
    json.loads(data)


@pytest.mark.parametrize("data", [b'"' + b'\\"' * 500_000, b'"' * 1_000_000, b'"a' * 500_000, b"[]" * 500_000])
def test_a_mebibyte_of_nonsense_is_refused_at_once(data: bytes) -> None:
    began = perf_counter()
    with pytest.raises(Refused):
        strict_json.loads(data)
    assert perf_counter() - began < 2
