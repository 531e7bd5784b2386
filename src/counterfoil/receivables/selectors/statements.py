"""Reading what an import must know of the statements and lines that are there."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.infra import bulk
from counterfoil.receivables.domain.statements import NOT_THERE, OPENING_GAP, Numbered
from counterfoil.receivables.models import BankLine, Statement


def statement_hashes(books_id: int, bank_account_ids: Sequence[int]) -> dict[tuple[int, str, str], str]:
    """Return the contents' hashes of the statements that stand, by bank account, message and name."""
    rows = Statement.objects.filter(books_id=books_id, bank_account_id__in=bank_account_ids, undone_at=None)
    fields = ("bank_account_id", "message_id", "statement_id", "content_hash")
    return {(account, message, name): hash_ for account, message, name, hash_ in rows.values_list(*fields)}


def lines_by_identity(books_id: int, identities: Sequence[str]) -> dict[tuple[int, str], tuple[int, str]]:
    """Return known lines by bank account and identity, each with its note, such as `import_undone`; one statement."""
    rows = BankLine.objects.filter(bulk.is_any_of("identity", list(identities)), books_id=books_id)
    fields = ("bank_account_id", "identity", "id", "note")
    return {(account, identity): (id_, note) for account, identity, id_, note in rows.values_list(*fields)}


def known_bank_ids(books_id: int, bank_tx_ids: Sequence[str]) -> set[tuple[int, str]]:
    """Return which bank ids stand for a line already, by bank account; one statement."""
    rows = BankLine.objects.filter(bulk.is_any_of("bank_tx_id", list(bank_tx_ids)), books_id=books_id)
    return set(rows.exclude(note__in=NOT_THERE).values_list("bank_account_id", "bank_tx_id"))


def numbered_statements(books_id: int, bank_account_ids: Sequence[int]) -> list[tuple[int, Numbered]]:
    """Return the statements with a number and balances, each with its bank account; one statement."""
    rows = Statement.objects.filter(
        books_id=books_id,
        bank_account_id__in=bank_account_ids,
        undone_at=None,
        sequence__isnull=False,
        closing_minor__isnull=False,
    )
    fields = ("bank_account_id", "sequence", "first_date", "last_date", "opening_minor", "closing_minor")
    return [
        (account, Numbered(number or 0, first, last, opening or 0, closing or 0))
        for account, number, first, last, opening, closing in rows.values_list(*fields)
    ]


def statements_after_a_gap(books_id: int, bank_account_ids: Sequence[int]) -> list[tuple[int, int, Numbered]]:
    """Return the statements whose lines wait for the one before them: id, bank account and figures."""
    waiting = BankLine.objects.filter(
        books_id=books_id, bank_account_id__in=bank_account_ids, state="quarantined", note=OPENING_GAP
    )
    rows = Statement.objects.filter(id__in=waiting.values("statement_id"))
    fields = ("id", "bank_account_id", "sequence", "first_date", "last_date", "opening_minor", "closing_minor")
    return [
        (id_, account, Numbered(number or 0, first, last, opening or 0, closing or 0))
        for id_, account, number, first, last, opening, closing in rows.values_list(*fields)
    ]
