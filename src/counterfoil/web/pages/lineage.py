"""Lineage: deal, contract, obligations, invoice, entry, payment, bank line. Any figure is followed along it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind
from counterfoil.billing.selectors import DocumentSummary, IssuedDocument
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import Contract
from counterfoil.crm import selectors as crm
from counterfoil.crm.selectors import OpportunityRow
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.selectors import Settling
from counterfoil.web import addresses, reader
from counterfoil.web.parts import Link, Step

NOTHING = Link("")


def document_of(source: str) -> str:
    """Return what an entry's source stands for, as `invoice:17` or `bank_line:9`, or nothing."""
    kind, _sep, rest = source.partition(":")
    key = rest.partition(":")[0]
    if kind == "credit_note":
        kind = "invoice"
    return f"{kind}:{key}" if kind in ("invoice", "bank_line") and key.isdecimal() else ""


@dataclass(frozen=True, slots=True)
class _Chain:
    """What is known of the way from a deal to the bank."""

    opportunity: OpportunityRow | None = None
    contract: Contract | None = None
    documents: tuple[DocumentSummary, ...] = ()
    issued: IssuedDocument | None = None
    settlings: tuple[Settling, ...] = ()


def of_deal(books: BooksFacts, row: OpportunityRow, contract: Contract | None, *, held: bool) -> tuple[Step, ...]:
    """Return the steps from a deal on; what does not exist yet says what it waits for."""
    chain = _from_contract(books, contract, row) if contract else _Chain(row)
    return _steps(chain, current=f"opportunity:{row.id}", waits=_("waits for finance") if held else "")


