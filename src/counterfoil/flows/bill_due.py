"""Invoicing the instalments of signed contracts whose day has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from counterfoil.anomalies import selectors as watch_reads
from counterfoil.anomalies import services as watch
from counterfoil.anomalies.candidates import of_contract
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.connectors.ports import Accepted, AccountingSink, Part
from counterfoil.contracts import selectors as contract_reads
from counterfoil.contracts import services as contracts
from counterfoil.contracts.domain import INSTALMENT, check_instalments
from counterfoil.crm import selectors as crm_reads
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Held, Item, Mode, decided
from counterfoil.flows import gating, queue, quotes, tax_choices
from counterfoil.flows.verdicts import bill as verdicts
from counterfoil.infra import locks, world
from counterfoil.kernel import canonical
from counterfoil.kernel.explanation import Finding
from counterfoil.review import selectors as review_reads
from counterfoil.review import services as review
from counterfoil.review.domain import State
from counterfoil.standards import selectors as standard_reads

KIND, RULE_VERSION = verdicts.KIND, verdicts.VERSION
MAX_BATCH = 5_000


@dataclass(slots=True)
class Billed:
    """How many instalments were invoiced, and what stands against the others (contract number, finding).

    `observed` ones were only judged, `suggested` ones wait for a person to confirm; `stopped_by` stopped the run.
    """

    invoiced: int
    held: list[tuple[str, Finding]]
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""


def bill_due(
    *,
    books_id: int,
    through: date,
    sink: AccountingSink,
    only: Sequence[tuple[int, int]] | None = None,
    is_confirmed: bool = False,
    actor: Actor,
) -> Billed:
    """Invoice every instalment planned for a day up to `through`, each once, dated `through` or its later day.

    An instalment that a check holds, or that the sink refuses (a closed period), stays planned and waits for a person
    with its reasons: that is a decision too, made once for what was found.

    Args:
        only: instalments to look at, as contract id and number; all that are due if None.
        is_confirmed: a person asks for these very instalments, so that the mode does not matter.
    """
    if is_confirmed and only is not None:  # What waits since its invoice was undone waits for exactly this.
        for contract_id, no in only:
            contracts.let_go(books_id=books_id, contract_id=contract_id, no=no, actor=actor, at=world.now())
    run = _Run(books_id, through, sink, actor, only, is_confirmed)
    billed = Billed(0, [])
    while not billed.stopped_by:
        try:
            taken = _bill_once(run)
        except gating.Stopped as stopped:
            billed.stopped_by = str(stopped.facts["by"])
        else:
            billed.invoiced += taken.invoiced
            billed.observed += taken.observed
            billed.suggested += taken.suggested
            if not taken.parts:
                break
    numbers = contract_reads.contract_numbers([contract_id for contract_id, _ in run.refused])
    billed.held = [(numbers[contract_id], one.findings[0]) for (contract_id, _), one in run.refused.items()]
    return billed


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one batch came to, of how many parts; none are left where it found none."""

    parts: int
    invoiced: int = 0
    observed: int = 0
    suggested: int = 0


@dataclass(slots=True)
class _Run:
    """One run: what was asked for, what was refused, and what was only looked at."""

    books_id: int
    through: date
    sink: AccountingSink
    actor: Actor
    only: Sequence[tuple[int, int]] | None
    is_confirmed: bool
    refused: dict[tuple[int, int], Held[Part]] = field(default_factory=dict)
    written: set[tuple[int, int]] = field(default_factory=set)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def due(self) -> list[Part]:
        """Return the instalments of the next batch."""
        skipped = self.refused.keys() | self.seen
        wanted = set(self.only) if self.only is not None else None
        planned = contract_reads.instalments_due(self.books_id, self.through, limit=MAX_BATCH + len(skipped))
        due = [one for one in planned if one not in skipped and (wanted is None or one in wanted)][:MAX_BATCH]
        contracts = contract_reads.contracts_by_id(self.books_id, sorted({contract_id for contract_id, _ in due}))
        undone = contract_reads.instalments_undone(self.books_id, due)
        return [
            Part(
                contracts[id_],
                next(one for one in contracts[id_].instalments if one.no == no),
                self.through,
                undone.get((id_, no), 0),
            )
            for id_, no in due
        ]

    def newly_held(self) -> list[Held[Part]]:
        """Return what was held and is not written down yet, and take it as written."""
        new = [one for key, one in self.refused.items() if key not in self.written]
        self.written |= self.refused.keys()
        return new


