"""Credit terms: what is read, when it is due, and what is not guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.terms import Term, TermKind, UnknownTerm


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Net 30", "Net 30"),
        ("NET30", "Net 30"),
        (" net  30 days ", "Net 30"),
        ("30 days", "Net 30"),
        ("n/30", "Net 30"),
        ("2/10 Net 30", "2/10 Net 30"),
        ("2/10, n/30", "2/10 Net 30"),
        ("2% / 10 net 30", "2/10 Net 30"),
        ("1.50/10 NET45", "1.5/10 Net 45"),
        ("Due on receipt", "Due on receipt"),
        ("UPON RECEIPT", "Due on receipt"),
        ("Net 0", "Due on receipt"),
        ("EOM", "EOM"),
        ("end of month", "EOM"),
        ("Net 30 EOM", "Net 30 EOM"),
        ("NET30EOM", "Net 30 EOM"),
    ],
)
def test_a_term_is_read_and_written_in_one_way(written: str, text: str) -> None:
    assert Term.parse(written).text == text
    assert Term.parse(text) == Term.parse(written)
    assert str(Term.parse(written)) == text


@pytest.mark.parametrize(
    "written",
    ["", " ", "whenever", "NET 30 EOM 2/10", "Net", "Net -1", "Net 1000", "Net 30.5", "30", "Net 30 Net 60",
     "2/30 Net 30", "2/40 Net 30", "0/10 Net 30", "Net \N{FULLWIDTH DIGIT THREE}0", "2/10", "x" * 100_000],
)  # fmt: skip
def test_an_unknown_term_is_refused_and_never_replaced_by_a_default(written: str) -> None:
    with pytest.raises(UnknownTerm) as refused:
        Term.parse(written)
    assert refused.value.code == "unknown_term"
    assert refused.value.facts == {"text": written[:80]}


@pytest.mark.parametrize(
    ("written", "issued", "due"),
    [
        ("Net 30", date(2026, 1, 31), date(2026, 3, 2)),
        ("Due on receipt", date(2026, 1, 31), date(2026, 1, 31)),
        ("EOM", date(2028, 2, 1), date(2028, 2, 29)),
        ("EOM", date(2026, 4, 30), date(2026, 4, 30)),
        ("Net 30 EOM", date(2026, 1, 15), date(2026, 3, 2)),
        ("Net 999", date(2199, 12, 31), date(2202, 9, 26)),
    ],
)
def test_the_due_date_is_the_last_day_to_pay_in_full(written: str, issued: date, due: date) -> None:
    assert Term.parse(written).due_date(issued) == due


def test_an_early_payer_has_the_discount_through_its_last_day() -> None:
    """ORACLES section 6 (Odoo): 2 % within 7 days of 1 January is 98 until 8 January, else 100 by 31 January."""
    term = Term.parse("2/7 Net 30")
    assert term.discount_percent == Decimal(2)
    assert term.discount_until(date(2026, 1, 1)) == date(2026, 1, 8)
    assert term.due_date(date(2026, 1, 1)) == date(2026, 1, 31)
    assert Term.parse("Net 30").discount_until(date(2026, 1, 1)) is None


@given(
    days=st.integers(1, 999),
    issued=st.dates(date(1990, 1, 1), date(2199, 12, 31)),
    kind=st.sampled_from([TermKind.NET, TermKind.END_OF_MONTH]),
)
def test_no_invoice_is_due_before_it_is_issued(days: int, issued: date, kind: TermKind) -> None:
    term = Term(kind, days)
    assert term.due_date(issued) >= issued
    assert Term.parse(term.text) == term


@pytest.mark.parametrize(
    "built",
    [
        (TermKind.NET, -1, None, None),
        (TermKind.NET, 1000, None, None),
        (TermKind.RECEIPT, 1, None, None),
        (TermKind.NET, 30, Decimal(2), None),
        (TermKind.NET, 30, None, 10),
        (TermKind.NET, 30, Decimal(100), 10),
        (TermKind.NET, 30, Decimal(2), 30),
        (TermKind.END_OF_MONTH, 30, Decimal(2), 10),
    ],
)
def test_a_term_that_means_nothing_cannot_be_built(built: tuple[TermKind, int, Decimal | None, int | None]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Term(*built)
