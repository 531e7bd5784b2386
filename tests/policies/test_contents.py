"""What each kind may hold: strict JSON both ways, shipped defaults that stay, limits that bite."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Role
from counterfoil.policies import domain, selectors
from counterfoil.policies.domain import (
    QUALITY_FLOOR_MICRO,
    SHIPPED,
    Allowance,
    AlwaysAllow,
    ApprovalFacts,
    ApprovalLimit,
    ApprovalLine,
    ApprovalMatrix,
    CreditProfile,
    CreditProfiles,
    Exposure,
    Kind,
    RiskClass,
    credit_findings,
)

REP = ApprovalLimit(Role.SALES, "", "", 5_000_000, Decimal(10), Decimal(20), 30)
HARDWARE = ApprovalLimit(Role.SALES, "HW", "", None, Decimal(5))
PUBLIC = ApprovalLimit(Role.SALES, "", "public", 9_000_000, Decimal(10), None, 60)
HEAD = ApprovalLimit(Role.SALES_OPS, "", "", 50_000_000, Decimal(25), None, 90)
MATRIX = ApprovalMatrix((REP, HARDWARE, PUBLIC, HEAD, ApprovalLimit(Role.CONTROLLER)))


def facts(
    amount: int = 1_000_000, discount: str = "0", term: int = 30, product: str = "SVC", **more: Any
) -> ApprovalFacts:
    line = ApprovalLine(product, Decimal(discount), more.pop("margin", None))
    return ApprovalFacts(amount, term, more.pop("segment", ""), (line,))


def codes(role: Role, asked: ApprovalFacts) -> list[str]:
    return [finding.code for finding in MATRIX.breaches(role, asked)]


def test_every_kind_has_a_default_that_survives_json() -> None:
    assert set(SHIPPED) == set(Kind)
    for kind, content in SHIPPED.items():
        written = canonical.canonical_bytes(content.to_json())
        assert selectors.content_from(kind, written) == content
        assert domain.content_hash(domain.read_content(kind, json.loads(written))) == domain.content_hash(content)


def test_what_is_shipped_never_changes_because_decisions_name_it() -> None:
    assert {kind.value: domain.content_hash(content)[:12] for kind, content in SHIPPED.items()} == {
        "data_standard": "e208ea4cfd79",
        "approval_matrix": "044127742545",
        "credit_profiles": "f8a7a17cc53c",
        "anomalies": "e9e33375ea2f",
        "autonomy": "1d2187e2f5dd",
        "review": "61cc82994a5c",
        "retention": "7bcf164b2a4e",
        "four_eyes": "5b8f101a1e6e",
        "always_allow": "a2486a406916",
        "data_quality": "9db3330a07f2",
        "sampling": "f8d64fe44eeb",
    }


def test_a_matrix_and_its_json_are_the_same() -> None:
    profiles = CreditProfiles(CreditProfile(), {"K-1": CreditProfile(100_000, RiskClass.D, 14, 10)})
    allowed = AlwaysAllow((Allowance("close_deal", "odd_term", date(2027, 1, 31), 500_000),))
    for kind, content in (
        (Kind.APPROVAL_MATRIX, MATRIX),
        (Kind.CREDIT_PROFILES, profiles),
        (Kind.ALWAYS_ALLOW, allowed),
    ):
        assert selectors.content_from(kind, canonical.canonical_bytes(content.to_json())) == content


LIMIT = '{"limits": [{"role": "sales", %s}]}'
ALLOWANCE = '{"allowances": [{"kind": "%s", "code": "x", "expires_on": "%s"%s}]}'
UNREADABLE = [
    ("review", '{"sla": 4}', "unknown_setting", "sla"),
    ("review", '{"default_sla_hours": "4"}', "wrong_setting", "default_sla_hours"),
    ("review", '{"default_sla_hours": true}', "wrong_setting", "default_sla_hours"),
    ("review", '{"default_sla_hours": 0}', "setting_out_of_range", "default_sla_hours"),
    ("review", '{"sla_hours": {"": 4}}', "wrong_setting", "sla_hours"),
    ("review", "[]", "wrong_setting", ""),
    ("data_standard", '{"required": []}', "missing_setting", "rules"),
    ("data_standard", '{"required": [{"stage": "won"}], "rules": []}', "missing_setting", "required.0.field"),
    ("approval_matrix", '{"limits": [{"role": "king"}]}', "wrong_setting", "limits.0.role"),
    ("approval_matrix", '{"limits": [{"role": "sales"}, {"role": "sales"}]}', "setting_twice", "limits.1"),
    (
        "approval_matrix",
        LIMIT % '"max_discount_percent": "101"',
        "setting_out_of_range",
        "limits.0.max_discount_percent",
    ),
    ("approval_matrix", LIMIT % '"max_discount_percent": "NaN"', "wrong_setting", "limits.0.max_discount_percent"),
    ("approval_matrix", LIMIT % '"max_amount_minor": 1.5', "wrong_setting", "limits.0.max_amount_minor"),
    ("credit_profiles", '{"default": {"risk_class": "E"}}', "wrong_setting", "default.risk_class"),
    ("always_allow", ALLOWANCE % ("bill", "2027-02-30", ""), "wrong_setting", "allowances.0.expires_on"),
    ("always_allow", ALLOWANCE % ("bill", "2027-02-28", ""), "missing_setting", "allowances.0.max_amount_minor"),
    (
        "always_allow",
        ALLOWANCE % ("bill", "2027-02-28", ', "max_amount_minor": 0'),
        "setting_out_of_range",
        "allowances.0.max_amount_minor",
    ),
    (
        "always_allow",
        ALLOWANCE % ("", "2027-02-28", ', "max_amount_minor": 1'),
        "allowance_without_scope",
        "allowances.0",
    ),
    ("four_eyes", '{"solo": true, "solo": false}', "malformed", ""),
]


@pytest.mark.parametrize(("kind", "text", "code", "field"), UNREADABLE)
def test_what_cannot_be_meant_is_refused_with_its_path(kind: str, text: str, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        selectors.content_from(Kind(kind), text.encode())
    assert (refused.value.code, refused.value.field or "") == (code, field)


def test_no_configuration_goes_below_the_floor_of_the_data() -> None:
    text = json.dumps({"default": {"min_quality_micro": QUALITY_FLOOR_MICRO - 1}})
    with pytest.raises(Refused, match="setting_out_of_range"):
        selectors.content_from(Kind.AUTONOMY, text.encode())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from(["limits", "role", "default", "rules", "x"]), part, max_size=3)
    ),
    max_leaves=8,
)


def read_or_refused(kind: Kind, value: object) -> domain.Settings | Refused:
    try:
        return domain.read_content(kind, value)
    except Refused as refused:
        return refused


@given(ANYTHING, st.sampled_from(Kind))
def test_whatever_json_is_given_it_is_read_or_refused(value: object, kind: Kind) -> None:
    found = read_or_refused(kind, value)
    if isinstance(found, domain.Settings):
        assert domain.read_content(kind, found.to_json()) == found


def test_without_limits_nothing_needs_an_approval() -> None:
    assert ApprovalMatrix().breaches(Role.SALES, facts(10**12, "100", 999)) == ()


def test_each_limit_is_named_and_the_most_exact_one_holds() -> None:
    assert codes(Role.SALES, facts()) == []
    assert codes(Role.SALES, facts(5_000_001, "10.01", 31, margin=Decimal("19.9"))) == [
        "amount_over_limit",
        "term_over_limit",
        "discount_over_limit",
        "margin_under_limit",
    ]
    assert codes(Role.SALES, facts(discount="6", product="HW")) == ["discount_over_limit"]
    assert codes(Role.SALES, facts(amount=8_000_000, term=60, segment="public")) == []
    assert codes(Role.ACCOUNTANT, facts()) == ["no_limit_for_role"]


def test_the_roles_that_may_approve_are_those_whose_limits_are_kept() -> None:
    assert MATRIX.roles_that_may(facts()) == (Role.SALES, Role.SALES_OPS, Role.CONTROLLER)
    assert MATRIX.roles_that_may(facts(discount="20")) == (Role.SALES_OPS, Role.CONTROLLER)
    assert MATRIX.roles_that_may(facts(discount="20", term=120)) == (Role.CONTROLLER,)


def test_a_customer_is_trusted_as_far_as_its_profile_goes() -> None:
    profile = CreditProfile(1_000_000, RiskClass.C, 30, 14)
    exposure = Exposure(600_000, 300_000, 200_000, 20)
    assert credit_findings(CreditProfile(), exposure, added_minor=10**12, term_days=999) == ()
    assert [f.code for f in credit_findings(profile, exposure, added_minor=100_000, term_days=30)] == [
        "customer_pays_late"
    ]
    found = credit_findings(profile, exposure, added_minor=100_001, term_days=31)
    assert [f.code for f in found] == ["credit_limit_exceeded", "term_outside_credit_profile", "customer_pays_late"]
    assert found[0].facts["over_minor"] == 1


def test_an_allowance_covers_its_finding_up_to_its_amount_until_its_day() -> None:
    one = Allowance("close_deal", "odd_term", date(2027, 1, 31), 500_000, "Kestrel")
    allowed = AlwaysAllow((one,))

    def covers(code: str = "odd_term", customer: str = "Kestrel", amount: int = 500_000, day: int = 31) -> bool:
        on = date(2027, 1, day) if day < 32 else date(2027, 2, 1)
        return allowed.allowance_for("close_deal", code, customer=customer, amount_minor=amount, on=on) is not None

    assert covers()
    assert not covers(code="odd_sum")
    assert not covers(customer="Dunmore")
    assert not covers(amount=500_001)
    assert not covers(day=32)


def test_a_diff_names_rows_by_what_they_are_about() -> None:
    after = ApprovalMatrix((HARDWARE, ApprovalLimit(Role.SALES, "", "", 4_000_000, Decimal(10), Decimal(20), 30)))
    before = ApprovalMatrix((REP, HARDWARE))
    assert [(c.path, c.before, c.after) for c in domain.changes(before, after)] == [
        (("limits", "sales", "max_amount_minor"), "5000000", "4000000")
    ]
    gone = domain.changes(before, ApprovalMatrix((HARDWARE,)))
    assert all(change.after is None for change in gone)
    assert ("limits", "sales", "max_discount_percent") in [change.path for change in gone]
