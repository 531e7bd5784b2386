"""The command line in this process, on an own database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.cli.main import main
from tests.databases import OwnDatabase

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command with `--json` and answers its exit code and its object."""
    monkeypatch.setenv("COUNTERFOIL_HOME", str(own_database.home))

    def run_command(*words: object) -> tuple[int, Any]:
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command
