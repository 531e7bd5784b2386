"""How far deals are on the way to the bank: held, to be invoiced, invoiced, paid."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import Stage
from counterfoil.standards import selectors as standards
from counterfoil.web.parts import Dot, Pill, Tone


def waiting(books_id: int) -> int:
    """Return how many won deals are neither invoiced as they stand nor held."""
    signed = contracts.signed_hashes(books_id)
    undone = sum(signed.get(id_) != version for id_, version in crm.won(books_id))
    return max(undone - standards.held_count(books_id), 0)


def states(books_id: int, deals: Sequence[tuple[int, Stage]]) -> dict[int, Pill]:
    """Say what finance made of each deal (id and stage); a constant number of statements."""
    won = [id_ for id_, stage in deals if stage is Stage.WON]
    held = standards.held_opportunities(books_id, won)
    signed = contracts.contracts_by_opportunity(books_id, won)
    invoiced = billing.live_invoices([contract.id for contract in signed.values()])
    found = {}
    for id_, stage in deals:
        contract = signed.get(id_)
        if id_ in held:
            found[id_] = Pill(_("Held"), Tone.BAD)
        elif contract is not None:
            found[id_] = _signed_state(contract.state, is_invoiced=contract.id in invoiced)
        elif stage is Stage.WON:
            found[id_] = Pill(_("To be invoiced"), Tone.WARN, Dot.HALF)
        elif stage is Stage.LOST:
            found[id_] = Pill(_("Lost"), Tone.PLAIN)
        else:
            found[id_] = Pill(_("Open"), Tone.PLAIN, Dot.RING)
    return found


def _signed_state(state: ContractState, *, is_invoiced: bool) -> Pill:
    if state is ContractState.ENDED:
        return Pill(_("Credited"), Tone.PLAIN)
    if state is ContractState.UNDONE:
        return Pill(_("Undone, waits"), Tone.WARN)
    if not is_invoiced:
        return Pill(_("Signed, billed later"), Tone.INFO, Dot.RING)
    return Pill(_("Invoiced"), Tone.GOOD)
