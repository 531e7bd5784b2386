"""An instalment of a signed contract: invoiced when its day has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from counterfoil.contracts.domain import INSTALMENT, Contract, ContractState, Instalment
from counterfoil.decisions.domain import Consulted, Verdict, held_verdict
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money

KIND = "bill"
VERSION = "instalments-2"


def inputs(contract: Contract, instalment: Instalment, through: date) -> dict[str, Fact]:
    """Put together what an instalment is decided on."""
    return {
        "contract": contract.number,
        "state": contract.state.value,
        "instalment": instalment.no,
        "of": len(contract.instalments),
        "net_minor": instalment.net.minor,
        "currency": contract.currency.code,
        "planned_for": instalment.invoice_date.isoformat(),
        "through": through.isoformat(),
    }


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Decide about an instalment from what was stored."""
    about: dict[str, Fact] = {"contract": inputs_["contract"], "instalment": inputs_["instalment"]}
    net = Money(inputs_["net_minor"], currency(inputs_["currency"]))
    found = []
    if inputs_["state"] == ContractState.ENDED.value:
        found.append(Finding(INSTALMENT, "contract_has_ended", about))
    if net.minor <= 0:
        found.append(Finding(INSTALMENT, "instalment_is_nothing", about))
    if date.fromisoformat(inputs_["planned_for"]) > date.fromisoformat(inputs_["through"]):
        found.append(Finding(INSTALMENT, "instalment_not_due", {**about, "planned_for": inputs_["planned_for"]}))
    if found:
        return held_verdict(found)
    return Verdict(
        "invoiced",
        "instalment_due",
        {**about, "of": inputs_["of"], "amount": net.decimal_text(), "currency": net.currency.code},
    )
