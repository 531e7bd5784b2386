"""counterfoil sampling-rate"""

from __future__ import annotations

import argparse
from decimal import Decimal

from counterfoil.cli.commands.policy import person_of
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import control_rate
from counterfoil.infra import world
from counterfoil.kernel.text import parse_decimal
from counterfoil.people import selectors as people
from counterfoil.policies.domain import plain


def run(args: argparse.Namespace) -> Answer:
    """Say the rate of the control sample; set and sign it first where one is given."""
    if args.percent is not None:
        control_rate.set_rate(
            person=person_of(args.email),
            rate_micro=control_rate.micro_of(parse_decimal(args.percent, 4)),
            kind=args.kind,
            reason=args.reason,
            actor=actor(),
            at=world.now(),
        )
    now = control_rate.rates(people.books_facts().id)
    kinds = {kind: _percent(now.of(kind)) for kind in sorted(now.sampling.kinds)}
    data: dict[str, object] = {"rate_percent": _percent(now.default), "kinds": kinds, "policy": now.version}
    lines = [f"{_percent(now.default)} % of what is decided alone goes to a person, by {now.version}."]
    return Answer(data, [*lines, *(f"  {kind}: {share} %" for kind, share in kinds.items())])


def _percent(micro: int) -> str:
    return plain(Decimal(micro) / 10_000)
