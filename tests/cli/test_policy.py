"""Settings are proposed, simulated and signed from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.commit


def test_a_limit_is_simulated_proposed_and_signed_by_two(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", "--name", "Tidewater Metering", "--currency", "EUR", "--country", "DE")
    for email, role in (("ann@tidewater.example", "sales_ops"), ("ben@tidewater.example", "controller")):
        monkeypatch.setattr("sys.stdin", io.StringIO("quite long and unguessable 42\n"))
        assert run("add-user", email, "--role", role, "--password-stdin")[0] == 0
    file = tmp_path / "limits.json"
    file.write_text(json.dumps({"limits": [{"role": "sales", "max_discount_percent": "10"}]}), "utf-8")
    code, done = run("policy", "simulate", "approval_matrix", file, "--since", "2026-01-01")
    assert (code, done["tested"], done["stopped"], done["stopped_amount"]) == (0, 0, 0, "0.00")
    code, made = run(
        "policy", "propose", "approval_matrix", file, "--reason", "Agreed.", "--as", "ann@tidewater.example"
    )
    assert (code, made["version"], made["missing"]) == (0, "approval_matrix-1", ["sales", "finance"])
    sign = ("policy", "sign", "approval_matrix-1", "--side")
    assert run(*sign, "finance", "--as", "ann@tidewater.example")[1]["code"] == "not_your_signature"
    assert run(*sign, "sales", "--as", "ann@tidewater.example")[1]["is_active"] is False
    assert run(*sign, "finance", "--as", "ben@tidewater.example")[1]["is_active"] is True
    code, shown = run("policy", "show", "approval_matrix-1")
    assert {"path": ["limits", "sales", "max_discount_percent"], "before": None, "after": "10"} in shown["changes"]
    assert [signature["side"] for signature in shown["signatures"]] == ["sales", "finance"]
    _, listed = run("policy", "list")
    assert {row["version"] for row in listed["policies"]} >= {"approval_matrix-1", "data_standard-0"}
    assert run("policy", "list", "--overdue")[1]["policies"] == []
    assert run("policy", "show", "approval_matrix")[1]["content"]["limits"][0]["max_discount_percent"] == "10"
    file.write_text('{"limits": [{"role": "king"}]}', "utf-8")
    assert run("policy", "simulate", "approval_matrix", file)[1]["field"] == "limits.0.role"
    assert run("verify")[1]["ok"] is True
