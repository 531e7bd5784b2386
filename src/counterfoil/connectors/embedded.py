"""The embedded CRM and ledger, behind the same two ports that vendors implement. No outside call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.billing.domain import InvoiceDraft, TaxTable, contract_draft
from counterfoil.connectors.ports import Accepted, Judged, Part
from counterfoil.contracts import services as contracts
from counterfoil.contracts.domain import Contract
from counterfoil.crm import selectors as crm
from counterfoil.decisions.domain import Cleared
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import OutcomeKind, PeriodIsClosed, month_of
from counterfoil.people import selectors as people
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.revenue import services as revenue
from counterfoil.revenue.domain import contract_obligations
from counterfoil.standards import selectors as standards
from counterfoil.standards.domain import Deal
from counterfoil.standards.seen import standard_json

CHECK = "accounting"


class EmbeddedCrm:
    """Our own CRM as a source of won deals."""

    name = "counterfoil"

    @property
    def rule_version(self) -> str:
        """The version of the standard in force."""
        return standards.standard().version

    @property
    def judges_by(self) -> Mapping[str, Fact]:
        """The standard in force, with its reasons."""
        return standard_json(standards.standard())

    def won(self, *, books_id: int) -> Sequence[tuple[int, str]]:
        """Return every won opportunity with its version, oldest close date first; one statement."""
        return crm.won(books_id)

    def judged(self, *, books_id: int, opportunity_ids: Sequence[int]) -> list[Judged]:
        """Hold opportunities against the standards; inside a transaction they stay as read until it ends."""
        return [
            Judged(
                one.opportunity_id,
                one.version_hash,
                one.close_date,
                one.snapshot,
                one.deal,
                one.findings,
                one.owner,
                one.seen,
            )
            for one in standards.judged(books_id, opportunity_ids)
        ]


class EmbeddedAccounting:
    """Our own billing, ledger, revenue and receivables as one accounting system."""

    name = "counterfoil"

    def objections(self, *, books_id: int, wanted: Sequence[tuple[Deal, date]]) -> list[tuple[Finding, ...]]:
        """Find closed periods, missing exchange rates and missing tax rates ahead of issuing; three statements."""
        base = people.books_facts(books_id).base_currency
        closed = set(ledger.closed_months(books_id))
        in_base = ledger.base_amounts(books_id, base, [(deal.total, day) for deal, day in wanted])
        table = billing_reads.tax_table(books_id)
        found = []
        for (deal, day), amount in zip(wanted, in_base, strict=True):
            mine = []
            if month_of(day) in closed:
                first_open = ledger.first_open_date(books_id, day).isoformat()
                mine.append(_finding(PeriodIsClosed(period=f"{day:%Y-%m}", first_open=first_open), "close_date"))
            if amount is None:
                code = deal.currency.code
                mine.append(_finding(ledger.NoExchangeRate(currency=code, day=day.isoformat()), "currency"))
            mine += _without_tax_rate(deal, day, table)
            found.append(tuple(mine))
        return found

    def accept(
        self,
        *,
        books_id: int,
        parts: Cleared[tuple[Part, ...]],
        is_historical: bool,
        actor: Actor,
        at: datetime,
    ) -> list[Accepted]:
        """Issue the parts' invoices with their entries, schedule revenue, open the receivables.

        A number of statements that does not grow with the parts.
        """
        if not parts.value:
            return []
        table = billing_reads.tax_table(books_id)
        drafts = tuple(
            [
                contract_draft(part.contract, part.instalment, table, part.issue_date, undone=part.undone)
                for part in parts.value
            ]
        )
        issued = billing.issue_invoices(
            books_id=books_id, cleared=parts.into(drafts), is_historical=is_historical, actor=actor, at=at
        )
        if any(one.kind is OutcomeKind.REFUSED for one in issued):
            return [Accepted(one.kind is not OutcomeKind.REFUSED, code=one.code, facts=one.facts) for one in issued]
        released = self._schedule(books_id, parts, actor, at)
        receivables.open_items(books_id=books_id, cleared=parts.into(_new_items(drafts, issued)), actor=actor, at=at)
        contracts.mark_invoiced(
            books_id=books_id, instalments=[(part.contract.id, part.instalment.no) for part in parts.value]
        )
        return [
            Accepted(
                True,
                (f"invoice:{one.invoice_id}", f"entry:{one.entry_id}", *released.get(part.contract.id, ())),
                facts={"number": one.number},
            )
            for part, one in zip(parts.value, issued, strict=True)
        ]

    def _schedule(
        self, books_id: int, parts: Cleared[tuple[Part, ...]], actor: Actor, at: datetime
    ) -> dict[int, tuple[str, ...]]:
        """Schedule each contract's lines once and release what is earned; entries by contract id."""
        by_id: dict[int, Contract] = {part.contract.id: part.contract for part in parts.value}
        made = list(by_id.values())
        base = people.books_facts(books_id).base_currency
        totals = ledger.base_amounts(books_id, base, [(contract.total, contract.signed_date) for contract in made])
        drafts = []
        for contract, total in zip(made, totals, strict=True):
            assert total is not None, "an invoice was issued without an exchange rate"
            drafts += contract_obligations(contract, total)
        scheduled = revenue.schedule_obligations(
            books_id=books_id,
            cleared=parts.into(tuple(drafts)),
            released_through=max(part.issue_date for part in parts.value),
            actor=actor,
            at=at,
        )
        entries: dict[int, list[str]] = {}
        for draft, one in zip(drafts, scheduled, strict=True):
            if draft.contract_id is not None:
                entries.setdefault(draft.contract_id, []).extend(f"entry:{entry}" for entry in one.entry_ids)
        return {contract_id: tuple(dict.fromkeys(names)) for contract_id, names in entries.items()}


def _finding(refused: Refused, field: str) -> Finding:
    return Finding(CHECK, refused.code, refused.facts, field)


def _without_tax_rate(deal: Deal, day: date, table: TaxTable) -> list[Finding]:
    found = []
    for tax_class in dict.fromkeys(line.tax_class for line in deal.lines):
        try:
            table.code_for(tax_class, day)
        except Refused as refused:
            found.append(_finding(refused, "product"))
    return found


def _new_items(drafts: Sequence[InvoiceDraft], issued: Sequence[billing.Issued]) -> tuple[receivables.NewItem, ...]:
    return tuple(
        [
            receivables.NewItem(
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
            for draft, one in zip(drafts, issued, strict=True)
            if one.kind is OutcomeKind.DONE and one.invoice_id and one.document and one.base
        ]
    )
