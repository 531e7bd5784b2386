"""Running one command: the call made, the answer printed, the record sealed."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Iterable
from types import ModuleType

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from counterfoil import words
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, person
from counterfoil.infra.home import home
from counterfoil.kernel.errors import Refused


class Answer:
    """What a command says: its JSON object, its lines for a person, and whether something was refused or held."""

    def __init__(self, data: dict[str, object], lines: Iterable[str] = (), *, is_refused: bool = False) -> None:
        self.data = data
        self.lines = list(lines)
        self.is_refused = is_refused


def actor() -> Actor:
    """Return the person at this command line."""
    return person(f"{getpass.getuser()} (command line)")


def is_migrated() -> bool:
    """Tell whether the database has every migration of this version."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def progress(label: str) -> Progress:
    """Return a counter on standard error, silent when that is not a terminal."""
    return Progress(label)


class Progress:
    """Count of total on one line of a terminal."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if total and done >= total else ""
            of_total = f" of {total:,}" if total else ""
            sys.stderr.write(f"\r{self.label}: {done:,}{of_total}{end}")
            sys.stderr.flush()


def run(module: ModuleType, args: argparse.Namespace) -> int:
    """Run a command's module and print what it answers.

    Returns:
        0 when done, 1 when something was refused or held.
    """
    try:
        if not getattr(module, "WITHOUT_DATABASE", False) and not is_migrated():
            sys.stderr.write(f"There are no books of this version in {home()}. Run: counterfoil init\n")
            return 1
        answer: Answer = module.run(args)
        if not getattr(module, "WITHOUT_DATABASE", False):
            audit.seal()
            audit.export_head(home() / "anchors")
    except Refused as refused:
        if args.json:
            print(
                json.dumps(
                    {
                        "code": refused.code,
                        "field": refused.field,
                        "facts": refused.facts,
                        "message": words.sentence(refused.code, refused.facts),
                    }
                )
            )
        else:
            sys.stderr.write(words.sentence(refused.code, refused.facts) + "\n")
        return 1
    except (OperationalError, ImproperlyConfigured) as error:
        sys.stderr.write(f"The database cannot be used: {error}\n")
        return 1
    if args.json:
        print(json.dumps(answer.data, ensure_ascii=False, indent=1))
    else:
        print("\n".join(answer.lines))
    return 1 if answer.is_refused else 0
