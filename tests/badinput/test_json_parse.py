"""The public suite of JSON parsers (nst/JSONTestSuite), sent to a route that takes JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused
from tests.api.door import codes_of, said
from tests.badinput.invoice_world import World, events, the_world

pytestmark = pytest.mark.database
UNREADABLE = {"malformed", "too_deep", "limit", "bad_number"}
"""What the reader itself says; any other code means that the text was read."""


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    with the_world() as world:
        yield world


def suite(corpora: Path) -> list[dict[str, str]]:
    folder = corpora / "badinput"
    lines = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    found = [line for line in lines if line["kind"] == "json_parse"]
    assert len(found) > 50
    return found


def test_every_text_is_answered_at_once_and_changes_nothing(world: World, corpora: Path) -> None:
    before = world.state()
    for case in suite(corpora):
        data = (corpora / "badinput" / case["file"]).read_bytes()
        for path in ("/invoices", "/payments", "/opportunities"):
            seen, began = events(), time.process_time()
            answer = world.door.post(path, data=data)
            where = f"{case['file']} to {path}"
            assert time.process_time() - began < 1, where
            assert 400 <= answer.status_code < 500, where
            assert answer["Content-Type"] == "application/problem+json", where
            was_read = not codes_of(answer) & UNREADABLE
            if case["expect"] == "accept":
                assert was_read, where
            elif case["expect"] == "reject_file":
                assert not was_read, where
                assert answer.status_code == 400 or said(answer)["code"] == "bad_number", where
            assert events() == seen + 1, where
    assert world.state() == before


def test_every_text_that_parses_is_read_and_no_other(corpora: Path) -> None:
    for case in suite(corpora):
        data = (corpora / "badinput" / case["file"]).read_bytes()
        try:
            strict_json.loads(data)
            was_read = True
        except Refused:
            was_read = False
        assert case["expect"] != "accept" or was_read, case["file"]
        assert case["expect"] != "reject_file" or not was_read, case["file"]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (b'{"a": 1, "a": 2}', 400, "malformed"),
        (b'{"a": NaN}', 400, "malformed"),
        (b'{"a": 1e5}', 422, "bad_number"),
        (b"\xef\xbb\xbf{}", 400, "malformed"),
        (b'{"a": "\\ud800"}', 400, "malformed"),
        (b"[" * 33 + b"]" * 33, 400, "too_deep"),
        (b"1" * 41, 400, "limit"),
        (b"", 400, "malformed"),
        (b"null", 422, "wrong_type"),
        (b'"' + b"a" * (1 << 20) + b'"', 413, "too_large"),
    ],
)
def test_what_our_own_rules_refuse(world: World, text: bytes, status: int, code: str) -> None:
    answer = world.door.post("/invoices", data=text)
    assert (answer.status_code, said(answer)["code"]) == (status, code)
