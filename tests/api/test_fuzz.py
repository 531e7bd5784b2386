"""Schemathesis over the description: whatever is sent, the answer is one that the description names, and never a 5xx.

A few examples an operation in ./check; `pytest tests/api/test_fuzz.py --hypothesis-profile night` sends far more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from counterfoil.api.routes import api
from counterfoil.people.domain import Role
from tests.api.door import Door, a_company, door_of, said
from tests.api.test_the_whole_way import a_deal, statement, with_customer

pytestmark = pytest.mark.commit
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = max(3, hypothesis.settings().max_examples // 60)


def description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def filled(door: Door) -> dict[str, str]:
    """Fill the books a little, and return what addresses may name by the name of the parameter."""
    with_customer(door)
    door.post("/opportunities", a_deal(stage="won"))
    door.post("/deals/close", {})
    number = said(door.get("/invoices"))["invoices"][0]["number"]
    door.post("/bank/statements", data=statement(number), kind="text/csv")
    asked = {"customer": "ACC-1", "currency": "EUR", "lines": [{"product_code": "GW-1", "unit_price": "100"}]}
    draft = said(door.post("/invoice-drafts", asked))["draft"]
    held = said(door.post("/invoices", {**asked, "issue_date": "2027-06-01"}))["held"]
    payment = said(door.post("/payments", {"amount": "10", "customer": "ACC-1"}))["payment"]
    contact = said(door.post("/contacts", {"customer": "ACC-1", "last_name": "Marchetti"}))["number"]
    csv = b"external_id,name,country\nC-1,Osprey GmbH,DE\nC-2,,DE\n"
    batch = said(door.post("/imports?kind=customers", data=csv, kind="text/csv"))["batch"]
    limits = {"content": {"limits": [{"role": "sales"}]}, "reason": "To be tried."}
    version = said(door.post("/policies/approval_matrix", limits))["version"]
    audit = said(door.post("/quality", {}))["audit"]
    dispute = said(door.post("/decisions/CF-1/items/1/disputes", {"reason": "Another rate holds here"}))["number"]
    contract = said(door.get("/contracts"))["contracts"][0]["number"]
    return {
        "customer": "ACC-1",
        "contact": contact,
        "product": "GW-1",
        "opportunity": "OPP-1",
        "batch": batch,
        "draft": draft,
        "held": held,
        "number": number,
        "contract": contract,
        "bank_account": "BA-1",
        "line": "L-1",
        "payment": payment,
        "code": "1100",
        "month": "2026-09",
        "name": "trial-balance",
        "place": "1",
        "period": "2026-09",
        "case": "R-1",
        "dispute": dispute,
        "delegation": "DG-1",
        "promotion_id": "1",
        "kind": "approval_matrix",
        "form": "ubl",
        "version": version,
        "audit": audit,
    }


def naming(operation: APIOperation[Any, Any, Any, Any], known: dict[str, str]) -> dict[str, str]:
    """Return the path's parameters as the books know them; a number is of what the address lists."""
    names = {parameter.name for parameter in operation.path_parameters}
    of_number = {"contracts": known["contract"], "entries": "J-1", "decisions": "CF-1", "tokens": "T-999"}
    kind = operation.path.removeprefix("/api/v1/").split("/{")[0].rpartition("/")[2]
    named = {**known, "number": of_number.get(kind, known["number"])}
    return {name: named[name] for name in names}


@pytest.fixture
def door(home: Path) -> Iterator[Door]:
    with a_company():
        yield door_of(Role.ADMIN)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_description_names(
    door: Door, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    known = filled(door)
    schema = schemathesis.openapi.from_dict(description())
    schema.app = get_wsgi_application()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        with subtests.test(operation.label):
            fuzz(operation, mode, known, door.token)


def fuzz(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, known: dict[str, str], token: str) -> None:
    """Send examples of one operation; every second one names something that is there."""

    @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(mode), is_known=st.booleans())
    def send(case: Case, is_known: bool) -> None:
        if is_known and operation.path_parameters:
            case.path_parameters = {**case.path_parameters, **naming(operation, known)}
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=CHECKS)

    send()
