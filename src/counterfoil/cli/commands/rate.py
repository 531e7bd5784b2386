"""counterfoil rate"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.infra import world
from counterfoil.kernel.text import parse_decimal
from counterfoil.ledger import services as ledger
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Set an exchange rate from a day on."""
    books = people.books_facts()
    valid_from = args.start or world.today(books.time_zone)
    rate = parse_decimal(args.rate, max_places=12, profile="api")
    ledger.set_exchange_rate(
        books_id=books.id,
        currency_code=args.currency,
        valid_from=valid_from,
        base_rate=rate,
        actor=actor(),
        at=world.now(),
    )
    data: dict[str, object] = {"currency": args.currency, "rate": str(rate), "valid_from": valid_from.isoformat()}
    return Answer(data, [f"From {valid_from} on, 1 {args.currency} is {rate} {books.base_currency.code}."])