def seen_by(person: Person, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same steps for a role that sees how far the money is, but does not open the books."""
    if person.may(Act.READ_BOOKS):
        return tuple(steps)
    return tuple(
        step if step.link.url.startswith("/deals") else dataclasses.replace(step, link=Link(step.link.label))
        for step in steps
    )


def of_contract(books: BooksFacts, contract: Contract, *, current: str) -> tuple[Step, ...]:
    """Return the steps to a contract and on from it."""
    return _steps(_from_contract(books, contract, None), current=current)


def of_invoice(books: BooksFacts, document_id: int, *, current: str) -> tuple[Step, ...]:
    """Return the steps to a document and on from it; `current` is what the page shows, `invoice:17` or `entry:9`."""
    found = billing.document_summaries(books.id, ids=[document_id], limit=1)
    if not found:
        return ()
    (summary,) = found
    contract = None
    if summary.contract_id:
        contract = contracts.contracts_by_id(books.id, [summary.contract_id]).get(summary.contract_id)
    row = crm.opportunity(contract.opportunity_id) if contract else None
    return _steps(_with_documents(books, row, contract, (summary,)), current=current)


def of_document(books: BooksFacts, reference: str, *, current: str) -> tuple[Step, ...]:
    """Return the steps for what an entry stands for."""
    kind, _sep, key = reference.partition(":")
    return of_invoice(books, int(key), current=current) if kind == "invoice" else ()


def _from_contract(books: BooksFacts, contract: Contract, row: OpportunityRow | None) -> _Chain:
    row = row or crm.opportunity(contract.opportunity_id)
    documents = billing.document_summaries(books.id, contract_id=contract.id, kind=Kind.INVOICE)
    return _with_documents(books, row, contract, tuple(documents))


def _with_documents(
    books: BooksFacts, row: OpportunityRow | None, contract: Contract | None, documents: tuple[DocumentSummary, ...]
) -> _Chain:
    if len(documents) != 1:
        return _Chain(row, contract, documents)
    (summary,) = documents
    issued = billing.documents_by_id(books.id, [summary.id])[summary.id]
    steps = tuple(step for step in receivables.settlings(books.id, summary.id) if step.is_live)
    return _Chain(row, contract, documents, issued, steps)


def _steps(chain: _Chain, *, current: str, waits: str = "") -> tuple[Step, ...]:
    steps = [*_deal_steps(chain, current, waits), *_invoice_steps(chain, current)]
    return tuple(steps)


def _deal_steps(chain: _Chain, current: str, waits: str) -> list[Step]:
    row, contract = chain.opportunity, chain.contract
    if row is None:
        return []
    caption = _("Deal")
    if row.close_date:
        caption = _("Deal, %(day)s") % {"day": reader.day(row.close_date)}
    here = Link(addresses.deal_number(row.id), addresses.deal_url(row.id))
    steps = [Step(caption, here, amount=row.amount, is_current=current == f"opportunity:{row.id}")]
    if contract is None:
        return [*steps, Step(_("Contract"), NOTHING, waits=waits or _("not signed yet"))]
    there = Link(contract.number, addresses.contract_url(contract.number))
    number = len(contract.lines)
    return [
        *steps,
        Step(
            _("Contract, %(day)s") % {"day": reader.day(contract.signed_date)},
            there,
            amount=contract.total,
            is_current=current == f"contract:{contract.id}",
        ),
        Step(
            _("Promised"),
            Link(ngettext("%(n)s line", "%(n)s lines", number) % {"n": number}, there.url),
            " + ".join(reader.money(line.net) for line in contract.lines) if number <= 2 else "",
        ),
    ]


def _invoice_steps(chain: _Chain, current: str) -> list[Step]:
    if not chain.documents:
        return [
            Step(_("Invoice"), NOTHING, waits=_("not invoiced yet")),
            Step(_("Payment"), NOTHING, waits=_("not invoiced yet")),
        ]
    if chain.issued is None:
        number = len(chain.documents)
        text = ngettext("%(n)s invoice", "%(n)s invoices", number) % {"n": number}
        url = addresses.contract_url(chain.contract.number) if chain.contract else ""
        total = sum((one.gross for one in chain.documents[1:]), chain.documents[0].gross)
        return [Step(_("Invoices"), Link(text, url), amount=total)]
    (summary,) = chain.documents
    is_invoice = summary.kind is Kind.INVOICE
    steps = [
        Step(
            _("Invoice, %(day)s") % {"day": reader.day(summary.issue_date)}
            if is_invoice
            else _("Credit note, %(day)s") % {"day": reader.day(summary.issue_date)},
            Link(summary.number, addresses.invoice_url(summary.number)) if summary.number else Link(_("draft")),
            amount=summary.gross,
            is_current=current == f"invoice:{summary.id}",
        )
    ]
    entry_id = chain.issued.entry_id
    if entry_id is not None:
        note = _("balances")
        here = Link(addresses.entry_number(entry_id), addresses.entry_url(entry_id))
        steps.append(Step(_("Journal entry"), here, note, is_current=current == f"entry:{entry_id}"))
    if is_invoice:
        steps += _payment_steps(chain.settlings)
    return steps


def _payment_steps(settlings: Sequence[Settling]) -> list[Step]:
    if not settlings:
        return [
            Step(_("Payment"), NOTHING, waits=_("not paid yet")),
            Step(_("Bank line"), NOTHING, waits=_("not paid yet")),
        ]
    last = settlings[-1]
    total = sum((step.amount for step in settlings[1:]), settlings[0].amount)
    caption = _("Settled, %(day)s") % {"day": reader.day(last.made_on)}
    if last.credit_number:
        return [Step(caption, Link(last.credit_number, addresses.invoice_url(last.credit_number)), amount=total)]
    entry = addresses.entry_url(last.entry_id) if last.entry_id else ""
    number = len(settlings)
    label = addresses.payment_number(last.payment_id) if last.payment_id else f"A-{last.allocation_id}"
    if number > 1:
        label = ngettext("%(n)s payment", "%(n)s payments", number) % {"n": number}
    steps = [Step(caption, Link(label, entry), amount=total)]
    if last.bank_line_id:
        steps.append(Step(_("Bank line"), Link(f"L-{last.bank_line_id}", f"/bank?line={last.bank_line_id}")))
    else:
        steps.append(Step(_("Bank line"), NOTHING, waits=_("not on a statement yet")))
    return steps
