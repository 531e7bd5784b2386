"""Entering invoices by hand or API: asked for, checked, issued, scheduled, open; or refused, or held for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.anomalies import selectors as watch_reads
from counterfoil.anomalies import services as watch
from counterfoil.anomalies.candidates import of_invoice
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.audit.domain import Actor, ActorKind
from counterfoil.billing import domain, selectors
from counterfoil.billing import services as billing
from counterfoil.billing.domain import InvoiceDraft, InvoiceRequest
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import key_of
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act, Cleared, decided, finding_json
from counterfoil.flows import queue, tax_choices
from counterfoil.flows.verdicts import enter_invoice as verdicts
from counterfoil.flows.verdicts import scores, tax_choice, watched
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.kernel.terms import Term
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.people import selectors as people
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.revenue import domain as earning
from counterfoil.revenue import services as revenue

KIND, RULE_VERSION = verdicts.KIND, verdicts.VERSION


class EnteredKind(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of one request. A refused one names every field, a held one the reason; neither has a number."""

    kind: EnteredKind
    invoice_id: int | None = None
    number: str = ""
    gross: Money | None = None
    held_id: int | None = None
    refusals: tuple[Refusal, ...] = ()


def enter_invoices(
    *,
    books_id: int,
    requests: Sequence[InvoiceRequest],
    asked_as: Mapping[str, tuple[str, str]] | None = None,
    actor: Actor,
    at: datetime,
) -> list[Entered]:
    """Enter invoices, each once by its source, or refuse them field by field.

    Customers are named by external id or name, products by code, tax by code; none of them is created. A refused or
    held request takes no number and posts nothing, and is on the record. The number of statements does not grow with
    the requests that are accepted.

    Args:
        asked_as: by source, the subject and the hash under which an approval of a held request was given.

    Returns:
        One answer per request, in order.
    """
    today = _today(books_id, at)
    drafts = _drafted(books_id, requests, today)
    standing = [one for one in drafts if isinstance(one, InvoiceDraft)]
    table = selectors.tax_table(books_id)
    findings = [domain.check_draft(draft, table, today) for draft in standing]
    with transaction.atomic():
        answers = _enter(books_id, table, standing, findings, _by_source(requests), today, actor, at, asked_as or {})
        by_source = {draft.source: answer for draft, answer in zip(standing, answers, strict=True)}
        for one, request in zip(drafts, requests, strict=True):
            if isinstance(one, list):
                by_source[request.source] = Entered(EnteredKind.REFUSED, refusals=tuple(one))
        for source, answer in by_source.items():
            if answer.kind is EnteredKind.REFUSED:
                billing.record_refusal(books_id=books_id, source=source, refusals=answer.refusals, actor=actor, at=at)
    return [by_source[request.source] for request in requests]


def refuse_request(*, books_id: int, source: str, refusals: Sequence[Refusal], actor: Actor, at: datetime) -> Entered:
    """Put a request on the record that could not even be read."""
    with transaction.atomic():
        billing.record_refusal(books_id=books_id, source=source, refusals=refusals, actor=actor, at=at)
    return Entered(EnteredKind.REFUSED, refusals=tuple(refusals))


def save_draft(*, books_id: int, request: InvoiceRequest, actor: Actor, at: datetime) -> int | list[Refusal]:
    """Keep a request as a draft, without a number; returns its id, or what stands against it."""
    (draft,) = _drafted(books_id, [request], _today(books_id, at))
    if isinstance(draft, list):
        return draft
    return billing.save_draft(books_id=books_id, draft=draft, actor=actor, at=at)


def issue_draft(*, books_id: int, invoice_id: int, actor: Actor, at: datetime) -> Entered:
    """Issue a draft under its id; issuing it again answers with the invoice that stands.

    Raises:
        NoSuchDocument: these books have no draft or invoice with this id.
    """
    found = selectors.documents_by_id(books_id, [invoice_id]).get(invoice_id)
    if found is None:
        raise selectors.NoSuchDocument(field="invoice", invoice=invoice_id)
    draft = found.document.draft
    today = _today(books_id, at)
    table = selectors.tax_table(books_id)
    findings = [domain.check_draft(draft, table, today)]
    with transaction.atomic():
        (answer,) = _enter(books_id, table, [draft], findings, {}, today, actor, at, {})
    return answer


