"""Every route under every role: who may is answered before anything else is looked at (TRUST 4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.api.gate import ApiToken
from counterfoil.api.routes import api
from counterfoil.crm import services as crm
from counterfoil.crm.domain import OpportunityDraft
from counterfoil.people.domain import BooksFacts, Role, may
from counterfoil.people.models import Books, Organisation
from tests.api.door import Door, a_company, door_of, said
from tests.builders import NOW, TESTER

pytestmark = pytest.mark.database


@pytest.fixture
def company(home: Path) -> Iterator[BooksFacts]:
    with a_company() as books:
        yield books


def routes() -> Iterator[tuple[str, str, ApiToken]]:
    """Return method, an address that names nothing, and the gate of every route."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                (gate,) = operation.auth_callbacks
                assert isinstance(gate, ApiToken)
                yield operation.methods[0], re.sub(r"{[^}]+}", "nothing", path), gate


def test_every_route_is_closed_to_every_role_without_its_act(company: BooksFacts) -> None:
    for role in Role:
        door = door_of(role)
        for method, path, gate in routes():
            answer = door.send(method, path, data=b"{")
            where = f"{role} {method} {path}: {answer.status_code}"
            assert (answer.status_code == 403) == (not may(role, gate.act)), where
            assert answer.status_code < 500, where
            if answer.status_code == 403:
                assert said(answer)["code"] == "not_allowed"


def test_every_route_is_closed_to_strangers(company: BooksFacts) -> None:
    for method, path, _ in routes():
        assert Door("").send(method, path, data=b"{").status_code == 401, f"{method} {path}"
        assert Door("cf_unknown").send(method, path, data=b"{").status_code == 401, f"{method} {path}"


def test_other_books_are_not_there(company: BooksFacts) -> None:
    """Only the first books of a person are open to a token; what belongs to others is answered like nothing."""
    other = Books.objects.create(
        organisation_id=Organisation.objects.get().pk,
        code="other",
        name="Other",
        base_currency="EUR",
        country="DE",
        time_zone="Europe/Berlin",
    )
    door = door_of(Role.ADMIN)
    draft = OpportunityDraft(name="Theirs", external_id="THEIRS-1")
    id_ = crm.add_opportunity(books_id=other.pk, draft=draft, actor=TESTER, at=NOW)
    for reference in ("THEIRS-1", f"D-{id_}"):
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/gate", None),
            ("GET", "/why", None),
            ("PUT", "", {"name": "Ours"}),
            ("POST", "/stage", {"stage": "lost"}),
        ):
            answer = door.send(method, f"/opportunities/{reference}{path}", body)
            assert (answer.status_code, said(answer)["code"]) == (404, "no_such_opportunity"), f"{method} {path}"
    assert said(door.get("/opportunities"))["opportunities"] == []
