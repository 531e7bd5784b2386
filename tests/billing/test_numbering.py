"""Number patterns, branches and payment references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from counterfoil.billing.domain import Kind, SeriesState, branch_after, pattern_of, payment_reference


def a_series(kind: Kind = Kind.INVOICE, branch: str = "") -> SeriesState:
    return SeriesState(1, kind, 2017, branch, pattern_of(kind, branch), 1, None)


def test_numbers_name_kind_year_and_branch() -> None:
    assert a_series().number(1) == "2017-0001"
    assert a_series().number(12_345) == "2017-12345"
    assert a_series(branch="B").number(7) == "2017-B-0007"
    assert a_series(Kind.CREDIT_NOTE).number(3) == "CN-2017-0003"
    assert a_series(Kind.CREDIT_NOTE, "C").number(3) == "CN-2017-C-0003"


def test_branches_follow_each_other_by_letters() -> None:
    names = [""]
    for _ in range(27):
        names.append(branch_after(names))
    assert names[1:4] == ["B", "C", "D"]
    assert names[25:28] == ["Z", "BB", "BC"]


@pytest.mark.parametrize(
    ("number", "reference"),
    [("539007547034", "RF18539007547034"), ("2026-0001", "RF3120260001"), ("2017-B-0001", "RF502017B0001"), ("", "")],
)
def test_a_number_has_its_creditor_reference(number: str, reference: str) -> None:
    """N-63: RF18539007547034 is valid."""
    assert payment_reference(number) == reference


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=30))
def test_a_reference_is_valid_or_there_is_none(number: str) -> None:
    reference = payment_reference(number)
    assert not reference or iso11649.is_valid(reference)
