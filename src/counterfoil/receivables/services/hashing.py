"""What the hash of each row covers, and how `verify` reads the rows again.

Texts of a statement (names, remittance, accounts of payers) stay out, because they may be erased; what is maintained
beside the rows (open amounts, states) stays out, because it is a fold over rows that are covered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from django.db.models import Model

from counterfoil.audit.registry import BinderPart, BinderRow, HashedRow, Loader, Slice
from counterfoil.infra.bulk import Cell
from counterfoil.kernel import canonical
from counterfoil.receivables.models import Allocation, BankLine, OpenItem, Payment, Statement

COVERED: Final[Mapping[type[Model], tuple[str, ...]]] = {
    Statement: (
        "bank_account_id", "message_id", "statement_id", "first_date", "last_date", "opening_minor", "closing_minor",
        "lines_count", "content_hash",
    ),
    BankLine: (
        "bank_account_id", "identity", "booking_date", "amount_minor", "currency", "is_reversal",
        "has_bad_iban",
    ),
    OpenItem: (
        "customer_id", "kind", "document_id", "contract_id", "number", "reference", "currency", "amount_minor",
        "base_minor", "issue_date", "due_date", "is_conditional",
    ),
    Payment: (
        "source", "customer_id", "bank_account_id", "paid_date", "currency", "amount_minor", "base_minor",
        "other_minor", "is_manual", "is_by_hand", "settlement_hash", "entry_id",
    ),
    Allocation: (
        "item_id", "payment_id", "credit_item_id", "amount_minor", "base_minor", "paid_minor", "paid_base_minor",
        "made_on", "is_manual", "entry_id", "undoes_id", "returns_id",
    ),
}  # fmt: skip
"""The columns that each row's hash covers (form 1)."""

KINDS: Final[Mapping[type[Model], str]] = {
    Statement: "receivables.statements_imported",
    BankLine: "receivables.lines_listed",
    OpenItem: "receivables.items_opened",
    Payment: "receivables.payments_made",
    Allocation: "receivables.allocated",
}
"""The one kind of event that covers each table's rows."""


def row_hash(model: type[Model], values: Mapping[str, Cell]) -> str:
    """Return the hash of a row, given its columns by name."""
    return _hash_of([values[name] for name in COVERED[model]])


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=date.isoformat)


def _hash_of(cells: Sequence[Cell]) -> str:
    """The hash of a row's cells, days as text: canonical JSON, written directly because it is hot (a test says so)."""
    return canonical.sha256_hex(_ENCODER.encode(cells).encode("utf-8"))


def hashed(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the hash of each row of a table, given the columns its cells stand for."""
    places = [columns.index(name) for name in COVERED[model]]
    return [_hash_of([row[place] for place in places]) for row in rows]


def _loader(model: type[Model]) -> Loader:
    def load() -> Iterator[HashedRow]:
        fields = ("event_id", "id", "item_hash", *COVERED[model])
        rows = model._default_manager.order_by("event_id", "id").values_list(*fields)
        for event_id, id_, kept, *cells in rows.iterator(chunk_size=5_000):
            yield HashedRow(event_id, f"{model._meta.verbose_name} {id_}", kept, _hash_of(cells))

    return load


LOADERS: Final[Mapping[str, Callable[[], Iterator[HashedRow]]]] = {KINDS[model]: _loader(model) for model in KINDS}
"""How `verify` reads the rows behind each kind of event."""

_MEMBERS: Final[Mapping[type[Model], tuple[str, str]]] = {
    Statement: ("statements", "Bank statements that were read."),
    BankLine: (
        "bank_lines",
        "Booked movements of bank accounts; names and texts stay out: they may be erased.",
    ),
    OpenItem: ("open_items", "What is to be settled of each document."),
    Payment: ("payments", "Money received, and what was given back."),
    Allocation: ("allocations", "Which payment or credit settles which open item."),
}


def _binder_rows(model: type[Model]) -> Callable[[Slice], Iterator[BinderRow]]:
    def rows(part: Slice) -> Iterator[BinderRow]:
        found = model._default_manager.filter(
            books_id=part.books_id, event_id__gte=part.first_event, event_id__lte=part.last_event
        ).order_by("event_id", "id")
        fields = ("event_id", "id", "item_hash", *COVERED[model])
        for event_id, id_, kept, *cells in found.values_list(*fields).iterator(chunk_size=5_000):
            yield BinderRow(event_id, f"{model._meta.verbose_name} {id_}", kept, _ENCODER.encode(cells))

    return rows


BINDER_PARTS: Final = [
    BinderPart(member, KINDS[model], _binder_rows(model), sentence, columns=COVERED[model])
    for model, (member, sentence) in _MEMBERS.items()
]
"""What an auditor's binder holds of each table."""
