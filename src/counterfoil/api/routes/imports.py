"""Files in: customers, contacts, products, deals, activities; what became of each, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpResponse
from pydantic import JsonValue

from counterfoil import words
from counterfoil.api import fields, paging, references, uploads
from counterfoil.api.asking import Answer, Asked, file_answer
from counterfoil.api.fields import PAGE, After, ImportNumber, Line, Out, Rows
from counterfoil.api.routing import Routes
from counterfoil.crm import profiles
from counterfoil.crm import selectors as crm
from counterfoil.crm.columns import RowRefusal
from counterfoil.flows import import_file as flow
from counterfoil.flows import receive_money as bank_flow
from counterfoil.people.domain import Act

routes = Routes("imports")
KINDS = Literal["deals", "customers", "products", "contacts", "activities"]
MOST_ERRORS = 1_000
BANK = "bank"


class RowErrorOut(Out):
    """Why a row was refused: its number in the file with the header as 1, the column, and what would pass."""

    row: int
    field: str
    code: str
    message: str
    facts: dict[str, JsonValue]


class ImportOut(Out):
    """What became of a file. `batch` is null where nothing was written and it was never imported before.

    `held` counts won deals that were stored and will be held, because the rules of their CRM are not ours to enforce.
    `errors` holds the first thousand; all of them are in the error file.
    """

    batch: str | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    held: int
    errors: list[RowErrorOut]
    warnings: list[str]
    is_dry_run: bool


class ImportLine(Out):
    """One import."""

    batch: str
    kind: str
    profile: str
    file_name: str
    sha256: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    held: int


class ImportsOut(Out):
    """Imports, the newest first."""

    imports: list[ImportLine]
    next: str | None


class UndoneOut(Out):
    """How many rows were removed and how many have their former contents again."""

    batch: str
    rows: dict[str, int]


class ProfileOut(Out):
    """How files of one origin are read, and what is filled in where they are silent, by kind."""

    name: str
    version: int
    title: str
    fills: dict[str, dict[str, str]]


class ProfilesOut(Out):
    """The profiles that there are."""

    profiles: list[ProfileOut]


@routes.get("/import-profiles", act=Act.READ_SALES)
def list_import_profiles(asked: Asked) -> ProfilesOut:
    """List the profiles that files are read by."""
    base = asked.books.base_currency.code
    return ProfilesOut(
        profiles=[
            ProfileOut(
                name=profile.name,
                version=profile.version,
                title=profile.title,
                fills={kind: profile.fills(kind, base) for kind in profile.layouts},
            )
            for profile in profiles.known().values()
        ]
    )


@routes.post("/imports", act=Act.IMPORT, takes=uploads.BODY, is_one_transaction=False, also={200: ImportOut})
def import_file(
    asked: Asked, kind: KINDS, profile: Line = "", dry_run: bool = False, file_name: Line = ""
) -> ImportOut | Answer:
    """Import a file of delimited text.

    Send the file as the body (its name as `file_name`) or as the part `file` of a form. Rows are refused one by one,
    each with every field that fails; the others are stored. The same file again changes nothing. `dry_run` says what
    would become of it and stores nothing.
    """
    sent = asked.upload()
    profiles.load(profile).layout(kind)
    with asked.on_record(is_written=not dry_run):
        found = flow.import_file(
            kind=kind,
            data=sent.data,
            file_name=sent.name,
            profile=profile,
            dry_run=dry_run,
            actor=asked.actor,
            books_id=asked.books.id,
            at=asked.at,
        )
    result = ImportOut(
        batch=references.number(references.IMPORT, found.batch) if found.batch else None,
        read=found.read,
        accepted=found.accepted,
        unchanged=found.unchanged,
        rejected=found.rejected,
        held=found.held,
        errors=[row_error(refusal) for refusal in found.errors[:MOST_ERRORS]],
        warnings=list(found.warnings),
        is_dry_run=found.is_dry_run,
    )
    return result if found.accepted and not dry_run else Answer(200, result)


@routes.get("/imports", act=Act.READ_SALES)
def list_imports(asked: Asked, limit: Rows = PAGE, after: After = "") -> ImportsOut:
    """List imports, the newest first."""
    place = paging.position(after, int)
    found = crm.imports(before=place[0] if place else None, limit=limit + 1)
    return ImportsOut(
        imports=[_line(row) for row in found[:limit]], next=paging.next_of(found, limit, lambda row: [row.id])
    )


@routes.get("/imports/{batch}", act=Act.READ_SALES)
def read_import(asked: Asked, batch: ImportNumber) -> ImportLine:
    """Read one import."""
    return _line(_import(asked, batch))


@routes.get("/imports/{batch}/errors.csv", act=Act.READ_SALES, produces={"text/csv": {"type": "string"}})
def read_import_errors(asked: Asked, batch: ImportNumber) -> HttpResponse:
    """Read the refused rows of an import as CSV: row, field, code, message. No cell can become a formula."""
    _import(asked, batch)
    lines = flow.error_file(crm.all_refusals(batch), words.sentence)
    name = f"{references.number(references.IMPORT, batch)}-errors.csv"
    return file_answer("".join(lines), "text/csv; charset=utf-8", name)


@routes.post("/imports/{batch}/undo", act=Act.UNDO, status=200)
def undo_import(asked: Asked, batch: ImportNumber) -> UndoneOut:
    """Take a whole import back.

    Of a bank statement too. What was built on it stands against that, and is named.
    """
    if _import(asked, batch).kind == BANK:
        ended = bank_flow.undo_bank_import(books_id=asked.books.id, batch_id=batch, actor=asked.actor, at=asked.at)
        rows = {"lines": ended}
    else:
        rows = flow.undo_import(batch_id=batch, actor=asked.actor, at=asked.at)
    return UndoneOut(batch=references.number(references.IMPORT, batch), rows=rows)


def _import(asked: Asked, batch: int) -> crm.ImportRow:
    found = crm.import_of(batch)
    if found.books_id != asked.books.id:
        raise crm.NoSuchImport(field="batch", batch=batch)
    return found


def row_error(refusal: RowRefusal) -> RowErrorOut:
    """Return a refused row as the API answers it."""
    row, field, code, facts = refusal
    message = words.sentence(code, {"field": field, **facts})
    return RowErrorOut(row=row, field=field, code=code, message=message, facts=fields.facts(facts))


def _line(row: crm.ImportRow) -> ImportLine:
    return ImportLine(
        batch=references.number(references.IMPORT, row.id),
        kind=row.kind,
        profile=f"{row.profile} {row.profile_version}",
        file_name=row.file_name,
        sha256=row.sha256,
        actor=row.actor,
        started_at=row.started_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
        read=row.read,
        accepted=row.accepted,
        unchanged=row.unchanged,
        rejected=row.rejected,
        held=row.held,
    )
