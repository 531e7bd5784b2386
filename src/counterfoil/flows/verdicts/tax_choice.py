"""Which tax rate each line of an invoice bears: the class of its product in the books' country, or a code as stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.billing.domain import TaxRate, TaxTable
from counterfoil.decisions.domain import Consulted, Verdict
from counterfoil.kernel.errors import Fact, Refused

KIND = "tax_choice"
VERSION = "tax-by-class-1"
TABLE = "tax_table"


def table_json(table: TaxTable) -> dict[str, Fact]:
    """Return all rates of some books, to be kept once by their hash."""
    return {
        "country": table.country,
        "rates": [
            [rate.code, rate.country, rate.tax_class, rate.name, f"{rate.percent:f}", rate.valid_from.isoformat()]
            for rate in table.rates
        ],
    }


def table_from(kept: Mapping[str, Any]) -> TaxTable:
    """Return a tax table from how it is kept."""
    rates = tuple(
        [
            TaxRate(code, country, tax_class, name, Decimal(percent), date.fromisoformat(valid_from))
            for code, country, tax_class, name, percent, valid_from in kept["rates"]
        ]
    )
    return TaxTable(kept["country"], rates)


def inputs(day: date, lines: Sequence[tuple[str, str]], consulted: Mapping[str, Fact]) -> dict[str, Fact]:
    """Put together what tax is chosen on.

    Args:
        lines: tax class and stated code of each line; the code is empty where the class decides.
    """
    return {
        "day": day.isoformat(),
        "lines": [{"tax_class": tax_class, "stated": code} for tax_class, code in lines],
        "consulted": dict(consulted),
    }


def choose(day: date, lines: Sequence[tuple[str, str]], table: TaxTable) -> Verdict:
    """Choose the rate of each line, or say which has none."""
    chosen: list[Fact] = []
    for no, (tax_class, stated) in enumerate(lines, 1):
        try:
            rate = table.rate(stated or table.code_for(tax_class, day), day)
        except Refused as refused:
            return Verdict("refused", refused.code, {**refused.facts, "line": no})
        chosen.append([rate.code, f"{rate.percent.normalize():f}"])
    is_stated = any(stated for _, stated in lines)
    facts: dict[str, Fact] = {
        "codes": list(dict.fromkeys([str(one[0]) for one in chosen if isinstance(one, list)])),
        "country": table.country,
        "day": day.isoformat(),
        "chosen": chosen,
    }
    return Verdict("chosen", "tax_as_stated" if is_stated else "tax_by_class", facts)


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Choose again from what was stored."""
    lines = [(line["tax_class"], line["stated"]) for line in inputs_["lines"]]
    return choose(date.fromisoformat(inputs_["day"]), lines, table_from(consulted[TABLE]))
