"""Issuing documents: lines, number, postings, content and record in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import wraps
from itertools import groupby
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing import domain, selectors
from counterfoil.billing.domain import Document, InBase, InvoiceDraft, IssueDateTooEarly, Kind
from counterfoil.billing.models import Condition, Invoice, InvoiceLine
from counterfoil.billing.services import numbers
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk, ids
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import AccountRole, JournalEntry, OutcomeKind, PeriodIsClosed, Posting, Sourced, month_of
from counterfoil.ledger.selectors import NoExchangeRate
from counterfoil.people import selectors as people

P = ParamSpec("P")
T = TypeVar("T")
ISSUED = "billing.issued"
MAX_BATCH = 5_000
_INVOICE_COLUMNS = (
    "id", "books_id", "kind", "state", "series_id", "no", "number", "source", "customer_id", "contract_id",
    "credits_id", "currency", "issue_date", "due_date", "term", "po_number", "note", "net_minor", "tax_minor",
    "gross_minor", "base_gross_minor", "base_tax_minor", "is_conditional", "content", "issued_at", "entry_id",
    "event_id", "item_hash",
)  # fmt: skip
_LINE_COLUMNS = (
    "books_id", "invoice_id", "no", "product_id", "product_code", "description", "quantity_micro", "unit_price_minor",
    "discount_percent", "net_minor", "tax_code", "tax_name", "tax_percent", "recognition", "service_start",
    "service_end", "delivered_on", "contract_line_id",
)  # fmt: skip
_CONDITION_COLUMNS = ("id", "books_id", "unconditional_from", "gross_minor", "grossed_minor")


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one document: done, unchanged (it stood already) or refused with its code.

    `document` and `base` are there for a document that was issued now; `credits_id` is a credit note's invoice.
    """

    kind: OutcomeKind
    invoice_id: int | None = None
    number: str = ""
    entry_id: int | None = None
    code: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    field: str | None = None
    document: Document | None = None
    base: InBase | None = None
    credits_id: int | None = None


@dataclass(slots=True)
class Made:
    """A document on its way to being issued, and where it stands in the batch."""

    position: int
    document: Document
    base: InBase
    invoice_id: int = 0
    series_id: int = 0
    no: int = 0
    number: str = ""
    posted: tuple[Posting, ...] = ()
    """For a credit note what was posted for its invoice, for an invoice that takes one back what was for that."""
    reverses: int | None = None
    credits_id: int | None = None
    credited: tuple[str, date] | None = None
    """Number and date of the document that this one takes back."""
    grossed: int = 0
    """How much of a conditional invoice stands as a receivable from the start."""


@dataclass(frozen=True, slots=True)
class _Printing:
    """What documents state besides themselves, read before a number is taken: parties, their names, the accounts."""

    seller: str
    stated: Mapping[int, str]
    names: Mapping[int, str]
    accounts: Mapping[AccountRole, str]


def _read_for_printing(books_id: int, made: Sequence[Made]) -> _Printing:
    buyers = selectors.parties(list({one.document.draft.customer_id for one in made}))
    return _Printing(
        domain.party_text(selectors.seller(books_id)),
        {customer_id: domain.party_text(buyer) for customer_id, buyer in buyers.items()},
        {customer_id: buyer.name for customer_id, buyer in buyers.items()},
        ledger_reads.account_codes(books_id),
    )


