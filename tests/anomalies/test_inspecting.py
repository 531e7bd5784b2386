"""Running the rules: found in their folder, held or noted, limits in a historical load as well."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from counterfoil.anomalies.inspecting import all_rules, inspect
from counterfoil.words import templates
from tests.anomalies.builders import a_line, a_span, the_facts

ODD = the_facts(it={"due_date": date(2027, 2, 13)})
RULE = "due_date_off_term"


def test_every_rule_is_found_with_thresholds_of_its_own() -> None:
    assert {"customer_on_hold", "due_date_off_term", "service_too_long"} <= {rule.name for rule in all_rules()}
    for rule in all_rules():
        assert next(iter(fields(rule.shipped))).name == "holds", rule.name


def test_what_is_usual_passes_every_rule() -> None:
    (answer,) = inspect([the_facts()], parameters={})
    assert (answer.held, answer.noted) == ((), ())


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"parameters": {}}, 1),
        ({"parameters": {RULE: {"holds": False}}}, 0),
        ({"parameters": {RULE: {"held_from_days": 61}}}, 0),
        ({"parameters": {}, "observed": {RULE}}, 0),
        ({"parameters": {}, "is_historical": True}, 0),
    ],
)
def test_a_policy_says_what_holds(given: dict, held: int) -> None:
    (answer,) = inspect([ODD], **given)
    assert (len(answer.held), len(answer.noted)) == (held, 1 - held)
    assert (answer.held + answer.noted)[0].facts["rule"] == RULE


def test_each_of_a_batch_has_its_answer_in_order() -> None:
    long = the_facts(a_line(service=a_span("2026-01-01", "2126-01-01")))
    answers = inspect([the_facts(), long, ODD], parameters={})
    assert [[one.code for one in answer.held] for answer in answers] == [
        [],
        ["service_unusually_long"],
        ["due_date_off_term"],
    ]
    for answer in answers:
        for one in answer.held:
            assert one.code in templates()
