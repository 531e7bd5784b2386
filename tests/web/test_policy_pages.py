"""Policies and data quality as pages: proposed by a form, simulated, signed by two, looked at each week."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from counterfoil.crm import services as crm
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.policies import domain, selectors
from counterfoil.policies.domain import (
    SHIPPED,
    Allowance,
    AlwaysAllow,
    AnomalyPolicy,
    ApprovalLimit,
    ApprovalMatrix,
    AutonomyPolicy,
    CreditProfile,
    CreditProfiles,
    DataStandard,
    Kind,
    PromotionCriteria,
    QualityPolicy,
    RetentionPolicy,
    ReviewPolicy,
    RiskClass,
    Settings,
)
from counterfoil.web.forms import Form
from counterfoil.web.pages import policy_form
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.policies.people import somebody
from tests.policies.test_contents import MATRIX

STANDARD = SHIPPED[Kind.DATA_STANDARD]
CONTENTS: list[tuple[Kind, Settings]] = [
    *SHIPPED.items(),
    (Kind.APPROVAL_MATRIX, MATRIX),
    (Kind.CREDIT_PROFILES, CreditProfiles(CreditProfile(5), {"K-1": CreditProfile(123_450, RiskClass.D, 14, 10)})),
    (Kind.ALWAYS_ALLOW, AlwaysAllow((Allowance("bill", "odd_sum", NOW.date(), 50_000, "Kestrel"),))),
    (Kind.REVIEW, ReviewPolicy(24, {"match": 8}, 12_345, {"match": 100_000})),
    (Kind.AUTONOMY, AutonomyPolicy(PromotionCriteria(), {"close_deal": PromotionCriteria(300)})),
    (Kind.ANOMALIES, AnomalyPolicy(970_000, {"round_sum": {"least": 4, "is_on": True, "of": "deals"}}, ("gaps",))),
    (Kind.RETENTION, RetentionPolicy(10, {"invoice": 10, "note": 2})),
    (Kind.DATA_QUALITY, QualityPolicy(teams={"ann@x.example": "North"})),
]


@pytest.mark.parametrize(("kind", "content"), CONTENTS)
def test_a_form_that_is_sent_back_untouched_says_the_same(kind: Kind, content: Settings) -> None:
    parts = policy_form.sections(content, Form({}), EUR)
    fields = [field for part in parts for field in (*part.fields, *[cell for row in part.rows for cell in row])]
    typed = policy_form.compact({field.name: field.value for field in fields}, content)
    assert domain.read_content(kind, policy_form.content_json(SHIPPED[kind], typed, EUR)) == content


def test_money_and_shares_are_typed_in_their_own_units() -> None:
    typed = {"limits.4.role": "sales", "limits.4.max_amount_minor": "1,200.50", "limits.9.role": "controller"}
    compact = policy_form.compact(typed, ApprovalMatrix())
    said = policy_form.content_json(ApprovalMatrix(), compact, EUR)
    read = domain.read_content(Kind.APPROVAL_MATRIX, said)
    assert read == ApprovalMatrix((ApprovalLimit(Role.SALES, max_amount_minor=120_050), ApprovalLimit(Role.CONTROLLER)))
    shares = policy_form.content_json(ReviewPolicy(), {"default_sample_micro": "2.5", "default_sla_hours": "8"}, EUR)
    assert domain.read_content(Kind.REVIEW, shares) == ReviewPolicy(8, {}, 25_000, {})


# ------------------------------------------------------------------------------------ with a database


def signed_in(company: Company, role: Role, name: str) -> Client:
    somebody(company.books, role, name)
    client = Client()
    user = people.user_by_email(f"{name}@tidewater.example")
    assert user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sells(company: Company, discount: str) -> None:
    draft = a_won_deal(company)
    line = replace(draft.lines[0], discount_percent=Decimal(discount), unit_price=None)
    draft = replace(draft, lines=(line,))
    said = crm.said_by_hand(draft, external_id="")
    crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)


@pytest.mark.database
def test_a_limit_is_tried_proposed_and_signed_on_the_pages() -> None:
    company = a_company()
    ann, ben = signed_in(company, Role.SALES_OPS, "ann"), signed_in(company, Role.CONTROLLER, "ben")
    sells(company, "0")
    shown = ann.get("/policies/approval_matrix/change")
    assert shown.status_code == 200
    typed = {
        "limits.1.role": "sales",
        "limits.1.max_amount_minor": "1000.00",
        "reason": "Agreed in October.",
        "owner": "ann@tidewater.example",
        "review_date": "2099-01-01",
    }
    tried = ann.post("/policies/approval_matrix/change", {**typed, "act": "simulate"})
    assert "It would have stopped 1 deal, €1,200.00" in tried.content.decode()
    assert selectors.history(Kind.APPROVAL_MATRIX, company.books.id) == []
    wrong = ann.post("/policies/approval_matrix/change", {**typed, "limits.1.max_discount_percent": "120"})
    assert (wrong.status_code, "120 is out of range" in wrong.content.decode()) == (422, True)
    made = ann.post("/policies/approval_matrix/change", typed)
    assert (made.status_code, made["Location"]) == (302, "/policies/versions/approval_matrix-1")
    page = ann.get(made["Location"]).content.decode()
    assert "Sign for sales" in page
    assert "Sign for finance" not in page
    hash_ = re.search('name="content_hash" value="([0-9a-f]{64})"', page)
    assert hash_
    sign = "/policies/versions/approval_matrix-1/sign"
    assert ann.post(sign, {"side": "finance", "content_hash": hash_[1]}).status_code == 409
    assert ann.post(sign, {"side": "sales", "content_hash": hash_[1]}).status_code == 302
    assert ben.post(sign, {"side": "finance", "content_hash": "0" * 64}).status_code == 409
    assert ben.post(sign, {"side": "finance", "content_hash": hash_[1]}).status_code == 302
    assert selectors.active(Kind.APPROVAL_MATRIX, company.books.id).number == 1
    listed = ben.get("/policies").content.decode()
    assert "approval_matrix-1" in listed
    assert "ann@tidewater.example, ben@tidewater.example" in listed
    kept = ben.get("/policies/approval_matrix").content.decode()
    assert "Agreed in October." in kept
    assert "€1,000.00" in kept
    assert ben.get("/policies/versions/approval_matrix-1").status_code == 200
    again = ben.post("/policies/versions/approval_matrix-1/review", {"until": "2099-06-01"})
    assert again.status_code == 302
    assert ben.get("/policies/versions/approval_matrix-9").status_code == 409


@pytest.mark.database
@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_every_kind_has_its_pages(kind: str) -> None:
    company = a_company()
    ann, rep = signed_in(company, Role.ADMIN, "ann"), signed_in(company, Role.SALES, "rep")
    for address in (f"/policies/{kind}", f"/policies/{kind}/change"):
        assert ann.get(address).status_code == 200
    assert rep.get(f"/policies/{kind}").status_code == 200
    assert rep.get(f"/policies/{kind}/change").status_code == 403


@pytest.mark.database
def test_a_standard_is_changed_as_json_and_withdrawn() -> None:
    company = a_company()
    ann = signed_in(company, Role.SALES_OPS, "ann")
    assert isinstance(STANDARD, DataStandard)
    odd = '{"required": [], "rules": [{"kind": "vibes", "why": "Because."}]}'
    typed = {"json": odd, "reason": "Try.", "owner": "ann", "review_date": "2099-01-01"}
    refused = ann.post("/policies/data_standard/change", typed)
    assert (refused.status_code, "vibes" in refused.content.decode()) == (422, True)
    typed["json"] = '{"required": [], "rules": []}'
    assert ann.post("/policies/data_standard/change", typed).status_code == 302
    shown = ann.get("/policies/versions/data_standard-1?simulate=1").content.decode()
    assert "It would have stopped 0 deals" in shown
    assert ann.post("/policies/versions/data_standard-1/withdraw").status_code == 302
    assert "Withdrawn" in ann.get("/policies/versions/data_standard-1").content.decode()


@pytest.mark.database
def test_the_week_is_looked_at_and_signed_off() -> None:
    company = a_company()
    ann, rep = signed_in(company, Role.SALES_OPS, "ann"), signed_in(company, Role.SALES, "rep")
    assert "No week was looked at yet" in ann.get("/quality").content.decode()
    assert rep.post("/quality/audit").status_code == 403
    assert ann.post("/quality/audit").status_code == 302
    page = ann.get("/quality").content.decode()
    sign = re.search('action="(/quality/[0-9]+/sign)"', page)
    assert sign
    assert ann.post(sign[1], {"note": ""}).status_code == 422
    assert ann.post(sign[1], {"note": "Addresses follow."}).status_code == 302
    assert "Addresses follow." in rep.get("/quality").content.decode()
