"""Invoices of the system that was really used come in, to be compared with what would have been done here."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain import documents
from counterfoil.autonomy.domain.documents import Document
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.columns import RowRefusal
from counterfoil.crm.services import imports
from counterfoil.flows.import_file import ImportResult
from counterfoil.infra import csv_text, locks
from counterfoil.kernel.errors import Refused

KIND = "invoices"


class UnknownDeal(Refused):
    """No deal of these books, or more than one, is called so."""

    code = "document_unknown_deal"


def import_invoices(
    *,
    books_id: int,
    data: bytes | Path,
    file_name: str = "",
    profile: str = "",
    dry_run: bool = False,
    actor: Actor,
    at: datetime,
) -> ImportResult:
    """Keep the invoices of a file, each paired with its deal, and post nothing. Safe to repeat.

    Rows are refused one by one; a number that is known with other content is refused, the same content is unchanged.

    Raises:
        Refused: the whole file is refused (encoding, header, limits, profile); one event says so, nothing is stored.
    """
    content = data.read_bytes() if isinstance(data, Path) else data
    chosen = documents.profile_named(profile)
    sha256 = hashlib.sha256(content).hexdigest()
    origin = imports.Origin(
        KIND, chosen.name, chosen.version, chosen.system, Path(file_name).name, sha256, books_id, actor, at
    )
    try:
        table = csv_text.read_table(
            content, encoding=chosen.encoding, delimiter=chosen.delimiter, required=chosen.required
        )
    except Refused as refused:
        if not dry_run:
            imports.record_refusal(origin, refused)
        raise
    read = documents.read_rows(table.header, table.rows, chosen)
    with transaction.atomic():
        locks.hold(imports.WORK, 0)
        wanted, errors = _with_deals(books_id, read, chosen)
        new, kept = autonomy.plan_documents(books_id=books_id, wanted=wanted)
        errors += [RowRefusal(row, refusal.field or "", refusal.code, refusal.facts) for row, refusal in kept.refused]
        errors.sort(key=lambda one: one.row)
        totals = imports.Totals(read.count, kept.new, kept.unchanged + read.repeated, len({one.row for one in errors}))
        batch_id = None
        if not dry_run and (new or errors):
            batch_id = imports.open_batch(origin)
            autonomy.keep_documents(books_id=books_id, batch_id=batch_id, new=new, actor=actor, at=at)
            imports.record_chunk(batch_id, origin, totals, errors, list(kept.hashes))
            imports.finish_batch(batch_id, totals, at=at)
    if batch_id is None and not dry_run:
        batch_id = crm_reads.latest_import(KIND, chosen.name, sha256)
    return ImportResult(
        batch_id,
        totals.read,
        totals.accepted,
        totals.unchanged,
        totals.rejected,
        0,
        tuple(errors),
        0,
        () if read.count else ("no_rows",),
        dry_run,
    )


def _with_deals(
    books_id: int, read: documents.Read, profile: documents.Profile
) -> tuple[list[autonomy.NewDocument], list[RowRefusal]]:
    """Look up the deals that documents name; two statements, whatever their number."""
    errors = [RowRefusal(row, one.field or "", one.code, one.facts) for row, one in read.errors]
    known = crm_reads.opportunities_by_reference(books_id, sorted({one.deal for one in read.documents}))
    wanted: list[autonomy.NewDocument] = []
    for document in read.documents:
        if document.deal in known:
            wanted.append(autonomy.NewDocument(document, f"opportunity:{known[document.deal]}"))
        else:
            errors.append(_unknown(document, profile))
    return wanted, errors


def _unknown(document: Document, profile: documents.Profile) -> RowRefusal:
    refusal = UnknownDeal(deal=document.deal).refusal
    return RowRefusal(document.row, profile.columns["deal"], refusal.code, refusal.facts)


@transaction.atomic
def undo_invoices(*, books_id: int, batch_id: int, actor: Actor, at: datetime) -> int:
    """Take an import of invoices back: its documents are compared with nothing any more. Returns how many.

    Raises:
        NoSuchImport, ImportUndone: there is none, or it was taken back before.
    """
    if crm_reads.import_of(batch_id).undone_at is not None:
        raise imports.ImportUndone(field="batch", batch=batch_id)
    count = autonomy.withdraw_documents(books_id=books_id, batch_id=batch_id, actor=actor, at=at)
    imports.mark_undone(batch_id=batch_id, at=at)
    return count
