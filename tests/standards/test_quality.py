"""The weekly look at the data: scores by object, team and owner, drops that become cases, and the score of the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from counterfoil.audit import services as audit
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, Stage
from counterfoil.flows import quality as flow
from counterfoil.infra import world
from counterfoil.people.domain import Role
from counterfoil.policies.domain import Kind, QualityPolicy
from counterfoil.review import selectors as review
from counterfoil.standards import quality
from counterfoil.standards.quality import Audit, Checked, Scope, Score, Thing
from counterfoil.standards.services import NoSuchAudit, NotesNeeded
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.policies.people import in_force, somebody

MONDAY = date(2026, 11, 16)
TEAMS = {"ann@x.example": "North", "Ben@x.example": "South"}


def looked_at(owner: str, *faults: str, thing: Thing = Thing.DEALS) -> Checked:
    return Checked(thing, owner, faults)


def an_audit(week: date, rows: int, sound: int) -> Audit:
    return Audit(1, week, "standards-1", (Score(Thing.DEALS, Scope.ALL, "", rows, sound),), "x", NOW)


def test_a_score_is_the_share_of_sound_records_of_all_of_a_team_and_of_an_owner() -> None:
    checked = [looked_at("ann@x.example"), looked_at("ann@x.example", "a", "a", "b"), looked_at("ben@x.example", "a")]
    scores = {score.key: score for score in quality.scores_of([*checked, looked_at("")], TEAMS)}
    whole = scores[Thing.DEALS, Scope.ALL, ""]
    assert (whole.rows, whole.sound, whole.micro, whole.faults) == (4, 2, 500_000, {"a": 2, "b": 1})
    assert scores[Thing.DEALS, Scope.TEAM, "North"].micro == 500_000
    assert scores[Thing.DEALS, Scope.TEAM, "South"].micro == 0
    assert scores[Thing.DEALS, Scope.OWNER, quality.NOBODY].micro == 1_000_000
    assert [Score.from_json(score.to_json()) for score in scores.values()] == list(scores.values())


@pytest.mark.parametrize(
    ("now", "before", "falls"),
    [
        ((20, 18), [(20, 20)], True),
        ((20, 19), [(20, 20)], False),
        ((4, 0), [(20, 20)], False),
        ((20, 0), [(4, 4)], False),
        ((20, 0), [], False),
        ((20, 10), [(20, 10), (20, 20)], True),
        ((20, 10), [(20, 10)] * 4 + [(20, 20)], False),
    ],
)
def test_a_drop_is_measured_against_the_weeks_that_the_policy_names(
    now: tuple[int, int], before: list[tuple[int, int]], falls: bool
) -> None:
    scores = [Score(Thing.DEALS, Scope.ALL, "", *now)]
    past = [an_audit(MONDAY, *one) for one in before]
    assert bool(quality.drops(scores, past, QualityPolicy(50_000, 5, 4))) == falls


# ------------------------------------------------------------------------------------ with a database


def sells(company: Company, day: date, *, is_sound: bool = True, owner: str = "ann@x.example") -> None:
    draft = replace(a_won_deal(company, close_date=day), owner=owner)
    draft = draft if is_sound else replace(draft, terms="Net sometime", billing_type="")
    said = crm.said_by_hand(draft, external_id="")
    crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)


def look(company: Company, week: date, today: date = MONDAY + timedelta(days=2)) -> flow.Audited:
    return flow.audit_data(books_id=company.books.id, week=week, today=today, actor=TESTER, at=NOW)


@pytest.mark.database
def test_a_week_that_falls_becomes_a_case_and_one_that_recovers_ends_it() -> None:
    company = a_company()
    in_force(company.books, Kind.DATA_QUALITY, QualityPolicy(teams=TEAMS))
    before = review.waiting_count(company.books.id, NOW)
    for _ in range(8):
        sells(company, MONDAY - timedelta(days=3))
    for number in range(8):
        sells(company, MONDAY + timedelta(days=1), is_sound=number > 3)
    assert look(company, MONDAY - timedelta(days=7)).drops == ()
    done = look(company, MONDAY)
    assert {(drop.score.scope, drop.score.name) for drop in done.drops} == {
        (Scope.ALL, ""),
        (Scope.OWNER, "ann@x.example"),
        (Scope.TEAM, "North"),
    }
    assert (done.drops[0].before_micro, done.drops[0].score.micro) == (1_000_000, 500_000)
    assert done.drops[0].score.faults == {"missing_field:billing_type": 4, "unknown_term:terms": 4}
    assert review.waiting_count(company.books.id, NOW) == before + 3
    again = look(company, MONDAY)
    assert (again.is_new, again.audit_id) == (False, done.audit_id)
    assert review.waiting_count(company.books.id, NOW) == before + 3
    for _ in range(120):
        sells(company, MONDAY + timedelta(days=1))
    assert look(company, MONDAY).drops == ()
    assert review.waiting_count(company.books.id, NOW) == before
    assert audit.verify().ok


@pytest.mark.database
def test_the_gate_sees_the_lowest_score_and_nothing_where_nobody_looked() -> None:
    company = a_company()
    today = world.now().date()
    assert flow.quality_score(company.books.id, "close_deal") == 0
    sells(company, today)
    sells(company, today, is_sound=False)
    look(company, today, today)
    # The customer of the tests has no address.
    assert flow.quality_score(company.books.id, "close_deal") == 0
    for number in range(3):
        crm.add_customer(
            draft=CustomerDraft(f"C{number}", "DE", terms="Net 30", street="Weg 1", city="Ulm"),
            external_ids=(),
            actor=TESTER,
            at=NOW,
        )
    look(company, today, today)
    assert flow.quality_score(company.books.id, "close_deal") == 500_000
    assert flow.quality_score(company.books.id, "match") == 750_000


@pytest.mark.database
def test_what_is_open_and_the_customers_belong_to_the_present_week() -> None:
    company = a_company()
    draft = replace(a_won_deal(company), stage=Stage.PROPOSAL)
    said = crm.said_by_hand(draft, external_id="")
    crm.add_opportunity(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW, passed=said)
    assert {score.thing for score in look(company, MONDAY).scores} == {Thing.PIPELINE, Thing.CUSTOMERS}
    assert look(company, MONDAY - timedelta(days=7)).scores == ()
    with pytest.raises(flow.WeekNotBegun):
        look(company, MONDAY + timedelta(days=7))


@pytest.mark.database
def test_a_person_answers_for_an_audit_once_and_says_what_follows() -> None:
    company = a_company()
    ann = somebody(company.books, Role.SALES_OPS)
    done = look(company, MONDAY)

    def sign(note: str, audit_id: int = done.audit_id) -> bool:
        return flow.sign_off(person=ann, audit_id=audit_id, note=note, actor=TESTER, at=NOW)

    with pytest.raises(NotesNeeded):
        sign(" ")
    with pytest.raises(NoSuchAudit):
        sign("Fine.", done.audit_id + 99)
    assert sign("Addresses are asked for this week.")
    assert not sign("Again.")
    (shown,) = flow.trend(company.books.id)
    assert [(off.who, off.note) for off in shown.signed] == [
        ("person:sales_ops@tidewater.example", "Addresses are asked for this week.")
    ]
    assert audit.verify().ok
