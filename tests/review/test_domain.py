"""Who may approve, who is named, and what the queue is sorted by."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from counterfoil.audit.domain import Actor, ActorKind, person
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Role
from counterfoil.review import domain
from counterfoil.review.domain import Authority, Delegation
from tests.builders import eur

DAY = date(2026, 11, 15)
INES, JONAS = "ines@tidewater.example", "jonas@tidewater.example"


def a_delegation(**changed: Any) -> Delegation:
    given: dict[str, Any] = {
        "id": 1, "giver": INES, "giver_role": "controller", "taker": JONAS, "start": DAY, "end": DAY, "reason": "leave",
    }  # fmt: skip
    return Delegation(**{**given, **changed})


def decide(
    approver: str, role: Role, *delegations: Delegation, asked_by: str = "person:rep@x", on: date = DAY
) -> Authority:
    return domain.authority(
        approver=approver,
        role=role,
        roles=[Role.CONTROLLER],
        requested_by=asked_by,
        delegations=delegations,
        on=on,
        may_relax=False,
    )


def test_a_role_that_may_approve_approves() -> None:
    assert decide(f"person:{INES}", Role.CONTROLLER) == Authority(Role.CONTROLLER)


def test_another_role_does_not() -> None:
    with pytest.raises(domain.RoleMayNotApprove):
        decide(f"person:{JONAS}", Role.ACCOUNTANT)


@pytest.mark.parametrize("door", ["person", "token"])
@pytest.mark.parametrize("spelling", [INES, INES.upper()])
def test_who_asks_never_approves_by_any_door(door: str, spelling: str) -> None:
    with pytest.raises(domain.RequesterMayNotApprove):
        decide(f"{door}:{spelling}", Role.CONTROLLER, asked_by=f"person:{INES}")


def test_a_delegated_role_approves_on_its_days_only() -> None:
    assert decide(f"person:{JONAS}", Role.ACCOUNTANT, a_delegation()) == Authority(Role.CONTROLLER, INES)
    with pytest.raises(domain.RoleMayNotApprove):
        decide(f"person:{JONAS}", Role.ACCOUNTANT, a_delegation(), on=date(2026, 11, 16))
    with pytest.raises(domain.RoleMayNotApprove):
        decide(f"person:{JONAS}", Role.ACCOUNTANT, a_delegation(is_revoked=True))


def test_who_asks_cannot_lend_their_role_to_get_their_request_approved() -> None:
    with pytest.raises(domain.RequesterMayNotApprove):
        decide(f"person:{JONAS}", Role.ACCOUNTANT, a_delegation(), asked_by=f"person:{INES}")


def test_a_company_of_one_approves_itself_and_is_marked() -> None:
    given = domain.authority(
        approver=f"person:{INES}",
        role=Role.ADMIN,
        roles=[Role.ADMIN],
        requested_by=f"token:{INES}",
        delegations=(),
        on=DAY,
        may_relax=True,
    )
    assert given == Authority(Role.ADMIN, is_relaxed=True)


def test_people_are_named_by_address_its_head_or_a_first_name_that_is_theirs_alone() -> None:
    people = {INES: "Ines Marchetti", JONAS: "Jonas Okafor", "j.two@x.example": "Jonas Two"}
    said = f"@ines see what @{JONAS} wrote; not ines@ines.example or @nobody. @j.two?"
    assert domain.mentioned(said, people) == (INES, JONAS, "j.two@x.example")
    both = {"a@x.example": "Kim One", "b@x.example": "Kim Two"}
    assert domain.mentioned("@Kim?", both) == ()
    assert domain.mentioned("@Kim?", {**both, "a@x.example": "Lee One"}) == ("b@x.example",)
    assert domain.mentioned("mail ines@tidewater.example", people) == ()


def test_the_queue_is_sorted_by_money_times_risk_in_hundredths_of_any_currency() -> None:
    assert domain.weight_of(eur(1_000_00), 500_000) == 500_00
    assert domain.weight_of(Money(-1_000, currency("JPY")), 1_000_000) == 1_000_00
    assert domain.weight_of(None, 1_000_000) == 0


def test_an_identity_is_the_address_whatever_the_door() -> None:
    assert domain.identity(person(INES)) == domain.identity(Actor(ActorKind.TOKEN, INES.upper())) == INES
    assert domain.identity(f"token:{INES}") == INES
