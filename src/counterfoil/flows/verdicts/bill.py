"""An instalment of a signed contract: invoiced when its day has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from counterfoil.contracts.domain import INSTALMENT, Contract, ContractState, Instalment
from counterfoil.decisions.domain import Consulted, Verdict, finding_json, finding_of, held_verdict
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation, Finding
from counterfoil.kernel.money import Money

KIND = "bill"
VERSION = "instalments-2"
ACCOUNTING = "accounting"


def inputs(
    contract: Contract, instalment: Instalment, through: date, findings: Sequence[Finding] = ()
) -> dict[str, Fact]:
    """Put together what an instalment is decided on.

    Args:
        findings: everything that stood against it; what follows from the other inputs is left out here.
    """
    answers: dict[str, Fact] = {"answers": [finding_json(one) for one in findings if one.check != INSTALMENT]}
    return {
        "contract": contract.number,
        "state": contract.state.value,
        "instalment": instalment.no,
        "of": len(contract.instalments),
        "net_minor": instalment.net.minor,
        "currency": contract.currency.code,
        "planned_for": instalment.invoice_date.isoformat(),
        "through": through.isoformat(),
        **(answers if findings else {}),
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
    found += [finding_of(one) for one in inputs_.get("answers", ())]
    if found:
        return held_verdict(found, nearest=_nearest(found))
    return Verdict(
        "invoiced",
        "instalment_due",
        {**about, "of": inputs_["of"], "amount": net.decimal_text(), "currency": net.currency.code},
    )


def _nearest(findings: Sequence[Finding]) -> Explanation | None:
    """Return what would let an instalment pass, where the only finding names it."""
    match findings[0].facts.get("would_pass"):
        case {"code": str(code), "facts": Mapping() as facts} if len(findings) == 1:
            return Explanation(code, facts)
    return None
