"""Writing down which tax rate each line of an invoice bears, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import InvoiceDraft, TaxTable
from counterfoil.connectors.ports import Accepted, Part
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import decided
from counterfoil.flows.verdicts import tax_choice as verdicts


def record_of_parts(
    *, books_id: int, parts: Sequence[Part], accepted: Sequence[Accepted], actor: Actor, at: datetime
) -> None:
    """Write down the choice for invoices of contracts: the class of each line's product, in the books' country."""
    chosen = []
    for part, answer in zip(parts, accepted, strict=True):
        billed = [
            (line.tax_class, "")
            for line, net in zip(part.contract.lines, part.instalment.nets, strict=True)
            if net or len(part.contract.instalments) == 1
        ]
        chosen += [(effect, part.issue_date, billed) for effect in answer.effects if effect.startswith("invoice:")]
    _record(books_id, billing.tax_table(books_id), chosen, actor, at)


def record_of_drafts(
    *, books_id: int, table: TaxTable, issued: Sequence[tuple[int, InvoiceDraft]], actor: Actor, at: datetime
) -> None:
    """Write down the choice for invoices that were entered: the code that each line states."""
    chosen = [
        (f"invoice:{id_}", draft.issue_date, [("", line.tax_code) for line in draft.lines]) for id_, draft in issued
    ]
    _record(books_id, table, chosen, actor, at)


def _record(
    books_id: int,
    table: TaxTable,
    chosen: Sequence[tuple[str, date, list[tuple[str, str]]]],
    actor: Actor,
    at: datetime,
) -> None:
    if not chosen:
        return
    hashes = decisions.consult(contents={verdicts.TABLE: verdicts.table_json(table)}, actor=actor, at=at)
    items = [
        decided(subject, verdicts.inputs(day, lines, hashes), verdicts.choose(day, lines, table))
        for subject, day, lines in chosen
    ]
    decisions.record(
        books_id=books_id, kind=verdicts.KIND, rule_version=verdicts.VERSION, actor=actor, items=items, at=at
    )
