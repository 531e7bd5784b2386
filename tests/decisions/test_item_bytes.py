"""What the hash of a decided item covers."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.decisions.domain import Hashed, item_bytes
from counterfoil.kernel import canonical

text = st.text(st.characters(exclude_categories=["Cs"]))


@given(text, text, text, text)
def test_the_hot_form_of_an_item_is_the_canonical_one(subject: str, outcome: str, code: str, facts: str) -> None:
    content = {"code": code, "facts": facts, "inputs_hash": "0" * 64, "outcome": outcome, "subject": subject}
    assert item_bytes(subject, "0" * 64, outcome, code, facts) == canonical.canonical_bytes(content)


whole = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(text, text, text, text, text, text, text, whole, st.sampled_from(["", "EUR"]), whole)
def test_the_hot_form_2_of_an_item_is_the_canonical_one(
    subject: str,
    outcome: str,
    code: str,
    facts: str,
    effects: str,
    reasons: str,
    approver: str,
    money_minor: int | None,
    money_currency: str,
    score_micro: int | None,
) -> None:
    hashed = Hashed(
        subject,
        "0" * 64,
        outcome,
        code,
        facts,
        effects,
        reasons,
        money_minor,
        money_currency,
        score_micro,
        approver,
    )
    assert hashed.canonical() == canonical.canonical_bytes({**dataclasses.asdict(hashed), "form": 2})
