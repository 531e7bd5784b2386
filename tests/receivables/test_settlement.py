"""What settles what: shares in base, entries, and everything that may stand against a settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel.currency import EUR, GBP, USD, Currency
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain import settlement as rules
from counterfoil.receivables.domain.settlement import (
    AccountPart,
    AllocationFacts,
    BankFacts,
    CashFacts,
    Chart,
    DocumentKind,
    Facts,
    ItemFacts,
    LineFacts,
    Origin,
    Part,
    Settlement,
)
from counterfoil.receivables.domain.statements import LineState

CHART = Chart(
    EUR,
    "1100",
    "2300",
    "6900",
    "1900",
    frozenset({"1000", "1100", "2300"}),
    frozenset({"1000", "1100", "2300", "6000"}),
)
OCTOBER = date(2026, 10, 20)


def an_item(
    amount: int,
    open_: int | None = None,
    *,
    id_: int = 1,
    money: Currency = EUR,
    base: int | None = None,
    open_base: int | None = None,
    kind: DocumentKind = DocumentKind.INVOICE,
    customer: int = 5,
) -> ItemFacts:
    base = amount if base is None else base
    return ItemFacts(
        id_,
        kind,
        id_,
        f"INV-{id_}",
        "",
        customer,
        None,
        Money(amount, money),
        Money(base, EUR),
        Money(amount if open_ is None else open_, money),
        Money(base if open_base is None else open_base, EUR),
        date(2026, 10, 1),
        date(2026, 10, 31),
        False,
    )


def facts(*items: ItemFacts, line: int = 100, money: Currency = EUR, state: LineState = LineState.LISTED) -> Facts:
    return Facts(
        CHART,
        {item.id: item for item in items},
        {7: LineFacts(7, state, Money(line, money), OCTOBER, "1000", 1, 0)},
        {1: BankFacts(1, money, "1000")},
        {4: CashFacts(4, 5, Money(60, EUR), Money(60, EUR), False)},
        {9: AllocationFacts(9, 1, Money(100, EUR), Money(100, EUR), True)},
        closed={date(2026, 6, 1): date(2026, 7, 1)},
    )


def a_settlement(
    *parts: Part,
    amount: int = 100,
    money: Currency = EUR,
    on: date = OCTOBER,
    account_parts: tuple[AccountPart, ...] = (),
    origin: Origin = Origin.LINE,
    origin_id: int = 7,
) -> Settlement:
    return Settlement(origin, origin_id, Money(amount, money), on, parts, account_parts)


def eur(minor: int) -> Money:
    return Money(minor, EUR)


def codes(settlement: Settlement, held: Facts) -> list[str]:
    return [finding.code for finding in rules.findings(settlement, held)]


def test_a_sound_settlement_has_nothing_against_it() -> None:
    assert codes(a_settlement(Part(1, eur(100))), facts(an_item(100))) == []


@pytest.mark.parametrize(
    ("settlement", "held", "code"),
    [
        (a_settlement(Part(1, eur(101)), amount=200), facts(an_item(100), line=200), "exceeds_open"),
        (a_settlement(Part(1, eur(100))), facts(an_item(100), line=99), "changed_since_seen"),
        (a_settlement(Part(1, eur(150))), facts(an_item(150)), "exceeds_payment"),
        (a_settlement(Part(1, eur(0))), facts(an_item(100)), "amount_needed"),
        (a_settlement(Part(1, eur(-5))), facts(an_item(100)), "amount_needed"),
        (a_settlement(Part(2, eur(100))), facts(an_item(100)), "unknown_item"),
        (a_settlement(Part(1, eur(50)), Part(1, eur(50))), facts(an_item(100)), "item_named_twice"),
        (a_settlement(Part(1, Money(100, USD))), facts(an_item(100)), "currency_mix"),
        (a_settlement(Part(1, Money(100, USD))), facts(an_item(100, money=USD)), "currency_mix"),
        (a_settlement(Part(1, eur(100))), facts(an_item(100), state=LineState.POSTED), "line_was_posted"),
        (a_settlement(Part(1, eur(100))), facts(an_item(100), state=LineState.IGNORED), "unknown_origin"),
        (a_settlement(Part(1, eur(100)), on=date(2026, 6, 30)), facts(an_item(100)), "period_is_closed"),
        (a_settlement(), facts(an_item(100)), "customer_needed"),
        (a_settlement(account_parts=(AccountPart("1100", eur(100)),)), facts(), "account_is_kept"),
        (a_settlement(account_parts=(AccountPart("1000", eur(100)),)), facts(), "account_is_kept"),
        (a_settlement(account_parts=(AccountPart("7777", eur(100)),)), facts(), "unknown_account"),
        (a_settlement(origin_id=8), facts(), "unknown_origin"),
        (a_settlement(amount=-100), facts(an_item(100), line=-100), "exceeds_payment"),
        (
            a_settlement(Part(1, eur(-100), returns=9), amount=-100),
            replace(facts(an_item(100, 0), line=-100), allocations={}),
            "already_returned",
        ),
        (a_settlement(Part(1, eur(-99), returns=9), amount=-99), facts(an_item(100, 1), line=-99), "amount_differs"),
        (
            a_settlement(Part(1, eur(60)), origin=Origin.CASH, origin_id=4, amount=60),
            facts(an_item(100, customer=6)),
            "other_customer",
        ),
        (
            a_settlement(Part(1, eur(60)), origin=Origin.CASH, origin_id=4, amount=61),
            facts(an_item(100)),
            "changed_since_seen",
        ),
        (
            a_settlement(Part(1, eur(60)), origin=Origin.CREDIT, origin_id=1, amount=100),
            facts(an_item(100)),
            "unknown_origin",
        ),
        (
            a_settlement(Part(1, eur(1)), origin=Origin.HAND, origin_id=1, amount=0),
            facts(an_item(100)),
            "amount_needed",
        ),
    ],
)
def test_everything_that_stands_against_a_settlement_is_found(settlement: Settlement, held: Facts, code: str) -> None:
    assert code in codes(settlement, held)


def postings(settlement: Settlement, held: Facts, base: int) -> list[tuple[str, str, int]]:
    worked = rules.worked(settlement, held, eur(base))
    assert worked.entry is not None
    return [(side.account, str(side.amount), side.base.minor) for side in worked.entry.postings]


def test_a_payment_settles_two_invoices_less_a_bank_charge() -> None:
    given_ = a_settlement(Part(1, eur(60)), Part(2, eur(42)), account_parts=(AccountPart("6000", eur(-2)),))
    held = facts(an_item(60), an_item(42, id_=2))
    assert codes(given_, held) == []
    assert postings(given_, held, 100) == [
        ("1000", "1.00 EUR", 100),
        ("1100", "-0.60 EUR", -60),
        ("1100", "-0.42 EUR", -42),
        ("6000", "0.02 EUR", 2),
    ]


def test_a_payment_settles_an_invoice_net_of_a_credit_note() -> None:
    given_ = a_settlement(Part(1, eur(120)), Part(2, eur(20)))
    held = facts(an_item(120), an_item(20, id_=2, kind=DocumentKind.CREDIT_NOTE))
    assert codes(given_, held) == []
    assert postings(given_, held, 100) == [
        ("1000", "1.00 EUR", 100),
        ("1100", "-1.20 EUR", -120),
        ("1100", "0.20 EUR", 20),
    ]


def test_what_is_left_over_is_the_customers() -> None:
    given_ = a_settlement(Part(1, eur(95)))
    assert postings(given_, facts(an_item(95)), 100)[-1] == ("2300", "-0.05 EUR", -5)


def test_a_part_payment_realises_the_difference_of_its_share_only() -> None:
    """ORACLES N-51: 100 GBP at 2.0; 40 at 2.5: cash 100, receivable -80, realised 20; 60 at 3.0: 180, -120, 60."""
    first = a_settlement(Part(1, Money(4000, GBP)), amount=4000, money=GBP)
    held = facts(an_item(10000, money=GBP, base=20000), line=4000, money=GBP)
    assert postings(first, held, 10000) == [
        ("1000", "40.00 GBP", 10000),
        ("1100", "-40.00 GBP", -8000),
        ("6900", "0.00 GBP", -2000),
    ]
    second = a_settlement(Part(1, Money(6000, GBP)), amount=6000, money=GBP)
    held = facts(an_item(10000, 6000, money=GBP, base=20000, open_base=12000), line=6000, money=GBP)
    assert postings(second, held, 18000) == [
        ("1000", "60.00 GBP", 18000),
        ("1100", "-60.00 GBP", -12000),
        ("6900", "0.00 GBP", -6000),
    ]


def test_a_foreign_invoice_paid_in_base_currency_passes_the_clearing_account() -> None:
    """ORACLES section 5: 100 USD invoiced at 0.8 = 80 EUR; the bank receives 80 EUR, or 79 with a loss of 1."""
    given_ = a_settlement(Part(1, Money(10000, USD), eur(7900)), amount=7900)
    held = facts(an_item(10000, money=USD, base=8000), line=7900)
    assert codes(given_, held) == []
    assert postings(given_, held, 7900) == [
        ("1000", "79.00 EUR", 7900),
        ("1900", "-79.00 EUR", -7900),
        ("1900", "100.00 USD", 7900),
        ("1100", "-100.00 USD", -8000),
        ("6900", "0.00 EUR", 100),
    ]


@given(
    amount=st.integers(1, 10**9),
    base=st.integers(0, 10**9),
    cuts=st.lists(st.integers(1, 10**9), max_size=8),
)
def test_the_base_shares_of_parts_sum_to_the_whole(amount: int, base: int, cuts: list[int]) -> None:
    item = an_item(amount, money=GBP, base=base)
    total = 0
    for cut in [*cuts, amount]:
        part = Money(min(cut, item.open.minor), GBP)
        if not part:
            break
        share = rules.base_share(item, part)
        assert 0 <= share.minor <= item.open_base.minor
        total += share.minor
        item = replace(item, open=item.open - part, open_base=item.open_base - share)
    assert item.open or total == base


@given(
    amounts=st.lists(st.integers(1, 10**8), min_size=1, max_size=6),
    left=st.integers(0, 10**8),
    charge=st.integers(0, 10**4),
    rate=st.integers(1, 400),
)
def test_every_entry_balances_in_base_and_in_each_currency(
    amounts: list[int], left: int, charge: int, rate: int
) -> None:
    """An unbalanced JournalEntry cannot be built: building it is the test."""
    items = [an_item(minor, id_=place + 1, money=GBP, base=minor * 2) for place, minor in enumerate(amounts)]
    total = sum(amounts) + left - min(charge, sum(amounts) + left - 1)
    charges = sum(amounts) + left - total
    settlement = a_settlement(
        *(Part(item.id, item.open) for item in items),
        amount=total,
        money=GBP,
        account_parts=(AccountPart("6000", Money(-charges, GBP)),) if charges else (),
    )
    held = facts(*items, line=total, money=GBP)
    assert codes(settlement, held) == []
    worked = rules.worked(settlement, held, eur(total * rate // 100))
    assert worked.rest.minor == left
    assert [applied.base_minor for applied in worked.applied] == [minor * 2 for minor in amounts]
