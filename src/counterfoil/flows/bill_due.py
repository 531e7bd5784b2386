"""Invoicing the instalments of signed contracts whose day has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from counterfoil.anomalies import selectors as watch_reads
from counterfoil.anomalies import services as watch
from counterfoil.anomalies.candidates import of_contract
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.audit.domain import Actor
from counterfoil.connectors.ports import Accepted, AccountingSink, Part
from counterfoil.contracts import selectors as contract_reads
from counterfoil.contracts.domain import INSTALMENT, check_instalments
from counterfoil.crm import selectors as crm_reads
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Item, decided
from counterfoil.flows.verdicts import bill as verdicts
from counterfoil.infra import locks, world
from counterfoil.kernel.explanation import Finding
from counterfoil.standards import selectors as standard_reads

KIND, RULE_VERSION = verdicts.KIND, verdicts.VERSION


@dataclass(slots=True)
class Billed:
    """How many instalments were invoiced, and what stands against the others (contract number, finding)."""

    invoiced: int
    held: list[tuple[str, Finding]]


def bill_due(*, books_id: int, through: date, sink: AccountingSink, actor: Actor) -> Billed:
    """Invoice every instalment planned for a day up to `through`, each once, dated `through` or its later day.

    An instalment that the sink refuses (a closed period) stays planned and is answered with the reason.
    """
    refused: dict[tuple[int, int], Finding] = {}
    done = 0
    while True:
        taken = _bill_once(books_id, through, sink, actor, refused)
        done += taken
        if not taken:
            numbers = contract_reads.contract_numbers([contract_id for contract_id, _ in refused])
            return Billed(done, [(numbers[contract_id], finding) for (contract_id, _), finding in refused.items()])


def _bill_once(
    books_id: int, through: date, sink: AccountingSink, actor: Actor, refused: dict[tuple[int, int], Finding]
) -> int:
    try:
        with transaction.atomic():
            locks.hold(KIND, books_id)
            due = [one for one in contract_reads.instalments_due(books_id, through) if one not in refused]
            contracts = contract_reads.contracts_by_id(books_id, sorted({contract_id for contract_id, _ in due}))
            undone = contract_reads.instalments_undone(books_id, due)
            parts = tuple(
                [
                    Part(
                        contracts[id_],
                        next(one for one in contracts[id_].instalments if one.no == no),
                        through,
                        undone.get((id_, no), 0),
                    )
                    for id_, no in due
                ]
            )
            findings = check_instalments([(part.contract, part.instalment) for part in parts])
            at = world.now()
            seen = _watched(books_id, parts, through)
            found = [one.held for _, one in seen]
            cleared, held = decisions.clear(Act.BILL, parts, {INSTALMENT: findings, ANOMALIES: found})
            refused |= {_key(one.item): one.findings[0] for one in held}
            watch.write_down(books_id=books_id, found=seen, at=at)
            accepted = sink.accept(books_id=books_id, parts=cleared, is_historical=False, actor=actor, at=at)
            turned_down = {
                _key(part): Finding("accounting", answer.code, answer.facts)
                for part, answer in zip(cleared.value, accepted, strict=True)
                if not answer.is_done
            }
            if turned_down:
                raise _Refused(turned_down)
            if accepted:
                by_key = {_key(part): candidate for part, (candidate, _) in zip(parts, seen, strict=True)}
                watch.learn(books_id=books_id, posted=[(by_key[_key(part)], 1) for part in cleared.value])
                items = [_item(part, answer, through) for part, answer in zip(cleared.value, accepted, strict=True)]
                decisions.record(
                    books_id=books_id, kind=KIND, rule_version=verdicts.VERSION, actor=actor, items=items, at=at
                )
            return len(accepted)
    except _Refused as again:
        refused |= again.refused
        return _bill_once(books_id, through, sink, actor, refused)


def _watched(books_id: int, parts: Sequence[Part], through: date) -> list[tuple[Candidate, Inspected]]:
    """Let every rule look at the contract of every instalment; four statements, whatever their number."""
    sold = sorted({part.contract.opportunity_id for part in parts})
    owners = crm_reads.owners(sold)
    stated = {id_: version.snapshot for id_, version in standard_reads.deal_versions(books_id, sold).items()}
    candidates = [
        of_contract(
            part.contract,
            owner=owners.get(part.contract.opportunity_id, ""),
            stated=stated.get(part.contract.opportunity_id, {}),
            issue_date=part.issue_date,
        )
        for part in parts
    ]
    return list(zip(candidates, watch_reads.inspected(books_id, candidates, today=through), strict=True))


class _Refused(Exception):
    """The sink refused parts: take everything back and leave those planned."""

    def __init__(self, refused: dict[tuple[int, int], Finding]) -> None:
        super().__init__(len(refused))
        self.refused = refused


def _key(part: Part) -> tuple[int, int]:
    return part.contract.id, part.instalment.no


def _item(part: Part, answer: Accepted, through: date) -> Item:
    stored = verdicts.inputs(part.contract, part.instalment, through)
    verdict = verdicts.decide(stored, {})
    return decided(f"contract:{part.contract.id}", stored, verdict, effects=answer.effects, money=part.instalment.net)
