"""The house rules that import-linter, ruff and mypy cannot see: whose table, which column, the clock, late imports."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db import models

import counterfoil
from counterfoil import words
from counterfoil.kernel.errors import Refused

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "counterfoil"
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}
# From the top down; in round brackets: does not exist yet.
FLOORS = [[name.strip() for name in floor.split("|")] for floor in CONTRACTS["floors"]["layers"]]
HEIGHTS = {name.strip("()"): -depth for depth, floor in enumerate(FLOORS) for name in floor}
# What the organisation's books share, although it stands on a floor where rows carry their books.
SHARED_BY_BOOKS = {"standards.Alias"}
HEAVY_LIBRARIES = {"granian", "lightgbm", "numpy", "schwifty", "typst", "xlsxwriter"}
CLOCKS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.time",
    "time.time_ns",
    "timezone.localdate",
    "timezone.now",
}


def our_models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("counterfoil."))


def our_columns() -> Iterator[tuple[str, models.Field[object, object]]]:
    for model in our_models():
        for field in model._meta.local_fields:
            yield f"{model._meta.label}.{field.name}", field


def package_of(module: str) -> str:
    return module.split(".")[1]


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    return [(path.relative_to(SOURCE), ast.parse(path.read_text("utf-8"))) for path in sorted(SOURCE.rglob("*.py"))]


def modules_named(room: str) -> set[str]:
    """Return the packages that have a room of this name, as a module or as a package."""
    return {path.name for path in SOURCE.iterdir() if (path / f"{room}.py").exists() or (path / room).is_dir()}


# ------------------------------------------------------------------------------------ contracts keep up


def test_brackets_are_taken_off_when_a_package_arrives() -> None:
    bracketed = {name.strip("()") for floor in FLOORS for name in floor if name.startswith("(")}
    arrived = {
        name for name in bracketed if (SOURCE / name / "__init__.py").exists() or (SOURCE / f"{name}.py").exists()
    }
    assert arrived == set(), "take the round brackets off in pyproject.toml"


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` can be imported, but import-linter does not see it."""
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_the_rooms_contract_names_every_station() -> None:
    stations = {f"counterfoil.{name}" for name in modules_named("services")}
    assert stations == set(CONTRACTS["rooms"]["containers"]), "name the station in pyproject.toml"


@pytest.mark.parametrize(
    ("folder", "contract"),
    [("connectors/vendors", "vendors"), ("anomalies/rules", "rules"), ("reports/catalog", "reports")],
)
def test_siblings_in_a_folder_of_additions_are_kept_apart(folder: str, contract: str) -> None:
    assert (SOURCE / folder).is_dir() == (contract in CONTRACTS)


# ------------------------------------------------------------------------------------ tables


def test_each_station_uses_only_its_own_tables() -> None:
    graph = grimp.build_graph("counterfoil", cache_dir=None)
    tables = [module for module in graph.modules if module.endswith(".models")]
    trespassers = [
        (importer, table)
        for table in tables
        for importer in graph.find_modules_that_directly_import(table)
        if importer.split(".")[:2] != table.split(".")[:2]
    ]
    assert trespassers == []


def test_foreign_keys_point_down_the_floors() -> None:
    upward = []
    for label, field in our_columns():
        if not isinstance(field, models.ForeignKey):
            continue
        here, there = field.model.__module__, field.remote_field.model.__module__
        is_ours = there.startswith("counterfoil.")
        if (
            is_ours
            and package_of(here) != package_of(there)
            and HEIGHTS[package_of(there)] >= HEIGHTS[package_of(here)]
        ):
            upward.append(f"{label} -> {field.remote_field.model._meta.label}")
    assert upward == []


def carries_books(model: type[models.Model]) -> bool:
    """Tell whether rows of this model must name their books: the ledger's, and all from the deal on."""
    package = package_of(model.__module__)
    return package == "ledger" or HEIGHTS["standards"] <= HEIGHTS[package] <= HEIGHTS["receivables"]


def test_from_the_deal_on_every_row_carries_its_books() -> None:
    without = []
    for model in our_models():
        if carries_books(model) and model._meta.label not in SHARED_BY_BOOKS:
            names = {field.name for field in model._meta.local_fields if not field.null}
            if "books" not in names:
                without.append(model._meta.label)
    assert without == []


def test_unique_keys_from_the_deal_on_begin_with_the_books() -> None:
    across = []
    for model in our_models():
        if not carries_books(model) or model._meta.label in SHARED_BY_BOOKS:
            continue
        keys = [c for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]
        across += [f"{model._meta.label}: {key.name}" for key in keys if key.fields[0] != "books"]
        across += [
            f"{model._meta.label}.{field.name}"
            for field in model._meta.local_fields
            if field.unique and not field.primary_key and not isinstance(field, models.OneToOneField)
        ]
    assert across == []


# ------------------------------------------------------------------------------------ columns


def test_no_column_is_a_float() -> None:
    assert [label for label, field in our_columns() if isinstance(field, models.FloatField)] == []


def test_decimal_columns_hold_rates_and_shares_only() -> None:
    kinds = {"rate", "share", "percent", "probability"}
    decimals = [(label, field.name) for label, field in our_columns() if isinstance(field, models.DecimalField)]
    assert [label for label, name in decimals if name.split("_")[-1] not in kinds] == []


def test_whole_numbers_of_money_and_quantity_are_wide_enough() -> None:
    endings = ("_minor", "_micro")
    amounts = [(label, field) for label, field in our_columns() if label.endswith(endings)]
    assert [label for label, field in amounts if not isinstance(field, models.BigIntegerField)] == []


def test_no_column_asks_the_database_or_django_for_the_time() -> None:
    clocks = [
        label
        for label, field in our_columns()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) or field.has_db_default()
    ]
    assert clocks == []


# ------------------------------------------------------------------------------------ code


def test_the_clock_is_read_in_one_place() -> None:
    readers = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                if f"{owner}.{node.attr}" in CLOCKS:
                    readers.append(f"{path}:{node.lineno}")
    assert {reader.split(":")[0] for reader in readers} == {"infra/world.py"}, readers


def may_import_late(path: Path, module: str) -> bool:
    """Tell whether an import inside a function has one of the two good reasons.

    Start-up time: heavy libraries, and everything in the command line. Django's order of start: an app's `ready`.
    """
    library = module.partition(".")[0]
    return library in HEAVY_LIBRARIES or path.parts[0] in ("cli", "__main__.py") or path.name == "apps.py"


def test_no_import_hides_in_a_function() -> None:
    hidden = []
    for path, tree in sources():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            hidden += [f"{path}:{node.lineno} {module}" for module in modules if not may_import_late(path, module)]
    assert hidden == []


def test_only_decisions_builds_a_cleared_value() -> None:
    builders = {
        path.parts[0]
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Cleared"
    }
    assert builders <= {"decisions"}


def refusal_codes() -> dict[str, str]:
    """Return the class of every refusal code of the product, after importing all of it."""
    for module in pkgutil.walk_packages(counterfoil.__path__, "counterfoil."):
        if not module.name.endswith(("__main__", "wsgi")):
            importlib.import_module(module.name)
    found = {}
    waiting = [Refused]
    while waiting:
        refused = waiting.pop()
        waiting += refused.__subclasses__()
        if refused.__module__.startswith("counterfoil.") and refused.__name__ != "Refused":
            found[f"{refused.__module__}.{refused.__name__}"] = refused.code
    return found


def test_every_refusal_has_a_sentence() -> None:
    wordless = [f"{name}: {code}" for name, code in refusal_codes().items() if code not in words.templates()]
    assert wordless == []
