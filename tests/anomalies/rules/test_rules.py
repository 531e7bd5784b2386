"""Each rule with what it finds, what it lets pass, and what it says would pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.facts import Buyer, DealFacts, MoneyFacts, Price, What
from counterfoil.anomalies.habit import MOST_RECENT, Habit, Learned, Recent, Sold, with_learned
from counterfoil.anomalies.inspecting import all_rules, inspect, inspect_money
from counterfoil.anomalies.rules.duplicate import is_slip
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.people.domain import Role
from counterfoil.policies.domain import ApprovalLimit, ApprovalMatrix, CreditProfile, Exposure
from counterfoil.receivables.domain.payers import PaidFrom
from counterfoil.words import sentence
from tests.anomalies.builders import TODAY, a_line, a_span, the_facts

LISTED = {"LIC-1": Price("LIC-1", "standard", False, "EUR", 100_000, 60_000)}
LONG = Habit(
    47,
    47,
    date(2021, 3, 1),
    date(2026, 11, 1),
    {"Net 30": 47},
    {"0": 47},
    {"LIC-1": Sold(47, "standard", 100_000, "EUR")},
    {"standard": 47},
    {"1": 40, "0": 7},
)
MATRIX = ApprovalMatrix(
    (ApprovalLimit(Role.SALES, "", "", 500_000, Decimal(10), Decimal(20), 45), ApprovalLimit(Role.CONTROLLER))
)


def other(reference: str, minor: int, days: int = 2, po_number: str = "") -> Recent:
    return Recent(reference, TODAY - timedelta(days), "EUR", minor, minor, po_number, "", reference)


def scored_at(score_micro: int, basis: str = "customer") -> Scored:
    return Scored("D-1", score_micro, "terms_change", (), basis, "all customers|EUR", 9)


CASES: list[tuple[str, DealFacts, list[str]]] = [
    ("approval_limits", the_facts(matrix=MATRIX), []),
    ("approval_limits", the_facts(a_line(discount_percent=Decimal(12)), matrix=MATRIX), ["discount_over_limit"]),
    ("approval_limits", the_facts(a_line(net_minor=85_000), matrix=MATRIX, prices=LISTED), ["discount_over_limit"]),
    ("approval_limits", the_facts(a_line(net_minor=600_000), matrix=MATRIX), ["amount_over_limit"]),
    ("approval_limits", the_facts(terms="Net 60", matrix=MATRIX), ["term_over_limit"]),
    (
        "approval_limits",
        the_facts(a_line(net_minor=70_000, discount_percent=Decimal(5)), matrix=MATRIX, prices=LISTED),
        ["discount_over_limit", "margin_under_limit"],
    ),
    ("split_under_limit", the_facts(a_line(net_minor=300_000), matrix=MATRIX), []),
    (
        "split_under_limit",
        the_facts(a_line(net_minor=300_000), matrix=MATRIX, nearby=(other("D-0", 250_000),)),
        ["split_under_limit"],
    ),
    ("split_under_limit", the_facts(a_line(net_minor=300_000), matrix=MATRIX, nearby=(other("D", 250_000, 31),)), []),
    ("credit_profile", the_facts(profile=CreditProfile(limit_minor=100_000)), []),
    (
        "credit_profile",
        the_facts(profile=CreditProfile(limit_minor=100_000), exposure=Exposure(1, 0)),
        ["credit_limit_exceeded"],
    ),
    ("credit_profile", the_facts(profile=CreditProfile(limit_minor=100_000), ahead_minor=1), ["credit_limit_exceeded"]),
    (
        "credit_profile",
        the_facts(terms="Net 60", profile=CreditProfile(max_term_days=45)),
        ["term_outside_credit_profile"],
    ),
    ("term_longer_than_agreed", the_facts(buyer=Buyer(7, "K", term=Term.parse("Net 30"))), []),
    (
        "term_longer_than_agreed",
        the_facts(terms="Net 90", buyer=Buyer(7, "K", term=Term.parse("Net 30"))),
        ["term_longer_than_agreed"],
    ),
    ("term_longer_than_agreed", the_facts(terms="Net 14", buyer=Buyer(7, "K", term=Term.parse("Net 30"))), []),
    ("term_against_habit", the_facts(terms="Net 90", habit=LONG), ["term_against_habit"]),
    ("term_against_habit", the_facts(habit=LONG), []),
    ("term_against_habit", the_facts(terms="Net 90", group=LONG), ["term_against_group"]),
    ("term_against_habit", the_facts(terms="Net 90", habit=replace(LONG, terms={"Net 30": 30, "Net 60": 17})), []),
    ("price_off_list", the_facts(prices=LISTED), []),
    ("price_off_list", the_facts(a_line(net_minor=70_000), prices=LISTED), ["price_off_list"]),
    ("price_off_list", the_facts(a_line(net_minor=70_000, discount_percent=Decimal(30)), prices=LISTED), []),
    ("unusual_product", the_facts(a_line(product_code="NEW"), habit=LONG), ["unusual_product"]),
    ("unusual_product", the_facts(a_line(tax_class="reduced"), habit=LONG), ["unusual_tax_class"]),
    ("unusual_product", the_facts(habit=LONG), []),
    (
        "duplicate",
        the_facts(it={"po_number": "PO-77"}, nearby=(other("D-9", 100_300, 20, "PO-77"),)),
        ["duplicate_order"],
    ),
    ("duplicate", the_facts(it={"po_number": "PO-177"}, nearby=(other("D-9", 100_000, 20, "PO-771"),)), []),
    (
        "duplicate",
        the_facts(it={"po_number": "PO-717"}, nearby=(other("D-9", 100_000, 20, "PO-771"),)),
        ["duplicate_typo"],
    ),
    ("duplicate", the_facts(nearby=(other("D-9", 100_000, 1),)), ["duplicate_amount"]),
    ("duplicate", the_facts(nearby=(other("D-9", 100_000, 30),)), []),
    ("slipped_decimals", the_facts(a_line(discount_percent=Decimal("0.05"))), ["discount_slipped"]),
    ("slipped_decimals", the_facts(a_line(net_minor=1_000_000), prices=LISTED), ["amount_slipped"]),
    ("slipped_decimals", the_facts(a_line(net_minor=1_000), prices=LISTED), ["amount_slipped"]),
    ("slipped_decimals", the_facts(a_line(net_minor=90_000, discount_percent=Decimal(10)), prices=LISTED), []),
    ("round_amount", the_facts(habit=LONG), ["round_amount"]),
    ("round_amount", the_facts(a_line(net_minor=100_040), habit=LONG), []),
    ("back_dated", the_facts(it={"close_date": TODAY - timedelta(60)}), ["back_dated"]),
    ("back_dated", the_facts(it={"close_date": TODAY - timedelta(10)}), []),
    ("back_dated", the_facts(a_line(service=a_span("2026-01-01", "2027-01-01"))), ["service_back_dated"]),
    ("estimate_as_final", the_facts(it={"name": "Rollout (estimate)"}), ["estimate_as_final"]),
    ("estimate_as_final", the_facts(it={"name": "Estate office"}), []),
    (
        "billing_against_product",
        the_facts(a_line(is_over_time=True), it={"billing_text": "one_time"}),
        ["billing_against_product"],
    ),
    ("billing_against_product", the_facts(a_line(is_over_time=True), it={"billing_text": "up_front"}), []),
    (
        "bank_details_changed",
        the_facts(
            payers=(
                PaidFrom("DE1", 5, date(2026, 1, 1), date(2026, 9, 1)),
                PaidFrom("DE2", 1, date(2026, 11, 1), date(2026, 11, 1)),
            )
        ),
        ["bank_details_changed"],
    ),
    ("bank_details_changed", the_facts(payers=(PaidFrom("DE1", 5, date(2026, 10, 1), date(2026, 11, 1)),)), []),
    ("learned_score", the_facts(scored=scored_at(490_000)), []),
    ("learned_score", the_facts(scored=scored_at(995_000)), ["unusual_score"]),
    ("learned_score", the_facts(scored=scored_at(600_000, basis="segment")), ["unusual_score_of_new"]),
]


@pytest.mark.parametrize(("name", "facts", "codes"), CASES)
def test_a_rule_finds_what_it_should(name: str, facts: DealFacts, codes: list[str]) -> None:
    rule = next(rule for rule in all_rules() if rule.name == name)
    found = rule.check(facts, rule.shipped)
    assert [one.code for one in found] == codes
    for one in found:
        assert {"stake", "stake_currency", "evidence"} <= one.facts.keys()
        said = sentence(one.code, one.facts)
        assert "–" not in said, said
        assert said.endswith((".", "?"))
        would: Any = one.facts.get("would_pass")
        if would:
            assert sentence(would["code"], would["facts"]).startswith("Would pass"), would


def test_an_instalment_is_looked_at_again_and_noted() -> None:
    rules = {rule.name: rule for rule in all_rules()}
    late = the_facts(
        it={"what": What.INSTALMENT},
        profile=CreditProfile(limit_minor=100_000, max_overdue_days=10),
        exposure=Exposure(open_minor=150_000, overdue_minor=50_000, overdue_days=40),
    )
    found = rules["credit_profile"].check(late, rules["credit_profile"].shipped)
    assert [one.code for one in found] == ["credit_limit_exceeded", "customer_pays_late"]
    part = the_facts(
        a_line(net_minor=300_000), matrix=MATRIX, nearby=(other("D-0", 250_000),), it={"what": What.INSTALMENT}
    )
    found += rules["split_under_limit"].check(part, rules["split_under_limit"].shipped)
    assert len(found) == 3
    assert all(one.facts["is_minor"] for one in found)
    held = inspect([late, part], parameters={name: {"holds_billing": True} for name in rules})
    assert [len(one.held) for one in held] == [2, 1]


DE1 = PaidFrom("DE1", 5, date(2026, 1, 1), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("account", "minor", "payers", "held", "noted"),
    [
        ("DE1", 100_00, (DE1,), [], []),
        ("DE2", 100_00, (DE1,), [], ["money_from_another_account"]),
        ("DE2", 100_00, (), [], []),
        ("", 100_00, (DE1,), [], []),
        ("DE1", -100_00, (DE1,), [], []),
        ("DE2", -100_00, (DE1,), ["money_to_another_account"], []),
        ("DE2", -100_00, (replace(DE1, times=1),), ["money_to_another_account"], []),
        ("DE2", -100_00, (), [], []),
        ("DE2", -100_00, (DE1, PaidFrom("DE2", 1, TODAY, TODAY)), ["money_to_another_account"], []),
        ("DE2", -100_00, (DE1, PaidFrom("DE2", 1, date(2026, 1, 1), TODAY)), [], []),
    ],
)
def test_money_to_another_account_waits_for_a_person(
    account: str, minor: int, payers: tuple[PaidFrom, ...], held: list[str], noted: list[str]
) -> None:
    facts = MoneyFacts("bank_line:1", "0" * 64, 7, "Kestrel", account, Money(minor, EUR), TODAY, payers)
    (found,) = inspect_money([facts], parameters={})
    assert ([one.code for one in found.held], [one.code for one in found.noted]) == (held, noted)
    for one in (*found.held, *found.noted):
        assert "–" not in sentence(one.code, one.facts)


def test_every_rule_has_a_case_that_it_finds() -> None:
    tested = {name for name, _, codes in CASES if codes}
    alone = {"customer_on_hold", "due_date_off_term", "service_too_long"}
    assert {rule.name for rule in all_rules()} == tested | alone


def test_a_change_of_term_says_how_firm_the_habit_was() -> None:
    rule = next(rule for rule in all_rules() if rule.name == "term_against_habit")
    (found,) = rule.check(the_facts(terms="Net 90", habit=LONG), rule.shipped)
    assert (found.facts["times"], found.facts["of"], found.facts["usual"]) == (47, 47, "Net 30")
    assert (found.facts["days"], found.facts["tenure_months"], found.facts["amount"]) == (60, 68, "1000.00")


@pytest.mark.parametrize(
    ("one", "another", "slip"),
    [
        ("PO-1234", "PO-1243", True),
        ("PO-1234", "PO-123", True),
        ("PO-1234", "PO-12345", True),
        ("PO-1234", "PO-1239", True),
        ("PO-1234", "PO-1234", False),
        ("PO-1234", "PO-4321", False),
        ("A1", "A2", False),
    ],
)
def test_a_slip_of_the_hand_is_one_sign(one: str, another: str, slip: bool) -> None:
    assert is_slip(one, another) is slip
    assert is_slip(another, one) is slip


def test_what_is_remembered_does_not_grow_with_the_history() -> None:
    def learned(number: int) -> Learned:
        recent = Recent(f"D-{number}", TODAY, "EUR", number, number)
        return Learned(
            1, True, TODAY, f"Net {number % 90}", (str(number % 97),), ((f"P-{number}", "s", 1, "EUR"),), recent
        )

    few = with_learned(Habit(), [learned(number) for number in range(1_000)], keeps_recent=True)
    many = with_learned(few, [learned(number) for number in range(20_000)], keeps_recent=True)
    assert len(many.recent) == MOST_RECENT
    assert len(str(many.to_json())) <= len(str(few.to_json())) * 1.2
    assert Habit.from_json(many.to_json()) == many
    assert many.invoices == 21_000
