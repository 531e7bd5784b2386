"""counterfoil bill-due"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.deliver import NoSuchContract
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Invoice what is due by contract."""
    books = people.books_facts()
    through = args.through or world.today(books.time_zone)
    only = [_instalment(books.id, text) for text in args.again] if args.again else None
    billed = bill_due(
        books_id=books.id,
        through=through,
        sink=EmbeddedAccounting(),
        only=only,
        is_confirmed=only is not None,
        actor=actor(),
    )
    held = [(contract, words.sentence(finding.code, finding.facts)) for contract, finding in billed.held]
    data: dict[str, object] = {
        "through": through.isoformat(),
        "invoiced": billed.invoiced,
        "held": [{"contract": contract, "message": message} for contract, message in held],
    }
    lines = [f"{billed.invoiced:,} instalments invoiced through {through}, {len(held):,} held."]
    lines += [f"  {contract}: {message}" for contract, message in held]
    return Answer(data, lines, is_refused=bool(held))


def _instalment(books_id: int, text: str) -> tuple[int, int]:
    """Read `C-0412/2`.

    Raises:
        NoSuchContract: there is no such contract, or no number behind it.
    """
    number, _, no = text.partition("/")
    contract = contracts.contract_by_number(books_id, number)
    if contract is None or not no.isascii() or not no.isdecimal():
        raise NoSuchContract(field="again", contract=text[:40])
    return contract.id, int(no)
