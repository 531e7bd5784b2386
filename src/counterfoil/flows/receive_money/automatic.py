"""What names exactly one open item of its amount is matched; the rest is left with what it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import transaction

from counterfoil.anomalies import services as watch
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Item, Mode, decided
from counterfoil.decisions.domain import Verdict as Decided
from counterfoil.flows import gating, queue, quotes, watch_money
from counterfoil.flows.receive_money.conditions import follow_conditions
from counterfoil.flows.verdicts import match as verdicts_of
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.people import selectors as people
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain import settlement as rules
from counterfoil.receivables.domain.matching import Outcome, Verdict
from counterfoil.receivables.domain.settlement import Settlement
from counterfoil.receivables.services import Settled

MAX_BATCH: Final = 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a matching did. `proposed` lines name something, but not exactly one thing of their amount.

    `by_code` counts the lines that stay listed by what a person has to decide about them. `observed` lines were only
    judged, `suggested` ones wait for a person to confirm; `stopped_by` stopped the run.
    """

    lines: int
    matched: int
    proposed: int
    unmatched: int
    by_code: Mapping[str, int]
    decisions: tuple[int, ...]
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""


@dataclass(slots=True)
class _Said:
    """What was said of each line so far, by line id: outcome and code; and the decisions that say it."""

    of: dict[int, tuple[Outcome, str]] = field(default_factory=dict)
    decisions: list[int] = field(default_factory=list)
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""
    is_confirmed: bool = False
    only: frozenset[int] | None = None

    def result(self) -> Matched:
        """Count what was said last of each line."""
        outcomes = Counter(outcome for outcome, _ in self.of.values())
        return Matched(
            len(self.of),
            outcomes[Outcome.MATCHED],
            outcomes[Outcome.PROPOSED],
            outcomes[Outcome.UNMATCHED],
            Counter(code for outcome, code in self.of.values() if outcome is not Outcome.MATCHED),
            tuple(self.decisions),
            self.observed,
            self.suggested,
            self.stopped_by,
        )


