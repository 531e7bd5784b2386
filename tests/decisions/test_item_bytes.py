"""What the hash of a decided item covers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.decisions.domain import item_bytes
from counterfoil.kernel import canonical

text = st.text(st.characters(exclude_categories=["Cs"]))


@given(text, text, text, text)
def test_the_hot_form_of_an_item_is_the_canonical_one(subject: str, outcome: str, code: str, facts: str) -> None:
    content = {"code": code, "facts": facts, "inputs_hash": "0" * 64, "outcome": outcome, "subject": subject}
    assert item_bytes(subject, "0" * 64, outcome, code, facts) == canonical.canonical_bytes(content)
