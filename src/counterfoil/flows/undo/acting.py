"""Carrying a plan out: each step through the service that owns it, each chunk in one transaction with its decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, again_source, instalment_of, origin_of
from counterfoil.billing.domain.credits import AgainDraft
from counterfoil.contracts import selectors as contract_reads
from counterfoil.contracts import services as contracts
from counterfoil.contracts.domain import ContractState, SignedVersion
from counterfoil.crm import selectors as crm
from counterfoil.crm import services as crm_services
from counterfoil.crm.services import imports
from counterfoil.decisions import selectors as decision_reads
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared, decided
from counterfoil.flows import answers, credit_invoice, import_invoices
from counterfoil.flows.close_deals import undone_finding
from counterfoil.flows.receive_money import undo_bank_import, undo_matches
from counterfoil.flows.undo import planning
from counterfoil.flows.undo.plans import (
    HasDependents,
    Kind,
    Plan,
    PlanChanged,
    Step,
    Target,
    Undone,
    Verb,
    chunks,
)
from counterfoil.flows.verdicts import undo as verdicts
from counterfoil.infra import locks
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import OutcomeKind, check_reversible
from counterfoil.people import selectors as people
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.revenue import domain as earning
from counterfoil.revenue import selectors as revenue_reads
from counterfoil.revenue import services as revenue
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards import services as standards

RULE_VERSION: Final = "undo-1"
CHUNK: Final = 5_000
"""Steps in one transaction."""
MOST_LISTED: Final = 50
"""Dependents in a refusal; the plan has all of them."""


def undo(
    *,
    books_id: int,
    target: str,
    on: date | None = None,
    reason: str,
    only: Sequence[str] | None = None,
    with_dependents: bool = False,
    dry_run: bool = False,
    seen: str = "",
    actor: Actor,
    at: datetime,
) -> Undone:
    """Take a decision, a batch, an import, a document, a match or an entry back, as of one day; twice is once.

    From that day on every balance, open item, schedule and status is as if it had not been done. Closed periods,
    numbers, documents and both records stay: what was posted is reversed by linked entries at the rates it was posted
    at, and an invoice by a credit note. Money that loses its invoice becomes unapplied cash. The number of statements
    does not grow with the steps, only with each further 5,000.

    Args:
        on: the accounting date; see `planning.plan`.
        only: the parts of a decision that are meant.
        with_dependents: undo what was built on it, too; else it is refused with that list.
        seen: the hash of the plan that the person saw; another plan is refused.

    Raises:
        UnknownTarget: it names nothing.
        HasDependents: something was built on it; the facts list what.
        PlanChanged: the plan is not the one that was seen.
        Refused: the first thing that stands against it.
    """
    today = at.astimezone(ZoneInfo(people.books_facts(books_id).time_zone)).date()
    with transaction.atomic():
        locks.hold(planning.KIND, books_id)
        plan = planning.plan(books_id, target, on=on, today=today, only=only)
        _insist_allowed(plan, with_dependents=with_dependents, seen=seen)
        if dry_run or plan.is_nothing:
            return Undone(plan, is_dry_run=dry_run)
        parts = chunks(plan.steps, CHUNK)
        act = _Act(books_id, plan, reason, actor, at)
        if len(parts) == 1:
            act.carry_out(parts[0])
    if len(parts) > 1:
        for part in parts:
            with transaction.atomic():
                locks.hold(planning.KIND, books_id)
                act.carry_out(part)
    return Undone(plan, tuple(act.decisions), act.entries, tuple(act.documents), act.counts)


def _insist_allowed(plan: Plan, *, with_dependents: bool, seen: str) -> None:
    if plan.refusals:
        raise plan.refusals[0].error()
    if seen and seen != plan.hash and not plan.is_nothing:
        raise PlanChanged(target=plan.target)
    if plan.dependents and not with_dependents:
        listed: list[Fact] = [step.facts for step in plan.dependents[:MOST_LISTED]]
        raise HasDependents(target=plan.target, count=len(plan.dependents), dependents=listed)


@dataclass(slots=True)
class _Act:
    """One undoing on its way: what it made so far."""

    books_id: int
    plan: Plan
    reason: str
    actor: Actor
    at: datetime
    decisions: list[int] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    entries: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    credited: dict[int, set[int]] = field(default_factory=dict)
    """Instalments whose invoice was credited in this chunk, by contract."""

    def carry_out(self, steps: Sequence[Step]) -> None:
        """Do some steps, verb by verb, and write down what each led to."""
        of_verb: dict[Verb, list[Step]] = {}
        for step in steps:
            of_verb.setdefault(step.verb, []).append(step)
        effects: dict[str, tuple[str, ...]] = {}
        for verb, mine in of_verb.items():
            effects |= _DOES[verb](self, mine)
        done = [step for step in steps if step.target in effects]
        self._record(done, effects)
        self._say_so(done)

    def _say_so(self, done: Sequence[Step]) -> None:
        """Hold it against the machine where it had judged what is taken back; matches are seen to where they end."""
        unsigned = [Target.of(step.target).id for step in done if step.verb is Verb.UNSIGN]
        parts, self.credited = self.credited, {}
        deals = contract_reads.opportunities_of(sorted({*parts, *unsigned})) if parts or unsigned else {}
        things = {f"opportunity:{deals[id_]}": sorted(nos) for id_, nos in parts.items()}
        things |= {f"opportunity:{deals[id_]}": [] for id_ in unsigned}
        answers.taken_back(books_id=self.books_id, things=things, reason=self.reason, actor=self.actor, at=self.at)

    def _record(self, steps: Sequence[Step], effects: Mapping[str, tuple[str, ...]]) -> None:
        """Write one decision, linked both ways: to what was undone, and from there back to it."""
        if not steps:
            return
        asked = Target.of(self.plan.target)
        things = [step.target for step in steps]
        before = decision_reads.decided_by(self.books_id, things, but=planning.KIND)
        items = []
        for step in steps:
            made = effects[step.target]
            self.entries += sum(effect.startswith("entry:") for effect in made)
            origins = list(before.get(step.target, ()))
            if asked.kind is Kind.DECISION and not step.because:
                origins.append(asked.id)
            links = [f"decision:{id_}" for id_ in sorted(set(origins))]
            stored = verdicts.inputs(
                self.plan.target, step.verb.value, self.plan.on.isoformat(), self.reason, step.facts
            )
            items.append(
                decided(step.target, stored, verdicts.decide(stored, {}), effects=(*made, *links), money=step.amount)
            )
        self.decisions.append(
            decisions.record(
                books_id=self.books_id,
                kind=planning.KIND,
                rule_version=RULE_VERSION,
                actor=self.actor,
                items=items,
                at=self.at,
            )
        )

    # -------------------------------------------------------------------------------- what each verb does

    def take_matches_back(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Matches, payments, uses of cash and credit, and single allocations."""
        undos = [_undo(step) for step in steps]
        outcomes = undo_matches(
            books_id=self.books_id, undos=undos, on=self.plan.on, reason=self.reason, actor=self.actor, at=self.at
        )
        for outcome in outcomes:
            if outcome.refusal is not None:
                raise outcome.refusal.error()
        return {
            step.target: outcome.effects
            for step, outcome in zip(steps, outcomes, strict=True)
            if outcome.kind is OutcomeKind.DONE
        }

    def take_releases_back(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Released revenue, each entry with what was released on top of it."""
        entry_ids = tuple(Target.of(step.target).id for step in steps)
        cleared, _ = decisions.clear(Act.REVERSE, entry_ids, {"reversible": [()] * len(entry_ids)})
        reversals = revenue.take_back_releases(
            books_id=self.books_id, cleared=cleared, on=self.plan.on, reason=self.reason, actor=self.actor, at=self.at
        )
        posted = ledger_reads.entries_by_id(self.books_id, reversals)
        return {f"entry:{one.reverses_id}": (f"entry:{one.id}",) for one in posted.values()}

    def reverse(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Entries by hand."""
        ids = [Target.of(step.target).id for step in steps]
        entries = ledger_reads.entries_by_id(self.books_id, ids)
        findings = check_reversible([entries[id_].source for id_ in ids])
        cleared, held = decisions.clear(Act.REVERSE, ids, {"reversible": findings})
        if held:
            first = held[0].findings[0]
            raise Refusal(first.code, first.facts, first.field).error()
        outcomes = ledger.reverse_entries(
            books_id=self.books_id, cleared=cleared, on=self.plan.on, reason=self.reason, actor=self.actor, at=self.at
        )
        effects: dict[str, tuple[str, ...]] = {}
        for step, outcome in zip(steps, outcomes, strict=True):
            if outcome.kind is OutcomeKind.REFUSED:
                raise Refusal(outcome.code, outcome.facts or {}).error()
            if outcome.kind is OutcomeKind.DONE:
                effects[step.target] = (f"entry:{outcome.entry_id}",)
        return effects

    def credit(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Invoices: credited at their own rates. Of a contract that goes on, the instalment is planned again."""
        ids = [Target.of(step.target).id for step in steps]
        standing = billing_reads.invoices_standing(self.books_id, invoice_ids=ids)
        drafts = [CreditDraft(one.id, self.plan.on, self.reason) for one in standing]
        findings = billing.check_credits(books_id=self.books_id, drafts=drafts)
        cleared, held = decisions.clear(Act.CREDIT, drafts, {billing.CREDITABLE: findings})
        if held:
            first = held[0].findings[0]
            raise Refusal(first.code, first.facts, first.field).error()
        issued = billing.credit_invoices(books_id=self.books_id, cleared=cleared, actor=self.actor, at=self.at)
        for one in issued:
            if one.kind is OutcomeKind.REFUSED:
                raise Refusal(one.code, one.facts, one.field).error()
        notes = [one for one in issued if one.kind is OutcomeKind.DONE and one.invoice_id is not None]
        self._shrink(cleared, [one for one in standing if one.contract_id is None])
        receivables.open_documents(
            books_id=self.books_id,
            cleared=cleared,
            document_ids=[one.invoice_id for one in notes if one.invoice_id is not None],
            actor=self.actor,
            at=self.at,
        )
        instalments = sorted(planning.instalments_of(standing).values())
        for contract_id, no in instalments:
            self.credited.setdefault(contract_id, set()).add(no)
        contracts.undo_instalments(
            books_id=self.books_id,
            instalments=instalments,
            reason=self.reason,
            actor=self.actor,
            at=self.at,
        )
        self.documents += [one.number for one in notes]
        return {f"invoice:{one.credits_id}": (f"invoice:{one.invoice_id}", f"entry:{one.entry_id}") for one in notes}

    def reissue(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Credit notes: their invoices are issued again, the promises stand in full, and contracts go on."""
        notes = billing_reads.credit_notes(self.books_id, [Target.of(step.target).id for step in steps])
        keys = {note.id: key for note in notes if (key := instalment_of(note.invoice_source)) is not None}
        undone = contract_reads.times_undone(self.books_id, sorted({contract_id for contract_id, _ in keys.values()}))
        drafts = [
            AgainDraft(
                note.id,
                again_source(
                    note.invoice_id, note.invoice_source, note.id, undone[keys[note.id]] if note.id in keys else 0
                ),
                self.plan.on,
                self.reason,
            )
            for note in notes
        ]
        findings = billing.check_again(books_id=self.books_id, drafts=drafts)
        cleared, held = decisions.clear(Act.CREDIT, drafts, {billing.CREDITABLE: findings})
        if held:
            first = held[0].findings[0]
            raise Refusal(first.code, first.facts, first.field).error()
        issued = billing.issue_again(books_id=self.books_id, cleared=cleared, actor=self.actor, at=self.at)
        for one in issued:
            if one.kind is OutcomeKind.REFUSED:
                raise Refusal(one.code, one.facts, one.field).error()
        pairs = [(one.invoice_id or 0, note.id) for one, note in zip(issued, notes, strict=True)]
        receivables.open_documents(
            books_id=self.books_id,
            cleared=cleared,
            document_ids=[invoice_id for invoice_id, _ in pairs],
            actor=self.actor,
            at=self.at,
        )
        receivables.set_against_credit(
            books_id=self.books_id, cleared=cleared, pairs=pairs, on=self.plan.on, actor=self.actor, at=self.at
        )
        entries = self._restore(cleared, notes)
        contracts.revive(
            books_id=self.books_id,
            instalments=sorted(keys.values()),
            reason=self.reason,
            actor=self.actor,
            at=self.at,
        )
        self.documents += [one.number for one in issued]
        return {
            f"invoice:{note.id}": (f"invoice:{one.invoice_id}", f"entry:{one.entry_id}", *entries)
            for one, note in zip(issued, notes, strict=True)
        }

    def _restore(
        self, cleared: Cleared[tuple[AgainDraft, ...]], notes: Sequence[billing_reads.StandingNote]
    ) -> list[str]:
        """Let promises grow by what credit notes had credited; what is earned of it by now is released today."""
        documents = billing_reads.documents_by_id(self.books_id, [note.id for note in notes])
        reductions = []
        for note in notes:
            base = documents[note.id].base
            assert base is not None, "an issued credit note has base amounts"
            origin_id = origin_of(note.invoice_id, note.invoice_source)
            reductions += [
                revenue.Reduction(one.source, -one.amount, -one.base)
                for one in credit_invoice.reductions_of(documents[note.id].document, base.net, origin_id)
            ]
        posted = revenue.reduce_schedules(
            books_id=self.books_id,
            cleared=cleared,
            reductions=reductions,
            on=self.plan.on,
            actor=self.actor,
            at=self.at,
        )
        return [f"entry:{entry_id}" for entry_id in posted]

    def _shrink(self, cleared: Cleared[tuple[CreditDraft, ...]], own: Sequence[billing_reads.LiveInvoice]) -> list[int]:
        """End the schedules of invoices without a contract: nothing of them is earned."""
        numbers = billing_reads.line_numbers([one.id for one in own])
        sources = [
            earning.invoice_line_source(origin_of(one.id, one.source), no)
            for one in own
            for no in numbers.get(one.id, ())
        ]
        standing = revenue_reads.obligations_by_source(self.books_id, sources)
        return self._end_schedules(cleared, list(standing.values()))

    def _end_schedules(
        self, cleared: Cleared[tuple[CreditDraft, ...]] | Cleared[tuple[int, ...]], ending: Sequence[earning.Obligation]
    ) -> list[int]:
        reductions = [
            revenue.Reduction(one.source, one.amount - one.credited, one.base - one.base_credited)
            for one in ending
            if one.amount != one.credited or one.base != one.base_credited
        ]
        if not reductions:
            return []
        return revenue.reduce_schedules(
            books_id=self.books_id,
            cleared=cleared,
            reductions=reductions,
            on=self.plan.on,
            actor=self.actor,
            at=self.at,
        )

    def unsign(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Closings: nothing more is earned of the contract, and the deal waits for a person."""
        ids = [Target.of(step.target).id for step in steps]
        known = contract_reads.contracts_by_id(self.books_id, ids)
        cleared, _ = decisions.clear(Act.REVERSE, ids, {"reversible": [()] * len(ids)})
        entries = self._end_schedules(cleared, revenue_reads.obligations_of_contracts(self.books_id, ids))
        done = contracts.undo_contracts(
            books_id=self.books_id,
            contract_ids=ids,
            on=self.plan.on,
            reason=self.reason,
            actor=self.actor,
            at=self.at,
        )
        self._hold([known[id_].opportunity_id for id_ in done])
        of_contract = self._entries_of_contracts(entries)
        return {
            f"contract:{id_}": (f"opportunity:{known[id_].opportunity_id}", *of_contract.get(id_, ())) for id_ in done
        }

    def _entries_of_contracts(self, entry_ids: Sequence[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for entry in ledger_reads.entries_by_id(self.books_id, entry_ids).values():
            contract_id = entry.entry.postings[0].contract_id
            if contract_id is not None:
                found.setdefault(contract_id, []).append(f"entry:{entry.id}")
        return found

    def _hold(self, opportunity_ids: Sequence[int]) -> None:
        """Hold deals whose closing was undone, so that they are not closed again by themselves."""
        versions = contract_reads.signed_versions(self.books_id, opportunity_ids)
        judged = standard_reads.judged(self.books_id, opportunity_ids)
        holds = [
            standards.Hold(one.opportunity_id, one.version_hash, _held_for(version, one.findings), one.snapshot)
            for one in judged
            if (version := versions[one.opportunity_id]).state is ContractState.UNDONE
        ]
        standards.record_held(books_id=self.books_id, held=holds, actor=self.actor, at=self.at)

    def forget(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """What texts mean: opportunities wait for their customer again, and deals are held for an unknown name."""
        known = standard_reads.aliases([Target.of(step.target).id for step in steps])
        gone = set(
            standards.forget_aliases(
                alias_ids=[row.id for row in known], reason=self.reason, actor=self.actor, at=self.at
            )
        )
        for row in known:
            if row.kind == standard_reads.CUSTOMER and row.id in gone:
                crm_services.detach_customer(text=row.text, customer_id=row.target_id, actor=self.actor, at=self.at)
        return {f"alias:{row.id}": (f"{row.kind}:{row.target_id}",) for row in known if row.id in gone}

    def unload(self, steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
        """Imports."""
        effects: dict[str, tuple[str, ...]] = {}
        for step in steps:
            batch = crm.import_of(Target.of(step.target).id)
            if batch.undone_at is not None:
                continue
            if batch.kind == "bank":
                ended = undo_bank_import(books_id=self.books_id, batch_id=batch.id, actor=self.actor, at=self.at)
                self.counts["lines"] = ended
            elif batch.kind == import_invoices.KIND:
                self.counts["documents"] = import_invoices.undo_invoices(
                    books_id=self.books_id, batch_id=batch.id, actor=self.actor, at=self.at
                )
            else:
                kept = planning.kept_of(self.books_id, batch)
                self.counts |= imports.undo_import(batch_id=batch.id, kept=kept, actor=self.actor, at=self.at)
            effects[step.target] = (step.target,)
        return effects


def _held_for(version: SignedVersion, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return (*findings, undone_finding(version))


def _undo(step: Step) -> Undo:
    target = Target.of(step.target)
    return Undo(What.APPLIED if step.verb is Verb.TAKE_OFF else What(target.kind.value), target.id)


_DOES: Final[Mapping[Verb, Callable[[_Act, Sequence[Step]], dict[str, tuple[str, ...]]]]] = {
    Verb.UNTIE: _Act.take_matches_back,
    Verb.UNAPPLY: _Act.take_matches_back,
    Verb.UNMATCH: _Act.take_matches_back,
    Verb.TAKE_OFF: _Act.take_matches_back,
    Verb.TAKE_BACK: _Act.take_releases_back,
    Verb.CREDIT: _Act.credit,
    Verb.REISSUE: _Act.reissue,
    Verb.FORGET: _Act.forget,
    Verb.UNSIGN: _Act.unsign,
    Verb.REVERSE: _Act.reverse,
    Verb.UNLOAD: _Act.unload,
}