def enter_held(*, books_id: int, held_id: int, issue_date: date | None = None, actor: Actor, at: datetime) -> Entered:
    """Try a held invoice again, on another date if one is given; what is done or unchanged leaves the held list.

    Raises:
        NoSuchDocument: nothing with this id waits.
    """
    held = selectors.held_invoice(books_id, held_id)
    read = domain.parsed_request(held.request)
    if isinstance(read, list):
        return Entered(EnteredKind.REFUSED, refusals=tuple(read))
    request = replace(read, source=held.source, issue_date=issue_date or read.issue_date)
    if issue_date is not None and request.term is not None:
        request = replace(request, due_date=None)
    asked_as = {held.source: (f"held_invoice:{held_id}", queue.request_hash(domain.request_content(request)))}
    with transaction.atomic():
        (answer,) = enter_invoices(books_id=books_id, requests=[request], asked_as=asked_as, actor=actor, at=at)
        if answer.kind in (EnteredKind.DONE, EnteredKind.UNCHANGED):
            billing.settle_held(books_id=books_id, held_id=held_id, reason=answer.number, actor=actor, at=at)
            queue.let_invoice_go(books_id=books_id, held_id=held_id, outcome="issued", actor=actor, at=at)
    return answer


@transaction.atomic
def discard_held(*, books_id: int, held_id: int, reason: str, actor: Actor, at: datetime) -> bool:
    """Take a held invoice that is not wanted off the list, with a reason; returns whether it waited."""
    settled = billing.settle_held(books_id=books_id, held_id=held_id, reason=reason, actor=actor, at=at)
    queue.let_invoice_go(books_id=books_id, held_id=held_id, outcome="discarded", actor=actor, at=at)
    return settled


def _today(books_id: int, at: datetime) -> date:
    return at.astimezone(ZoneInfo(people.books_facts(books_id).time_zone)).date()


def _by_source(requests: Sequence[InvoiceRequest]) -> dict[str, InvoiceRequest]:
    return {request.source: request for request in requests}


def _drafted(books_id: int, requests: Sequence[InvoiceRequest], today: date) -> list[InvoiceDraft | list[Refusal]]:
    """Make drafts of requests, or name what stands against each; a number of statements that does not grow."""
    found = crm.customers_by_text(None, [request.customer for request in requests])
    customers = crm.customers_by_id(list(found.ids.values()))
    prices = crm.product_facts()
    codes = {line.product_code for request in requests for line in request.lines if line.product_code}
    products = {
        code: domain.Sold(price.id, price.name, price.tax_class, price.kind.is_over_time)
        for code in codes
        if (price := prices.get(key_of(code))) is not None
    }
    buyers = {
        text: domain.Buyer(id_, Term.parse(customers[id_].terms) if customers[id_].terms else None)
        for text, id_ in found.ids.items()
    }
    table = selectors.tax_table(books_id)
    return [
        domain.drafted(request, buyer=buyers.get(request.customer), products=products, table=table, today=today)
        for request in requests
    ]


