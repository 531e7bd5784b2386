"""docs/api.md is true: its requests are sent, and answered as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from counterfoil.people.domain import Role
from tests.api.door import a_company, door_of, said

pytestmark = pytest.mark.database
PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(
    r"```http\n(?P<method>[A-Z]+) /api/v1(?P<path>\S+)\n(?:Idempotency-Key: (?P<key>\S+)\n)?\n(?P<body>.*?)\n```\n"
    r"```json\n(?P<status>[0-9]{3}) (?P<answer>.*?)\n```",
    re.DOTALL,
)


def test_every_example_is_answered_as_the_page_says(home: Path) -> None:
    examples = list(EXAMPLE.finditer(PAGE.read_text("utf-8")))
    assert len(examples) == PAGE.read_text("utf-8").count("```http") == 4
    with a_company():
        door = door_of(Role.ACCOUNTANT)
        for found in examples:
            answer = door.send(found["method"], found["path"], data=found["body"].encode(), key=found["key"] or "")
            assert answer.status_code == int(found["status"]), answer.content
            wanted = json.loads(found["answer"])
            got = {name: value for name, value in said(answer).items() if name in wanted}
            # Numbers of rows depend on what other tests took.
            assert {**got, "number": ""} == {**wanted, "number": ""} if "CU-" in found["answer"] else got == wanted
