"""Cases open once, wait, are answered in the version that was seen, and leave their steps in the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, ActorKind, person
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.review import domain, selectors, services
from counterfoil.review.domain import Answer, NewCase, State, WantedApproval
from counterfoil.review.models import Step
from counterfoil.review.selectors import Wanted
from counterfoil.review.services import Approver, Opened
from tests.builders import NOW, TESTER, eur, found_books

pytestmark = pytest.mark.database
A, B = "a" * 64, "b" * 64
REP, INES, JONAS = (person(f"{name}@tidewater.example") for name in ("rep", "ines", "jonas"))
TODAY = date(2026, 11, 15)


def a_case(subject: str = "opportunity:1", hash_: str = A, minor: int = 100_00, kind: str = "close_deal") -> NewCase:
    return NewCase(kind, subject, hash_, "unknown_product", {"text": "GTX Pro"}, eur(minor), customer_id=7)


def opened(books: BooksFacts, *cases: NewCase) -> Opened:
    return services.open_cases(books_id=books.id, cases=cases, actor=TESTER, at=NOW)


def waiting(books: BooksFacts, **wanted: Any) -> Sequence[selectors.CaseRow]:
    return selectors.cases(books.id, Wanted(NOW, **wanted))


def answered(books: BooksFacts, case_id: int, by: Actor = INES, hash_: str = A, verb: Answer = Answer.APPROVE) -> bool:
    return services.answer(
        books_id=books.id, case_id=case_id, answer=verb, content_hash=hash_, reason="checked", outcome="done",
        until=NOW + timedelta(days=2), actor=by, at=NOW,
    )  # fmt: skip


def a_user(books: BooksFacts, actor: Actor, role: Role) -> int:
    return people.add_user(
        email=actor.name, name=actor.name.partition("@")[0], role=role, books_id=books.id, password=None, actor=TESTER
    )


def asked(books: BooksFacts, hash_: str = A, by: Actor = REP, roles: tuple[Role, ...] = (Role.CONTROLLER,)) -> int:
    wanted = WantedApproval("opportunity:1", hash_, ("discount_over_limit",), roles, "big name", eur(900_00))
    return services.request_approval(books_id=books.id, wanted=wanted, actor=by, at=NOW)


def test_a_case_waits_once_however_often_it_is_opened() -> None:
    books = found_books()
    assert opened(books, a_case()) == Opened(new=1)
    assert opened(books, a_case(), a_case()) == Opened(unchanged=1)
    (case,) = waiting(books)
    assert (case.state, case.money, case.facts) == (State.OPEN, eur(100_00), {"text": "GTX Pro"})
    assert case.due_at == NOW + timedelta(hours=72)


def test_the_queue_is_sorted_by_money_times_risk() -> None:
    books = found_books()
    opened(books, a_case("opportunity:1", minor=10_00), a_case("opportunity:2", minor=90_00))
    assert [case.subject for case in waiting(books)] == ["opportunity:2", "opportunity:1"]


def test_what_went_through_without_an_answer_resolves_itself_and_may_wait_again() -> None:
    books = found_books()
    opened(books, a_case())
    gone: dict[str, Any] = {"books_id": books.id, "kind": "close_deal", "subjects": ["opportunity:1", "opportunity:9"]}
    assert services.resolve_cases(**gone, outcome="invoiced", actor=TESTER, at=NOW) == 1
    assert services.resolve_cases(**gone, outcome="invoiced", actor=TESTER, at=NOW) == 0
    assert waiting(books) == []
    assert opened(books, a_case()) == Opened(reopened=1)


def test_an_answered_case_waits_again_only_with_other_content() -> None:
    books = found_books()
    opened(books, a_case())
    (case,) = waiting(books)
    assert answered(books, case.id, verb=Answer.REJECT)
    assert not answered(books, case.id, verb=Answer.REJECT)
    with pytest.raises(domain.CaseIsClosed):
        answered(books, case.id, by=JONAS)
    assert opened(books, a_case()) == Opened(unchanged=1)
    assert opened(books, a_case(hash_=B)) == Opened(reopened=1)
    assert [one.state for one in waiting(books)] == [State.OPEN]


def test_an_answer_to_another_version_is_refused_with_both() -> None:
    books = found_books()
    opened(books, a_case())
    opened(books, a_case(hash_=B))
    (case,) = waiting(books)
    with pytest.raises(domain.ChangedSinceSeen) as refused:
        answered(books, case.id)
    assert refused.value.facts == {"seen": A, "now": B}


def test_a_snoozed_case_is_out_of_sight_until_its_time() -> None:
    books = found_books()
    opened(books, a_case())
    (case,) = waiting(books)
    answered(books, case.id, verb=Answer.SNOOZE)
    assert waiting(books) == []
    assert [one.id for one in waiting(books, is_snoozed=True)] == [case.id]
    later = selectors.cases(books.id, Wanted(NOW + timedelta(days=3)))
    assert [(one.id, one.state) for one in later] == [(case.id, State.OPEN)]
    services.reopen_case(books_id=books.id, case_id=case.id, why="taken_back", actor=INES, at=NOW)
    assert [one.state for one in waiting(books)] == [State.OPEN]


def test_the_number_of_statements_does_not_grow_with_the_cases() -> None:
    books = found_books()
    counts = []
    for size in (2, 200):
        cases = [a_case(f"opportunity:{size}{n}") for n in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as first:
            opened(books, *cases)
        with CaptureQueriesContext(connection) as again:
            opened(books, *(a_case(one.subject, B) for one in cases))
        with CaptureQueriesContext(connection) as gone:
            services.resolve_cases(
                books_id=books.id, kind="close_deal", subjects=[one.subject for one in cases], outcome="x",
                actor=TESTER, at=NOW,
            )  # fmt: skip
        counts.append([len(first), len(again), len(gone)])
    assert counts[0] == counts[1] or connection.vendor == "sqlite", counts
    assert all(many <= few + 1 for few, many in zip(*counts, strict=True)), counts


def test_steps_are_in_the_record_and_never_change() -> None:
    books = found_books()
    opened(books, a_case(), a_case("opportunity:2"))
    for case in waiting(books):
        answered(books, case.id)
    assert audit.verify().ok
    assert [step.kind for step in selectors.steps(case.id)] == ["opened", "answered"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Step.objects.update(body="{}")


def test_whom_a_comment_names_sees_the_case() -> None:
    books = found_books()
    jonas_id = a_user(books, JONAS, Role.SALES)
    ines_id = a_user(books, INES, Role.CONTROLLER)
    opened(books, a_case(kind="match", subject="bank_line:1"))
    (case,) = waiting(books)
    assert waiting(books, seen_by=Role.SALES) == []
    named = services.comment(
        books_id=books.id, case_id=case.id, text="Whose is this, @jonas?", author_id=ines_id,
        people={JONAS.name: (jonas_id, "Jonas Okafor")}, actor=INES, at=NOW,
    )  # fmt: skip
    assert named == (JONAS.name,)
    assert [one.id for one in waiting(books, mentions_id=jonas_id)] == [case.id]
    (said,) = selectors.comments(case.id)
    assert (said.text, said.mentions) == ("Whose is this, @jonas?", ("jonas",))
    assert audit.verify().ok


def test_an_approval_binds_to_the_content_that_was_approved() -> None:
    books = found_books()
    ines = Approver(a_user(books, INES, Role.CONTROLLER), Role.CONTROLLER)
    case_id = asked(books)
    assert asked(books) == case_id
    given: dict[str, Any] = {
        "books_id": books.id,
        "case_id": case_id,
        "is_given": True,
        "reason": "strategic",
        "today": TODAY,
    }
    assert services.answer_approval(**given, content_hash=A, approver=ines, actor=INES, at=NOW)
    assert not services.answer_approval(**given, content_hash=A, approver=ines, actor=INES, at=NOW)
    ((approval,),) = selectors.approvals(books.id, ["opportunity:1"], NOW).values()
    assert approval.silences("discount_over_limit", A)
    assert not approval.silences("discount_over_limit", B)
    assert not approval.silences("term_outside_profile", A)
    assert selectors.approvals(books.id, ["opportunity:1"], NOW + timedelta(days=31)) == {}
    opened(books, a_case(hash_=B))
    assert selectors.approvals(books.id, ["opportunity:1"], NOW) == {}


@pytest.mark.parametrize("kind", [ActorKind.PERSON, ActorKind.TOKEN])
@pytest.mark.parametrize("role", [Role.CONTROLLER, Role.ADMIN])
def test_who_asked_never_approves_by_session_token_or_another_role(kind: ActorKind, role: Role) -> None:
    books = found_books()
    rep = Approver(a_user(books, REP, Role.SALES), role)
    case_id = asked(books, roles=(Role.CONTROLLER, Role.ADMIN))
    with pytest.raises(domain.RequesterMayNotApprove):
        services.answer_approval(
            books_id=books.id, case_id=case_id, is_given=True, content_hash=A, reason="", approver=rep, today=TODAY,
            actor=Actor(kind, REP.name), at=NOW,
        )  # fmt: skip
    assert selectors.approvals(books.id, ["opportunity:1"]) == {}


def test_a_company_of_one_approves_itself_and_each_use_is_listed() -> None:
    books = found_books()
    rep = Approver(a_user(books, REP, Role.ADMIN), Role.ADMIN, relaxed_by="four_eyes-2")
    case_id = asked(books, roles=(Role.ADMIN,))
    services.answer_approval(
        books_id=books.id, case_id=case_id, is_given=True, content_hash=A, reason="alone here", approver=rep,
        today=TODAY, actor=REP, at=NOW,
    )  # fmt: skip
    (used,) = selectors.relaxations(books.id)
    assert (used.subject, used.person, used.policy_version) == ("opportunity:1", str(REP), "four_eyes-2")


def test_a_delegated_approval_names_both() -> None:
    books = found_books()
    ines, jonas = a_user(books, INES, Role.CONTROLLER), a_user(books, JONAS, Role.ACCOUNTANT)
    lent: dict[str, Any] = {"books_id": books.id, "giver_id": ines, "taker_id": jonas, "start": TODAY, "end": TODAY}
    delegation = services.delegate(**lent, reason="leave", actor=INES, at=NOW)
    assert services.delegate(**lent, actor=INES, at=NOW) == delegation
    case_id = asked(books)
    services.answer_approval(
        books_id=books.id, case_id=case_id, is_given=True, content_hash=A, reason="", today=TODAY,
        approver=Approver(jonas, Role.ACCOUNTANT), actor=JONAS, at=NOW,
    )  # fmt: skip
    ((approval,),) = selectors.approvals(books.id, ["opportunity:1"]).values()
    assert (approval.approver, approval.role, approval.on_behalf_of) == (str(JONAS), "controller", INES.name)
    assert services.revoke_delegation(books_id=books.id, delegation_id=delegation, actor=INES, at=NOW)
    assert [one.is_revoked for one in selectors.delegations(books.id)] == [True]


def test_a_label_teaches_only_after_somebody_else_reviewed_it() -> None:
    books = found_books()
    opened(books, a_case())
    (case,) = waiting(books)
    label = services.label(
        books_id=books.id,
        case_id=case.id,
        machine="held",
        person="approve",
        reason="known customer",
        actor=INES,
        at=NOW,
    )
    with pytest.raises(domain.RequesterMayNotApprove):
        services.review_label(books_id=books.id, label_id=label, is_accepted=True, actor=INES, at=NOW)
    assert services.review_label(books_id=books.id, label_id=label, is_accepted=True, actor=JONAS, at=NOW)
    assert [one.reviewed_by for one in selectors.labels(books.id, is_reviewed=True)] == [str(JONAS)]
