"""Crediting invoices in full: the document, its postings, the revenue, the open balance, the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors
from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, Document, origin_of
from counterfoil.contracts import services as contracts
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared, decided
from counterfoil.flows.verdicts import credit_invoice as verdicts
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables import services as receivables
from counterfoil.revenue import domain as earning
from counterfoil.revenue import services as revenue

KIND, RULE_VERSION = verdicts.KIND, verdicts.VERSION


@dataclass(frozen=True, slots=True)
class Credited:
    """What became of one invoice: credited now (done), credited before (unchanged), or refused with the reason."""

    kind: OutcomeKind
    credit_note_id: int | None = None
    number: str = ""
    refusals: tuple[Refusal, ...] = ()


def credit_invoices(
    *, books_id: int, credits_wanted: Sequence[CreditDraft], actor: Actor, at: datetime
) -> list[Credited]:
    """Credit invoices in full, each once: at the original rates, in the original base amounts, on the given date.

    Revenue that was released for it is taken back on that date and its schedule shrinks by what was credited (to
    nothing, if it was the contract's only invoice). A contract whose invoices are all credited has ended: it is not
    invoiced again by itself.

    Returns:
        One answer per invoice, in order.
    """
    findings = billing.check_credits(books_id=books_id, drafts=credits_wanted)
    cleared, stopped = decisions.clear(Act.CREDIT, credits_wanted, {billing.CREDITABLE: findings})
    with transaction.atomic():
        issued = billing.credit_invoices(books_id=books_id, cleared=cleared, actor=actor, at=at)
        done = [one for one in issued if one.kind is OutcomeKind.DONE]
        if done:
            _follow(books_id, cleared, done, actor, at)
    answers = {draft.invoice_id: _answered(one) for draft, one in zip(cleared.value, issued, strict=True)}
    for held in stopped:
        refusals = tuple(Refusal(finding.code, finding.facts, finding.field) for finding in held.findings)
        answers.setdefault(held.item.invoice_id, Credited(OutcomeKind.REFUSED, refusals=refusals))
    return [answers[draft.invoice_id] for draft in credits_wanted]


def _answered(one: billing.Issued) -> Credited:
    if one.kind is OutcomeKind.REFUSED:
        return Credited(OutcomeKind.REFUSED, refusals=(Refusal(one.code, one.facts, one.field),))
    return Credited(one.kind, one.invoice_id, one.number)


def _follow(
    books_id: int,
    cleared: Cleared[tuple[CreditDraft, ...]],
    done: Sequence[billing.Issued],
    actor: Actor,
    at: datetime,
) -> None:
    """Take revenue back, close the open balances, end contracts without an invoice left, write down why."""
    credited = {draft.invoice_id: draft for draft in cleared.value}
    invoices = selectors.documents_by_id(books_id, list(credited))
    origins = {id_: origin_of(id_, one.document.draft.source) for id_, one in invoices.items()}
    effects = _reduce(books_id, cleared, done, origins, actor, at)
    notes = [one.invoice_id for one in done if one.invoice_id]
    receivables.open_documents(books_id=books_id, cleared=cleared, document_ids=notes, actor=actor, at=at)
    _end_contracts(books_id, done, actor, at)
    items = []
    for one in done:
        assert one.document is not None, "what was issued now comes with its document"
        assert one.credits_id is not None, "a credit note names its invoice"
        stored = verdicts.inputs(credited[one.credits_id], selectors.creditable(invoices[one.credits_id]), one.document)
        items.append(
            decided(
                f"invoice:{one.credits_id}",
                stored,
                verdicts.decide(stored, {}),
                effects=(f"invoice:{one.invoice_id}", f"entry:{one.entry_id}", *effects.get(_date(one), ())),
                made={"number": one.number, "actor": str(actor)},
                money=one.document.gross,
            )
        )
    decisions.record(books_id=books_id, kind=KIND, rule_version=RULE_VERSION, actor=actor, items=items, at=at)


def _date(one: billing.Issued) -> date:
    assert one.document is not None, "what was issued now comes with its document"
    return one.document.draft.issue_date


def _reduce(
    books_id: int,
    cleared: Cleared[tuple[CreditDraft, ...]],
    done: Sequence[billing.Issued],
    origins: Mapping[int, int],
    actor: Actor,
    at: datetime,
) -> dict[date, tuple[str, ...]]:
    """Take back what was released, on the date of each credit note; the entries by date."""
    entries = {}
    for day, of_day in groupby(sorted(done, key=_date), key=_date):
        posted = revenue.reduce_schedules(
            books_id=books_id,
            cleared=cleared,
            reductions=[reduction for one in of_day for reduction in _reductions(one, origins)],
            on=day,
            actor=actor,
            at=at,
        )
        entries[day] = tuple(f"entry:{id_}" for id_ in posted)
    return entries


def _reductions(one: billing.Issued, origins: Mapping[int, int]) -> list[revenue.Reduction]:
    """By how much each promise behind a credit note shrinks."""
    assert one.document is not None, "what was issued now comes with its document"
    assert one.base is not None, "what was issued now comes with its base amounts"
    assert one.credits_id is not None, "a credit note names its invoice"
    return reductions_of(one.document, one.base.net, origins[one.credits_id])


def reductions_of(document: Document, base_net: Money, origin_id: int) -> list[revenue.Reduction]:
    """By how much each promise behind a credit note shrinks.

    Args:
        origin_id: the invoice that was issued first for what is credited: its lines have the schedules.
    """
    lines = document.lines
    return [
        revenue.Reduction(
            earning.invoice_line_source(origin_id, line.no)
            if line.draft.contract_line_id is None
            else earning.contract_line_source(line.draft.contract_line_id),
            line.net,
            base,
        )
        for line, base in zip(lines, earning.shared_base(base_net, [line.net for line in lines]), strict=True)
    ]


def _end_contracts(books_id: int, done: Sequence[billing.Issued], actor: Actor, at: datetime) -> None:
    """End the contracts of which no invoice stands any more."""
    touched = {one.document.draft.contract_id for one in done if one.document} - {None}
    wanted = [contract_id for contract_id in touched if contract_id is not None]
    left = selectors.live_invoices(wanted)
    over = sorted(contract_id for contract_id in wanted if contract_id not in left)
    if over:
        on = max(_date(one) for one in done)
        contracts.end_contracts(books_id=books_id, contract_ids=over, on=on, actor=actor, at=at)
