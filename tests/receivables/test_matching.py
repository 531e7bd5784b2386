"""Exact matching decides by itself only what has one answer, and says why of all the rest."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.currency import EUR, USD, Currency
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.matching import Candidate, MatchLine, Outcome, Verdict, replayed, verdict, verdicts
from counterfoil.receivables.domain.settlement import DocumentKind

OCTOBER = date(2026, 10, 20)


def a_line(minor: int = 120000, money: Currency = EUR, **flags: bool) -> MatchLine:
    return MatchLine(7, Money(minor, money), OCTOBER, **flags)


def named(
    item: int = 3,
    open_: int = 120000,
    money: Currency = EUR,
    kind: DocumentKind = DocumentKind.INVOICE,
    payments: tuple[tuple[int, int, bool], ...] = (),
    by_hand: tuple[tuple[int, int], ...] = (),
) -> Candidate:
    number = f"INV-{item}"
    return Candidate(item, item, number, kind, Money(open_, money), "number", payments, by_hand)


def test_one_open_item_of_the_amount_is_settled() -> None:
    found = verdict(a_line(), [named()])
    assert (found.outcome, found.code) == (Outcome.MATCHED, "exact_number")
    assert found.settlement is not None
    assert [(part.item_id, part.amount.minor) for part in found.settlement.parts] == [(3, 120000)]
    assert not found.settlement.is_manual


@pytest.mark.parametrize(
    ("line", "candidates", "outcome", "code"),
    [
        (a_line(), [], Outcome.UNMATCHED, "no_reference"),
        (a_line(), [named(3), named(4)], Outcome.PROPOSED, "ambiguous_reference"),
        (a_line(), [named(open_=119999)], Outcome.PROPOSED, "amount_differs"),
        (a_line(), [named(open_=0)], Outcome.PROPOSED, "already_paid"),
        (a_line(money=USD), [named()], Outcome.PROPOSED, "currency_differs"),
        (a_line(), [named(kind=DocumentKind.CREDIT_NOTE)], Outcome.PROPOSED, "credit_note_named"),
        (a_line(has_bad_iban=True), [named()], Outcome.PROPOSED, "iban_checksum"),
        (a_line(has_bad_iban=True), [], Outcome.UNMATCHED, "iban_checksum"),
        (a_line(is_reversal=True), [named()], Outcome.PROPOSED, "reversal"),
        (a_line(is_hands_off=True), [named()], Outcome.PROPOSED, "match_was_undone"),
        (a_line(-120000), [named(open_=0)], Outcome.PROPOSED, "nothing_to_return"),
        (a_line(-120000), [named(open_=0, payments=((1, 120000, True),))], Outcome.PROPOSED, "manual_match"),
        (
            a_line(-60000),
            [named(open_=0, payments=((1, 60000, False), (2, 60000, False)))],
            Outcome.PROPOSED,
            "ambiguous_reference",
        ),
    ],
)
def test_what_is_not_exact_is_left_with_its_reason(
    line: MatchLine, candidates: list[Candidate], outcome: Outcome, code: str
) -> None:
    found = verdict(line, candidates)
    assert (found.outcome, found.code, found.settlement) == (outcome, code, None)


def test_a_payment_that_came_back_returns_the_one_allocation_of_its_amount() -> None:
    found = verdict(a_line(-60000), [named(open_=0, payments=((1, 60000, False), (2, 59999, False)))])
    assert found.code == "payment_returned"
    assert found.settlement is not None
    assert [(part.amount.minor, part.returns) for part in found.settlement.parts] == [(-60000, 1)]


def test_a_line_for_a_paid_invoice_is_the_payment_entered_by_hand() -> None:
    found = verdict(a_line(), [named(open_=0, by_hand=((9, 120000), (10, 5)))])
    assert found.code == "entered_by_hand"
    assert found.settlement is not None
    assert (found.settlement.recognises, found.settlement.parts) == (9, ())


def test_the_second_payment_of_one_invoice_finds_it_paid() -> None:
    """hitobito/hitobito#4005: a number that fits is not enough."""
    found = verdicts([(a_line(), [named()]), (a_line(), [named()])])
    assert [one.code for one in found] == ["exact_number", "already_paid"]


CANDIDATES = st.builds(
    named,
    item=st.integers(1, 4),
    open_=st.sampled_from([0, 100, 200]),
    money=st.sampled_from([EUR, USD]),
    kind=st.sampled_from(list(DocumentKind)),
    payments=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([100, 200]), st.booleans()), max_size=2).map(tuple),
    by_hand=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([100, 200])), max_size=2).map(tuple),
)
LINES = st.builds(
    a_line,
    st.sampled_from([-200, -100, 100, 200]),
    st.sampled_from([EUR, USD]),
    has_bad_iban=st.booleans(),
    is_reversal=st.booleans(),
    is_hands_off=st.booleans(),
)


@given(LINES, st.lists(CANDIDATES, max_size=3))
def test_a_verdict_replayed_from_its_stored_inputs_is_the_same(line: MatchLine, candidates: list[Candidate]) -> None:
    found = verdict(line, candidates)
    assert replayed(found.inputs) == found


@given(st.lists(st.tuples(LINES, st.lists(CANDIDATES, max_size=2)), max_size=6))
def test_nothing_is_settled_twice_in_a_batch(batch: list[tuple[MatchLine, list[Candidate]]]) -> None:
    found = verdicts(batch)
    parts = [part for one in found if one.settlement for part in one.settlement.parts]
    assert len({(part.item_id, part.returns) for part in parts}) == len(parts)
    recognised = [one.settlement.recognises for one in found if one.settlement and one.settlement.recognises]
    assert len(set(recognised)) == len(recognised)


@given(LINES, CANDIDATES)
def test_what_is_settled_is_exactly_what_is_open(line: MatchLine, candidate: Candidate) -> None:
    found: Verdict = verdict(line, [candidate])
    if found.settlement is not None and found.settlement.parts and found.settlement.parts[0].returns is None:
        assert found.settlement.parts[0].amount == candidate.open == line.amount
