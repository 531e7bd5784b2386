"""The one byte form of a value: what it accepts, and that it is JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel import canonical

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
)


class Colour(StrEnum):
    RED = "red"


@given(values)
def test_the_form_is_sorted_compact_json(value: object) -> None:
    made = canonical.canonical_bytes(value)
    assert made.decode() == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert json.loads(made) == value


def test_a_tuple_is_a_list_and_a_closed_set_its_text() -> None:
    assert canonical.canonical_bytes({"b": (1, True, None), "a": Colour.RED}) == b'{"a":"red","b":[1,true,null]}'


@pytest.mark.parametrize(
    "value", [1.5, Decimal(1), date(2026, 1, 1), b"", {1: 2}, {"a": {"b": 0.1}}, [set()], "\ud800"], ids=repr
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical.canonical_bytes(value)
