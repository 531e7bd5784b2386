"""What a fix sets: the shortest term that would pass, and no line above the discount that would."""

from __future__ import annotations

from decimal import Decimal

import pytest

from counterfoil.crm.domain import LineDraft
from counterfoil.flows.review import NothingToFix
from counterfoil.flows.review.deals import discounted, suggested
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.web.pages.terms import nearest_of
from tests.builders import eur


def found(field: str, facts: dict[str, Fact], **about: Fact) -> Finding:
    return Finding("anomalies", f"some_{field}", {**about, "would_pass": {"code": "pass_it", "facts": facts}}, field)


TERMS = [found("terms", {"limit_days": 60}), found("terms", {"terms": "Net 30"}), found("terms", {"terms": "Net 45"})]


def test_of_several_terms_the_shortest_is_suggested_whatever_their_order() -> None:
    assert suggested(TERMS) == suggested(TERMS[::-1]) == {"terms": "Net 30"}


def test_an_amount_after_discount_follows_the_discount() -> None:
    line = LineDraft("HEAT-15", quantity_micro=48_000_000, discount_percent=Decimal(28), amount=eur(905_472))
    mended = discounted(line, Decimal(15))
    assert (mended.discount_percent, mended.amount) == (Decimal(15), eur(1_068_960))


def test_a_price_says_the_amount_anew_and_a_line_below_the_limit_is_left_alone() -> None:
    line = LineDraft("SVC", unit_price=eur(100_000), discount_percent=Decimal(27), amount=eur(73_000))
    assert discounted(line, Decimal(15)).amount is None
    assert discounted(line, Decimal(30)) is line


def test_what_was_given_away_in_full_has_no_price_to_return_to() -> None:
    with pytest.raises(NothingToFix):
        discounted(LineDraft("SVC", discount_percent=Decimal(100), amount=eur(0)), Decimal(15))


def test_the_preview_offers_what_would_pass_field_by_field() -> None:
    limits = [found("discount", {"limit_percent": "15"}, line=2), found("discount", {"limit_percent": "9.5"}, line=2)]
    offered = [(one.field_id, one.value, one.url) for one in nearest_of([*TERMS, *limits], "/deals/D-1/preview")]
    assert offered == [
        ("f-terms", "Net 30", "/deals/D-1/preview?terms=Net+30"),
        ("f-discount-2", "9.5", "/deals/D-1/preview?discount-2=9.5"),
    ]