def _bill_once(run: _Run) -> _Taken:
    while True:
        try:
            return _try_to_bill(run)
        except _Refused as again:
            run.refused |= again.refused


@transaction.atomic
def _try_to_bill(run: _Run) -> _Taken:
    locks.hold(KIND, run.books_id)
    gate = gating.gate(run.books_id, KIND, RULE_VERSION, is_confirmed=run.is_confirmed)
    parts = run.due()
    at = world.now()
    if not gate.acts:
        return _look(run, gate, parts, at)
    cleared, accepted, seen = _accept(run, parts, at)
    watch.write_down(books_id=run.books_id, found=seen, at=at)
    held = run.newly_held()
    new = _not_known(run, held, at)
    items = [_item(part, answer.effects, run.through) for part, answer in zip(cleared, accepted, strict=True)]
    items += [_held_item(one, run.through) for one in new]
    if items:
        tax_choices.record_of_parts(books_id=run.books_id, parts=cleared, accepted=accepted, actor=run.actor, at=at)
        decision_id = decisions.record(
            books_id=run.books_id,
            kind=KIND,
            rule_version=RULE_VERSION,
            actor=run.actor,
            items=items,
            at=at,
            mode=gate.mode,
        )
        queue.hold_bills(books_id=run.books_id, held=new, decision_id=decision_id, actor=run.actor, at=at)
    if accepted:
        _compare(run, gate, cleared, accepted, decision_id, at)
        review.resolve_cases(
            books_id=run.books_id,
            kind=KIND,
            subjects=[queue.instalment(part) for part in cleared],
            outcome="invoiced",
            actor=run.actor,
            at=at,
        )
    gate.insist_running()
    return _Taken(len(parts), invoiced=len(accepted))


_Seen = Sequence[tuple[Candidate, Inspected]]


def _accept(run: _Run, parts: Sequence[Part], at: datetime) -> tuple[tuple[Part, ...], list[Accepted], _Seen]:
    """Invoice what every check lets pass; also returns what the rules saw.

    Raises:
        _Refused: the accounting system refused some; the transaction must be taken back.
    """
    findings = check_instalments([(part.contract, part.instalment) for part in parts])
    seen = _watched(run.books_id, parts, run.through)
    found = [one.held for _, one in seen]
    cleared, held = decisions.clear(Act.BILL, tuple(parts), {INSTALMENT: findings, ANOMALIES: found})
    run.refused |= {_key(one.item): one for one in held}
    accepted = run.sink.accept(books_id=run.books_id, parts=cleared, is_historical=False, actor=run.actor, at=at)
    turned_down = {
        _key(part): Held(position, part, (Finding(verdicts.ACCOUNTING, answer.code, answer.facts),))
        for position, (part, answer) in enumerate(zip(cleared.value, accepted, strict=True))
        if not answer.is_done
    }
    if turned_down:
        raise _Refused(turned_down)
    by_key = {_key(part): one for part, one in zip(parts, seen, strict=True)}
    watch.learn(books_id=run.books_id, posted=[(*by_key[_key(part)], 1) for part in cleared.value])
    return cleared.value, accepted, seen


# ------------------------------------------------------------------------------------ looking without acting


def _look(run: _Run, gate: gating.Gate, parts: Sequence[Part], at: datetime) -> _Taken:
    """Decide about instalments that were not judged in this version before, and write nothing else."""
    run.seen |= {_key(part) for part in parts}
    known = autonomy_reads.judged(run.books_id, KIND, gate.version, [_deal(part) for part in parts])
    new = [part for part in parts if (_deal(part), part.instalment.no, queue.instalment_hash(part)) not in known]
    cleared: Sequence[Part] = ()
    said: list[tuple[Said, int]] = []
    if new:
        with gating.taken_back():
            cleared, accepted, _ = _accept(run, new, at)
            said = gating.invoices_said(run.books_id, accepted)
    held = [one for one in run.newly_held() if (_deal(one.item), one.item.instalment.no, _held_hash(one)) not in known]
    if not cleared and not held:
        return _Taken(len(parts))
    items = [_item(part, (), run.through) for part in cleared] + [_held_item(one, run.through) for one in held]
    decision_id = decisions.record(
        books_id=run.books_id,
        kind=KIND,
        rule_version=gate.version,
        actor=run.actor,
        items=items,
        at=at,
        mode=gate.mode,
    )
    judged = [*_verdicts(cleared, said), *(_held_verdict(one) for one in held)]
    gating.keep_verdicts(gate, judged, decision_id, run.actor, at)
    gate.insist_running()
    if gate.mode is Mode.SUGGEST:
        gating.suggest(gate, [_case(part) for part in cleared], decision_id, run.actor, at)
        queue.hold_bills(books_id=run.books_id, held=held, decision_id=decision_id, actor=run.actor, at=at)
        return _Taken(len(parts), suggested=len(cleared))
    return _Taken(len(parts), observed=len(cleared))