def match(
    *,
    books_id: int,
    only: Collection[int] | None = None,
    is_confirmed: bool = False,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Matched:
    """Settle every listed line that names exactly one open item of its amount; leave the rest with what it lacks.

    Each batch is one transaction and one decision, and running it again changes nothing. Lines that a person took a
    match of back are left alone, and a person's match is never altered.

    Args:
        only: lines to look at; every listed one if None.
        is_confirmed: a person asks for what is exact, so that the mode does not matter. Where they did not see what
            that is and named no lines either, it says nothing of how often the machine is right.
    """
    said = _Said(is_confirmed=is_confirmed, only=None if only is None else frozenset(only))
    try:
        settled = _match_all(books_id, (), actor, at, said, progress)
        while settled:  # A payment may be settled only now that another came back, and the other way round.
            settled = _match_all(books_id, matching.MAY_CHANGE, actor, at, said, None)
    except gating.Stopped as stopped:
        said.stopped_by = str(stopped.facts["by"])
    return said.result()


def _match_all(
    books_id: int, codes: Sequence[str], actor: Actor, at: datetime, said: _Said, progress: Progress | None
) -> int:
    """Go once through the listed lines, or those that were left with some codes; returns how many were settled."""
    after: tuple[date, int] | None = None
    settled = seen = 0
    total = reads.listed_count(books_id) if progress else 0
    while batch := _match_batch(books_id, after, codes, actor, at, said):
        settled += batch.settled
        seen += batch.lines
        after = batch.last
        if progress:
            progress(seen, max(seen, total))
    return settled


@dataclass(frozen=True, slots=True)
class _Batch:
    """One batch of lines that was gone through: where it ended, how many there were, how many were settled."""

    last: tuple[date, int]
    lines: int
    settled: int


@transaction.atomic
def _match_batch(
    books_id: int, after: tuple[date, int] | None, codes: Sequence[str], actor: Actor, at: datetime, said: _Said
) -> _Batch | None:
    listed = reads.lines_to_match(books_id, after=after, codes=codes, limit=MAX_BATCH)
    if not listed:
        return None
    lines = [one for one in listed if said.only is None or one.line.id in said.only]
    if not lines:
        return _Batch(listed[-1].key, 0, 0)
    gate = gating.gate(books_id, matching.KIND, matching.RULE_VERSION, is_confirmed=said.is_confirmed)
    named = reads.named_candidates(books_id, lines)
    verdicts = matching.verdicts([(one.line, named[one.line.id]) for one in lines])
    if not gate.acts:
        _look(gate, lines, verdicts, actor, at, said)
        gate.insist_running()
        return _Batch(listed[-1].key, len(lines), 0)
    answers = _settle(books_id, verdicts, actor, at)
    settled = _write_down(gate, lines, verdicts, answers, actor, at, said)
    gate.insist_running()
    return _Batch(listed[-1].key, len(lines), settled)


def _settle(books_id: int, verdicts: Sequence[Verdict], actor: Actor, at: datetime) -> dict[int, Settled | Refusal]:
    """Settle what the rule matched and every check lets pass; what became of it, or what stands against it, by line."""
    settlements = [verdict.settlement for verdict in verdicts if verdict.settlement is not None]
    facts = reads.settlement_facts(books_id, settlements)
    found = [rules.findings(settlement, facts) for settlement in settlements]
    seen = watch_money.watched(books_id, settlements, facts)
    checks = {rules.CHECK: found, ANOMALIES: [one.held for _, one in seen]}
    cleared, held = decisions.clear(Act.RECEIVE, settlements, checks)
    watch.write_down(books_id=books_id, found=[(one, said) for one, said in seen if one is not None], at=at)
    outcomes = receivables.settle(books_id=books_id, cleared=cleared, actor=actor, at=at)
    follow_conditions(books_id, cleared, outcomes, actor, at)
    answers: dict[int, Settled | Refusal] = {
        settlement.origin_id: outcome.refusal or outcome
        for settlement, outcome in zip(cleared.value, outcomes, strict=True)
    }
    for item in held:
        first = item.findings[0]
        answers[item.item.origin_id] = Refusal(first.code, first.facts, first.field)
    return answers


def _look(
    gate: gating.Gate,
    lines: Sequence[reads.LineToMatch],
    verdicts: Sequence[Verdict],
    actor: Actor,
    at: datetime,
    said: _Said,
) -> None:
    """Decide about lines that were not judged in this version before, keep what was decided, and write nothing else."""
    hashes = {verdict.line.id: queue.line_hash(verdict) for verdict in verdicts}
    subjects = [f"bank_line:{verdict.line.id}" for verdict in verdicts]
    known = autonomy_reads.judged(gate.books_id, gate.kind, gate.version, subjects)
    said.of |= {verdict.line.id: (Outcome.UNMATCHED, "left_to_people") for verdict in verdicts}
    new = [one for one in verdicts if (f"bank_line:{one.line.id}", 1, hashes[one.line.id]) not in known]
    if not new:
        return
    with gating.taken_back():
        answers = _settle(gate.books_id, new, actor, at)
    judged = [_answered(verdict, answers.get(verdict.line.id)) for verdict in new]
    outcomes = [Outcome(said_of.outcome) for _, said_of in judged]
    read = {one.line.id: one for one in lines}
    items = [
        decided(
            f"bank_line:{verdict.line.id}",
            verdicts_of.inputs(verdict, objection),
            said_of,
            money=verdict.line.amount,
            evidence=quotes.of_bank_line(read[verdict.line.id], verdict.candidates),
        )
        for verdict, (objection, said_of) in zip(new, judged, strict=True)
    ]
    decision_id = decisions.record(
        books_id=gate.books_id,
        kind=gate.kind,
        rule_version=gate.version,
        actor=actor,
        items=items,
        at=at,
        mode=gate.mode,
    )
    said.decisions.append(decision_id)
    gating.keep_verdicts(gate, _verdicts_on(gate.books_id, new, outcomes), decision_id, actor, at)
    if gate.mode is Mode.SUGGEST:
        matched = [
            gating.Case(f"bank_line:{verdict.line.id}", hashes[verdict.line.id], abs(verdict.line.amount))
            for verdict, outcome in zip(new, outcomes, strict=True)
            if outcome is Outcome.MATCHED
        ]
        gating.suggest(gate, matched, decision_id, actor, at)
        proposed = [
            (verdict, said_of.code, said_of.facts)
            for verdict, (_, said_of) in zip(new, judged, strict=True)
            if said_of.outcome == Outcome.PROPOSED
        ]
        queue.hold_lines(books_id=gate.books_id, proposed=proposed, decision_id=decision_id, actor=actor, at=at)
        said.suggested += len(matched)
    else:
        said.observed += len(new)


def _answered(verdict: Verdict, answer: Settled | Refusal | None) -> tuple[dict[str, Fact] | None, Decided]:
    """Return what stood against settling a line, and what is said of it: the rule's word, unless something did."""
    objection: dict[str, Fact] | None = None
    if isinstance(answer, Refusal):
        objection = {"code": answer.code, "facts": dict(answer.facts)}
    return objection, verdicts_of.said(verdict, objection)


def _verdicts_on(books_id: int, verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> list[autonomy.NewVerdict]:
    """Return what is compared of lines; what the rule left to people is compared with nothing."""
    base = people.books_facts(books_id).base_currency
    stakes = ledger_reads.base_amounts(
        books_id, base, [(abs(verdict.line.amount), verdict.line.booking_date) for verdict in verdicts]
    )
    return [
        autonomy.NewVerdict(
            f"bank_line:{verdict.line.id}",
            match_said(verdict.settlement) if outcome is Outcome.MATCHED else Said(gating.LEFT),
            queue.line_hash(verdict),
            stake.minor if stake else 0,
            verdict.code,
            segments={"currency": verdict.line.amount.currency.code},
        )
        for verdict, outcome, stake in zip(verdicts, outcomes, stakes, strict=True)
    ]


def match_said(settlement: Settlement | None) -> Said:
    """Return what a settlement says that is compared: which items, with how much of each."""
    assert settlement is not None, "a matched line has its settlement"
    refs: list[str] = sorted(
        [f"item:{part.item_id}={part.amount.minor} {part.amount.currency.code}" for part in settlement.parts]
        + [f"account:{part.account}={part.amount.minor}" for part in settlement.account_parts]
        + ([f"payment:{settlement.recognises}"] if settlement.recognises else [])
    )
    money = abs(settlement.amount)
    return Said(gating.MATCHED, money.minor, money.currency.code, {"refs": refs})


def _write_down(
    gate: gating.Gate,
    lines: Sequence[reads.LineToMatch],
    verdicts: Sequence[Verdict],
    answers: Mapping[int, Settled | Refusal],
    actor: Actor,
    at: datetime,
    said: _Said,
) -> int:
    """Record one decision about the lines that were settled, and those of which something new is to be said."""
    books_id = gate.books_id
    read = {one.line.id: one for one in lines}
    items: list[Item] = []
    settled: list[int] = []
    left: dict[int, str] = {}
    proposed: list[tuple[Verdict, str, Mapping[str, Fact]]] = []
    for verdict in verdicts:
        line_id = verdict.line.id
        answer = answers.get(line_id)
        objection, decided_ = _answered(verdict, answer)
        outcome, code = Outcome(decided_.outcome), decided_.code
        said.of[line_id] = (outcome, code)
        if outcome is Outcome.PROPOSED:
            proposed.append((verdict, code, decided_.facts))
        if outcome is Outcome.MATCHED:
            settled.append(line_id)
        elif read[line_id].left_code == code:
            continue
        else:
            left[line_id] = code
        effects = answer.effects if isinstance(answer, Settled) else ()
        stored = verdicts_of.inputs(verdict, objection)
        items.append(
            decided(
                f"bank_line:{line_id}",
                stored,
                decided_,
                effects=effects,
                money=verdict.line.amount,
                evidence=quotes.of_bank_line(read[line_id], verdict.candidates),
            )
        )
    decision_id = None
    if items:
        decision_id = decisions.record(
            books_id=books_id,
            kind=matching.KIND,
            rule_version=matching.RULE_VERSION,
            actor=actor,
            items=items,
            at=at,
            mode=gate.mode,
        )
        said.decisions.append(decision_id)
        matched = [one for one in verdicts if one.line.id in set(settled)]
        _sample(gate, matched, decision_id, actor, at)
        if gate.is_compared and (said.only is not None or gate.standing.mode is not Mode.OBSERVE):
            by_hand = {(f"bank_line:{one.line.id}", 1): match_said(one.settlement) for one in matched}
            gating.keep_answers(gate, by_hand, "hand", actor, at)
        receivables.mark_decided(books_id=books_id, line_ids=settled, decision_id=decision_id)
        receivables.leave_lines(books_id=books_id, codes=left, decision_id=decision_id)
    queue.hold_lines(books_id=books_id, proposed=proposed, decision_id=decision_id, actor=actor, at=at)
    queue.let_lines_go(books_id=books_id, line_ids=settled, outcome="matched", actor=actor, at=at)
    return len(settled)


def _sample(gate: gating.Gate, settled: Sequence[Verdict], decision_id: int, actor: Actor, at: datetime) -> None:
    """Let people look at a random few of what was matched, where the mode says so."""
    cases = [gating.Case(f"bank_line:{one.line.id}", queue.line_hash(one), abs(one.line.amount)) for one in settled]
    drawn = [settled[position] for position in gating.draw_sample(gate, cases, decision_id, actor, at)]
    if drawn:
        verdicts = _verdicts_on(gate.books_id, drawn, [Outcome.MATCHED] * len(drawn))
        gating.keep_verdicts(gate, verdicts, decision_id, actor, at)
