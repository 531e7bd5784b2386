"""Nothing that moves money can be called without the checks: who builds `Cleared`, who asks for it, who registers."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from counterfoil.decisions.domain import REQUIRED_CHECKS, Act, Cleared
from counterfoil.decisions.registry import registered_checks

SOURCE = Path(__file__).parents[2] / "src" / "counterfoil"
MOVES_MONEY = {
    "contracts.services": {"sign"},
    "billing.services": {"issue_invoices", "credit_invoices"},
    "ledger.services": {"post_entries", "reverse_entries"},
    "receivables.services": {"open_items", "settle", "undo_matches"},
    "revenue.services": {"schedule_obligations", "reduce_schedules"},
}


def calls(name: str) -> list[str]:
    """Return the modules that call something of this name."""
    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                callee = node.func
                called = callee.id if isinstance(callee, ast.Name) else getattr(callee, "attr", "")
                if called == name:
                    found.append(path.relative_to(SOURCE).as_posix())
    return found


def test_only_decisions_builds_a_cleared_value() -> None:
    assert set(calls("Cleared")) == {"decisions/domain.py"}
    assert set(calls("cleared_and_held")) == {"decisions/services.py"}


def test_no_door_clears() -> None:
    doors = ("web/", "api/", "cli/")
    assert [module for module in calls("clear") if module.startswith(doors)] == []
    assert [module for module in calls("into") if module.startswith(doors)] == []


@pytest.mark.parametrize(("module", "names"), MOVES_MONEY.items())
def test_every_service_that_moves_money_takes_what_was_cleared(module: str, names: set[str]) -> None:
    services = importlib.import_module(f"counterfoil.{module}")
    for name in names:
        parameter = inspect.signature(getattr(services, name), eval_str=False).parameters["cleared"]
        assert str(parameter.annotation).startswith(Cleared.__name__), name


def test_every_required_check_is_registered() -> None:
    assert {act: set(checks) - registered_checks(act) for act, checks in REQUIRED_CHECKS.items()} == {
        act: set() for act in Act
    }


@pytest.mark.parametrize("door", ["counterfoil.cli.running", "counterfoil.config.wsgi"])
def test_each_door_starts_with_the_same_checks(door: str) -> None:
    listing = (
        "import django; django.setup()\n"
        f"import {door}\n"
        "from counterfoil.decisions.domain import Act\n"
        "from counterfoil.decisions.registry import registered_checks\n"
        "print(sorted((act.value, sorted(registered_checks(act))) for act in Act))"
    )
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted((act.value, sorted(registered_checks(act))) for act in Act))