def _enter(
    books_id: int,
    table: domain.TaxTable,
    drafts: Sequence[InvoiceDraft],
    findings: Sequence[Sequence[Finding]],
    requests: dict[str, InvoiceRequest],
    today: date,
    actor: Actor,
    at: datetime,
    asked_as: Mapping[str, tuple[str, str]],
) -> list[Entered]:
    """Issue what passed the check, hold what a person must decide, refuse the rest; answers in the drafts' order."""
    sound = [draft for draft, found in zip(drafts, findings, strict=True) if not found]
    seen = _watched(books_id, sound, today, actor, at, asked_as)
    watched = [seen[draft.source][1].held if draft.source in seen else () for draft in drafts]
    checks = {domain.DOCUMENT: findings, ANOMALIES: watched}
    cleared, stopped = decisions.clear(Act.ENTER_INVOICE, drafts, checks)
    issued = billing.issue_invoices(books_id=books_id, cleared=cleared, actor=actor, at=at)
    watch.write_down(books_id=books_id, found=list(seen.values()), at=at)
    done = [one for one in issued if one.kind is OutcomeKind.DONE]
    if done:
        posted = [one.document.draft.source for one in done if one.document]
        watch.learn(books_id=books_id, posted=[(*seen[source], 1) for source in posted])
        _follow(books_id, table, cleared, done, seen, today, actor, at)
    answers = {draft.source: _answered(one) for draft, one in zip(cleared.value, issued, strict=True)}
    held = [
        (one.item, requests[one.item.source], _with_all(one.findings))
        for one in stopped
        if one.item.source in requests and verdicts.is_for_a_person(one.findings[0])
    ]
    held_ids = billing.hold_invoices(books_id=books_id, held=held, actor=actor, at=at) if held else []
    waiting = [(held_id, *one) for held_id, one in zip(held_ids, held, strict=True)]
    queue.hold_invoices(books_id=books_id, held=waiting, actor=actor, at=at)
    if waiting:
        found = {one.item.source: one.findings for one in stopped}
        to_record = [(id_, draft, found[draft.source]) for id_, draft, *_ in waiting]
        _record_held(books_id, table, to_record, seen, today, actor, at)
    for (draft, _, finding), held_id in zip(held, held_ids, strict=True):
        answers[draft.source] = Entered(EnteredKind.HELD, held_id=held_id, refusals=(_refusal(finding),))
    for one in stopped:
        refusals = tuple(_refusal(finding) for finding in one.findings)
        answers.setdefault(one.item.source, Entered(EnteredKind.REFUSED, refusals=refusals))
    return [answers[draft.source] for draft in drafts]


def _watched(
    books_id: int,
    drafts: Sequence[InvoiceDraft],
    today: date,
    actor: Actor,
    at: datetime,
    asked_as: Mapping[str, tuple[str, str]],
) -> dict[str, tuple[Candidate, Inspected]]:
    """Let every rule look at every draft that was not issued yet, by source."""
    standing = selectors.standing_documents(books_id, [draft.source for draft in drafts])
    wanted = {
        draft.source: replace(
            of_invoice(draft, owner=actor.name if actor.kind is ActorKind.PERSON else ""),
            asked_as=asked_as.get(draft.source),
        )
        for draft in drafts
        if draft.source not in standing or standing[draft.source].is_draft
    }
    found = watch_reads.inspected(books_id, list(wanted.values()), today=today, at=at)
    return {source: (candidate, one) for (source, candidate), one in zip(wanted.items(), found, strict=True)}


def _with_all(findings: Sequence[Finding]) -> Finding:
    """The first finding, with all of them among its facts where there are more."""
    first = findings[0]
    if len(findings) == 1:
        return first
    every: list[Fact] = [finding_json(one) for one in findings]
    return replace(first, facts={**first.facts, "all": every})


def _refusal(finding: Finding) -> Refusal:
    return Refusal(finding.code, finding.facts, finding.field)


def _answered(one: billing.Issued) -> Entered:
    if one.kind is OutcomeKind.REFUSED:
        return Entered(EnteredKind.REFUSED, refusals=(Refusal(one.code, one.facts, one.field),))
    gross = one.document.gross if one.document else None
    return Entered(EnteredKind(one.kind.value), one.invoice_id, one.number, gross)


def _follow(
    books_id: int,
    table: domain.TaxTable,
    cleared: Cleared[tuple[InvoiceDraft, ...]],
    done: Sequence[billing.Issued],
    seen: Mapping[str, tuple[Candidate, Inspected]],
    today: date,
    actor: Actor,
    at: datetime,
) -> None:
    """Schedule revenue, release what is earned, open the receivables, write down why."""
    scheduled = revenue.schedule_obligations(
        books_id=books_id,
        cleared=cleared.into(tuple([promise for one in done for promise in _promises(one)])),
        released_through=today,
        actor=actor,
        at=at,
    )
    entries = iter(scheduled)
    items_to_open = cleared.into(tuple([_open_item(one) for one in done]))
    receivables.open_items(books_id=books_id, cleared=items_to_open, actor=actor, at=at)
    hashes = _consulted(books_id, table, seen, actor, at)
    items = []
    for one in done:
        assert one.document is not None, "what was issued now comes with its document"
        released = {f"entry:{id_}" for _ in one.document.lines for id_ in next(entries).entry_ids}
        draft = one.document.draft
        stored = _inputs(draft, today, hashes, (), seen)
        items.append(
            decided(
                f"invoice:{one.invoice_id}",
                stored,
                verdicts.said(draft, table, today, (), stored["score"]),
                effects=(f"entry:{one.entry_id}", *sorted(released)),
                made={"number": one.number, "actor": str(actor)},
                money=one.document.gross,
            )
        )
    issued = [(one.invoice_id, one.document.draft) for one in done if one.invoice_id and one.document]
    tax_choices.record_of_drafts(books_id=books_id, table=table, issued=issued, actor=actor, at=at)
    decisions.record(books_id=books_id, kind=KIND, rule_version=RULE_VERSION, actor=actor, items=items, at=at)


