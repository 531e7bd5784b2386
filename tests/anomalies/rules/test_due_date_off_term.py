"""Due dates beside their term."""

from __future__ import annotations

from datetime import date

import pytest

from counterfoil.anomalies.rules.due_date_off_term import Policy, check
from tests.anomalies.builders import the_facts


@pytest.mark.parametrize(
    ("terms", "due", "outcome"),
    [
        ("Net 30", date(2026, 12, 15), "fits"),
        ("Net 30", date(2026, 12, 19), "fits"),
        ("Net 30", date(2026, 12, 29), "noted"),
        ("Net 30", date(2027, 2, 13), "held"),
        ("EOM", date(2026, 11, 30), "fits"),
        ("Net 90", date(2026, 12, 15), "held"),
    ],
)
def test_a_due_date_is_held_against_its_term(terms: str, due: date, outcome: str) -> None:
    found = check(the_facts(terms=terms, it={"due_date": due}), Policy())
    assert [("noted" if one.facts.get("is_minor") else "held") for one in found] == (
        [] if outcome == "fits" else [outcome]
    )


def test_it_says_what_would_pass() -> None:
    (found,) = check(the_facts(it={"due_date": date(2027, 2, 13)}), Policy())
    assert found.facts["would_pass"] == {"code": "pass_due_date", "facts": {"due_date": "2026-12-15"}}
    assert (found.facts["days"], found.facts["direction"], found.facts["stake"]) == (60, "later", "1000.00")
