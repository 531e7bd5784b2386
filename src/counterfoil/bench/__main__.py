"""Measure one job in the installation that the environment names: it must be empty. Started by `counterfoil bench`."""

from __future__ import annotations

import importlib
import json
import os
import sys

import django
from django.core.management import call_command

JOBS = {
    "anomalies": "anomalies",
    "audit": "audit",
    "binder": "binder",
    "post": "post",
    "trial-balance": "trial_balance",
    "import": "import_file",
    "close-deals": "close_deals",
    "preview": "preview",
    "undo": "undo",
}


def main(name: str, size: str, rounds: str) -> None:
    """Migrate, measure, and print one JSON object: the report as data and as lines."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    job = importlib.import_module(f"counterfoil.bench.jobs.{JOBS[name]}")
    report = job.measured(size=int(size), rounds=int(rounds))
    print(json.dumps({"data": report.as_data(), "lines": report.as_lines()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
