"""Refusals and the canonical form that their facts are stored in."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.canonical import canonical_bytes, hash_of, sha256_hex
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.explanation import Explanation, Finding

FACT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


class PeriodIsClosed(Refused):
    code = "period_is_closed"


def test_a_refusal_carries_its_code_its_facts_and_the_field() -> None:
    refused = PeriodIsClosed(field="entry_date", period="2026-06")
    assert refused.refusal == Refusal("period_is_closed", {"period": "2026-06"}, "entry_date")
    assert str(refused) == "period_is_closed in entry_date (period='2026-06')"


def test_a_refusal_kept_as_a_value_can_be_raised_again() -> None:
    again = PeriodIsClosed(period="2026-06").refusal.error()
    assert isinstance(again, Refused)
    assert again.refusal == Refusal("period_is_closed", {"period": "2026-06"})


def test_the_field_is_named_once_by_whoever_is_nearest() -> None:
    assert PeriodIsClosed().at("day").at("line").field == "day"


def test_an_explanation_and_a_finding_are_values() -> None:
    assert Explanation("exact_match", {"number": "INV-1"}) == Explanation("exact_match", {"number": "INV-1"})
    assert Finding("terms", "unknown_term", {}, "terms_text").field == "terms_text"


def test_equal_values_have_equal_bytes() -> None:
    assert canonical_bytes({"b": [1, True, None], "a": "\N{EURO SIGN}"}) == b'{"a":"\xe2\x82\xac","b":[1,true,null]}'
    assert canonical_bytes({"a": 1, "b": 2}) == canonical_bytes({"b": 2, "a": 1})
    assert canonical_bytes((1, 2)) == canonical_bytes([1, 2])
    assert hash_of({}) == sha256_hex(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@given(value=FACT)
def test_a_canonical_value_reads_back_and_writes_again_the_same(value: object) -> None:
    data = canonical_bytes(value)
    assert json.loads(data) == value
    assert canonical_bytes(json.loads(data)) == data


class Colour(StrEnum):
    RED = "red"


def test_a_closed_set_is_written_as_its_value() -> None:
    assert canonical_bytes([Colour.RED]) == b'["red"]'


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), Decimal(1), date(2026, 1, 1), {1: 2}, {None: 2}, [{"a": [0.5]}], {"a", "b"}, b"a", "\ud800"],
)
def test_what_has_no_canonical_form_is_our_own_mistake(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_bytes(value)