def _record_held(
    books_id: int,
    table: domain.TaxTable,
    held: Sequence[tuple[int, InvoiceDraft, Sequence[Finding]]],
    seen: Mapping[str, tuple[Candidate, Inspected]],
    today: date,
    actor: Actor,
    at: datetime,
) -> None:
    """Write down why invoices wait for a person."""
    hashes = _consulted(books_id, table, seen, actor, at)
    items = []
    for held_id, draft, findings in held:
        answers = [one for one in findings if one.check != domain.DOCUMENT]
        stored = _inputs(draft, today, hashes, answers, seen)
        said = verdicts.said(draft, table, today, answers, stored["score"])
        items.append(decided(f"held_invoice:{held_id}", stored, said))
    decisions.record(books_id=books_id, kind=KIND, rule_version=RULE_VERSION, actor=actor, items=items, at=at)


def _inputs(
    draft: InvoiceDraft,
    today: date,
    hashes: Mapping[str, Fact],
    answers: Sequence[Finding],
    seen: Mapping[str, tuple[Candidate, Inspected]],
) -> dict[str, Any]:
    """Put together what an invoice is decided on: the draft, and what the watch saw of it."""
    _, found = seen.get(draft.source, (None, Inspected()))
    consulted = {name: sha for name, sha in hashes.items() if name == tax_choice.TABLE or found.facts is not None}
    return verdicts.inputs(
        draft,
        today,
        consulted,
        answers,
        scores.inputs(found.scored),
        watched.inputs(found, is_historical=False),
    )


def _consulted(
    books_id: int,
    table: domain.TaxTable,
    seen: Mapping[str, tuple[Candidate, Inspected]],
    actor: Actor,
    at: datetime,
) -> dict[str, Fact]:
    is_found = any(found.facts is not None for _, found in seen.values())
    signed = watch_reads.signed_rules(books_id) if is_found else {}
    return decisions.consult(contents={tax_choice.TABLE: tax_choice.table_json(table), **signed}, actor=actor, at=at)


def _open_item(one: billing.Issued) -> receivables.NewItem:
    """What an invoice leaves open."""
    assert one.document is not None, "what was issued now comes with its document"
    assert one.base is not None, "what was issued now comes with its base amounts"
    assert one.invoice_id is not None, "what was issued now has an id"
    draft = one.document.draft
    return receivables.NewItem(
        DocumentKind.INVOICE,
        one.invoice_id,
        draft.customer_id,
        one.number,
        one.document.gross,
        one.base.gross,
        draft.issue_date,
        draft.due_date,
        draft.contract_id,
        draft.is_conditional,
    )


def _promises(one: billing.Issued) -> list[earning.ObligationDraft]:
    """What an invoice without a contract promises, line by line."""
    assert one.document is not None, "what was issued now comes with its document"
    assert one.base is not None, "what was issued now comes with its base amounts"
    assert one.invoice_id is not None, "what was issued now has an id"
    bases = earning.shared_base(one.base.net, [line.net for line in one.document.lines])
    return [
        earning.ObligationDraft(
            earning.invoice_line_source(one.invoice_id, line.no),
            None,
            one.document.draft.customer_id,
            line.net,
            base,
            line.draft.recognition,
            line.draft.service,
            line.draft.delivered_on,
            one.number,
        )
        for line, base in zip(one.document.lines, bases, strict=True)
    ]