def _compare(
    run: _Run, gate: gating.Gate, parts: Sequence[Part], accepted: Sequence[Accepted], decision_id: int, at: datetime
) -> None:
    """Keep what is compared of a batch that acted: the control sample's verdicts, or what a person did."""
    drawn = gating.draw_sample(gate, [_case(part) for part in parts], decision_id, run.actor, at)
    if not drawn and not gate.is_compared:
        return
    verdicts = _verdicts(parts, gating.invoices_said(run.books_id, accepted))
    if drawn:
        gating.keep_verdicts(gate, [verdicts[position] for position in drawn], decision_id, run.actor, at)
    answers = {(one.subject, one.part): one.said for one in verdicts}
    gating.keep_answers(gate, answers, "hand", run.actor, at)


def _verdicts(parts: Sequence[Part], said: Sequence[tuple[Said, int]]) -> list[autonomy.NewVerdict]:
    return [
        autonomy.NewVerdict(
            _deal(part),
            answer,
            queue.instalment_hash(part),
            stake,
            "instalment_due",
            part.instalment.no,
            _segments(part),
        )
        for part, (answer, stake) in zip(parts, said, strict=True)
    ]


def _held_verdict(one: Held[Part]) -> autonomy.NewVerdict:
    part, code = one.item, one.findings[0].code
    return autonomy.NewVerdict(
        _deal(part), Said(gating.HELD), _held_hash(one), 0, code, part.instalment.no, _segments(part)
    )


def _segments(part: Part) -> dict[str, str]:
    return {"product": part.contract.lines[0].product_code, "currency": part.contract.currency.code}


def _case(part: Part) -> gating.Case:
    return gating.Case(
        queue.instalment(part),
        queue.instalment_hash(part),
        part.instalment.net,
        part.contract.customer_id,
        _deal(part),
        part.instalment.no,
    )


def _deal(part: Part) -> str:
    return f"opportunity:{part.contract.opportunity_id}"


def _held_hash(one: Held[Part]) -> str:
    """Return what a held instalment was judged on: itself, and what stood against it."""
    return canonical.hash_of([queue.instalment_hash(one.item), [[f.check, f.code, f.field] for f in one.findings]])


# ------------------------------------------------------------------------------------ steps


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

    def __init__(self, refused: dict[tuple[int, int], Held[Part]]) -> None:
        super().__init__(len(refused))
        self.refused = refused


def _key(part: Part) -> tuple[int, int]:
    return part.contract.id, part.instalment.no


def _item(part: Part, effects: tuple[str, ...], through: date) -> Item:
    stored = verdicts.inputs(part.contract, part.instalment, through)
    verdict = verdicts.decide(stored, {})
    return decided(f"contract:{part.contract.id}", stored, verdict, effects=effects, money=part.instalment.net)


def _held_item(one: Held[Part], through: date) -> Item:
    """Return the decision that an instalment waits, with everything that stood against it."""
    part, subject = one.item, f"contract:{one.item.contract.id}"
    stored = verdicts.inputs(part.contract, part.instalment, through, one.findings)
    return decided(
        subject,
        stored,
        verdicts.decide(stored, {}),
        money=part.instalment.net,
        evidence=quotes.of_findings(subject, one.findings),
    )


def _not_known(run: _Run, held: Sequence[Held[Part]], at: datetime) -> list[Held[Part]]:
    """Leave out what waits, or was answered, for the same reason; one statement."""
    if not held:
        return []
    cases = review_reads.cases_about(run.books_id, [queue.instalment(one.item) for one in held], at)
    known = {
        (case.subject, case.content_hash, "" if case.state is State.ANSWERED else case.code)
        for case in cases
        if case.kind == KIND and case.state is not State.RESOLVED
    }
    new = []
    for one in held:
        subject, hash_ = queue.instalment(one.item), queue.instalment_hash(one.item)
        if not known & {(subject, hash_, ""), (subject, hash_, one.findings[0].code)}:
            new.append(one)
    return new
