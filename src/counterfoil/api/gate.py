"""Who may: a bearer token, the role of its owner, and the record of what was refused to whom."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from counterfoil.api import problems
from counterfoil.api.problems import NotAllowed
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, ActorKind
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act, Role, may
from counterfoil.people.selectors import Person


class ApiToken(HttpBearer):
    """`Authorization: Bearer cf_...`: lets those in whose role includes an act, before anything else is read."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        """Return whose token it is, None for a token that nobody has.

        Raises:
            NotAllowed: the role does not include the act.
        """
        person = people.person_of_token(token)
        if person is not None and not person.may(self.act):
            _record(request, person, [NotAllowed(role=person.role.value).refusal])
            raise NotAllowed(role=person.role.value, who=_who_may(self.act))
        return person


def _who_may(act: Act) -> str:
    names = [role.value.replace("_", " ") for role in Role if may(role, act)]
    return ", ".join(names)


def _record(request: HttpRequest, person: Person, refusals: Sequence[Refusal]) -> None:
    """Write down that something was refused: what, where and to whom, never what was sent."""
    match = request.resolver_match
    with transaction.atomic():
        audit.record(
            kind="api.refused",
            actor=Actor(ActorKind.TOKEN, person.email),
            subject=f"books:{person.books.id}",
            body={
                "method": request.method or "",
                "route": match.route if match else "",
                "refusals": [{"code": refusal.code, "field": (refusal.field or "")[:80]} for refusal in refusals[:20]],
                "count": len(refusals),
            },
            at=world.now(),
            books_id=person.books.id,
        )


def refused(request: HttpRequest, refusals: Sequence[Refusal]) -> HttpResponse:
    """Answer refusals; one that kept somebody from writing stands in the record, once."""
    asked = vars(request)
    person = asked.get("auth")
    if isinstance(person, Person) and request.method != "GET" and not asked.get("is_on_record"):
        _record(request, person, refusals)
    match = request.resolver_match
    return problems.problem(refusals, in_address=match.kwargs if match else {})
