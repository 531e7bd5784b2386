"""What makes an opportunity a deal, and everything that stands against it when it is none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crm.domain import (
    CustomerFacts,
    OpportunityFacts,
    ProductFacts,
    ProductKind,
    ProductStatus,
    Said,
    SaidLine,
    key_of,
)
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.policies.domain import DataStandard, RuleSetting
from counterfoil.standards import domain
from counterfoil.standards.domain import (
    RULES,
    Billing,
    Catalogue,
    Deal,
    Recognition,
    Requirement,
    RuleSpec,
    Standard,
    UncheckableSetting,
)

MICRO = 10**6
CLOSE = date(2026, 10, 15)
EVERY_RULE = tuple(RuleSpec(kind, {"tolerance_minor": 1}, "Because.") for kind in RULES)
STANDARD = Standard.of([("won", Requirement("name", "It stands on the contract."))], EVERY_RULE)


def a_product(
    code: str, kind: ProductKind, months: int | None = None, status: ProductStatus = ProductStatus.ACTIVE
) -> ProductFacts:
    return ProductFacts(len(code), code, f"The {code}", kind, "standard", None, "", status, months)


PRODUCTS = (
    a_product("SUB", ProductKind.SUBSCRIPTION, 12),
    a_product("SUB-M", ProductKind.SUBSCRIPTION, 1),
    a_product("SUB-?", ProductKind.SUBSCRIPTION),
    a_product("SVC", ProductKind.ONE_TIME_SERVICE),
    a_product("GTX Pro", ProductKind.GOOD),
    a_product("OLD", ProductKind.GOOD, status=ProductStatus.RETIRED),
)
CATALOGUE = Catalogue(
    {key_of(product.code): product for product in PRODUCTS},
    {7: CustomerFacts(7, "Kestrel", "DE", False, False), 8: CustomerFacts(8, "Dunmore", "IE", True, True)},
    ("Kestrel", "Dunmore Freight"),
)


def a_line(product: str = "SVC", amount: int | None = None, **said: Any) -> SaidLine:
    return SaidLine(
        **{
            "product_text": product,
            "description": "",
            "quantity_micro": MICRO,
            "unit_price_minor": None,
            "discount_percent": None,
            "amount_minor": amount,
            **said,
        }
    )


def an_opportunity(*lines: SaidLine, customer_id: int | None = 7, **said: Any) -> OpportunityFacts:
    """A won opportunity that passes, but for what is said otherwise."""
    return OpportunityFacts(
        1,
        2,
        customer_id,
        "rep@example.test",
        Said(
            **{
                "system": "hand",
                "external_id": "D-1",
                "name": "Kestrel rollout",
                "customer_text": "Kestrel",
                "amount_minor": 120_000,
                "currency": "EUR",
                "amount_state": "signed",
                "stage": "won",
                "close_date": CLOSE,
                "terms_text": "NET30",
                "billing_text": "up_front",
                "po_number": "",
                "service_start": None,
                "service_end": None,
                "delivered_on": None,
                "cancellable_until": None,
                "lines": lines or (a_line(),),
                **said,
            }
        ),
        "hash",
    )


def deal_of(facts: OpportunityFacts) -> Deal:
    result = domain.validate(facts, CATALOGUE, STANDARD)
    assert isinstance(result, Deal), result
    return result


def findings_of(facts: OpportunityFacts, standard: Standard = STANDARD) -> tuple[Finding, ...]:
    result = domain.validate(facts, CATALOGUE, standard)
    assert not isinstance(result, Deal)
    return result


def codes_of(facts: OpportunityFacts) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.field) for finding in findings_of(facts)]


def test_an_opportunity_that_lacks_nothing_is_a_deal() -> None:
    deal = deal_of(an_opportunity())
    assert (deal.total, deal.term.text, deal.billing) == (Money(120_000, EUR), "Net 30", Billing.UP_FRONT)
    assert (deal.reference, deal.customer_id, deal.customer_country) == ("D-1", 7, "DE")
    (line,) = deal.lines
    assert (line.net, line.unit_price, line.recognition) == (deal.total, deal.total, Recognition.POINT_IN_TIME)
    assert (line.description, line.service, line.delivered_on) == ("The SVC", None, None)


def test_every_missing_field_is_listed_with_why_finance_needs_it() -> None:
    bare = an_opportunity(
        a_line(""), customer_id=None, customer_text="", amount_minor=None, currency="", close_date=None,
        terms_text="", billing_text="", name="",
    )  # fmt: skip
    findings = findings_of(bare)
    fields = {finding.field for finding in findings if finding.code == "missing_field"}
    assert fields == {"name", "customer", "amount", "currency", "close_date", "product", "terms", "billing_type"}
    assert all(finding.facts["why"] for finding in findings)


def test_nobody_can_take_the_core_off_the_list() -> None:
    lax = Standard.of([], [])
    assert {finding.field for finding in findings_of(an_opportunity(terms_text=""), lax)} == {"terms"}


def test_a_field_is_not_asked_of_a_system_that_is_excepted() -> None:
    wanted = [("won", Requirement("po_number", "They ask for it.", frozenset({"maven-crm"})))]
    standard = Standard.of(wanted, [])
    assert [found.field for found in findings_of(an_opportunity(), standard)] == ["po_number"]
    assert isinstance(domain.validate(an_opportunity(system="maven-crm"), CATALOGUE, standard), Deal)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (an_opportunity(amount_state="quoted"), ("amount_not_signed", "amount")),
        (an_opportunity(amount_minor=0), ("amount_not_positive", "amount")),
        (an_opportunity(amount_minor=-1), ("amount_not_positive", "amount")),
        (an_opportunity(currency="XXX"), ("unknown_currency", "currency")),
        (an_opportunity(terms_text="whenever"), ("unknown_term", "terms")),
        (an_opportunity(billing_text="now and then"), ("unknown_billing", "billing_type")),
        (an_opportunity(billing_text="recurring"), ("nothing_recurs", "billing_type")),
        (an_opportunity(a_line("GTXPro")), ("unknown_product", "product")),
        (an_opportunity(a_line("OLD")), ("product_retired", "product")),
        (an_opportunity(a_line(quantity_micro=0)), ("quantity_not_positive", "quantity")),
        (an_opportunity(a_line(discount_percent=Decimal(101))), ("discount_out_of_range", "discount")),
        (an_opportunity(a_line("SUB-?")), ("missing_service_end", "service_end")),
        (an_opportunity(a_line("SUB"), service_end=CLOSE), ("service_ends_before_it_starts", "service_end")),
        (an_opportunity(a_line("SUB"), service_end=date(2037, 1, 1)), ("service_too_long", "service_end")),
        (an_opportunity(a_line(amount=100), a_line(amount=200)), ("lines_do_not_sum", "amount")),
        (an_opportunity(a_line(amount=120_000), a_line()), ("line_without_amount", "amount")),
        (an_opportunity(a_line(amount=120_000, unit_price_minor=100)), ("line_amount_differs", "amount")),
        (an_opportunity(a_line(unit_price_minor=-5, amount=120_000)), ("price_negative", "unit_price")),
        (an_opportunity(customer_id=None), ("unknown_customer", "customer")),
    ],
)
def test_what_means_nothing_to_finance_is_named(facts: OpportunityFacts, expected: tuple[str, str]) -> None:
    assert expected in codes_of(facts)


def test_a_customer_that_is_blocked_or_wants_an_order_number_is_named() -> None:
    assert codes_of(an_opportunity(customer_id=8)) == [
        ("po_number_required", "po_number"),
        ("customer_blocked", "customer"),
    ]
    assert codes_of(an_opportunity(customer_id=8, po_number="PO-1")) == [("customer_blocked", "customer")]


def test_a_product_or_customer_is_suggested_and_never_taken() -> None:
    (finding,) = findings_of(an_opportunity(a_line("GTXPro")))
    assert finding.facts == {"text": "GTXPro", "did_you_mean": "GTX Pro", "line": 1}
    (finding,) = findings_of(an_opportunity(customer_id=None, customer_text="Dunmore Frieght"))
    assert finding.facts == {"text": "Dunmore Frieght", "did_you_mean": "Dunmore Freight"}
    (finding,) = findings_of(an_opportunity(a_line("Lawn mower")))
    assert finding.facts["did_you_mean"] is None


def test_a_name_of_several_customers_is_ambiguous() -> None:
    catalogue = Catalogue(CATALOGUE.products, {}, (), {key_of("Acme")})
    facts = an_opportunity(customer_id=None, customer_text="ACME")
    (finding,) = domain.findings_of(facts, catalogue, STANDARD)
    assert (finding.code, finding.facts) == ("ambiguous_customer", {"text": "ACME"})


def test_the_product_decides_recognition_whatever_the_words_say() -> None:
    facts = an_opportunity(a_line("SVC", description="Annual subscription renewal"))
    assert deal_of(facts).lines[0].recognition is Recognition.POINT_IN_TIME
    (line,) = deal_of(an_opportunity(a_line("sub "), name="One-time setup")).lines
    assert (line.recognition, line.service) == (Recognition.OVER_TIME, Span(CLOSE, date(2027, 10, 15)))


def test_a_stated_service_span_comes_before_the_products_months() -> None:
    facts = an_opportunity(a_line("SUB"), service_start=date(2026, 11, 1), service_end=date(2027, 2, 1))
    assert deal_of(facts).lines[0].service == Span(date(2026, 11, 1), date(2027, 2, 1))


@pytest.mark.parametrize(
    ("product", "words", "billing"),
    [
        ("SUB", "recurring", Billing.YEARLY),
        ("SUB-M", "Recurring ", Billing.MONTHLY),
        ("SUB", "one_time", Billing.UP_FRONT),
        ("SVC", "monthly", Billing.MONTHLY),
        ("SVC", "Quarterly", Billing.QUARTERLY),
    ],
)
def test_billing_is_read_from_the_words_and_recurring_from_the_product(
    product: str, words: str, billing: Billing
) -> None:
    assert deal_of(an_opportunity(a_line(product), billing_text=words)).billing is billing


def test_a_price_and_a_discount_are_kept_as_stated() -> None:
    line = a_line(unit_price_minor=40_000, quantity_micro=3 * MICRO, discount_percent=Decimal(10), amount=108_000)
    (sold,) = deal_of(an_opportunity(line, amount_minor=108_000)).lines
    assert (sold.unit_price, sold.discount_percent, sold.net) == (Money(40_000, EUR), Decimal(10), Money(108_000, EUR))


def test_an_amount_after_discount_is_divided_by_its_quantity() -> None:
    line = a_line(quantity_micro=4 * MICRO, discount_percent=Decimal(5))
    (sold,) = deal_of(an_opportunity(line)).lines
    assert (sold.unit_price, sold.quantity_micro, sold.discount_percent) == (Money(30_000, EUR), 4 * MICRO, Decimal(0))


def test_an_amount_that_no_price_gives_is_sold_as_one() -> None:
    (sold,) = deal_of(an_opportunity(a_line(quantity_micro=7 * MICRO))).lines
    assert (sold.unit_price, sold.quantity_micro) == (Money(120_000, EUR), MICRO)
    assert sold.description == "7 × The SVC"


def test_earlier_stages_are_held_only_to_their_own_fields() -> None:
    standard = Standard.of([("proposal", Requirement("currency", "An amount needs one."))], EVERY_RULE)
    dirty = an_opportunity(a_line("GTXPro"), stage="proposal", currency="", amount_minor=-5)
    assert [found.field for found in domain.findings_of(dirty, CATALOGUE, standard)] == ["currency"]
    assert domain.findings_of(dirty._replace(said=dirty.said._replace(stage="lost")), CATALOGUE, standard) == ()
    with pytest.raises(ValueError, match="won"):
        domain.validate(dirty, CATALOGUE, standard)


def test_a_standard_names_its_version_by_what_it_says() -> None:
    """The words too: a refusal keeps why finance needs a field, and is made again from the version."""
    reworded = Standard.of([("won", Requirement("name", "Other words."))], EVERY_RULE)
    stricter = Standard.of([("won", Requirement("owner", "Somebody sold it."))], EVERY_RULE)
    again = Standard.of([("won", Requirement("name", "It stands on the contract."))], EVERY_RULE)
    assert STANDARD.version == again.version
    assert len({STANDARD.version, reworded.version, stricter.version}) == 3
    assert STANDARD.version.startswith("standards-")


def test_a_standard_that_nobody_can_check_is_refused() -> None:
    with pytest.raises(UncheckableSetting, match="colour"):
        Standard.of([("won", Requirement("colour", ""))], [])
    with pytest.raises(UncheckableSetting, match="vibes"):
        Standard.of([], [RuleSpec("vibes", {}, "")])
    with pytest.raises(UncheckableSetting, match="closing"):
        Standard.of([("closing", Requirement("name", ""))], [])
    content = DataStandard((), (RuleSetting("amount_is_signed", "Because.", {"tolerance_minor": 1}),))
    with pytest.raises(UncheckableSetting, match="tolerance_minor"):
        domain.insist_checkable(content)


@given(
    amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=5),
    quantities=st.lists(st.integers(1, 10**9), min_size=5, max_size=5),
)
def test_lines_of_a_deal_always_sum_to_its_amount(amounts: list[int], quantities: list[int]) -> None:
    lines = [a_line(amount=amount, quantity_micro=micro) for amount, micro in zip(amounts, quantities, strict=False)]
    deal = deal_of(an_opportunity(*lines, amount_minor=sum(amounts)))
    assert deal.total.minor == sum(amounts)
    for line in deal.lines:
        assert line.unit_price.minor * line.quantity_micro == line.net.minor * MICRO
