"""Versions, signatures and what is in force: nobody puts a policy in force alone, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from counterfoil.audit import services as audit
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors, services
from counterfoil.policies.domain import (
    SHIPPED,
    ApprovalLimit,
    ApprovalMatrix,
    DataStandard,
    Kind,
    RequiredField,
    ReviewPolicy,
    Settings,
    Side,
    State,
)
from counterfoil.policies.services import Signed
from counterfoil.standards import selectors as standards
from tests.builders import NOW, TESTER, found_books

pytestmark = pytest.mark.database
LATER = NOW.date() + timedelta(days=365)
MATRIX = ApprovalMatrix((ApprovalLimit(Role.SALES, max_amount_minor=1_000_000),))


def somebody(books: BooksFacts, role: Role, name: str = "") -> Person:
    email = f"{name or role.value}@tidewater.example"
    id_ = people.add_user(
        email=email, name=name or role.value, role=role, books_id=books.id, password=None, actor=TESTER
    )
    found = people_reads.person(id_, books.id)
    assert found
    return found


def propose(books: BooksFacts, content: Settings, kind: Kind = Kind.APPROVAL_MATRIX) -> int:
    return services.propose(
        books_id=books.id, kind=kind, content=content, reason="Agreed in the October meeting.",
        owner="sales_ops@tidewater.example", review_date=LATER, actor=TESTER, at=NOW,
    )  # fmt: skip


def sign(version_id: int, side: Side, signer: Person) -> Signed:
    one = selectors.version(version_id)
    return services.sign(
        version_id=version_id, side=side, signer=signer, content_hash=one.content_hash, actor=TESTER, at=NOW
    )


def agree(
    books: BooksFacts, content: Settings, ops: Person, controller: Person, kind: Kind = Kind.APPROVAL_MATRIX
) -> int:
    id_ = propose(books, content, kind)
    sign(id_, Side.SALES, ops)
    sign(id_, Side.FINANCE, controller)
    return id_


def test_what_was_shipped_is_in_force_until_both_sides_signed() -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    id_ = propose(books, MATRIX)
    assert selectors.active(Kind.APPROVAL_MATRIX, books.id).version == "approval_matrix-0"
    first = sign(id_, Side.SALES, ops)
    assert (first.is_active, first.missing) == (False, (Side.FINANCE,))
    assert selectors.active(Kind.APPROVAL_MATRIX, books.id).number == 0
    second = sign(id_, Side.FINANCE, controller)
    assert (second.is_active, second.missing) == (True, ())
    now = selectors.active(Kind.APPROVAL_MATRIX, books.id)
    assert (now.version, now.as_a(ApprovalMatrix)) == ("approval_matrix-1", MATRIX)
    (one,) = selectors.history(Kind.APPROVAL_MATRIX, books.id)
    assert one.state is State.ACTIVE
    assert [(s.side, s.who, s.at) for s in one.signatures] == [
        (Side.SALES, "person:sales_ops@tidewater.example", NOW),
        (Side.FINANCE, "person:controller@tidewater.example", NOW),
    ]


def test_one_person_never_signs_twice_and_no_role_for_the_other_side() -> None:
    books = found_books()
    ops, controller, admin = (somebody(books, role) for role in (Role.SALES_OPS, Role.CONTROLLER, Role.ADMIN))
    id_ = propose(books, MATRIX)
    sign(id_, Side.SALES, admin)
    for side, signer, code in (
        (Side.FINANCE, admin, "signed_already"),
        (Side.FINANCE, ops, "not_your_signature"),
        (Side.SALES, ops, "side_has_signed"),
        (Side.FINANCE, somebody(books, Role.AUDITOR), "not_your_signature"),
        (Side.FINANCE, somebody(books, Role.ACCOUNTANT), "not_your_signature"),
    ):
        with pytest.raises(Refused) as refused:
            sign(id_, side, signer)
        assert refused.value.code == code
    assert sign(id_, Side.FINANCE, controller).is_active


def test_finance_signs_twice_what_only_finance_settles() -> None:
    books = found_books()
    first, second = somebody(books, Role.CONTROLLER, "ann"), somebody(books, Role.CONTROLLER, "ben")
    id_ = propose(books, ReviewPolicy(24), Kind.REVIEW)
    assert not sign(id_, Side.FINANCE, first).is_active
    assert sign(id_, Side.FINANCE, second).is_active


def test_a_company_of_one_signs_alone_and_it_is_said() -> None:
    books = found_books()
    owner = somebody(books, Role.ADMIN)
    id_ = propose(books, MATRIX)
    signed = sign(id_, Side.FINANCE, owner)
    assert (signed.is_active, signed.is_alone) == (True, True)
    assert [s.is_alone for s in selectors.version(id_).signatures] == [True, True]


def test_a_signature_is_bound_to_what_was_seen() -> None:
    books = found_books()
    ops = somebody(books, Role.SALES_OPS)
    somebody(books, Role.CONTROLLER)
    id_ = propose(books, MATRIX)
    with pytest.raises(services.PolicyContentChanged):
        services.sign(version_id=id_, side=Side.SALES, signer=ops, content_hash="0" * 64, actor=TESTER, at=NOW)


def test_a_proposal_that_others_overtook_cannot_take_effect() -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    overtaken = propose(books, ApprovalMatrix((ApprovalLimit(Role.SALES, max_term_days=30),)))
    agree(books, MATRIX, ops, controller)
    with pytest.raises(services.PolicyMovedOn):
        sign(overtaken, Side.SALES, ops)
    assert services.withdraw(version_id=overtaken, books_id=books.id, reason="Overtaken.", actor=TESTER, at=NOW)
    assert not services.withdraw(version_id=overtaken, books_id=books.id, reason="Again.", actor=TESTER, at=NOW)
    with pytest.raises(services.PolicyNotOpen):
        sign(overtaken, Side.SALES, ops)
    assert [one.state for one in selectors.history(Kind.APPROVAL_MATRIX, books.id)] == [State.ACTIVE, State.WITHDRAWN]


def test_what_was_in_force_can_be_read_for_ever_and_going_back_needs_signatures_too() -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    agree(books, MATRIX, ops, controller)
    back = services.retire(
        books_id=books.id, kind=Kind.APPROVAL_MATRIX, reason="No limits.", owner="x", review_date=LATER,
        actor=TESTER, at=NOW,
    )  # fmt: skip
    assert selectors.active(Kind.APPROVAL_MATRIX, books.id).number == 1
    sign(back, Side.SALES, ops)
    sign(back, Side.FINANCE, controller)
    assert selectors.active(Kind.APPROVAL_MATRIX, books.id).content == SHIPPED[Kind.APPROVAL_MATRIX]
    assert selectors.content_of(Kind.APPROVAL_MATRIX, "approval_matrix-1") == MATRIX
    assert selectors.content_of(Kind.APPROVAL_MATRIX, "approval_matrix-0") == ApprovalMatrix()
    assert [one.state for one in selectors.history(Kind.APPROVAL_MATRIX, books.id)] == [State.ACTIVE, State.SUPERSEDED]
    for wrong in ("approval_matrix-9", "review-0", "approval_matrix-", "approval_matrix--1", ""):
        with pytest.raises(selectors.NoSuchPolicy):
            selectors.content_of(Kind.APPROVAL_MATRIX, wrong)


def test_a_standard_that_was_in_force_is_found_by_its_content() -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    before = standards.standard()
    shipped = SHIPPED[Kind.DATA_STANDARD]
    assert isinstance(shipped, DataStandard)
    stricter = replace(shipped, required=(*shipped.required, RequiredField("won", "po_number", "Everybody asks.")))
    agree(books, stricter, ops, controller, Kind.DATA_STANDARD)
    after = standards.standard()
    assert after.version != before.version
    assert standards.standard_of(before.version) == before
    assert standards.standard_of(after.version) == after
    assert [w.field for w in after.requirements["won"]][-1] == "po_number"


def test_what_waits_for_review_too_long_is_listed_until_somebody_looked() -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    id_ = agree(books, MATRIX, ops, controller)
    assert selectors.overdue(books.id, LATER) == []
    (late,) = selectors.overdue(books.id, LATER + timedelta(days=1))
    assert (late.kind, late.active.version, late.owner) == (
        Kind.APPROVAL_MATRIX,
        "approval_matrix-1",
        "sales_ops@tidewater.example",
    )
    services.review(
        version_id=id_, books_id=books.id, next_review=date(2028, 11, 1), note="Still right.", actor=TESTER, at=NOW
    )
    assert selectors.overdue(books.id, LATER + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"owner": " "}, "policy_needs_owner"),
        ({"reason": ""}, "policy_needs_owner"),
        ({"review_date": NOW.date()}, "review_not_ahead"),
        ({"content": ApprovalMatrix()}, "policy_unchanged"),
    ],
)
def test_a_proposal_names_its_owner_its_reason_and_a_change(wrong: dict[str, Any], code: str) -> None:
    books = found_books()
    asked: dict[str, Any] = {"content": MATRIX, "reason": "Because.", "owner": "ops", "review_date": LATER} | wrong
    with pytest.raises(Refused) as refused:
        services.propose(books_id=books.id, kind=Kind.APPROVAL_MATRIX, actor=TESTER, at=NOW, **asked)
    assert refused.value.code == code


def test_the_record_holds_every_version_and_signature() -> None:
    books = found_books()
    agree(books, MATRIX, somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER))
    assert audit.verify().ok
    for table in ("policies_version", "policies_act"):
        with (
            pytest.raises(DatabaseError) as refused,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE {table} SET item_hash = 'x'")
        assert "never change" in str(refused.value)


def test_reading_what_is_in_force_takes_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    books = found_books()
    ops, controller = somebody(books, Role.SALES_OPS), somebody(books, Role.CONTROLLER)
    for days in range(10, 60, 10):
        agree(books, ApprovalMatrix((ApprovalLimit(Role.SALES, max_term_days=days),)), ops, controller)
    with django_assert_num_queries(1):
        assert selectors.active(Kind.APPROVAL_MATRIX, books.id).number == 5
    with django_assert_num_queries(1):
        assert len(selectors.actives(books.id)) == len(Kind)
    with django_assert_num_queries(2):
        assert len(selectors.overviews(books.id, NOW.date())) == len(Kind)
