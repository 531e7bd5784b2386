"""counterfoil init"""

from __future__ import annotations

import argparse

from django.core.management import call_command
from django.db import connection

from counterfoil.cli.running import Answer, actor
from counterfoil.flows import set_up
from counterfoil.infra.home import home, insist_not_demo

WITHOUT_DATABASE = True


def run(args: argparse.Namespace) -> Answer:
    """Migrate the database and open the organisation with its books."""
    insist_not_demo()
    home().mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    books = set_up.found_company(
        name=args.name,
        base_currency=args.currency,
        country=args.country,
        time_zone=args.time_zone,
        actor=actor(),
    )
    data: dict[str, object] = {
        "home": str(home()),
        "database": connection.vendor,
        "books": books.code,
        "currency": books.base_currency.code,
    }
    return Answer(
        data,
        [
            f"{books.name}: books in {books.base_currency.code}, {books.time_zone}, on {connection.vendor}.",
            f"Home: {home()}",
            "Next: counterfoil add-user you@example.com --role admin, then counterfoil serve",
        ],
    )
