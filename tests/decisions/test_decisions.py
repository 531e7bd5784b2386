"""Clearing and counterfoils."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from counterfoil.audit import services as audit
from counterfoil.decisions import selectors
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import (
    Act,
    CheckNotRegistered,
    Cleared,
    Contribution,
    Evidence,
    Item,
    Mode,
    cleared_and_held,
    item_bytes,
)
from counterfoil.decisions.models import Decision, DecisionItem
from counterfoil.infra import fences
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money
from tests.builders import NOW, TESTER, found_books

FOUND = Finding("journal", "odd", {"by": "5"})


def test_nobody_but_clear_can_build_a_cleared_value() -> None:
    with pytest.raises(ValueError, match="only decisions"):
        Cleared(Act.POST, (1,), object())


def test_what_has_a_finding_is_held_and_the_rest_is_cleared() -> None:
    cleared, held = cleared_and_held(Act.POST, ["a", "b", "c"], {"journal": [(), (FOUND,), ()]}, frozenset({"journal"}))
    assert cleared.value == ("a", "c")
    assert [(item.position, item.item, item.findings) for item in held] == [(1, "b", (FOUND,))]


def test_nothing_passes_when_a_required_check_is_not_there() -> None:
    with pytest.raises(CheckNotRegistered):
        cleared_and_held(Act.POST, ["a"], {"journal": [()]}, frozenset())


def test_a_required_check_that_was_not_run_is_a_defect() -> None:
    with pytest.raises(KeyError):
        cleared_and_held(Act.POST, ["a"], {}, frozenset({"journal"}))
    with pytest.raises(ValueError, match="answered for 0 of 1"):
        cleared_and_held(Act.POST, ["a"], {"journal": []}, frozenset({"journal"}))


@pytest.mark.database
def test_a_decision_is_the_why_of_its_subject_and_of_its_effects() -> None:
    books = found_books()
    items = [
        Item("opportunity:1", {"amount": "12.00"}, "invoiced", "standards_met", {}, ("invoice:3", "entry:9")),
        Item("opportunity:2", {"amount": "TBD"}, "held", "bad_number", {"text": "TBD"}),
    ]
    with transaction.atomic():
        number = decisions.record(
            books_id=books.id, kind="close_deal", rule_version="1", actor=TESTER, items=items, at=NOW
        )
    (why,) = selectors.why("invoice:3")
    assert (why.number, why.subject, why.outcome) == (f"CF-{number}", "opportunity:1", "invoiced")
    assert why.effects == ("invoice:3", "entry:9")
    (held,) = selectors.why("opportunity:2")
    assert (held.code, held.facts, held.inputs) == ("bad_number", {"text": "TBD"}, {"amount": "TBD"})
    assert [why.subject for why in selectors.decision_items(books.id, number)] == ["opportunity:1", "opportunity:2"]
    assert audit.verify().ok


def test_contributions_that_do_not_sum_to_the_score_are_a_defect() -> None:
    with pytest.raises(ValueError, match="do not sum"):
        Item("opportunity:1", {}, "held", "odd", score_micro=3, contributions=(Contribution("a", {}, 2),))
    with pytest.raises(ValueError, match="do not sum"):
        Item("opportunity:1", {}, "held", "odd", contributions=(Contribution("a", {}, 2),))


def test_marked_words_stand_within_their_quote() -> None:
    assert Evidence("mail:1", "more time to pay", 0, 4).quote[0:4] == "more"
    with pytest.raises(ValueError, match="within"):
        Evidence("mail:1", "more", 2, 5)


FULL = Item(
    "opportunity:7",
    {"term": "Net 90"},
    "held",
    "term_off_profile",
    {"term": "Net 90"},
    money=Money(2_400_000, EUR),
    score_micro=963_000,
    contributions=(Contribution("habit", {"of": 47}, 1_000_000), Contribution("base", {}, -37_000)),
    evidence=(Evidence("opportunity:7", "a bit more time to pay", 2, 10),),
    counterfactual=Explanation("would_pass_at_term", {"term": "Net 45"}),
    approver="user:3",
)


@pytest.mark.database
def test_everything_that_spoke_for_a_decision_is_kept_and_verified() -> None:
    books = found_books()
    with transaction.atomic():
        decisions.record(
            books_id=books.id, kind="a", rule_version="1", actor=TESTER, items=[FULL], at=NOW, mode=Mode.SUGGEST
        )
    (why,) = selectors.why("opportunity:7")
    assert (why.mode, why.money, why.score_micro) == ("suggest", FULL.money, FULL.score_micro)
    assert (why.contributions, why.evidence) == (FULL.contributions, FULL.evidence)
    assert (why.counterfactual, why.approver) == (FULL.counterfactual, "user:3")
    assert audit.verify().ok


@pytest.mark.database
@pytest.mark.parametrize(
    "change",
    [
        {"money_minor": 1},
        {"money_currency": "USD"},
        {"score_micro": None},
        {"reasons": ""},
        {"approver": ""},
        {"effects": '["invoice:1"]'},
        {"form": 1},
        {"inputs": "{}"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_column_of_an_item_is_named_by_verify(change: dict[str, object]) -> None:
    books = found_books()
    with transaction.atomic():
        decisions.record(books_id=books.id, kind="a", rule_version="1", actor=TESTER, items=[FULL], at=NOW)
    _without_fences()
    DecisionItem.objects.update(**change)
    found = audit.verify()
    assert not found.ok
    assert "was altered" in found.first_bad


def _without_fences() -> None:
    """Take the fence of the items away, as somebody with the database's password could."""
    fence = next(one for one in fences.wanted(connection.vendor) if one.table == "decisions_item")
    on = f" ON {fence.table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {fence.name}{on}")
        for other in fences.wanted(connection.vendor):
            if other.table == "decisions_item" and other.name != fence.name:
                cursor.execute(f"DROP TRIGGER {other.name}{on}")


@pytest.mark.database
def test_items_of_the_first_form_still_verify() -> None:
    books = found_books()
    item = Item("opportunity:1", {"amount": "12.00"}, "invoiced", "standards_met")
    first = canonical.sha256_hex(
        item_bytes(item.subject, canonical.hash_of(dict(item.inputs)), item.outcome, item.code, "{}")
    )
    with transaction.atomic():
        event_id = audit.record(
            kind="decisions.decided",
            actor=TESTER,
            subject="decision:1",
            body={"kind": "close_deal", "rule_version": "1", "mode": "act"},
            at=NOW,
            books_id=books.id,
            items=[first],
        )
        decision = Decision.objects.create(
            books_id=books.id,
            kind="close_deal",
            rule_version="1",
            mode="act",
            actor=str(TESTER),
            made_at=NOW,
            items_count=1,
            event_id=event_id,
        )
        DecisionItem.objects.create(
            decision=decision,
            position=0,
            subject=item.subject,
            inputs='{"amount":"12.00"}',
            inputs_hash=canonical.hash_of({"amount": "12.00"}),
            outcome=item.outcome,
            code=item.code,
            facts="{}",
            item_hash=first,
        )
    assert audit.verify().ok
