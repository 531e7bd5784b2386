"""counterfoil scorecard"""

from __future__ import annotations

import argparse
import csv

from counterfoil import words
from counterfoil.autonomy.domain.scorecard import Estimate, Scorecard
from counterfoil.cli.running import Answer
from counterfoil.flows import autonomy
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Compute a scorecard from the raw log, and write the log if asked."""
    found = autonomy.evidence(people.books_facts().id, args.kind, world.now(), version=args.rules)
    if args.raw is not None:
        rows = autonomy.raw_log(found.pairs)
        names = list(dict.fromkeys(name for row in rows for name in row))
        with args.raw.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
    data: dict[str, object] = {
        "kind": found.kind.name,
        "version": found.kind.version,
        "mode": found.kind.standing.mode.value,
        **autonomy.whole_json(found.card),
        "checks": [
            {"code": check.code, "is_met": check.is_met, "have": check.have, "need": check.need}
            for check in found.checks
        ],
    }
    card = found.card
    lines = [
        f"{found.kind.name} {found.kind.version}: {found.kind.standing.mode.value}",
        f"compared {card.n:,}: {card.paired:,} paired, {card.missed:,} missed, {card.agreed:,} agreed",
        f"agreement            {_said(card.agreement)}",
        f"kappa, {card.blind:,} blind  {_said(card.kappa)}",
        f"money-weighted error {_said(card.money_error)}",
    ]
    lines += [f"  {count:>6,} {words.sentence(code)}" for code, count in card.differences.items()]
    lines += [f"{month}  {_line(one)}" for month, one in card.by_month.items()]
    lines += [
        f"{name} {value}  {_line(one)}" for name, by_value in card.by_segment.items() for value, one in by_value.items()
    ]
    return Answer(data, lines)


def _said(one: Estimate | None) -> str:
    if one is None:
        return "nothing to say yet"
    return f"{one.micro / 1e6:.4f} (95 %: {one.low_micro / 1e6:.4f} to {one.high_micro / 1e6:.4f})"


def _line(card: Scorecard) -> str:
    return f"{card.n:,} compared, agreement {_said(card.agreement)}"
