"""The API as a test uses it: one token, short calls, and a company with somebody in every role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from counterfoil.flows import set_up
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.people.selectors import user_by_email
from tests.builders import NOW, TESTER

ROOT = "/api/v1"


class Door:
    """Calls of the API under one token."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query: str | int) -> HttpResponse:
        return answered(self.client.get(ROOT + path, query))

    def send(
        self, method: str, path: str, body: object = None, *, key: str = "", data: bytes | None = None, kind: str = ""
    ) -> HttpResponse:
        """Send a body as JSON, or bytes as they are."""
        if data is None:
            data = b"" if body is None else json.dumps(body).encode()
        headers = {"Idempotency-Key": key} if key else {}
        return answered(self.client.generic(method, ROOT + path, data, kind or "application/json", headers=headers))

    def post(
        self, path: str, body: object = None, *, key: str = "", data: bytes | None = None, kind: str = ""
    ) -> HttpResponse:
        return self.send("POST", path, body, key=key, data=data, kind=kind)

    def put(self, path: str, body: object) -> HttpResponse:
        return self.send("PUT", path, body)

    def patch(self, path: str, body: object) -> HttpResponse:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.send("DELETE", path)


def answered(answer: object) -> HttpResponse:
    """Return an answer as what it is, whatever the test client adds to it."""
    assert isinstance(answer, HttpResponse)
    return answer


def found_company() -> BooksFacts:
    """Open a company with one person in each role: `sales@tidewater.test`, `controller@tidewater.test`."""
    facts = set_up.found_company(
        name="Tidewater Metering", base_currency="EUR", country="DE", time_zone="Europe/Berlin", actor=TESTER
    )
    for role in Role:
        people.add_user(
            email=f"{role.value}@tidewater.test",
            name=role.value.title(),
            role=role,
            books_id=facts.id,
            password=None,
            actor=TESTER,
        )
    return facts


@contextmanager
def a_company() -> Iterator[BooksFacts]:
    """Open a company at noon of 15 November 2026, and stop the clock there."""
    with at():
        yield found_company()


def door_of(role: Role) -> Door:
    """Return the API as somebody in a role has it."""
    user = people_by_role(role)
    return Door(people.issue_token(user_id=user, name="tests", actor=TESTER))


def people_by_role(role: Role) -> int:
    """Return the id of the person in a role."""
    found = user_by_email(f"{role.value}@tidewater.test")
    assert found is not None
    return found.pk


@contextmanager
def at(moment: datetime = NOW) -> Iterator[None]:
    """Stop the clock at a moment."""
    with world.using(World(clock=lambda: moment)):
        yield


def moment(text: str) -> datetime:
    """Read a moment in UTC: `2026-11-15T12:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def said(answer: HttpResponse) -> dict[str, Any]:
    """Return the JSON of an answer."""
    found: dict[str, Any] = json.loads(answer.content)
    return found


def codes_of(answer: HttpResponse) -> set[str]:
    """Return the codes of a problem."""
    return {str(error["code"]) for error in said(answer)["errors"]}
