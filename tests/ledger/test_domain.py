"""Entries: an unbalanced one cannot exist."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel import canonical
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import (
    JournalEntry,
    Posting,
    TooFewPostings,
    UnbalancedEntry,
    entry_bytes,
    month_after,
)
from tests.builders import EUR, an_entry, eur

USD = currency("USD")


def test_an_unbalanced_entry_cannot_be_built() -> None:
    with pytest.raises(UnbalancedEntry) as refused:
        JournalEntry(date(2026, 1, 1), "", (Posting("1100", eur(100), eur(100)), Posting("4000", eur(-99), eur(-99))))
    assert refused.value.facts == {"off_by": {"amount EUR": "1", "base EUR": "1"}}


def test_an_entry_that_balances_in_base_only_cannot_be_built() -> None:
    sides = (Posting("1000", Money(110, USD), eur(100)), Posting("1100", eur(-100), eur(-100)))
    with pytest.raises(UnbalancedEntry):
        JournalEntry(date(2026, 1, 1), "", sides)


def test_money_changes_currency_through_a_clearing_account() -> None:
    usd = Money(110, USD)
    sides = (
        Posting("1000", usd, eur(100)),
        Posting("1900", -usd, eur(-100)),
        Posting("1900", eur(100), eur(100)),
        Posting("1100", eur(-100), eur(-100)),
    )
    assert JournalEntry(date(2026, 1, 1), "", sides).postings == sides


def test_an_exchange_gain_is_a_posting_with_a_base_amount_only() -> None:
    nothing = Money(0, USD)
    sides = (Posting("1100", nothing, eur(5)), Posting("6900", nothing, eur(-5)))
    assert JournalEntry(date(2026, 1, 1), "", sides).postings[0].base == eur(5)


def test_an_entry_needs_two_sides() -> None:
    with pytest.raises(TooFewPostings):
        JournalEntry(date(2026, 1, 1), "", (Posting("1100", eur(0), eur(0)),))


@given(st.integers(1, 10**12))
def test_a_reversal_takes_back_exactly_what_was_posted(minor: int) -> None:
    entry = an_entry(minor)
    back = entry.reversed_on(date(2026, 11, 1), "undo")
    assert [a.base.minor + b.base.minor for a, b in zip(entry.postings, back.postings, strict=True)] == [0, 0]
    assert back.entry_date == date(2026, 11, 1)


@given(st.text(), st.text(), st.integers(), st.one_of(st.none(), st.integers(1)))
def test_the_hot_form_of_an_entry_is_the_canonical_one(
    memo: str, source: str, minor: int, contract: int | None
) -> None:
    try:
        memo.encode(), source.encode()
    except UnicodeEncodeError:
        return
    content = {
        "date": "2026-01-31",
        "memo": memo,
        "postings": [[7, EUR.code, minor, minor, None, contract], [8, EUR.code, -minor, -minor, 3, None]],
        "reverses": contract,
        "source": source,
    }
    hot = entry_bytes(
        "2026-01-31",
        memo,
        source,
        contract,
        [(7, "EUR", minor, minor, None, contract), (8, "EUR", -minor, -minor, 3, None)],
    )
    assert hot == canonical.canonical_bytes(content)
    assert json.loads(hot) == content


def test_december_is_followed_by_january() -> None:
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
