"""The description of the API: valid, complete, and with a policy for every route."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ninja.operation import Operation
from openapi_spec_validator import validate
from pydantic import BaseModel

from counterfoil.api.fields import In, Out
from counterfoil.api.gate import ApiToken
from counterfoil.api.routes import api
from counterfoil.api.routes.invoices import InvoiceIn, InvoiceLineIn
from counterfoil.billing.domain import parsed_request
from counterfoil.people.domain import MAY, Act, Role

SPEC: dict[str, Any] = {}
HARMLESS = {"verify_record", "draw_sample", "set_sampling_rate"}
"""What an auditor may send: it seals and reads, or says how much they look at; it changes no books."""
POSTING = {Act.INVOICE, Act.RECEIVE, Act.CLOSE_DEALS, Act.CLOSE_PERIOD, Act.UNDO}


def spec() -> dict[str, Any]:
    """Return the description as it is sent."""
    if not SPEC:
        SPEC.update(json.loads(json.dumps(api.get_openapi_schema())))
    return SPEC


def operations() -> Iterator[Operation]:
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            yield from view.operations


def described() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in spec()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def policy(operation: Operation) -> Act:
    (gate,) = operation.auth_callbacks
    assert isinstance(gate, ApiToken)
    return gate.act


def test_the_description_is_valid_openapi_3_1() -> None:
    assert spec()["openapi"] == "3.1.0"
    validate(spec())


def test_every_operation_says_what_it_does_what_it_answers_and_who_may() -> None:
    assert len(list(described())) == len(list(operations())) > 60
    for path, method, operation in described():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        assert operation["security"] == [{"ApiToken": []}], where
        assert operation["x-act"] in set(Act), where
        codes = {int(code) for code in operation["responses"]}
        assert {400, 401, 403, 404, 422} <= codes, where
        assert codes & {200, 201}, where
        for code, answer in operation["responses"].items():
            if int(code) >= 400:
                assert answer == {"$ref": "#/components/responses/Problem"}, where
            else:
                assert all(content["schema"] for content in answer["content"].values()), where


def test_operation_ids_are_unique_and_every_model_is_described() -> None:
    ids = [operation["operationId"] for _, _, operation in described()]
    assert len(set(ids)) == len(ids)
    undescribed = [
        name for name, schema in spec()["components"]["schemas"].items() if not described_schema(name, schema)
    ]
    assert undescribed == []


def described_schema(name: str, schema: dict[str, Any]) -> bool:
    return name == "JsonValue" or bool(schema.get("description"))


def test_no_two_schemas_share_a_name() -> None:
    """The description knows schemas by their names alone: of two, the later would describe the answers of both."""
    names = Counter(model.__name__ for model in models(In) | models(Out))
    assert [name for name, count in names.items() if count > 1] == []


def models(base: type[BaseModel]) -> set[type[BaseModel]]:
    return {base}.union(*(models(kind) for kind in base.__subclasses__()))


def test_everything_that_is_posted_takes_a_key_unless_its_answer_may_not_be_kept() -> None:
    keyless = {
        operation["operationId"]
        for _, method, operation in described()
        if method == "post" and not any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    }
    assert keyless == {"verify_record", "issue_token", "answer_access", "plan_undo"}


def test_every_route_has_a_policy() -> None:
    for operation in operations():
        assert isinstance(policy(operation), Act), operation.path


def test_reading_needs_a_reading_act_and_writing_another() -> None:
    for operation in operations():
        is_read = policy(operation) in (Act.READ_SALES, Act.READ_BOOKS)
        if operation.methods == ["GET"]:
            assert is_read or policy(operation) is Act.ADMINISTER, operation.path
        else:
            assert not is_read, operation.path


def test_an_auditor_writes_nowhere() -> None:
    open_to = {op.operation_id for op in operations() if op.methods != ["GET"] and policy(op) in MAY[Role.AUDITOR]}
    assert open_to == HARMLESS


def test_sales_never_posts() -> None:
    for role in (Role.SALES, Role.SALES_OPS):
        assert not [op.path for op in operations() if policy(op) in POSTING & MAY[role]]


def test_no_amount_is_a_float() -> None:
    floats = [operation["operationId"] for _, _, operation in described() if holds_a_float(answers(operation))]
    assert floats == []


def holds_a_float(part: Any) -> bool:
    if isinstance(part, dict):
        return part.get("type") == "number" or any(holds_a_float(value) for value in part.values())
    return isinstance(part, list) and any(holds_a_float(value) for value in part)


def answers(operation: dict[str, Any]) -> list[Any]:
    """Return the schemas of an operation's answers with what they refer to."""
    found: list[Any] = []
    waiting: list[Any] = [answer for code, answer in operation["responses"].items() if int(code) < 400]
    seen: set[str] = set()
    while waiting:
        part = waiting.pop()
        found.append(part)
        for name in {ref.rpartition("/")[2] for ref in references(part)} - seen:
            seen.add(name)
            waiting.append(spec()["components"]["schemas"][name])
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_described_invoice_is_the_one_that_is_read() -> None:
    """Billing reads the body itself, and names every field that it does not know."""
    lines = dict.fromkeys(InvoiceLineIn.model_fields)
    said = parsed_request({**dict.fromkeys(InvoiceIn.model_fields), "lines": [lines], "nonsense": 1})
    assert isinstance(said, list)
    assert {refusal.field for refusal in said if refusal.code == "unknown_field"} == {"nonsense"}


@pytest.mark.database
def test_the_description_is_served_without_a_token(client: Any) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == spec()
