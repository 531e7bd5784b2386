"""Policies and the quality of the data over the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.people.domain import BooksFacts, Role
from tests.api.door import a_company, door_of, said

pytestmark = pytest.mark.database
LIMITS = {"limits": [{"role": "sales", "max_discount_percent": "10"}]}


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


def test_a_limit_is_tried_proposed_and_signed(company: BooksFacts) -> None:
    ops, controller, auditor = door_of(Role.SALES_OPS), door_of(Role.CONTROLLER), door_of(Role.AUDITOR)
    tried = ops.post("/policies/approval_matrix/simulate", {"content": LIMITS, "since": "2026-01-01"})
    assert (tried.status_code, said(tried)["stopped"], said(tried)["currency"]) == (200, 0, "EUR")
    wrong = ops.post("/policies/approval_matrix", {"content": {"limits": [{"role": "king"}]}, "reason": "Try."})
    assert (wrong.status_code, said(wrong)["code"]) == (422, "wrong_setting")
    made = ops.post("/policies/approval_matrix", {"content": LIMITS, "reason": "Agreed."}, key="once")
    again = ops.post("/policies/approval_matrix", {"content": LIMITS, "reason": "Agreed."}, key="once")
    assert (made.status_code, said(again)) == (201, said(made))
    assert (said(made)["version"], said(made)["missing"]) == ("approval_matrix-1", ["sales", "finance"])
    sign = "/policies/versions/approval_matrix-1/sign"
    stale = controller.post(sign, {"side": "finance", "content_hash": "0" * 64})
    assert (stale.status_code, said(stale)["code"]) == (409, "policy_content_changed")
    hash_ = said(made)["content_hash"]
    assert said(ops.post(sign, {"side": "sales", "content_hash": hash_}))["is_active"] is False
    assert said(controller.post(sign, {"side": "finance", "content_hash": hash_}))["is_active"] is True
    shown = said(auditor.get("/policies/versions/approval_matrix-1"))
    assert [signature["side"] for signature in shown["signatures"]] == ["sales", "finance"]
    assert shown["content"]["limits"][0]["max_discount_percent"] == "10"
    kept = said(auditor.get("/policies/approval_matrix"))
    assert (kept["version"], [one["state"] for one in kept["history"]]) == ("approval_matrix-1", ["active"])
    listed = said(auditor.get("/policies"))["policies"]
    assert {row["version"] for row in listed} >= {"approval_matrix-1", "review-0"}
    late = controller.post("/policies/versions/approval_matrix-1/review", {"until": "2199-01-01"})
    assert said(late)["review_date"] == "2199-01-01"
    assert auditor.get("/policies/nothing").status_code == 404
    assert auditor.get("/policies/versions/review-9").status_code == 404
    assert auditor.post(sign, {"side": "finance", "content_hash": hash_}).status_code == 403


def test_the_week_is_looked_at_and_signed_off(company: BooksFacts) -> None:
    ops = door_of(Role.SALES_OPS)
    done = said(ops.post("/quality", {}))
    assert (done["is_new"], done["scores"], done["drops"]) == (True, [], [])
    signed = ops.post(f"/quality/{done['audit']}/sign", {"note": "Nothing was sold."})
    assert said(signed) == {"audit": done["audit"], "changed": True}
    (audit,) = said(ops.get("/quality"))["audits"]
    assert [off["note"] for off in audit["signed"]] == ["Nothing was sold."]
    assert ops.post("/quality", {"week": "2199-01-01"}).status_code == 422
    assert ops.post("/quality/QA-999/sign", {"note": "Nothing."}).status_code == 404


def test_credit_is_what_is_trusted_beside_what_is_owed(company: BooksFacts) -> None:
    controller = door_of(Role.CONTROLLER)
    made = controller.post("/customers", {"name": "Kestrel Water AG", "country": "DE"})
    standing = said(controller.get(f"/customers/{said(made)['number']}/credit"))
    assert (standing["policy"], standing["limit_minor"], standing["open_minor"]) == ("credit_profiles-0", None, 0)
    assert door_of(Role.SALES).get(f"/customers/{said(made)['number']}/credit").status_code == 403
