"""People who propose and sign."""

from __future__ import annotations

from datetime import timedelta

from counterfoil.flows import policies as flow
from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors
from counterfoil.policies.domain import NEEDED, Kind, Settings, Side
from counterfoil.policies.selectors import Version
from tests.builders import NOW, TESTER

LATER = NOW.date() + timedelta(days=365)


def somebody(books: BooksFacts, role: Role, name: str = "") -> Person:
    """Add a person and return them as doors know them."""
    id_ = people.add_user(
        email=f"{name or role.value}@tidewater.example",
        name=name or role.value,
        role=role,
        books_id=books.id,
        password=None,
        actor=TESTER,
    )
    found = people_reads.person(id_, books.id)
    assert found
    return found


def proposed(person: Person, kind: Kind, content: Settings) -> Version:
    """Propose a content by its flow."""
    return flow.propose_policy(
        person=person,
        kind=kind,
        content=content,
        reason="Agreed in the October meeting.",
        owner=person.email,
        review_date=LATER,
        actor=TESTER,
        at=NOW,
    )


def in_force(books: BooksFacts, kind: Kind, content: Settings) -> Version:
    """Propose a content and have it signed by two people."""
    members = {member.name: member for member in people_reads.members(books.id)}
    ann = members.get("ann") or somebody(books, Role.ADMIN, "ann")
    ben = members.get("ben") or somebody(books, Role.ADMIN, "ben")
    one = proposed(ann, kind, content)
    for side, signer in zip(NEEDED[kind], (ann, ben), strict=True):
        flow.sign_policy(
            person=signer, version_id=one.id, side=Side(side), content_hash=one.content_hash, actor=TESTER, at=NOW
        )
    return selectors.version(one.id)
