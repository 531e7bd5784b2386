"""Won deal -> contract -> invoice -> postings -> schedule, exactly once."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction

from counterfoil.anomalies import selectors as watch_reads
from counterfoil.anomalies import services as watch
from counterfoil.anomalies.candidates import of_deal
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.connectors.ports import Accepted, AccountingSink, CrmSource, Judged, Part
from counterfoil.contracts import selectors as contract_reads
from counterfoil.contracts import services as contracts
from counterfoil.contracts.domain import Contract, ContractState, SignedVersion
from counterfoil.crm import selectors as crm_reads
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Held, Item, Mode, decided
from counterfoil.flows import aliases, gating, queue, quotes, tax_choices
from counterfoil.flows.verdicts import close_deal as closing
from counterfoil.flows.verdicts import scores, watched
from counterfoil.infra import bulk, locks, world
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import CURRENCIES
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import MAX_MAJOR, Money
from counterfoil.standards import services as standards
from counterfoil.standards.seen import standard_from

MAX_BATCH = 5_000
KIND = closing.KIND
Progress = Callable[[int, int], None]


class DatedBy(StrEnum):
    """Which date invoices carry: today in the books' zone, or the close date (historical load)."""

    TODAY = "today"
    CLOSE = "close"


@dataclass(slots=True)
class Closed:
    """What a run did, and for each held deal everything that was found.

    `observed` deals were only judged, `suggested` ones wait for a person to confirm; `stopped_by` stopped the run.
    """

    won: int = 0
    invoiced: int = 0
    held: int = 0
    unchanged: int = 0
    observed: int = 0
    suggested: int = 0
    stopped_by: str = ""
    findings: list[tuple[Finding, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Run:
    books_id: int
    source: CrmSource
    sink: AccountingSink
    dated_by: DatedBy
    today: date
    actor: Actor
    at: datetime
    again: bool = False
    is_confirmed: bool = False

    @property
    def is_historical(self) -> bool:
        """Whether what was invoiced long ago is loaded."""
        return self.dated_by is DatedBy.CLOSE

    def date_of(self, judged: Judged) -> date:
        """The invoice date of a deal."""
        return judged.close_date if self.dated_by is DatedBy.CLOSE and judged.close_date else self.today


def close_deals(
    *,
    books_id: int,
    source: CrmSource,
    sink: AccountingSink,
    time_zone: str,
    dated_by: DatedBy = DatedBy.TODAY,
    only: Sequence[int] | None = None,
    again: bool = False,
    is_confirmed: bool = False,
    actor: Actor,
    progress: Progress | None = None,
) -> Closed:
    """Turn every won opportunity that is not yet invoiced into contract, invoice, postings and schedule.

    However often the event arrives, and wherever the process dies, each opportunity is invoiced once: one
    transaction holds everything a batch makes, and an opportunity has one live contract. What does not pass
    is held with its reasons; a won deal that changed after invoicing is held with both versions.

    Args:
        only: opportunity ids to look at; every won one if None.
        again: close deals too whose closing was undone before, because a person says so, as who asks for these very
            deals does; without it they are held.
        is_confirmed: a person asks for these very deals, so that the mode of this kind of decision does not matter.
    """
    is_again = again or (is_confirmed and only is not None)
    run = _Run(books_id, source, sink, dated_by, world.today(time_zone), actor, world.now(), is_again, is_confirmed)
    won = [(id_, version) for id_, version in source.won(books_id=books_id) if only is None or id_ in set(only)]
    signed = contract_reads.signed_hashes(books_id)
    waiting = [id_ for id_, version in won if signed.get(id_) != version]
    closed = Closed(won=len(won), unchanged=len(won) - len(waiting))
    for start in range(0, len(waiting), MAX_BATCH):
        if progress:
            progress(start, len(waiting))
        try:
            with bulk.collector_at_rest():
                _close_batch(run, waiting[start : start + MAX_BATCH], closed)
        except gating.Stopped as stopped:
            closed.stopped_by = str(stopped.facts["by"])
            break
    if progress:
        progress(len(waiting), len(waiting))
    return closed


class _SinkRefused(Exception):
    """The sink refused parts of a batch: take everything back and hold those."""

    def __init__(self, refused: Mapping[int, Finding]) -> None:
        super().__init__(len(refused))
        self.refused = refused


def _close_batch(run: _Run, opportunity_ids: Sequence[int], closed: Closed) -> None:
    refused: dict[int, Finding] = {}
    while True:
        try:
            done = _close_once(run, opportunity_ids, refused)
        except _SinkRefused as again:
            refused |= again.refused
        else:
            closed.invoiced += done.closed
            closed.unchanged += done.unchanged
            closed.observed += done.observed
            closed.suggested += done.suggested
            closed.held += len(done.held)
            closed.findings += [item.findings for item in done.held]
            return


@dataclass(frozen=True, slots=True)
class _Done:
    """What one batch came to."""

    closed: int
    held: Sequence[Held[Judged]]
    unchanged: int
    observed: int = 0
    suggested: int = 0


@dataclass(frozen=True, slots=True)
class _Acted:
    """What a batch made: the deals that passed, their contracts, the parts that were invoiced, and what is held."""

    passed: Sequence[Judged]
    made: Sequence[Contract]
    parts: Sequence[Part]
    accepted: Sequence[Accepted]
    held: Sequence[Held[Judged]]
    seen: Mapping[int, tuple[Candidate, Inspected]]
    waiting: Sequence[Judged]
    findings: Mapping[str, Sequence[Sequence[Finding]]]


@transaction.atomic
def _close_once(run: _Run, opportunity_ids: Sequence[int], refused: Mapping[int, Finding]) -> _Done:
    locks.hold(KIND, run.books_id)
    gate = gating.gate(run.books_id, KIND, run.source.rule_version, is_confirmed=run.is_confirmed)
    signed = contract_reads.signed_versions(run.books_id, opportunity_ids)
    judged = run.source.judged(books_id=run.books_id, opportunity_ids=opportunity_ids)
    waiting = [one for one in judged if not _stands(one, signed)]
    if not gate.acts:
        seen, held = _look(run, gate, waiting, signed, refused)
        gate.insist_running()
        suggested = seen if gate.mode is Mode.SUGGEST else 0
        return _Done(0, held, len(judged) - len(waiting), seen - suggested, suggested)
    acted = _act(run, waiting, signed, refused, is_elsewhere_held=True)
    watch.write_down(books_id=run.books_id, found=list(acted.seen.values()), at=run.at)
    newly_held = standards.record_held(
        books_id=run.books_id,
        held=[_hold(item, signed) for item in acted.held],
        actor=run.actor,
        at=run.at,
    )
    passed_ids = [one.opportunity_id for one in acted.passed]
    standards.resolve_held(books_id=run.books_id, opportunity_ids=passed_ids, at=run.at)
    newly = [item for item in acted.held if item.item.opportunity_id in newly_held]
    items = _items(run, acted, newly, signed) if acted.passed or newly else []
    tax_choices.record_of_parts(
        books_id=run.books_id, parts=acted.parts, accepted=acted.accepted, actor=run.actor, at=run.at
    )
    decision_id = None
    if items:
        decision_id = decisions.record(
            books_id=run.books_id,
            kind=KIND,
            rule_version=run.source.rule_version,
            actor=run.actor,
            items=items,
            at=run.at,
            mode=gate.mode,
        )
        _compare(run, gate, acted, decision_id)
    aliases.suggest_aliases(books_id=run.books_id, suggested=_suggested(newly), actor=run.actor, at=run.at)
    queue.hold_deals(books_id=run.books_id, held=acted.held, decision_id=decision_id, actor=run.actor, at=run.at)
    queue.let_deals_go(books_id=run.books_id, opportunity_ids=passed_ids, actor=run.actor, at=run.at)
    gate.insist_running()
    return _Done(len(acted.passed), acted.held, len(judged) - len(waiting))


def _act(
    run: _Run,
    waiting: Sequence[Judged],
    signed: Mapping[int, SignedVersion],
    refused: Mapping[int, Finding],
    *,
    is_elsewhere_held: bool,
) -> _Acted:
    """Sign and invoice what every check lets pass."""
    seen = _watched(run, waiting)
    findings = _findings(run, waiting, signed, refused, seen)
    if is_elsewhere_held:
        findings["invoiced_elsewhere"] = _elsewhere(run, waiting)
    cleared, held = decisions.clear(Act.CLOSE_DEAL, waiting, findings)
    passed = sorted(cleared.value, key=lambda one: (run.date_of(one), one.opportunity_id))
    deals = tuple([one.deal for one in passed if one.deal is not None])
    standards.keep_deals(
        books_id=run.books_id,
        cleared=cleared.into(deals),
        snapshots={one.opportunity_id: one.snapshot for one in passed},
        actor=run.actor,
        at=run.at,
    )
    made = contracts.sign(
        books_id=run.books_id,
        cleared=cleared.into(deals),
        signed_dates={one.opportunity_id: run.date_of(one) for one in passed},
        actor=run.actor,
        at=run.at,
    )
    parts = [part for one, contract in zip(passed, made, strict=True) for part in _parts_due(run, one, contract)]
    accepted = run.sink.accept(
        books_id=run.books_id,
        parts=cleared.into(tuple(parts)),
        is_historical=run.is_historical,
        actor=run.actor,
        at=run.at,
    )
    _insist_accepted(parts, accepted)
    invoices = Counter(part.contract.opportunity_id for part in parts)
    posted = [(*seen[one.opportunity_id], invoices[one.opportunity_id]) for one in passed]
    watch.learn(books_id=run.books_id, posted=posted)
    return _Acted(passed, made, parts, accepted, held, seen, waiting, findings)


# ------------------------------------------------------------------------------------ looking without acting


def _look(
    run: _Run,
    gate: gating.Gate,
    waiting: Sequence[Judged],
    signed: Mapping[int, SignedVersion],
    refused: Mapping[int, Finding],
) -> tuple[int, Sequence[Held[Judged]]]:
    """Decide about deals that were not judged in this version before, keep what was decided, and write nothing else.

    The very same steps are taken as when acting, and taken back, so that what is compared is what would be done.
    """
    found = _findings(run, waiting, signed, refused, _watched(run, waiting))
    hashes = {
        one.opportunity_id: canonical.hash_of(
            [one.version_hash, [[f.check, f.code, f.field] for answers in found.values() for f in answers[position]]]
        )
        for position, one in enumerate(waiting)
    }
    subjects = [f"opportunity:{one.opportunity_id}" for one in waiting]
    known = autonomy_reads.judged(run.books_id, KIND, gate.version, subjects)
    new = [
        one
        for one, subject in zip(waiting, subjects, strict=True)
        if (subject, 1, hashes[one.opportunity_id]) not in known
    ]
    if not new:
        return 0, ()
    with gating.taken_back():
        acted = _act(run, new, signed, refused, is_elsewhere_held=False)
        said = gating.invoices_said(run.books_id, acted.accepted)
    items = _items(run, acted, acted.held, signed, is_done=False)
    decision_id = decisions.record(
        books_id=run.books_id,
        kind=KIND,
        rule_version=gate.version,
        actor=run.actor,
        items=items,
        at=run.at,
        mode=gate.mode,
    )
    gating.keep_verdicts(gate, _verdicts(acted, said, hashes), decision_id, run.actor, run.at)
    if gate.mode is Mode.SUGGEST:
        held = [_hold(item, signed) for item in acted.held]
        standards.record_held(books_id=run.books_id, held=held, actor=run.actor, at=run.at)
        queue.hold_deals(books_id=run.books_id, held=acted.held, decision_id=decision_id, actor=run.actor, at=run.at)
        gating.suggest(gate, _cases(acted), decision_id, run.actor, run.at)
    return len(new), acted.held


def _verdicts(acted: _Acted, said: Sequence[tuple[Said, int]], hashes: Mapping[int, str]) -> list[autonomy.NewVerdict]:
    """Return what is compared: one verdict a part of a deal that would be invoiced, one for each that is held."""
    by_contract = {contract.id: one for contract, one in zip(acted.made, acted.passed, strict=True)}
    segments = _segments(acted.passed)
    verdicts = []
    numbers: Counter[int] = Counter()
    for part, (answer, stake) in zip(acted.parts, said, strict=True):
        id_ = by_contract[part.contract.id].opportunity_id
        numbers[id_] += 1
        subject = f"opportunity:{id_}"
        verdicts.append(
            autonomy.NewVerdict(subject, answer, hashes[id_], stake, "deal_closed", numbers[id_], segments[id_])
        )
    verdicts += [
        autonomy.NewVerdict(f"opportunity:{one.opportunity_id}", Said(gating.LATER), hashes[one.opportunity_id], 0)
        for one in acted.passed
        if not numbers[one.opportunity_id]
    ]
    verdicts += [
        autonomy.NewVerdict(
            f"opportunity:{item.item.opportunity_id}",
            Said(gating.HELD),
            hashes[item.item.opportunity_id],
            0,
            item.findings[0].code,
        )
        for item in acted.held
    ]
    return verdicts


def _segments(passed: Sequence[Judged]) -> dict[int, dict[str, str]]:
    deals = [one.deal for one in passed if one.deal is not None]
    customers = crm_reads.customer_facts(sorted({deal.customer_id for deal in deals}))
    return {
        deal.opportunity_id: {
            "segment": customers[deal.customer_id].segment if deal.customer_id in customers else "",
            "product": deal.lines[0].product_code,
            "currency": deal.currency.code,
        }
        for deal in deals
    }


def _cases(acted: _Acted) -> list[gating.Case]:
    return [
        gating.Case(f"opportunity:{deal.opportunity_id}", deal.version_hash, deal.total, deal.customer_id)
        for deal in [one.deal for one in acted.passed]
        if deal is not None
    ]


def _compare(run: _Run, gate: gating.Gate, acted: _Acted, decision_id: int) -> None:
    """Keep what is compared of a batch that acted: the control sample's verdicts, or what a person did."""
    drawn = gating.draw_sample(gate, _cases(acted), decision_id, run.actor, run.at)
    if not drawn and not gate.is_compared:
        return
    said = gating.invoices_said(run.books_id, acted.accepted)
    hashes = {one.opportunity_id: canonical.hash_of([one.version_hash, []]) for one in acted.passed}
    verdicts = _verdicts(dataclasses.replace(acted, held=()), said, hashes)
    if drawn:
        wanted = {f"opportunity:{acted.passed[position].opportunity_id}" for position in drawn}
        kept = [one for one in verdicts if one.subject in wanted]
        gating.keep_verdicts(gate, kept, decision_id, run.actor, run.at)
    answers = {(one.subject, one.part): one.said for one in verdicts if one.said.outcome != gating.LATER}
    gating.keep_answers(gate, answers, "hand", run.actor, run.at)


def _elsewhere(run: _Run, waiting: Sequence[Judged]) -> list[tuple[Finding, ...]]:
    """Find deals that were invoiced in the system that was used before: they are not invoiced twice."""
    subjects = [f"opportunity:{one.opportunity_id}" for one in waiting]
    numbers = autonomy_reads.document_numbers(run.books_id, subjects)
    return [
        (Finding("invoiced_elsewhere", "invoiced_elsewhere", {"number": numbers[subject]}),)
        if subject in numbers
        else ()
        for subject in subjects
    ]


# ------------------------------------------------------------------------------------ steps


def _stands(one: Judged, signed: Mapping[int, SignedVersion]) -> bool:
    version = signed.get(one.opportunity_id)
    return version is not None and not _is_undone(version) and version.version_hash == one.version_hash


def _is_undone(version: SignedVersion) -> bool:
    return version.state is ContractState.UNDONE


def _findings(
    run: _Run,
    waiting: Sequence[Judged],
    signed: Mapping[int, SignedVersion],
    refused: Mapping[int, Finding],
    seen: Mapping[int, tuple[Candidate, Inspected]],
) -> dict[str, list[tuple[Finding, ...]]]:
    """Let every check speak for every opportunity, in order."""
    with_deal = [(one.deal, run.date_of(one)) for one in waiting if one.deal is not None]
    objections = iter(run.sink.objections(books_id=run.books_id, wanted=with_deal))
    accounting = [next(objections) if one.deal is not None else () for one in waiting]
    late = [(refused[one.opportunity_id],) if one.opportunity_id in refused else () for one in waiting]
    return {
        "standards": [one.findings for one in waiting],
        "invoiced_before": [_changed(signed.get(one.opportunity_id), again=run.again) for one in waiting],
        ANOMALIES: [seen[one.opportunity_id][1].held if one.opportunity_id in seen else () for one in waiting],
        "accounting": [(*ahead, *after) for ahead, after in zip(accounting, late, strict=True)],
    }


def _watched(run: _Run, waiting: Sequence[Judged]) -> dict[int, tuple[Candidate, Inspected]]:
    """Let every rule look at every deal; what is no deal yet is held by the standards anyway."""
    deals = [
        (one.opportunity_id, of_deal(one.deal, owner=one.owner, stated=one.snapshot, issue_date=run.date_of(one)))
        for one in waiting
        if one.deal is not None
    ]
    found = watch_reads.inspected(
        run.books_id,
        [candidate for _, candidate in deals],
        today=run.today,
        is_historical=run.is_historical,
        at=run.at,
    )
    return {id_: (candidate, one) for (id_, candidate), one in zip(deals, found, strict=True)}


def _changed(before: SignedVersion | None, *, again: bool) -> tuple[Finding, ...]:
    """Hold a deal that changed after it was invoiced, and one whose closing a person took back."""
    if before is None or (again and _is_undone(before)):
        return ()
    return (closing.before_finding(_before(before)),)


def undone_finding(before: SignedVersion) -> Finding:
    """Say that a deal was closed and that this was undone: it is not closed again by itself."""
    return closing.before_finding(_before(before))


def _before(version: SignedVersion) -> dict[str, Fact]:
    """Return what a deal is held against that was signed before; the reason where that was undone."""
    return {
        "contract": version.number,
        "signed_date": version.signed_date.isoformat(),
        "undone": version.undone_reason if _is_undone(version) else None,
    }


def _parts_due(run: _Run, one: Judged, contract: Contract) -> list[Part]:
    """Return the instalments to invoice now: in a historical load everything up to today, each on its own date."""
    day = run.date_of(one)
    return [
        Part(contract, instalment, max(day, instalment.invoice_date))
        for instalment in contract.instalments
        if instalment.invoice_date <= (run.today if run.dated_by is DatedBy.CLOSE else day)
    ]


def _insist_accepted(parts: Sequence[Part], accepted: Sequence[Accepted]) -> None:
    refused = {
        part.contract.opportunity_id: Finding("accounting", answer.code, answer.facts)
        for part, answer in zip(parts, accepted, strict=True)
        if not answer.is_done
    }
    if refused:
        raise _SinkRefused(refused)


def _hold(item: Held[Judged], signed: Mapping[int, SignedVersion]) -> standards.Hold:
    one = item.item
    before = signed.get(one.opportunity_id)
    is_changed = before is not None and not _is_undone(before)
    return standards.Hold(one.opportunity_id, one.version_hash, item.findings, one.snapshot, is_changed)


def _items(
    run: _Run,
    acted: _Acted,
    held: Sequence[Held[Judged]],
    signed: Mapping[int, SignedVersion],
    *,
    is_done: bool = True,
) -> list[Item]:
    """Return what was decided about each deal, with everything that was consulted.

    Args:
        is_done: it was done too, so that what it led to belongs to it.
    """
    judged_by = run.source.judges_by
    contents = {closing.STANDARD: judged_by}
    is_found = any(found.facts is not None for _, found in acted.seen.values())
    signed_rules = watch_reads.signed_rules(run.books_id) if is_found else {}
    hashes = decisions.consult(contents={**contents, **signed_rules}, actor=run.actor, at=run.at)
    standard = standard_from(judged_by)
    effects: dict[int, list[str]] = {contract.id: [f"contract:{contract.id}"] for contract in acted.made}
    for part, answer in zip(acted.parts, acted.accepted, strict=True):
        effects[part.contract.id] += answer.effects
    items = []
    for one, contract in zip(acted.passed, acted.made, strict=True):
        led_to = tuple(effects[contract.id]) if is_done else ()
        invoices = sum([effect.startswith("invoice:") for effect in led_to])
        found = acted.seen[one.opportunity_id][1]
        noted = watched.noted_json(found.noted)
        stored = closing.inputs(
            one.seen,
            _consulted(hashes, found),
            before=None,
            answers=(),
            noted=noted,
            score=scores.inputs(found.scored),
            watched=watched.inputs(found, is_historical=run.is_historical),
        )
        items.append(
            decided(
                f"opportunity:{one.opportunity_id}",
                stored,
                closing.passed(stored, contract.total, noted),
                effects=led_to,
                made={"contract": contract.number, "invoices": invoices} if is_done else None,
                money=contract.total,
            )
        )
    positions = {one.opportunity_id: position for position, one in enumerate(acted.waiting)}
    for item in held:
        judged, place = item.item, positions[item.item.opportunity_id]
        before = signed.get(judged.opportunity_id)
        what = acted.seen[judged.opportunity_id][1] if judged.opportunity_id in acted.seen else Inspected()
        further = [check for check in acted.findings if check not in closing.AGAIN]
        stored = closing.inputs(
            judged.seen,
            _consulted(hashes, what),
            before=None if before is None or (run.again and _is_undone(before)) else _before(before),
            answers=[one for check in further for one in acted.findings[check][place]],
            score=scores.inputs(what.scored),
            watched=watched.inputs(what, is_historical=run.is_historical),
        )
        items.append(
            decided(
                f"opportunity:{judged.opportunity_id}",
                stored,
                closing.held(stored, item.findings, standard),
                money=_at_stake(judged, item.findings),
                evidence=quotes.of_findings(f"opportunity:{judged.opportunity_id}", item.findings),
            )
        )
    return items


def _consulted(hashes: Mapping[str, Fact], found: Inspected) -> dict[str, Fact]:
    """Name what one deal was judged by: what people signed for the watch only where it found something."""
    return {name: sha for name, sha in hashes.items() if name == closing.STANDARD or found.facts is not None}


def _suggested(held: Sequence[Held[Judged]]) -> dict[tuple[str, str], str]:
    """Return what texts that nobody knows are most like, by kind and text."""
    found: dict[tuple[str, str], str] = {}
    for item in held:
        for finding in item.findings:
            text, meant = finding.facts.get("text"), finding.facts.get("did_you_mean")
            if finding.code in ("unknown_product", "unknown_customer") and isinstance(meant, str) and text:
                found[finding.code.removeprefix("unknown_"), str(text)] = meant
    return found


def _at_stake(one: Judged, findings: Sequence[Finding]) -> Money | None:
    """What a held deal puts at stake: what a finding says of it, else all of it, where it names a currency that is."""
    for finding in findings:
        stake, money = finding.facts.get("stake"), CURRENCIES.get(str(finding.facts.get("stake_currency")))
        if isinstance(stake, str) and money is not None:
            return Money.rounded(Decimal(stake), money)
    minor, money = one.snapshot.get("amount_minor"), CURRENCIES.get(str(one.snapshot.get("currency")))
    if not isinstance(minor, int) or money is None or abs(minor) >= MAX_MAJOR * 10**money.exponent:
        return None
    return Money(minor, money)
