"""What an opportunity's version hash covers, and that it is the canonical one."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crm import domain
from counterfoil.crm.domain import Said, SaidLine, Stage, key_of
from counterfoil.kernel import canonical

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
days = st.none() | st.dates(date(1990, 1, 1), date(2199, 12, 31))
minors = st.none() | st.integers(-(10**15), 10**15)
lines = st.builds(
    SaidLine,
    product_text=texts,
    description=texts,
    quantity_micro=minors,
    unit_price_minor=minors,
    discount_percent=st.none() | st.decimals(0, 100, places=6),
    amount_minor=minors,
)
opportunities = st.builds(
    Said,
    system=st.sampled_from(["hand", "maven-crm"]),
    external_id=texts,
    name=texts,
    customer_text=texts,
    amount_minor=minors,
    currency=st.sampled_from(["", "EUR", "KWD"]),
    amount_state=st.sampled_from([state.value for state in domain.AmountState]),
    stage=st.sampled_from([stage.value for stage in Stage]),
    close_date=days,
    terms_text=texts,
    billing_text=texts,
    po_number=texts,
    service_start=days,
    service_end=days,
    delivered_on=days,
    cancellable_until=days,
    lines=st.lists(lines, max_size=3).map(tuple),
)


@given(opportunities, opportunities)
def test_opportunities_have_one_hash_only_when_they_say_the_same(one: Said, other: Said) -> None:
    is_same = domain.content(one) == domain.content(other)
    assert (domain.version_hash(one) == domain.version_hash(other)) == is_same


@given(opportunities, st.sampled_from(Said._fields[:-1]), opportunities)
def test_every_field_is_part_of_the_version(said: Said, name: str, other: Said) -> None:
    changed = said._replace(**{name: getattr(other, name)})
    is_same = domain.content(said) == domain.content(changed)
    assert (domain.version_hash(said) == domain.version_hash(changed)) == is_same


@given(opportunities)
def test_a_snapshot_gives_back_what_was_said(said: Said) -> None:
    snapshot = json.loads(canonical.canonical_bytes(domain.content(said)))
    assert domain.version_hash(domain.said_of(snapshot)) == domain.version_hash(said)


def test_zeros_behind_the_point_are_no_new_version() -> None:
    line = SaidLine("SUB", "", 1, None, Decimal(5), 100)
    assert domain._line_text(line) == domain._line_text(line._replace(discount_percent=Decimal("5.000000")))


def test_differences_name_both_values() -> None:
    assert domain.differences({"amount": 100, "name": "A"}, {"amount": 200, "name": "A"}) == {"amount": (100, 200)}


def test_codes_are_compared_without_case_and_outer_blanks_and_never_closer() -> None:
    assert key_of(" gtx  Pro\xa0") == key_of("GTX Pro")
    assert key_of("GTXPro") != key_of("GTX Pro")