def once_more_on_conflict(service: Callable[P, T]) -> Callable[P, T]:
    """Run a service in its own transaction, and once more where somebody else wrote the same source meanwhile.

    The second time it finds what stands and answers `unchanged`; the number that it had taken was given back.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with transaction.atomic():
                return service(*args, **kwargs)
        except IntegrityError:
            with transaction.atomic():
                return service(*args, **kwargs)

    return run


@once_more_on_conflict
def issue_invoices(
    *,
    books_id: int,
    cleared: Cleared[tuple[InvoiceDraft, ...]],
    series: str | None = None,
    is_historical: bool = False,
    actor: Actor,
    at: datetime,
) -> list[Issued]:
    """Issue invoices, each once: number, lines, postings, content, record. At most 5,000 a call.

    A draft that was saved under the same source becomes the invoice. The number of statements does not depend on how
    many invoices there are (one more for each calendar year of issue).

    Args:
        series: the branch of the year's series to number from; the main series where it is None.
        is_historical: dates may lie before the last number given; a further branch of the year's series is opened then.

    Returns:
        One answer per draft, in order: done, unchanged, or refused (`issue_date_too_early`, `period_is_closed`,
        `no_exchange_rate`, and what `domain.document` raises). A refused one consumes no number and does not stop
        the others.

    Raises:
        PeriodIsClosed: somebody closed a period while this ran; nothing was done, and trying again answers.
    """
    drafts = cleared.value
    if len(drafts) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} invoices in one transaction")
    standing = selectors.standing_documents(books_id, [draft.source for draft in drafts])
    table = selectors.tax_table(books_id)
    answers: dict[int, Issued] = {}
    documents: list[tuple[int, Document]] = []
    first_of: dict[str, int] = {}
    for position, draft in enumerate(drafts):
        known = standing.get(draft.source)
        if known is not None and not known.is_draft:
            answers[position] = Issued(OutcomeKind.UNCHANGED, known.id, known.number, known.entry_id)
        elif first_of.setdefault(draft.source, position) == position:
            try:
                documents.append((position, domain.document(draft, table)))
            except Refused as refused:
                answers[position] = _refused(refused.refusal)
    made = _in_base(books_id, documents, answers)
    remove_drafts([known.id for known in standing.values() if known.is_draft])
    reused = {source: known.id for source, known in standing.items() if known.is_draft}
    answers |= issue(books_id, Kind.INVOICE, made, cleared, series, is_historical, actor, at, reused=reused)
    return [
        answers[position] if position in answers else _again(answers[first_of[draft.source]])
        for position, draft in enumerate(drafts)
    ]


def _again(first: Issued) -> Issued:
    """The answer to a source that occurs twice in one batch."""
    if first.kind is OutcomeKind.REFUSED:
        return first
    return Issued(OutcomeKind.UNCHANGED, first.invoice_id, first.number, first.entry_id)


def _refused(refusal: Refusal) -> Issued:
    return Issued(OutcomeKind.REFUSED, code=refusal.code, facts=refusal.facts, field=refusal.field)


def _in_base(books_id: int, documents: Sequence[tuple[int, Document]], answers: dict[int, Issued]) -> list[Made]:
    """Convert gross amounts and tax at the rate of the issue date; refuse what has no rate."""
    base = people.books_facts(books_id).base_currency
    if all(document.draft.currency == base for _, document in documents):
        return [Made(position, document, InBase(document.gross, document.tax)) for position, document in documents]
    wanted = [
        (money, document.draft.issue_date) for _, document in documents for money in (document.gross, document.tax)
    ]
    converted = iter(ledger_reads.base_amounts(books_id, base, wanted))
    made = []
    for position, document in documents:
        gross, tax = next(converted), next(converted)
        if gross is None or tax is None:
            day, code = document.draft.issue_date.isoformat(), document.draft.currency.code
            answers[position] = _refused(NoExchangeRate(field="currency", currency=code, day=day).refusal)
        else:
            made.append(Made(position, document, InBase(gross, tax)))
    return made


def remove_drafts(draft_ids: Sequence[int]) -> None:
    """Remove drafts that become invoices under the same id."""
    if draft_ids:
        InvoiceLine.objects.filter(bulk.is_any_of("invoice_id", draft_ids)).delete()
        Invoice.objects.filter(bulk.is_any_of("id", draft_ids), state=selectors.DRAFT).delete()


def issue(
    books_id: int,
    kind: Kind,
    made: list[Made],
    cleared: Cleared[Any],
    branch: str | None,
    is_historical: bool,
    actor: Actor,
    at: datetime,
    *,
    reused: Mapping[str, int],
) -> dict[int, Issued]:
    """Number, post, write and record documents of one kind; answers by position in the batch."""
    answers: dict[int, Issued] = {}
    made = _in_open_periods(books_id, made, answers)
    made.sort(key=lambda one: one.document.draft.issue_date)
    made = _in_order(books_id, kind, made, branch, is_historical, answers)
    if not made:
        return answers
    fresh = iter(ids.take(Invoice, sum(one.document.draft.source not in reused for one in made)))
    for one in made:
        source = one.document.draft.source
        one.invoice_id = reused[source] if source in reused else next(fresh)
    write_lines(books_id, made)
    printing = _read_for_printing(books_id, made)
    numbered = _numbered(books_id, kind, made, branch, is_historical, answers)
    if numbered:
        _write_documents(books_id, kind, numbered, printing, cleared, actor, at, answers)
    return answers


def _in_open_periods(books_id: int, made: list[Made], answers: dict[int, Issued]) -> list[Made]:
    closed = set(ledger_reads.closed_months(books_id))
    if not closed:
        return made
    left = []
    for one in made:
        day = one.document.draft.issue_date
        if month_of(day) in closed:
            first_open = ledger_reads.first_open_date(books_id, day).isoformat()
            facts: dict[str, Fact] = {"period": f"{day:%Y-%m}", "first_open": first_open}
            answers[one.position] = _refused(Refusal(PeriodIsClosed.code, facts, "issue_date"))
        else:
            left.append(one)
    return left


def _by_year(made: Sequence[Made]) -> list[list[Made]]:
    """Documents in the order of their dates, by year of issue."""
    return [list(group) for _, group in groupby(made, key=lambda one: one.document.draft.issue_date.year)]


def _dates(made: Sequence[Made]) -> list[date]:
    return [one.document.draft.issue_date for one in made]


def _in_order(
    books_id: int, kind: Kind, made: list[Made], branch: str | None, is_historical: bool, answers: dict[int, Issued]
) -> list[Made]:
    """Refuse what is dated before the last number given, before anything is written."""
    left = []
    states = selectors.series_states(books_id, kind, sorted({day.year for day in _dates(made)}))
    for group in _by_year(made):
        dates = _dates(group)
        of_year = [state for state in states if state.year == dates[0].year]
        early = numbers.too_early(of_year, dates, branch, is_historical)
        _refuse_early(group[: early.count], early.earliest, answers)
        left += group[early.count :]
    return left


def _refuse_early(made: Sequence[Made], earliest: date, answers: dict[int, Issued]) -> None:
    for one in made:
        facts: dict[str, Fact] = {
            "issue_date": one.document.draft.issue_date.isoformat(),
            "earliest": earliest.isoformat(),
        }
        answers[one.position] = _refused(Refusal(IssueDateTooEarly.code, facts, "issue_date"))


def _numbered(
    books_id: int, kind: Kind, made: list[Made], branch: str | None, is_historical: bool, answers: dict[int, Issued]
) -> list[Made]:
    """Take numbers, year by year in ascending order, so that two batches never wait for each other in a circle."""
    done: list[Made] = []
    for of_year in _by_year(made):
        group = of_year
        while group:
            taken = numbers.take_block(
                books_id=books_id, kind=kind, dates=_dates(group), branch=branch, is_historical=is_historical
            )
            if isinstance(taken, numbers.Block):
                for no, one in enumerate(group, taken.first):
                    one.series_id, one.no, one.number = taken.series.id, no, taken.series.number(no)
                done += group
                break
            _refuse_early(group[: taken.count], taken.earliest, answers)
            late = [one.invoice_id for one in group[: taken.count]]
            InvoiceLine.objects.filter(bulk.is_any_of("invoice_id", late)).delete()
            group = group[taken.count :]
    return done


def write_lines(books_id: int, made: Sequence[Made]) -> None:
    rows = []
    for one in made:
        for line in one.document.lines:
            draft, rate, service = line.draft, line.rate, line.draft.service
            rows.append(
                (
                    books_id,
                    one.invoice_id,
                    line.no,
                    draft.product_id,
                    draft.product_code,
                    draft.description,
                    draft.quantity_micro,
                    draft.unit_price.minor,
                    f"{draft.discount_percent:f}",
                    line.net.minor,
                    rate.code,
                    rate.name,
                    f"{rate.percent:f}",
                    draft.recognition.value,
                    service.start if service else None,
                    service.end if service else None,
                    draft.delivered_on,
                    draft.contract_line_id,
                )
            )
    bulk.insert(InvoiceLine, _LINE_COLUMNS, rows)


def _write_documents(
    books_id: int,
    kind: Kind,
    made: list[Made],
    printing: _Printing,
    cleared: Cleared[Any],
    actor: Actor,
    at: datetime,
    answers: dict[int, Issued],
) -> None:
    """Post the entries, write the documents and record them. `made` is complete but for its entries."""
    entries = tuple([Sourced(_entry_source(one), _entry(one, printing), one.reverses) for one in made])
    outcomes = ledger.post_entries(books_id=books_id, cleared=cleared.into(entries), actor=actor, at=at)
    event_id = audit.reserve_event()
    rows, hashes, conditions = [], {}, []
    for one, outcome in zip(made, outcomes, strict=True):
        if outcome.kind is OutcomeKind.REFUSED:
            raise Refusal(outcome.code, outcome.facts or {}).error()
        assert outcome.kind is OutcomeKind.DONE, f"{one.number} was posted before it was issued"
        document = one.document
        draft = document.draft
        content = domain.document_text(
            document, one.number, printing.seller, printing.stated[draft.customer_id], one.credited
        )
        hash_ = domain.document_hash(
            content,
            draft.source,
            draft.customer_id,
            draft.contract_id,
            one.credits_id,
            outcome.entry_id,
        )
        hashes[one.invoice_id] = hash_
        rows.append(
            (
                one.invoice_id,
                books_id,
                kind.value,
                selectors.ISSUED,
                one.series_id,
                one.no,
                one.number,
                draft.source,
                draft.customer_id,
                draft.contract_id,
                one.credits_id,
                draft.currency.code,
                draft.issue_date,
                draft.due_date,
                draft.term.text,
                draft.po_number,
                draft.note,
                document.net.minor,
                document.tax.minor,
                document.gross.minor,
                one.base.gross.minor,
                one.base.tax.minor,
                draft.is_conditional,
                content,
                at,
                outcome.entry_id,
                event_id,
                hash_,
            )
        )
        if draft.is_conditional and kind is Kind.INVOICE:
            conditions.append((one.invoice_id, books_id, draft.unconditional_from, document.gross.minor, one.grossed))
        answers[one.position] = Issued(
            OutcomeKind.DONE,
            one.invoice_id,
            one.number,
            outcome.entry_id,
            document=document,
            base=one.base,
            credits_id=one.credits_id,
        )
    bulk.insert(Invoice, _INVOICE_COLUMNS, rows)
    if conditions:
        bulk.insert(Condition, _CONDITION_COLUMNS, conditions)
    audit.record(
        kind=ISSUED,
        actor=actor,
        subject=f"invoice:{made[0].invoice_id}",
        body={"kind": kind.value, "first": made[0].number, "last": made[-1].number},
        at=at,
        books_id=books_id,
        items=[hashes[invoice_id] for invoice_id in sorted(hashes)],
        event_id=event_id,
    )


def _entry_source(one: Made) -> str:
    return f"{one.document.kind.value}:{one.invoice_id}"


def _entry(one: Made, printing: _Printing) -> JournalEntry:
    document = one.document
    customer = printing.names[document.draft.customer_id]
    if document.kind is Kind.INVOICE and one.credited is None:
        return domain.issue_entry(document, one.number, customer, one.base, printing.accounts)
    before = one.credited[0] if one.credited else ""
    memo = f"Credit note {one.number} for {before}, {customer}"
    if document.kind is Kind.INVOICE:
        memo = f"Invoice {one.number} takes back {before}, {customer}"
    return domain.credit_entry(document.draft.issue_date, memo, one.posted)
