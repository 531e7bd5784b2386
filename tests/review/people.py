"""People who answer cases."""

from __future__ import annotations

from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from tests.builders import TESTER


def somebody(books_id: int, name: str, role: Role) -> Person:
    """Add a person with a role, and return them."""
    user = people.add_user(
        email=f"{name}@tidewater.example", name=name.title(), role=role, books_id=books_id, password=None, actor=TESTER
    )
    found = people_reads.person(user, books_id)
    assert found is not None
    return found
