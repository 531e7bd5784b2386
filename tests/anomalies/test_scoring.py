"""The learned score before every posting: what is kept, what a decision says of it, and that it follows again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.habit import Habit
from counterfoil.anomalies.scoring import EVERYBODY, customer_state
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.decisions import selectors as decisions
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.findings import all_findings
from counterfoil.flows.preview import Change, preview
from counterfoil.flows.replay import is_same, replay
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel import canonical
from counterfoil.policies.domain import AnomalyPolicy, Kind
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.policies.people import in_force

pytestmark = pytest.mark.database
FIRST = date(2026, 1, 5)
TODAY = date(2026, 11, 15)


@pytest.fixture(autouse=True)
def _a_day() -> Iterator[None]:
    with world.using(World(clock=lambda: datetime(2026, 11, 15, 12, tzinfo=UTC))):
        yield


def a_customer_of_habits(deals: int = 24) -> Company:
    """A company whose one customer bought every ten days at Net 30, for amounts as trade makes them."""
    company = a_company()
    for number in range(deals):
        enter(company, f"H{number}", 100_003 + 7_919 * (number % 13), FIRST + timedelta(days=10 * number))
    company.closes(dated_by=DatedBy.CLOSE)
    return company


def enter(company: Company, reference: str, minor: int, day: date, terms: str = "Net 30") -> int:
    draft = a_won_deal(company, minor, close_date=day, external_id=reference, name=reference, po_number=reference)
    return enter_deal(books_id=company.books.id, draft=replace(draft, terms=terms), actor=TESTER, at=NOW)


def test_a_score_stands_in_the_decision_and_follows_again_from_what_was_stored() -> None:
    company = a_customer_of_habits()
    usual = enter(company, "N1", 131_721, TODAY)
    odd = enter(company, "N2", 13_172_100, TODAY, terms="Net 60")
    typed = preview(
        books_id=company.books.id, sink=EmbeddedAccounting(), opportunity_id=odd, change=Change(), today=TODAY
    )
    company.closes()
    about = decisions.latest_about([f"opportunity:{usual}", f"opportunity:{odd}"])
    passed, strange = about[f"opportunity:{usual}"], about[f"opportunity:{odd}"]
    assert passed.outcome == "invoiced"
    assert passed.score_micro is not None
    assert passed.score_micro < 100_000
    assert strange.score_micro is not None
    assert strange.score_micro > 900_000
    assert {part.code for part in strange.contributions} & {"anomaly_terms_change", "anomaly_decimal_slip"}
    for one in about.values():
        assert sum(part.amount_micro for part in one.contributions) == one.score_micro
    assert typed.scored is not None
    assert typed.scored.score_micro > 900_000
    found = {(one.row.code, one.about) for one in all_findings(company.books.id, watch.Sought(rule="learned_score"))}
    assert ("unusual_score", f"opportunity:{odd}") in found
    done = replay(books_id=company.books.id)
    assert (done.identical, done.first_difference) == (done.n, None)


def test_what_was_posted_is_learnt_and_what_was_held_is_not() -> None:
    company = a_customer_of_habits(6)
    names = [EVERYBODY, customer_state(company.customer_id)]
    before = watch.contents(company.books.id, names)
    assert len(before) == 2
    enter(company, "ODD", 100_000, TODAY, terms="Net 90")  # held: sixteen days longer than agreed
    assert company.closes().held == 1
    assert watch.contents(company.books.id, names) == before
    enter(company, "N1", 131_721, TODAY)
    company.closes()
    assert watch.contents(company.books.id, names) != before


def test_a_score_holds_where_the_signed_policy_says_so() -> None:
    company = a_customer_of_habits()
    in_force(company.books, Kind.ANOMALIES, AnomalyPolicy(900_000, {"learned_score": {"holds": True}}))
    enter(company, "N2", 13_172_100, TODAY)
    closed = company.closes()
    assert [[one.code for one in found] for found in closed.findings] == [["unusual_score"]]


def test_statements_do_not_grow_with_a_batch() -> None:
    counts = []
    company = a_customer_of_habits(3)
    for batch, deals in enumerate((2, 2, 12)):  # The first keeps what people signed, once for all.
        enter(company, f"NOTED{batch}", 100_003, TODAY, terms="Net 40")
        for number in range(deals):
            enter(company, f"B{batch}-{number}", 100_003 + 997 * number, TODAY)
        with CaptureQueriesContext(connection) as seen:
            company.closes()
        counts.append(len(seen))
    assert counts[2] <= counts[1]


def test_a_new_customer_is_compared_with_its_segment_and_the_decision_says_so() -> None:
    company = a_customer_of_habits(2)
    id_ = enter(company, "N1", 131_721, TODAY)
    company.closes()
    why = decisions.latest_about([f"opportunity:{id_}"])[f"opportunity:{id_}"]
    assert why.contributions[-1].code == "anomaly_basis_segment"
    assert why.contributions[-1].amount_micro == 0


def test_what_the_rules_found_is_found_again_from_what_they_saw() -> None:
    company = a_customer_of_habits()
    enter(company, "HELD", 100_000, TODAY, terms="Net 90")
    enter(company, "NOTED", 1_000_000, TODAY, terms="Net 45")
    company.closes()
    kept = {one.subject: one for one in decisions.latest_items(company.books.id, limit=4)}
    watched = [one for one in kept.values() if one.kind == "close_deal" and one.inputs.get("watched")]
    assert {one.outcome for one in watched} == {"held", "invoiced"}
    for one in watched:
        stored = decisions.stored_item(one.item_id)
        assert stored is not None
        assert is_same(stored)
        inputs = json.loads(stored.inputs)
        without = inputs | {"answers": [], "noted": []}  # The answers as they were kept are not what it is decided on.
        text = canonical.canonical_bytes(without).decode("utf-8")
        bare = replace(stored, inputs=text, inputs_hash=canonical.sha256_hex(text.encode("utf-8")))
        assert is_same(bare)
        inputs["watched"]["habit"] = Habit().to_json()
        inputs["watched"]["buyer"][4] = None
        text = canonical.canonical_bytes(inputs).decode("utf-8")
        other = replace(stored, inputs=text, inputs_hash=canonical.sha256_hex(text.encode("utf-8")))
        assert not is_same(other)
