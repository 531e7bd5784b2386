"""Clearing and counterfoils."""

from __future__ import annotations

import pytest
from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.decisions import selectors
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, CheckNotRegistered, Cleared, Item, cleared_and_held
from counterfoil.kernel.explanation import Finding
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
    assert [why.subject for why in selectors.decision_items(number)] == ["opportunity:1", "opportunity:2"]
    assert audit.verify().ok
